/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Port ranges as prefixes of the 16 bit port: what an LPM key can say. */
#include <stddef.h>

#include <linux/types.h>

struct leat_port_prefix {
	__u16 port; /* host byte order, the bits after `bits` are zero */
	__u8 bits;  /* 0: every port */
};

/* Most prefixes that a range of 16 bit numbers can need. */
#define LEAT_RANGE_PREFIXES 30

/* The fewest prefixes that cover first..last and nothing else, ascending. Returns how many; 0
 * when last is below first. */
size_t leat_range_split(__u16 first, __u16 last,
			struct leat_port_prefix ret_prefixes[LEAT_RANGE_PREFIXES]);
