// SPDX-License-Identifier: Apache-2.0
/* Contiguous slots: never slot 0, never two owners, first fit, no room said plainly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/ranges.h"

static __u32 take(struct leat_ranges *ranges, __u32 count)
{
	__u32 first = 9999;

	if (leat_ranges_take(ranges, count, &first) == -ENOSPC)
		return 0;
	return first;
}

static void test_first_fit(void **state)
{
	struct leat_ranges ranges;

	(void)state;
	assert_int_equal(leat_ranges_init(&ranges, 11), 0);
	assert_int_equal(take(&ranges, 3), 1);
	assert_int_equal(take(&ranges, 3), 4);
	assert_int_equal(take(&ranges, 4), 7);
	assert_int_equal(take(&ranges, 1), 0); /* full */
	leat_ranges_give(&ranges, 4, 3);
	assert_int_equal(take(&ranges, 4), 0); /* no gap that long */
	assert_int_equal(take(&ranges, 2), 4);
	assert_int_equal(take(&ranges, 1), 6);
	leat_ranges_free(&ranges);
}

static void test_none_is_slot_zero(void **state)
{
	struct leat_ranges ranges;
	__u32 first = 5;

	(void)state;
	assert_int_equal(leat_ranges_init(&ranges, 4), 0);
	assert_int_equal(leat_ranges_take(&ranges, 0, &first), 0);
	assert_int_equal(first, 0);
	assert_int_equal(ranges.taken, 0);
	leat_ranges_free(&ranges);
}

static void test_claim(void **state)
{
	static const struct {
		__u32 first, count;
		int want;
	} rows[] = {
		{ 1, 4, 0 },	   { 4, 1, -EADDRINUSE }, { 0, 1, -ERANGE },
		{ 9, 2, -ERANGE }, { 10, 1, -ERANGE },	  { 9, 0xffffffff, -ERANGE },
		{ 0, 0, 0 },	   { 5, 5, 0 },
	};
	struct leat_ranges ranges;

	(void)state;
	assert_int_equal(leat_ranges_init(&ranges, 10), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (leat_ranges_claim(&ranges, rows[i].first, rows[i].count) != rows[i].want)
			fail_msg("row %zu", i);
	assert_int_equal(take(&ranges, 1), 0);
	leat_ranges_free(&ranges);
}

static void test_random_history(void **state)
{
	struct {
		__u32 first, count;
	} held[64];
	int owner[512] = { 0 };
	struct leat_ranges ranges;
	size_t count = 0;
	unsigned int seed = 3;

	(void)state;
	assert_int_equal(leat_ranges_init(&ranges, 512), 0);
	for (int step = 0; step < 20000; step++) {
		if (count == 64 || (count && rand_r(&seed) % 2)) {
			size_t index = (size_t)rand_r(&seed) % count;

			leat_ranges_give(&ranges, held[index].first, held[index].count);
			for (__u32 i = 0; i < held[index].count; i++)
				owner[held[index].first + i] = 0;
			held[index] = held[--count];
			continue;
		}
		held[count].count = (__u32)rand_r(&seed) % 20 + 1;
		held[count].first = take(&ranges, held[count].count);
		if (!held[count].first)
			continue;
		for (__u32 i = 0; i < held[count].count; i++)
			assert_int_equal(owner[held[count].first + i]++, 0);
		count++;
	}
	leat_ranges_free(&ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_none_is_slot_zero),
		cmocka_unit_test(test_claim),
		cmocka_unit_test(test_random_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
