// SPDX-License-Identifier: Apache-2.0
/*
 * Identities and sets: what shares one, what does not, and that numbers stay what they are when
 * something else changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "lib/text.h"

#include "tests/support/world.h"

#define POD(namespace, name, labels, addr)                                                         \
	"apiVersion: v1\nkind: Pod\nmetadata: {namespace: " namespace ", name: " name              \
								      ", labels: " labels          \
								      "}\nstatus: {phase: "        \
								      "Running, podIPs: "          \
								      "[{ip: " addr "}]}\n---\n"
#define POLICY(namespace, name, spec)                                                                              \
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {namespace: " namespace ", name: " name  \
												  "}\nspec: " spec \
												  "\n---\n"

static struct test_world *begin(void)
{
	struct test_world *world = malloc(sizeof(*world));

	assert_non_null(world);
	test_world_begin(world, "n1");
	return world;
}

static void end(struct test_world *world)
{
	assert_int_equal(world->problem_count, 0);
	test_world_end(world);
	free(world);
}

static __u32 identity(const struct test_world *world, const char *addr)
{
	struct leat_addr parsed = test_addr(addr);

	return leat_ipinfo_find(&world->desired, &parsed).identity;
}

static struct leat_ipinfo info(const struct test_world *world, const char *addr)
{
	struct leat_addr parsed = test_addr(addr);

	return leat_ipinfo_find(&world->desired, &parsed);
}

/* Labels that no rule asks for make no identity; neither do policies of other nodes' pods. */
static void test_noise_makes_no_identity(void **state)
{
	struct test_world *world = begin();

	(void)state;
	test_world_apply(
		world,
		POD("x", "a", "{app: a}", "10.0.0.1") POD("x", "b", "{app: b, v: '1'}", "10.0.0.2")
			POD("x", "c", "{app: b, v: '2'}", "10.0.0.3") POD("z", "d", "{app: d}",
									  "10.0.0.4")
				POLICY("x", "p",
				       "{podSelector: {matchLabels: {app: a}}, ingress: [{from: "
				       "[{podSelector: {matchLabels: {app: b}}}]}]}")
					POLICY("z", "far",
					       "{podSelector: {}, ingress: [{from: "
					       "[{namespaceSelector: {}, "
					       "podSelector: {matchLabels: {v: '2'}}}]}]}"));
	test_world_wire(world, "x", "a", "10.0.0.1", NULL);
	test_world_compile(world);
	assert_true(identity(world, "10.0.0.2") >= LEAT_ID_FIRST);
	assert_int_equal(identity(world, "10.0.0.2"), identity(world, "10.0.0.3"));
	assert_int_equal(identity(world, "10.0.0.1"), LEAT_ID_NONE);
	assert_int_equal(identity(world, "10.0.0.4"), LEAT_ID_NONE);
	assert_int_equal(identity(world, "192.0.2.1"), LEAT_ID_NONE);
	assert_int_equal(world->desired.policy.count, 1);
	end(world);
}

/* A rule with many blocks is one identity and one row a port. */
static void test_blocks_of_a_rule_share(void **state)
{
	struct test_world *world = begin();
	struct leat_text manifest = { 0 };

	(void)state;
	leat_text_add(&manifest, "%s",
		      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
		      "metadata: {namespace: x, name: p}\nspec: {podSelector: {}, ingress: "
		      "[{ports: [{port: 80}, {port: 81}], from: [");
	for (int i = 0; i < 1000; i++)
		leat_text_add(&manifest, "%s{ipBlock: {cidr: 10.%d.%d.0/24}}", i ? ", " : "",
			      i / 250, i % 250);
	leat_text_add(&manifest, "]}]}\n");
	test_world_apply(world, manifest.data);
	leat_text_free(&manifest);
	test_world_wire(world, "x", "a", "192.168.0.1", NULL);
	test_world_compile(world);
	assert_int_equal(world->desired.cidrs.count, 1000 + 2);
	assert_int_equal(world->desired.policy.count, 2);
	assert_true(test_world_allows(world, "10.3.249.7", "192.168.0.1", IPPROTO_TCP, 81));
	assert_false(test_world_allows(world, "10.4.0.7", "192.168.0.1", IPPROTO_TCP, 81));
	end(world);
}

