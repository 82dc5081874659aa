/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which slots of an array are taken by ranges: first fit, slot 0 never. Used for the backends
 * of Services: a new range is written beside the old one, which is given back only later.
 */
#include <stddef.h>

#include <linux/types.h>

struct leat_ranges {
	__u8 *is_taken; /* a byte a slot, owned */
	__u32 size;
	__u32 hint; /* no free slot below it */
	__u32 taken;
};

int leat_ranges_init(struct leat_ranges *ranges, __u32 size);
void leat_ranges_free(struct leat_ranges *ranges);
/* -ENOSPC: no gap is that long. Count 0 gives slot 0. */
int leat_ranges_take(struct leat_ranges *ranges, __u32 count, __u32 *ret_first);
/* Marks what a table holds already. -EADDRINUSE: overlaps another; -ERANGE: outside. */
int leat_ranges_claim(struct leat_ranges *ranges, __u32 first, __u32 count);
void leat_ranges_give(struct leat_ranges *ranges, __u32 first, __u32 count);
