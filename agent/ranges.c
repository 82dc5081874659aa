// SPDX-License-Identifier: Apache-2.0
/* First-fit allocation of contiguous slots. Linear in the table's size, done a Service change. */
#include "ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int leat_ranges_init(struct leat_ranges *ranges, __u32 size)
{
	*ranges = (struct leat_ranges){ .size = size, .hint = 1 };
	ranges->is_taken = calloc(size ? size : 1, 1);
	return ranges->is_taken ? 0 : -ENOMEM;
}

void leat_ranges_free(struct leat_ranges *ranges)
{
	free(ranges->is_taken);
	*ranges = (struct leat_ranges){ 0 };
}

static void mark(struct leat_ranges *ranges, __u32 first, __u32 count)
{
	memset(ranges->is_taken + first, 1, count);
	ranges->taken += count;
	while (ranges->hint < ranges->size && ranges->is_taken[ranges->hint])
		ranges->hint++;
}

int leat_ranges_take(struct leat_ranges *ranges, __u32 count, __u32 *ret_first)
{
	__u32 run = 0;
	if (!count) {
		*ret_first = 0;
		return 0;
	}
	for (__u32 slot = ranges->hint; slot < ranges->size; slot++) {
		run = ranges->is_taken[slot] ? 0 : run + 1;
		if (run < count)
			continue;
		*ret_first = slot - count + 1;
		mark(ranges, slot - count + 1, count);
		return 0;
	}
	return -ENOSPC;
}

int leat_ranges_claim(struct leat_ranges *ranges, __u32 first, __u32 count)
{
	if (count && (first == 0 || first >= ranges->size || count > ranges->size - first))
		return -ERANGE;
	if (memchr(ranges->is_taken + first, 1, count))
		return -EADDRINUSE;
	mark(ranges, first, count);
	return 0;
}

void leat_ranges_give(struct leat_ranges *ranges, __u32 first, __u32 count)
{
	memset(ranges->is_taken + first, 0, count);
	ranges->taken -= count;
	if (count && first < ranges->hint)
		ranges->hint = first;
}