static void test_equal_meaning_equal_numbers(void **state)
{
	struct test_world *world = begin();
	__u32 set, peer, rule;

	(void)state;
	test_world_apply(
		world,
		POD("x", "b", "{app: b, v: '1'}", "10.0.0.2") POLICY(
			"x", "p",
			"{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: "
			"{app: b, v: '1'}}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, "
			"10.2.0.0/16]}}]}]}"));
	test_world_wire(world, "x", "a", "10.0.0.1", NULL);
	test_world_compile(world);
	set = world->desired.pods[0].ingress_set;
	peer = identity(world, "10.0.0.2");
	rule = world->desired.rules[0].rule;
	/* The same said in another order and in other words, beside another namespace's things. */
	test_world_apply(
		world, POD("a", "first", "{app: b}",
			   "10.0.0.9") POLICY("a", "first",
					      "{podSelector: {}, egress: [{to: [{ipBlock: {cidr: "
					      "10.9.0.0/16}}]}]}")
			       POLICY("x", "p",
				      "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: "
				      "[{ipBlock: {cidr: 10.0.0.0/8, except: [10.2.0.0/16, "
				      "10.1.0.0/16]}}, "
				      "{podSelector: {matchExpressions: [{key: v, operator: In, "
				      "values: ['1']}], "
				      "matchLabels: {app: b}}}]}]}"));
	test_world_compile(world);
	assert_int_equal(world->desired.pods[0].ingress_set, set);
	assert_int_equal(identity(world, "10.0.0.2"), peer);
	assert_int_equal(world->desired.rules[0].rule, rule);
	/* Another meaning: another set, the same rule number (it names a place). */
	test_world_apply(world, POLICY("x", "p",
				       "{podSelector: {}, ingress: [{ports: [{port: "
				       "80}]}]}"));
	test_world_compile(world);
	assert_int_not_equal(world->desired.pods[0].ingress_set, set);
	assert_int_equal(world->desired.rules[0].rule, rule);
	end(world);
}

static void test_pods_share_sets(void **state)
{
	struct test_world *world = begin();
	const struct leat_verdicts *pods;

	(void)state;
	test_world_apply(
		world,
		POD("x", "a", "{app: a, n: '1'}",
		    "10.0.0.1") POD("x", "b", "{app: a, n: '2'}",
				    "10.0.0.2") POD("x", "c", "{app: c}", "10.0.0.3")
			POLICY("x", "all", "{podSelector: {}, policyTypes: [Egress]}") POLICY(
				"x", "a", "{podSelector: {matchLabels: {app: a}}, ingress: [{}]}"));
	test_world_wire(world, "x", "a", "10.0.0.1", NULL);
	test_world_wire(world, "x", "b", "10.0.0.2", NULL);
	test_world_wire(world, "x", "c", "10.0.0.3", NULL);
	pods = test_world_compile(world)->pods;
	assert_int_equal(pods[0].egress_set, pods[1].egress_set);
	assert_int_equal(pods[0].egress_set, pods[2].egress_set);
	assert_int_equal(pods[0].ingress_set, pods[1].ingress_set);
	assert_int_equal(pods[2].ingress_set, 0);
	assert_int_not_equal(pods[0].ingress_set, pods[0].egress_set);
	assert_int_equal(world->desired.set_count, 2);
	end(world);
}

