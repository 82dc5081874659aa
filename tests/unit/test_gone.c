// SPDX-License-Identifier: Apache-2.0
/* Which flows go when a pod, a node or a UDP backend is gone, and which must stay. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/gone.h"
#include "lib/addr.h"
#include "lib/cleanup.h"

static struct leat_addr addr(const char *text)
{
	struct leat_addr result;

	assert_int_equal(leat_addr_parse(text, &result), 0);
	return result;
}

#define SERVICE 40

/* Client 10.0.0.2:5000 to Service 10.96.0.1:53, translated to 10.0.1.3:5353 on node 6. */
static void make_flow(struct leat_flow_key *key, struct leat_flow *flow, __u8 proto)
{
	*key = (struct leat_flow_key){
		.saddr = addr("10.0.0.2"),
		.daddr = addr("10.96.0.1"),
		.sport = htons(5000),
		.dport = htons(53),
		.proto = proto,
	};
	*flow = (struct leat_flow){
		.nat_saddr = key->saddr,
		.nat_daddr = addr("10.0.1.3"),
		.nat_sport = key->sport,
		.nat_dport = htons(5353),
		.node = 6,
		.service = SERVICE,
	};
}

static void make_reply(struct leat_flow_key *key, struct leat_flow *flow, __u8 proto)
{
	struct leat_flow forward;
	struct leat_flow_key sent;

	make_flow(&sent, &forward, proto);
	*key = leat_flow_partner(&sent, &forward);
	*flow = forward;
	flow->flags = LEAT_FLOW_REPLY;
	flow->nat_saddr = sent.daddr;
	flow->nat_daddr = sent.saddr;
	flow->nat_sport = sent.dport;
	flow->nat_dport = sent.sport;
	flow->node = 0;
}

static bool is_swept(const struct leat_gone *gone, __u8 proto)
{
	struct leat_flow_key key;
	struct leat_flow flow;

	make_flow(&key, &flow, proto);
	bool forward = leat_gone_has_flow(gone, &key, &flow);

	make_reply(&key, &flow, proto);
	return forward && leat_gone_has_flow(gone, &key, &flow);
}

static bool is_touched(const struct leat_gone *gone, __u8 proto)
{
	struct leat_flow_key key;
	struct leat_flow flow;

	make_flow(&key, &flow, proto);
	if (leat_gone_has_flow(gone, &key, &flow))
		return true;
	make_reply(&key, &flow, proto);
	return leat_gone_has_flow(gone, &key, &flow);
}

static int setup(void **state)
{
	return leat_gone_new((struct leat_gone **)state);
}

static int teardown(void **state)
{
	leat_gone_free(*state);
	return 0;
}

static void test_nothing(void **state)
{
	assert_true(leat_gone_is_empty(*state));
	assert_false(is_touched(*state, IPPROTO_TCP));
}

static void test_addresses(void **state)
{
	static const char *const parts[] = { "10.0.0.2", "10.0.1.3" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct leat_gone *gone = NULL;
		const struct leat_addr part = addr(parts[i]);

		assert_int_equal(leat_gone_new(&gone), 0);
		assert_int_equal(leat_gone_add_addr(gone, &part), 0);
		assert_true(is_swept(gone, IPPROTO_TCP));
		assert_true(is_swept(gone, IPPROTO_ICMP));
		leat_gone_free(gone);
	}
	const struct leat_addr other = addr("10.0.0.9");

	assert_int_equal(leat_gone_add_addr(*state, &other), 0);
	assert_false(is_touched(*state, IPPROTO_TCP));
}

static void test_node(void **state)
{
	assert_int_equal(leat_gone_add_node(*state, 5), 0);
	assert_false(is_touched(*state, IPPROTO_TCP));
	assert_int_equal(leat_gone_add_node(*state, 6), 0);
	assert_true(is_touched(*state, IPPROTO_TCP));
}

static void test_backend(void **state)
{
	const struct leat_backend other_port = { .addr = addr("10.0.1.3"), .port = htons(53) };
	const struct leat_backend backend = { .addr = addr("10.0.1.3"), .port = htons(5353) };

	assert_int_equal(leat_gone_add_backend(*state, SERVICE, &other_port), 0);
	assert_int_equal(leat_gone_add_backend(*state, SERVICE + 1, &backend), 0);
	assert_false(is_touched(*state, IPPROTO_UDP));
	assert_int_equal(leat_gone_add_backend(*state, SERVICE, &backend), 0);
	assert_true(is_swept(*state, IPPROTO_UDP));
	assert_false(is_touched(*state, IPPROTO_TCP)); /* left alone */
	assert_false(is_touched(*state, IPPROTO_SCTP));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_addresses),
		TEST(test_node),
		TEST(test_backend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
