// SPDX-License-Identifier: Apache-2.0
/*
 * endPort ranges to prefixes, greedily: the largest aligned block that fits, then the next.
 */
#include "compile/ranges.h"

size_t leat_range_split(__u16 first, __u16 last,
			struct leat_port_prefix ret_prefixes[LEAT_RANGE_PREFIXES])
{
	__u32 at = first, end = (__u32)last + 1;
	size_t count = 0;

	while (at < end) {
		__u32 size = 1;
		__u8 bits = 16;

		while (bits && !(at & size) && at + 2 * size <= end) {
			size *= 2;
			bits--;
		}
		ret_prefixes[count].port = (__u16)at;
		ret_prefixes[count].bits = bits;
		count++;
		at += size;
	}
	return count;
}