/* Inside a block the node's range and the identity are both known, whichever is smaller. */
static void test_rows_are_complete(void **state)
{
	struct test_world *world = begin();

	(void)state;
	test_world_apply(
		world,
		"apiVersion: v1\nkind: Node\nmetadata: {name: n2}\nspec: {podCIDRs: "
		"[10.2.0.0/16]}\nstatus: {addresses: [{type: InternalIP, address: 172.16.0.2}]}\n"
		"---\n" POLICY(
			"x", "p",
			"{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "
			"10.0.0.0/8}}, {ipBlock: {cidr: 10.2.3.0/24}}]}, {from: [{ipBlock: {cidr: "
			"10.2.3.0/24}}]}]}"));
	test_world_host(world, "172.16.0.1");
	test_world_service_cidr(world, "10.96.0.0/12");
	test_world_wire(world, "x", "a", "192.168.0.1", NULL);
	test_world_compile(world);
	assert_int_equal(info(world, "10.2.3.4").kind, LEAT_IP_POD_RANGE);
	assert_int_not_equal(info(world, "10.2.3.4").node, 0);
	assert_int_equal(info(world, "10.2.3.4").node, info(world, "10.2.0.1").node);
	assert_int_not_equal(info(world, "10.2.3.4").identity, info(world, "10.2.0.1").identity);
	assert_int_equal(info(world, "10.2.0.1").identity, info(world, "10.1.0.1").identity);
	assert_int_equal(info(world, "10.1.0.1").kind, LEAT_IP_WORLD);
	assert_int_equal(info(world, "10.96.0.1").kind, LEAT_IP_SERVICE);
	assert_int_equal(info(world, "10.96.0.1").identity, info(world, "10.1.0.1").identity);
	assert_int_equal(info(world, "11.0.0.1").identity, LEAT_ID_NONE);
	assert_int_equal(info(world, "172.16.0.2").kind, LEAT_IP_NODE);
	assert_int_equal(info(world, "172.16.0.1").kind, LEAT_IP_HOST);
	end(world);
}

/* Robustness 18: the families are two worlds. */
static void test_families_stay_apart(void **state)
{
	struct test_world *world = begin();

	(void)state;
	test_world_apply(
		world,
		POLICY("x", "four",
		       "{podSelector: {matchLabels: {f: '4'}}, ingress: [{from: "
		       "[{ipBlock: {cidr: 0.0.0.0/0}}]}]}") POLICY("x", "six",
								   "{podSelector: {matchLabels: "
								   "{f: '6'}}, ingress: [{from: "
								   "[{ipBlock: {cidr: '::/0'}}]}]}")
			POLICY("x", "wide",
			       "{podSelector: {matchLabels: {f: w}}, ingress: [{from: "
			       "[{ipBlock: {cidr: '::/64'}}]}]}") "apiVersion: v1\nkind: "
								  "Pod\nmetadata: {namespace: x, "
								  "name: a, labels: {f: "
								  "'4'}}\n---\n"
								  "apiVersion: v1\nkind: "
								  "Pod\nmetadata: {namespace: x, "
								  "name: b, labels: {f: "
								  "'6'}}\n---\n"
								  "apiVersion: v1\nkind: "
								  "Pod\nmetadata: {namespace: x, "
								  "name: c, labels: {f: w}}\n");
	test_world_wire(world, "x", "a", "10.0.0.1", "fd00::1");
	test_world_wire(world, "x", "b", "10.0.0.2", "fd00::2");
	test_world_wire(world, "x", "c", "10.0.0.3", "fd00::3");
	test_world_compile(world);
	assert_true(test_world_allows(world, "192.0.2.1", "10.0.0.1", IPPROTO_TCP, 80));
	assert_false(test_world_allows(world, "2001:db8::1", "fd00::1", IPPROTO_TCP, 80));
	assert_false(test_world_allows(world, "192.0.2.1", "10.0.0.2", IPPROTO_TCP, 80));
	assert_true(test_world_allows(world, "2001:db8::1", "fd00::2", IPPROTO_TCP, 80));
	assert_false(test_world_allows(world, "192.0.2.1", "10.0.0.3", IPPROTO_TCP, 80));
	assert_true(test_world_allows(world, "::5", "fd00::3", IPPROTO_TCP, 80));
	end(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise_makes_no_identity),
		cmocka_unit_test(test_blocks_of_a_rule_share),
		cmocka_unit_test(test_equal_meaning_equal_numbers),
		cmocka_unit_test(test_pods_share_sets),
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_families_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
