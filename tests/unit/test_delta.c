// SPDX-License-Identifier: Apache-2.0
/* The difference of two tables: exact, minimal, and right for random ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "maps/delta.h"

/* "a1 b2": key 'a' with value '1', and so on. */
static struct leat_rows rows_of(const char *text)
{
	struct leat_rows rows;

	leat_rows_init(&rows, 1, 1);
	for (; *text; text += text[2] ? 3 : 2)
		assert_int_equal(leat_rows_add(&rows, text, text + 1), 0);
	leat_rows_sort(&rows, NULL);
	return rows;
}

static void assert_rows(const struct leat_rows *rows, const char *text)
{
	LEAT_CLEANUP(leat_rows_free) struct leat_rows wanted = rows_of(text);

	assert_int_equal(rows->count, wanted.count);
	for (size_t i = 0; i < wanted.count; i++) {
		assert_memory_equal(leat_rows_key(rows, i), leat_rows_key(&wanted, i), 1);
		assert_memory_equal(leat_rows_value(rows, i), leat_rows_value(&wanted, i), 1);
	}
}

static const struct {
	const char *name;
	const char *desired;
	const char *actual;
	const char *puts;
	const char *removes;
	size_t added;
	size_t changed;
} cases[] = {
	{ "both empty", "", "", "", "", 0, 0 },
	{ "equal", "a1 b2 c3", "a1 b2 c3", "", "", 0, 0 },
	{ "into an empty table", "a1 b2", "", "a1 b2", "", 2, 0 },
	{ "nothing is wanted", "", "a1 b2", "", "a1 b2", 0, 0 },
	{ "one value", "a1 b9 c3", "a1 b2 c3", "b9", "", 0, 1 },
	{ "first, middle and last are new", "a1 b2 c3 d4 e5", "b2 d4", "a1 c3 e5", "", 3, 0 },
	{ "first, middle and last go", "b2 d4", "a1 b2 c3 d4 e5", "", "a1 c3 e5", 0, 0 },
	{ "all of it", "a1 b9 d4", "b2 c3 d4 e5", "a1 b9", "c3 e5", 1, 1 },
	{ "no key in common", "a1 c3", "b2 d4", "a1 c3", "b2 d4", 2, 0 },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		LEAT_CLEANUP(leat_rows_free) struct leat_rows desired = rows_of(cases[i].desired);
		LEAT_CLEANUP(leat_rows_free) struct leat_rows actual = rows_of(cases[i].actual);
		LEAT_CLEANUP(leat_delta_free) struct leat_delta delta = { 0 };

		print_message("# %s\n", cases[i].name);
		assert_int_equal(leat_delta_compute(&desired, &actual, &delta), 0);
		assert_rows(&delta.puts, cases[i].puts);
		assert_rows(&delta.removes, cases[i].removes);
		assert_int_equal(delta.added, cases[i].added);
		assert_int_equal(delta.changed, cases[i].changed);
	}
}

static struct leat_rows random_rows(unsigned int *seed)
{
	struct leat_rows rows;

	leat_rows_init(&rows, 1, 1);
	for (int key = 0; key < 40; key++) {
		unsigned char bytes[2] = { (unsigned char)(key * 6),
					   (unsigned char)(rand_r(seed) % 3) };

		if (rand_r(seed) % 2)
			assert_int_equal(leat_rows_add(&rows, bytes, bytes + 1), 0);
	}
	leat_rows_sort(&rows, NULL);
	return rows;
}

/* What a table is, as an array of 256 values; -1: no such key. */
static void load(const struct leat_rows *rows, int table[256])
{
	for (int key = 0; key < 256; key++)
		table[key] = -1;
	for (size_t i = 0; i < rows->count; i++)
		table[*(const unsigned char *)leat_rows_key(rows, i)] =
			*(const unsigned char *)leat_rows_value(rows, i);
}

static void test_applied_to_actual_gives_desired(void **state)
{
	unsigned int seed = 7;

	(void)state;
	for (int round = 0; round < 500; round++) {
		LEAT_CLEANUP(leat_rows_free) struct leat_rows desired = random_rows(&seed);
		LEAT_CLEANUP(leat_rows_free) struct leat_rows actual = random_rows(&seed);
		LEAT_CLEANUP(leat_delta_free) struct leat_delta delta = { 0 };
		int wanted[256], table[256];

		assert_int_equal(leat_delta_compute(&desired, &actual, &delta), 0);
		load(&desired, wanted);
		load(&actual, table);
		for (size_t i = 0; i < delta.puts.count; i++) {
			int *entry = &table[*(const unsigned char *)leat_rows_key(&delta.puts, i)];

			/* no write without need */
			assert_int_not_equal(
				*entry, *(const unsigned char *)leat_rows_value(&delta.puts, i));
			*entry = *(const unsigned char *)leat_rows_value(&delta.puts, i);
		}
		for (size_t i = 0; i < delta.removes.count; i++)
			table[*(const unsigned char *)leat_rows_key(&delta.removes, i)] = -1;
		assert_memory_equal(table, wanted, sizeof(table));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_applied_to_actual_gives_desired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
