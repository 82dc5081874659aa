// SPDX-License-Identifier: Apache-2.0
/* Records and slots, and the file that brings them back: whole, truncated, written by a liar. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/endpoints.h"
#include "lib/cleanup.h"

struct fixture {
	struct leat_endpoints *endpoints;
	struct leat_ipam *ipam;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	return leat_endpoints_new(4, &fixture->endpoints) ?: leat_ipam_new(&fixture->ipam);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	leat_endpoints_free(fixture->endpoints);
	leat_ipam_free(fixture->ipam);
	free(fixture);
	return 0;
}

#define ENDPOINTS (((struct fixture *)*state)->endpoints)
#define IPAM	  (((struct fixture *)*state)->ipam)

static struct leat_ep *add(struct leat_endpoints *endpoints, const char *id)
{
	const struct leat_ep_names names = {
		.container_id = id,
		.ifname = "eth0",
		.network = "leat",
		.pod_namespace = "shop",
		.pod_name = id,
	};
	struct leat_ep *ep = NULL;

	assert_int_equal(leat_endpoints_add(endpoints, &names, &ep), 0);
	return ep;
}

static void test_slots_rest(void **state)
{
	struct leat_ep *first = add(ENDPOINTS, "a"), *second = add(ENDPOINTS, "b");

	assert_int_equal(leat_endpoints_take_slot(ENDPOINTS, first), 0);
	assert_int_equal(leat_endpoints_take_slot(ENDPOINTS, second), 0);
	assert_int_equal(first->slot, 1);
	assert_int_equal(second->slot, 2);
	leat_endpoints_remove(ENDPOINTS, first);
	struct leat_ep *third = add(ENDPOINTS, "c"), *fourth = add(ENDPOINTS, "d");

	assert_int_equal(leat_endpoints_take_slot(ENDPOINTS, third), 0);
	assert_int_equal(third->slot, 3); /* not the one just given back */
	assert_int_equal(leat_endpoints_take_slot(ENDPOINTS, fourth), 0);
	assert_int_equal(fourth->slot, 1);
	assert_int_equal(leat_endpoints_take_slot(ENDPOINTS, add(ENDPOINTS, "e")), -ENOSPC);
}

static void test_one_record_an_attachment(void **state)
{
	const struct leat_ep_names names = { .container_id = "a", .ifname = "eth0" };
	const struct leat_ep_names other = { .container_id = "a", .ifname = "eth1" };
	struct leat_ep *ep = add(ENDPOINTS, "a"), *again = NULL;

	assert_int_equal(leat_endpoints_add(ENDPOINTS, &names, &again), -EEXIST);
	assert_null(again);
	assert_int_equal(leat_endpoints_add(ENDPOINTS, &other, &again), 0);
	assert_string_not_equal(ep->host_ifname, again->host_ifname);
	assert_ptr_equal(leat_endpoints_find(ENDPOINTS, "a", "eth0"), ep);
	leat_endpoints_remove(ENDPOINTS, ep);
	assert_null(leat_endpoints_find(ENDPOINTS, "a", "eth0"));
}

static void test_mac(void **state)
{
	struct leat_ep *ep = add(ENDPOINTS, "a"), *other = add(ENDPOINTS, "b");

	assert_int_equal(leat_addr_parse("10.1.2.3", &ep->addr4), 0);
	assert_int_equal(leat_addr_parse("fd00::3", &other->addr6), 0);
	leat_ep_set_mac(ep);
	leat_ep_set_mac(other);
	assert_int_equal(ep->mac[0] & 3, 2); /* locally administered, one station */
	assert_int_equal(other->mac[0] & 3, 2);
	assert_memory_not_equal(ep->mac, other->mac, 6);
}

static void set_up(struct leat_ep *ep, const char *addr4, const char *addr6)
{
	assert_int_equal(leat_addr_parse(addr4, &ep->addr4), 0);
	assert_int_equal(leat_addr_parse(addr6, &ep->addr6), 0);
	ep->ifindex = 7;
	leat_ep_set_mac(ep);
}

