// SPDX-License-Identifier: Apache-2.0
/*
 * 64-bit hashes to distinct 32-bit numbers. See numbers.h.
 */
#include "compile/numbers.h"

#include <errno.h>
#include <stdlib.h>

/* Leaves room above for the numbers that probing pushes upwards. */
#define NUMBER_SPAN 0xf0000000u

struct wish {
	__u32 number;
	__u32 index;
	__u64 hash;
};

static int compare_wishes(const void *a, const void *b)
{
	const struct wish *left = a, *right = b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

int leat_numbers_assign(struct leat_arena *arena, const __u64 *hashes, size_t count,
			__u32 *ret_numbers)
{
	struct wish *wishes = leat_arena_take(arena, count + 1, sizeof(*wishes));
	__u32 next = LEAT_NUMBER_FIRST;

	if (!wishes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		__u64 folded = hashes[i] ^ hashes[i] >> 32;

		wishes[i].number = LEAT_NUMBER_FIRST + (__u32)folded % NUMBER_SPAN;
		wishes[i].hash = hashes[i];
		wishes[i].index = (__u32)i;
	}
	qsort(wishes, count, sizeof(*wishes), compare_wishes);
	/* Sorted by wish: linear probing is the larger of the wish and what is free next. */
	for (size_t i = 0; i < count; i++) {
		if (wishes[i].number > next)
			next = wishes[i].number;
		ret_numbers[wishes[i].index] = next++;
	}
	return 0;
}
