// SPDX-License-Identifier: Apache-2.0
/* Addresses and blocks: what is one, how it prints, what contains what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/addr.h"
#include "lib/cleanup.h"

struct text_pair {
	const char *text;
	const char *printed; /* NULL: refused */
};

static const struct text_pair addrs[] = {
	{ "10.0.0.1", "10.0.0.1" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "::", "::" },
	{ "::1", "::1" },
	{ "fd00:0:0:0:0:0:0:1", "fd00::1" },
	{ "FD00::A", "fd00::a" },
	{ "64:ff9b::10.0.0.1", "64:ff9b::a00:1" },
	{ "0177.0.0.1", NULL },
	{ "10.0.0.01", NULL },
	{ "0x7f.0.0.1", NULL },
	{ "127.1", NULL },
	{ "2130706433", NULL },
	{ "10.0.0.256", NULL },
	{ "10.0.0.1.", NULL },
	{ "10.0.0.1 ", NULL },
	{ " 10.0.0.1", NULL },
	{ "10.0.0.-1", NULL },
	{ "10.0.0.1/32", NULL },
	{ "", NULL },
	{ "a.b.c.d", NULL },
	{ "::ffff:10.0.0.1", NULL },
	{ "::ffff:a00:1", NULL },
	{ "0:0:0:0:0:ffff:a00:1", NULL },
	{ "fe80::1%eth0", NULL },
	{ "[::1]", NULL },
	{ "1:2:3:4:5:6:7", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL },
	{ "1::2::3", NULL },
	{ "12345::", NULL },
	{ ":", NULL },
};

static void test_addrs(void **state)
{
	char buffer[LEAT_ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++) {
		struct leat_addr addr = { .b = { 0xaa } }, before = addr;
		int err = leat_addr_parse(addrs[i].text, &addr);

		if (err != (addrs[i].printed ? 0 : -EINVAL))
			fail_msg("'%s': %d", addrs[i].text, err);
		if (err)
			assert_memory_equal(&addr, &before, sizeof(addr));
		else
			assert_string_equal(leat_addr_format(&addr, buffer), addrs[i].printed);
	}
}

struct block {
	const char *text;
	const char *printed; /* NULL: refused */
	bool is_masked;
};

static const struct block blocks[] = {
	{ "10.0.0.0/8", "10.0.0.0/8", false },
	{ "10.1.2.3/8", "10.0.0.0/8", true },
	{ "10.1.2.3/32", "10.1.2.3/32", false },
	{ "10.1.2.3/31", "10.1.2.2/31", true },
	{ "255.255.255.255/1", "128.0.0.0/1", true },
	{ "0.0.0.0/0", "0.0.0.0/0", false },
	{ "1.2.3.4/0", "0.0.0.0/0", true },
	{ "::/0", "::/0", false },
	{ "ffff::/0", "::/0", true },
	{ "fd00::1/128", "fd00::1/128", false },
	{ "fd00:1:2:3:4::/64", "fd00:1:2:3::/64", true },
	{ "fd00:1:2:3::/63", "fd00:1:2:2::/63", true },
	{ "10.0.0.0", NULL, false },
	{ "10.0.0.0/", NULL, false },
	{ "10.0.0.0/33", NULL, false },
	{ "10.0.0.0/08", NULL, false },
	{ "10.0.0.0/+8", NULL, false },
	{ "10.0.0.0/-8", NULL, false },
	{ "10.0.0.0/8 ", NULL, false },
	{ "10.0.0.0/8/8", NULL, false },
	{ "10.0.0.0/255.0.0.0", NULL, false },
	{ "010.0.0.0/8", NULL, false },
	{ "10/8", NULL, false },
	{ "/8", NULL, false },
	{ "", NULL, false },
	{ "::/129", NULL, false },
	{ "::ffff:10.0.0.0/104", NULL, false },
	{ "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8", NULL, false },
	{ "fd00::/99999999999999999999", NULL, false },
};