static char *some_file(void **state)
{
	struct leat_cidr pools[2];
	struct leat_ep *ep = add(ENDPOINTS, "done"), *reserved = add(ENDPOINTS, "reserved");
	struct leat_addr taken;
	char *text = NULL;

	assert_int_equal(leat_cidr_parse("10.1.2.0/24", &pools[0], NULL), 0);
	assert_int_equal(leat_cidr_parse("fd00::/64", &pools[1], NULL), 0);
	assert_int_equal(leat_ipam_set_pools(IPAM, pools, 2), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(leat_ipam_take(IPAM, false, &taken), 0);
	set_up(ep, "10.1.2.6", "fd00::9");
	set_up(reserved, "10.1.2.5", "fd00::8");
	assert_int_equal(leat_endpoints_take_slot(ENDPOINTS, ep), 0);
	ep->state = LEAT_EP_COMMITTED;
	assert_int_equal(leat_endpoints_encode(ENDPOINTS, IPAM, &text), 0);
	return text;
}

static int decode(struct fixture *into, const char *text, char **ret_problem)
{
	struct leat_cidr pool;

	assert_int_equal(leat_endpoints_new(4, &into->endpoints), 0);
	assert_int_equal(leat_ipam_new(&into->ipam), 0);
	assert_int_equal(leat_cidr_parse("10.1.2.0/24", &pool, NULL), 0);
	assert_int_equal(leat_ipam_set_pools(into->ipam, &pool, 1), 0);
	return leat_endpoints_decode(into->endpoints, into->ipam, text, ret_problem);
}

static void drop(struct fixture *fixture)
{
	leat_endpoints_free(fixture->endpoints);
	leat_ipam_free(fixture->ipam);
}

static void test_round_trip(void **state)
{
	_cleanup_free_ char *text = some_file(state), *problem = NULL;
	struct fixture copy = { 0 };
	struct leat_addr taken;
	char buffer[LEAT_ADDR_TEXT];

	assert_null(strstr(text, "reserved"));
	assert_int_equal(decode(&copy, text, &problem), 0);
	assert_null(problem);
	const struct leat_ep *was = leat_endpoints_find(ENDPOINTS, "done", "eth0");
	const struct leat_ep *is = leat_endpoints_find(copy.endpoints, "done", "eth0");

	assert_non_null(is);
	assert_int_equal(is->slot, was->slot);
	assert_int_equal(is->ifindex, 7);
	assert_int_equal(is->state, LEAT_EP_COMMITTED);
	assert_string_equal(is->host_ifname, was->host_ifname);
	assert_string_equal(is->pod_namespace, "shop");
	assert_memory_equal(is->mac, was->mac, 6);
	assert_true(leat_ipam_is_used(copy.ipam, &was->addr4));
	assert_true(leat_ipam_is_used(copy.ipam, &was->addr6));
	assert_int_equal(leat_ipam_take(copy.ipam, false, &taken), 0);
	assert_string_equal(leat_addr_format(&taken, buffer), "10.1.2.7"); /* where it stood */
	drop(&copy);
}

/* A crash can leave any prefix of a file that was not written atomically. */
static void test_every_truncation(void **state)
{
	_cleanup_free_ char *text = some_file(state);

	for (size_t length = 0; length + 1 < strlen(text); length++) {
		_cleanup_free_ char *part = strndup(text, length), *problem = NULL;
		struct fixture copy = { 0 };

		assert_int_equal(decode(&copy, part, &problem), -EBADMSG);
		assert_int_equal(leat_endpoints_count(copy.endpoints), 0);
		drop(&copy);
	}
}

#define ENTRY(id, slot, addr)                                                                      \
	"{\"containerID\":\"" id "\",\"ifname\":\"eth0\",\"slot\":" slot                           \
	",\"ifindex\":3,\"mac\":\"02:00:00:00:00:01\",\"addresses\":[\"" addr "\"]}"

static void test_liars(void **state)
{
	static const struct {
		const char *text;
		size_t kept;
	} rows[] = {
		{ ENTRY("a", "1", "10.1.2.2"), 1 },
		{ ENTRY("../a", "1", "10.1.2.2"), 0 },
		{ ENTRY("", "1", "10.1.2.2"), 0 },
		{ ENTRY("a", "0", "10.1.2.2"), 0 },
		{ ENTRY("a", "4", "10.1.2.2"), 0 },
		{ ENTRY("a", "-1", "10.1.2.2"), 0 },
		{ ENTRY("a", "1.5", "10.1.2.2"), 0 },
		{ ENTRY("a", "1e40", "10.1.2.2"), 0 },
		{ ENTRY("a", "1", "10.1.2"), 0 },
		{ ENTRY("a", "1", "10.1.2.2") "," ENTRY("b", "1", "10.1.2.3"), 1 },
		{ ENTRY("a", "1", "10.1.2.2") "," ENTRY("b", "2", "10.1.2.2"), 1 },
		{ ENTRY("a", "1", "10.1.2.2") "," ENTRY("a", "2", "10.1.2.3"), 1 },
		{ ENTRY("a", "1", "10.1.2.2") "," ENTRY("b", "2", "10.1.2.3"), 2 },
		{ "7, null, \"x\", []", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = NULL, *problem = NULL;
		struct fixture copy = { 0 };

		assert_true(asprintf(&text, "{\"version\":1,\"endpoints\":[%s]}", rows[i].text) >
			    0);
		assert_int_equal(decode(&copy, text, &problem), 0);
		if (leat_endpoints_count(copy.endpoints) != rows[i].kept)
			fail_msg("row %zu: %zu kept", i, leat_endpoints_count(copy.endpoints));
		if (leat_ipam_used_count(copy.ipam) != rows[i].kept)
			fail_msg("row %zu: an address leaked", i);
		drop(&copy);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_slots_rest), TEST(test_one_record_an_attachment), TEST(test_mac),
		TEST(test_round_trip), TEST(test_every_truncation),	    TEST(test_liars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
