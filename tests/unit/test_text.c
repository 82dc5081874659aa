// SPDX-License-Identifier: Apache-2.0
/* Numbers, growing text, the hash (its values are in tables: they must never change), escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/text.h"

struct number {
	const char *text;
	__u64 most;
	int err;
	__u64 number;
};

static const struct number numbers[] = {
	{ "0", 10, 0, 0 },
	{ "10", 10, 0, 10 },
	{ "0010", 10, 0, 10 },
	{ "11", 10, -ERANGE, 0 },
	{ "1", 0, -ERANGE, 0 },
	{ "18446744073709551615", ~0ULL, 0, ~0ULL },
	{ "18446744073709551616", ~0ULL, -ERANGE, 0 },
	{ "184467440737095516150", ~0ULL, -ERANGE, 0 },
	{ "99999999999999999999999999999999", 65535, -ERANGE, 0 },
	{ "", 10, -EINVAL, 0 },
	{ "-1", 10, -EINVAL, 0 },
	{ "+1", 10, -EINVAL, 0 },
	{ " 1", 10, -EINVAL, 0 },
	{ "1 ", 10, -EINVAL, 0 },
	{ "0x1", 10, -EINVAL, 0 },
	{ "1a", 10, -EINVAL, 0 },
	{ "999999999999999999999999a", 10, -EINVAL, 0 },
	{ "\xb2", 10, -EINVAL, 0 },
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		__u64 number = 42;
		int err = leat_number_parse(numbers[i].text, numbers[i].most, &number);

		if (err != numbers[i].err || number != (err ? 42 : numbers[i].number))
			fail_msg("'%s': %d %llu", numbers[i].text, err, number);
	}
}

static void test_growing(void **state)
{
	struct leat_text text LEAT_CLEANUP(leat_text_free) = {};

	(void)state;
	leat_text_add(&text, "%s", "");
	assert_string_equal(text.data, "");
	for (int i = 0; i < 1000; i++)
		leat_text_add(&text, "%d,", i);
	assert_int_equal(text.size, 3890);
	assert_int_equal(strlen(text.data), text.size);
	assert_memory_equal(text.data, "0,1,2,", 6);
	assert_string_equal(text.data + text.size - 8, "998,999,");
	leat_text_free(&text);
	assert_null(text.data);
	leat_text_add(&text, "again");
	assert_string_equal(text.data, "again");
}

/* Source: the FNV test vectors of its authors. */
static void test_hash(void **state)
{
	(void)state;
	assert_int_equal(leat_hash64("", 0, LEAT_HASH_SEED), 0xcbf29ce484222325ULL);
	assert_int_equal(leat_hash64("a", 1, LEAT_HASH_SEED), 0xaf63dc4c8601ec8cULL);
	assert_int_equal(leat_hash64("foobar", 6, LEAT_HASH_SEED), 0x85944171f73967e8ULL);
	assert_int_equal(leat_hash64("bar", 3, leat_hash64("foo", 3, LEAT_HASH_SEED)),
			 leat_hash64("foobar", 6, LEAT_HASH_SEED));
}

struct escape {
	const char *text;
	const char *escaped;
};

static const struct escape escapes[] = {
	{ "", "" },
	{ "plain text \\ \"quoted\" 'so'", "plain text \\ \"quoted\" 'so'" },
	{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
	{ "\033[31mred", "\\x1b[31mred" },
	{ "\x7f", "\\x7f" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "\xff\xfe", "\\xff\\xfe" },
	{ "\xc3", "\\xc3" },
	{ "\xc3(", "\\xc3(" },
	{ "\xe2\x82", "\\xe2\\x82" },
	{ "\xf0\x9f\x98", "\\xf0\\x9f\\x98" },
	{ "\x80", "\\x80" },
	/* overlong, surrogate, beyond the end, C1 control */
	{ "\xc0\xaf", "\\xc0\\xaf" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80" },
	{ "\xc2\x9b"
	  "31m",
	  "\\xc2\\x9b31m" },
	{ "\xc2\xa0", "\xc2\xa0" },
};

static void test_escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
		_cleanup_free_ char *escaped = leat_text_escape(escapes[i].text);

		assert_string_equal(escaped, escapes[i].escaped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
