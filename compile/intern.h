/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Equal byte strings get equal small numbers: 0, 1, 2, ... in order of first appearance. */
#include <stdbool.h>

#include "compile/arena.h"

#define LEAT_ID_ABSENT 0xffffffffu

struct leat_interned {
	const void *data; /* owned by the arena */
	size_t size;
	__u64 hash; /* leat_hash64 of the bytes */
};

struct leat_intern {
	struct leat_arena *arena;
	struct leat_interned *items;
	size_t count;
	size_t allocated;
	__u32 *slots;	   /* item + 1, or 0: open addressing */
	size_t slot_count; /* power of two */
};

/* *ret_is_new may be NULL. -ENOMEM. */
int leat_intern_put(struct leat_intern *intern, const void *data, size_t size, __u32 *ret_id,
		    bool *ret_is_new);
/* LEAT_ID_ABSENT when it was never put. */
__u32 leat_intern_find(const struct leat_intern *intern, const void *data, size_t size);
