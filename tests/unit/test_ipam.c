// SPDX-License-Identifier: Apache-2.0
/* Address pools: what is handed out in which order, what never is, and when nothing is left. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/ipam.h"

struct fixture {
	struct leat_ipam *ipam;
};

static struct leat_cidr cidr(const char *text)
{
	struct leat_cidr block;

	assert_int_equal(leat_cidr_parse(text, &block, NULL), 0);
	return block;
}

static struct leat_addr addr(const char *text)
{
	struct leat_addr result;

	assert_int_equal(leat_addr_parse(text, &result), 0);
	return result;
}

static void set_pools(struct leat_ipam *ipam, const char *first, const char *second)
{
	struct leat_cidr blocks[2] = { cidr(first) };

	if (second)
		blocks[1] = cidr(second);
	assert_int_equal(leat_ipam_set_pools(ipam, blocks, second ? 2 : 1), 0);
}

static const char *take(struct leat_ipam *ipam, bool is_ipv6)
{
	static char text[LEAT_ADDR_TEXT];
	struct leat_addr got;
	int err = leat_ipam_take(ipam, is_ipv6, &got);

	if (err)
		return err == -ENOSPC ? "full" : "none";
	return leat_addr_format(&got, text);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	return leat_ipam_new(&fixture->ipam);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	leat_ipam_free(fixture->ipam);
	free(fixture);
	return 0;
}

#define IPAM (((struct fixture *)*state)->ipam)

static void test_order_and_reserved(void **state)
{
	set_pools(IPAM, "10.1.2.0/29", NULL);
	/* .0 network, .1 gateway, .7 broadcast */
	assert_string_equal(take(IPAM, false), "10.1.2.2");
	assert_string_equal(take(IPAM, false), "10.1.2.3");
	assert_string_equal(take(IPAM, false), "10.1.2.4");
	assert_string_equal(take(IPAM, false), "10.1.2.5");
	assert_string_equal(take(IPAM, false), "10.1.2.6");
	assert_string_equal(take(IPAM, false), "full");
	assert_string_equal(take(IPAM, true), "none");
}

static void test_released_rests(void **state)
{
	struct leat_addr second = addr("10.1.2.2");

	set_pools(IPAM, "10.1.2.0/29", NULL);
	take(IPAM, false);
	leat_ipam_release(IPAM, &second);
	assert_string_equal(take(IPAM, false), "10.1.2.3");
	take(IPAM, false);
	take(IPAM, false);
	assert_string_equal(take(IPAM, false), "10.1.2.6");
	assert_string_equal(take(IPAM, false), "10.1.2.2");
	assert_string_equal(take(IPAM, false), "full");
	leat_ipam_release(IPAM, &second);
	leat_ipam_release(IPAM, &second);
	assert_int_equal(leat_ipam_used_count(IPAM), 4);
	assert_string_equal(take(IPAM, false), "10.1.2.2");
}

static void test_ipv6(void **state)
{
	struct leat_addr taken = addr("fd00:1::3");

	set_pools(IPAM, "fd00:1::/64", "10.0.0.0/24");
	assert_string_equal(take(IPAM, true), "fd00:1::2");
	assert_int_equal(leat_ipam_mark(IPAM, &taken), 0);
	assert_string_equal(take(IPAM, true), "fd00:1::4");
	assert_string_equal(take(IPAM, false), "10.0.0.2");
}

static void test_claim(void **state)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
		{ "10.1.2.0", -ERANGE },
		{ "10.1.2.1", -ERANGE },
		{ "10.1.2.255", -ERANGE },
		{ "10.1.3.5", -ERANGE },
		{ "10.1.2.2", 0 },
		{ "10.1.2.2", -EADDRINUSE },
		{ "10.1.2.254", 0 },
		{ "fd00::1", -ERANGE },
		{ "fd00::5:5", 0 },
		{ "fd00:1::5", -ERANGE },
		{ "fd00::5:5", -EADDRINUSE },
	};

	set_pools(IPAM, "10.1.2.0/24", "fd00::/64");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct leat_addr wanted = addr(rows[i].text);

		if (leat_ipam_claim(IPAM, &wanted) != rows[i].want)
			fail_msg("%s", rows[i].text);
	}
}

static void test_pools_change(void **state)
{
	struct leat_addr old = addr("10.1.2.2");

	set_pools(IPAM, "10.1.2.0/24", NULL);
	take(IPAM, false);
	set_pools(IPAM, "10.9.0.0/24", "10.1.2.0/24");
	assert_true(leat_ipam_is_used(IPAM, &old));
	assert_string_equal(take(IPAM, false), "10.9.0.2");
	set_pools(IPAM, "10.1.2.0/24", NULL);
	assert_string_equal(take(IPAM, false), "10.1.2.3"); /* the position was kept */
	set_pools(IPAM, "10.5.0.0/24", NULL);
	assert_false(leat_ipam_is_inside(IPAM, &old));
	assert_true(leat_ipam_is_used(IPAM, &old));
}

static void test_position_restored(void **state)
{
	struct leat_cidr block = cidr("10.1.2.0/24");

	set_pools(IPAM, "10.1.2.0/24", NULL);
	leat_ipam_set_last(IPAM, &block, 200);
	assert_string_equal(take(IPAM, false), "10.1.2.201");
	leat_ipam_set_last(IPAM, &block, 254);
	assert_string_equal(take(IPAM, false), "10.1.2.2"); /* 255 is broadcast */
	leat_ipam_set_last(IPAM, &block, 1 << 20);	    /* nonsense: ignored */
	assert_string_equal(take(IPAM, false), "10.1.2.3");
}

static void test_useless_block(void **state)
{
	struct leat_cidr block = cidr("10.1.2.3/32");

	assert_int_equal(leat_ipam_set_pools(IPAM, &block, 1), -EINVAL);
	block = cidr("10.1.2.2/31");
	assert_int_equal(leat_ipam_set_pools(IPAM, &block, 1), -EINVAL);
	block = cidr("10.1.2.0/30");
	assert_int_equal(leat_ipam_set_pools(IPAM, &block, 1), 0);
	assert_string_equal(take(IPAM, false), "10.1.2.2");
	assert_string_equal(take(IPAM, false), "full");
}

/* Every address once, none twice, then full: also after a random history. */
static void test_random_history(void **state)
{
	struct leat_addr held[253];
	size_t count = 0;
	unsigned int seed = 7;

	set_pools(IPAM, "10.1.2.0/24", NULL);
	for (int step = 0; step < 20000; step++) {
		if (rand_r(&seed) % 2 && count) {
			size_t index = (size_t)rand_r(&seed) % count;

			leat_ipam_release(IPAM, &held[index]);
			held[index] = held[--count];
			continue;
		}
		int err = leat_ipam_take(IPAM, false, &held[count]);

		assert_int_equal(err, count == 253 ? -ENOSPC : 0);
		for (size_t i = 0; !err && i < count; i++)
			assert_int_not_equal(leat_addr_compare(&held[i], &held[count]), 0);
		count += !err;
	}
	assert_int_equal(leat_ipam_used_count(IPAM), count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order_and_reserved),
		TEST(test_released_rests),
		TEST(test_ipv6),
		TEST(test_claim),
		TEST(test_pools_change),
		TEST(test_position_restored),
		TEST(test_useless_block),
		TEST(test_random_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
