/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Part of endpoints.h: what could serve one port, and the choice among it. */
#include "compile/arena.h"
#include "lib/addr.h"
#include "lib/rows.h"

struct leat_candidate {
	struct leat_addr addr;
	__u16 port; /* host byte order */
	bool is_ready;
	bool is_fallback; /* serves and terminates */
};

struct leat_candidates {
	struct leat_arena *arena;
	struct leat_candidate *items;
	size_t count;
	size_t allocated;
};

int leat_candidates_add(struct leat_candidates *candidates, struct leat_candidate candidate);
/* The same address and port may have been added several times: what one says, holds. */
int leat_candidates_choose(struct leat_candidates *candidates, struct leat_rows *rows);
