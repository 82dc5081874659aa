// SPDX-License-Identifier: Apache-2.0
/* Rows against a sort that everybody believes: insertion, with the first of equals kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/rows.h"

static void test_empty(void **state)
{
	struct leat_rows rows LEAT_CLEANUP(leat_rows_free);
	size_t dropped = 9;

	(void)state;
	leat_rows_init(&rows, 4, 4);
	leat_rows_sort(&rows, &dropped);
	assert_int_equal(dropped, 0);
	assert_int_equal(rows.count, 0);
	assert_null(leat_rows_find(&rows, "abcd"));
}

static void test_first_of_equals_stays(void **state)
{
	static const char *const added[] = { "bb1", "aa1", "bb2", "cc1", "aa2", "bb3" };
	struct leat_rows rows LEAT_CLEANUP(leat_rows_free);
	size_t dropped = 0;

	(void)state;
	leat_rows_init(&rows, 2, 1);
	for (size_t i = 0; i < ARRAY_SIZE(added); i++)
		assert_int_equal(leat_rows_add(&rows, added[i], added[i] + 2), 0);
	leat_rows_sort(&rows, &dropped);
	assert_int_equal(dropped, 3);
	assert_int_equal(rows.count, 3);
	assert_memory_equal(rows.data, "aa1bb1cc1", 9);
	assert_memory_equal(leat_rows_find(&rows, "bb"), "1", 1);
	assert_null(leat_rows_find(&rows, "ab"));
	assert_null(leat_rows_find(&rows, "zz"));
	leat_rows_sort(&rows, &dropped);
	assert_int_equal(dropped, 0);
}

/* Keys sort as bytes: 0xff is above 0x00. No value at all is allowed. */
static void test_keys_only(void **state)
{
	struct leat_rows rows LEAT_CLEANUP(leat_rows_free);

	(void)state;
	leat_rows_init(&rows, 1, 0);
	assert_int_equal(leat_rows_add(&rows, "\xff", NULL), 0);
	assert_int_equal(leat_rows_add(&rows, "\x00", NULL), 0);
	assert_int_equal(leat_rows_add(&rows, "\x7f", NULL), 0);
	leat_rows_sort(&rows, NULL);
	assert_memory_equal(rows.data, "\x00\x7f\xff", 3);
	assert_non_null(leat_rows_find(&rows, "\x7f"));
	assert_null(leat_rows_find(&rows, "\x01"));
}

static __u32 next_random(__u64 *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (__u32)(*random >> 16);
}

struct record {
	__u8 key[5];
	__u8 value[3];
};

static size_t insert(struct record *sorted, size_t count, const struct record *record)
{
	size_t at = 0;
	int order = 1;

	while (at < count && (order = memcmp(record->key, sorted[at].key, 5)) > 0)
		at++;
	if (at < count && order == 0)
		return count;
	memmove(&sorted[at + 1], &sorted[at], (count - at) * sizeof(*sorted));
	sorted[at] = *record;
	return count + 1;
}

static void check_random(__u64 *random, size_t count, __u32 keys)
{
	struct leat_rows rows LEAT_CLEANUP(leat_rows_free);
	struct record sorted[257];
	size_t expected = 0, dropped;

	leat_rows_init(&rows, 5, 3);
	for (size_t i = 0; i < count; i++) {
		struct record record = { .key = { 0 }, .value = { (__u8)i, (__u8)(i >> 8), 7 } };
		__u32 key = next_random(random) % keys;

		memcpy(record.key + 1, &key, sizeof(key));
		assert_int_equal(leat_rows_add(&rows, record.key, record.value), 0);
		expected = insert(sorted, expected, &record);
	}
	leat_rows_sort(&rows, &dropped);
	assert_int_equal(rows.count, expected);
	assert_int_equal(dropped, count - expected);
	if (expected)
		assert_memory_equal(rows.data, sorted, expected * sizeof(struct record));
	for (size_t i = 0; i < expected; i++) {
		assert_memory_equal(leat_rows_key(&rows, i), sorted[i].key, 5);
		assert_ptr_equal(leat_rows_find(&rows, sorted[i].key), leat_rows_value(&rows, i));
	}
}

static void test_random(void **state)
{
	__u64 random = 88172645463325252ULL;

	(void)state;
	for (size_t count = 0; count < 257; count++) {
		check_random(&random, count, 10);
		check_random(&random, count, 1000000000);
	}
}

/* A quarter of a million, in falling order. */
static void test_many(void **state)
{
	struct leat_rows rows LEAT_CLEANUP(leat_rows_free);
	size_t dropped;

	(void)state;
	leat_rows_init(&rows, 4, 16);
	for (__u32 i = 250000; i > 0; i--) {
		__u32 key = __builtin_bswap32(i);
		__u8 value[16] = { (__u8)i };

		assert_int_equal(leat_rows_add(&rows, &key, value), 0);
	}
	leat_rows_sort(&rows, &dropped);
	assert_int_equal(dropped, 0);
	for (__u32 i = 1; i <= 250000; i++) {
		__u32 key = __builtin_bswap32(i);

		assert_memory_equal(leat_rows_key(&rows, i - 1), &key, sizeof(key));
		assert_int_equal(*(const __u8 *)leat_rows_value(&rows, i - 1), (__u8)i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	  cmocka_unit_test(test_first_of_equals_stays),
		cmocka_unit_test(test_keys_only), cmocka_unit_test(test_random),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
