/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which policy sets can give another verdict after a change of tables: the ones whose rows
 * change, and the ones that know an identity which an address loses or gets. Pure. Only the
 * endpoints that use such a set get a new epoch.
 */
#include <stdbool.h>

#include <linux/types.h>

#include <leat/types.h>

#include "lib/rows.h"

struct leat_numbers; /* a set of 32 bit numbers */

int leat_numbers_new(struct leat_numbers **ret_numbers);
void leat_numbers_free(struct leat_numbers *numbers);
int leat_numbers_add(struct leat_numbers *numbers, __u32 number);
bool leat_numbers_has(const struct leat_numbers *numbers, __u32 number);
size_t leat_numbers_count(const struct leat_numbers *numbers);

/* Addresses and blocks as tables say it, at one moment. */
struct leat_world {
	const struct leat_rows *ipcache; /* struct leat_addr -> struct leat_ipinfo */
	const struct leat_rows *cidrs;	 /* struct leat_cidr_key -> struct leat_ipinfo */
};

/* Rows that one pass of writes changes. */
struct leat_change {
	const struct leat_rows *addrs;
	const struct leat_rows *cidrs;
	const struct leat_rows *policy;
};

/* Adds the sets whose verdicts can change by `change`: the three below together.
 * `policies`: the whole policy table before and after. */
int leat_affected_find(const struct leat_world *before, const struct leat_world *after,
		       const struct leat_rows *const policies[2], const struct leat_change *change,
		       struct leat_numbers *sets);

/* Identity of an address as the programs would find it. */
__u32 leat_world_identity(const struct leat_world *world, const struct leat_addr *addr);

/* Adds both identities of every address or block whose identity changes. */
int leat_affected_identities(const struct leat_world *before, const struct leat_world *after,
			     const struct leat_rows *changed_addrs,
			     const struct leat_rows *changed_cidrs,
			     struct leat_numbers *identities);
/* Adds the sets of these policy rows (puts or removes of a delta). */
int leat_affected_sets(const struct leat_rows *changed_policy, struct leat_numbers *sets);
/* Adds the sets in which one of the identities has a row. */
int leat_affected_by_identity(const struct leat_rows *policy, const struct leat_numbers *identities,
			      struct leat_numbers *sets);
