/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From what a table holds to what it should hold, by the fewest writes. Computing is pure;
 * applying is split in two, because across tables all additions come before all removals.
 */
#include "maps.h"

struct leat_delta {
	struct leat_rows puts;	  /* new keys and changed values */
	struct leat_rows removes; /* keys to go, with the value they had */
	size_t added;		  /* of puts: how many are new keys */
	size_t changed;
};

/* Both sorted, both of the same sizes. -ENOMEM. */
int leat_delta_compute(const struct leat_rows *desired, const struct leat_rows *actual,
		       struct leat_delta *ret_delta);
void leat_delta_free(struct leat_delta *delta);
/* Goes on after a failed write; returns the first error, *ret_failed counts (may be NULL). */
int leat_delta_put(const struct leat_table *table, const struct leat_delta *delta,
		   size_t *ret_failed);
int leat_delta_remove(const struct leat_table *table, const struct leat_delta *delta,
		      size_t *ret_failed);