static void test_blocks(void **state)
{
	char buffer[LEAT_CIDR_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		struct leat_cidr cidr;
		bool is_masked = false;
		int err = leat_cidr_parse(blocks[i].text, &cidr, &is_masked);

		if (err != (blocks[i].printed ? 0 : -EINVAL) || is_masked != blocks[i].is_masked)
			fail_msg("'%s': %d %d", blocks[i].text, err, is_masked);
		if (!err)
			assert_string_equal(leat_cidr_format(&cidr, buffer), blocks[i].printed);
		assert_int_equal(leat_cidr_parse(blocks[i].text, &cidr, NULL), err);
	}
}

static void test_mapped_form(void **state)
{
	static const struct leat_addr expected = { .b = { [10] = 0xff, 0xff, 10, 1, 2, 3 } };
	struct leat_addr addr;
	struct leat_cidr cidr;

	(void)state;
	assert_int_equal(leat_addr_parse("10.1.2.3", &addr), 0);
	assert_memory_equal(&addr, &expected, sizeof(addr));
	assert_int_equal(leat_cidr_parse("10.1.2.3/8", &cidr, NULL), 0);
	assert_int_equal(cidr.prefixlen, 104);
	cidr = leat_cidr_host(&addr);
	assert_int_equal(cidr.prefixlen, 128);
	assert_memory_equal(&cidr.addr, &expected, sizeof(addr));
}

struct relation {
	const char *outer;
	const char *inner;
	bool covers;
};

static const struct relation relations[] = {
	{ "10.0.0.0/8", "10.1.0.0/16", true },
	{ "10.0.0.0/8", "10.0.0.0/8", true },
	{ "10.1.0.0/16", "10.0.0.0/8", false },
	{ "10.0.0.0/8", "11.0.0.0/16", false },
	{ "10.0.0.0/15", "10.1.255.255/32", true },
	{ "10.0.0.0/15", "10.2.0.0/32", false },
	{ "0.0.0.0/0", "255.255.255.255/32", true },
	{ "::/0", "fd00::/8", true },
	{ "::/0", "ffff::1/128", true },
	{ "fd00::/8", "fdff::/16", true },
	{ "fd00::/8", "fc00::/16", false },
	/* the families never meet */
	{ "::/0", "10.0.0.0/8", false },
	{ "::/0", "0.0.0.0/0", false },
	{ "::/80", "10.0.0.1/32", false },
	{ "0.0.0.0/0", "::/0", false },
	{ "0.0.0.0/0", "::1/128", false },
	{ "::/96", "10.0.0.1/32", false },
};

static void test_relations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(relations); i++) {
		const struct relation *relation = &relations[i];
		struct leat_cidr outer, inner;

		assert_int_equal(leat_cidr_parse(relation->outer, &outer, NULL), 0);
		assert_int_equal(leat_cidr_parse(relation->inner, &inner, NULL), 0);
		if (leat_cidr_covers(&outer, &inner) != relation->covers)
			fail_msg("%s covers %s", relation->outer, relation->inner);
		if (inner.prefixlen == 128 &&
		    leat_cidr_contains(&outer, &inner.addr) != relation->covers)
			fail_msg("%s contains %s", relation->outer, relation->inner);
	}
}

static void test_questions(void **state)
{
	struct leat_addr v4, v6, zero;

	(void)state;
	assert_int_equal(leat_addr_parse("0.0.0.0", &v4), 0);
	assert_int_equal(leat_addr_parse("fd00::1", &v6), 0);
	assert_int_equal(leat_addr_parse("::", &zero), 0);
	assert_true(leat_addr_is_ipv4(&v4));
	assert_false(leat_addr_is_ipv4(&v6));
	assert_false(leat_addr_is_ipv4(&zero));
	assert_true(leat_addr_is_zero(&zero));
	assert_false(leat_addr_is_zero(&v4));
	assert_false(leat_addr_is_zero(&v6));
	assert_true(leat_addr_compare(&v4, &v6) < 0);
	assert_true(leat_addr_compare(&v6, &v4) > 0);
	assert_int_equal(leat_addr_compare(&v6, &v6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addrs),	    cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_mapped_form), cmocka_unit_test(test_relations),
		cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
