// SPDX-License-Identifier: Apache-2.0
/*
 * What rules mean where implementations went wrong before: empty selectors, protocols, named
 * ports, spoofed labels, very large rules, rules that the API would refuse, and who gets the
 * credit for an allowed connection.
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

#define POD(namespace, name, labels, addr, ports)                                                  \
	"apiVersion: v1\nkind: Pod\nmetadata: {namespace: " namespace ", name: " name              \
								      ", labels: " labels          \
								      "}\nspec: {containers: "     \
								      "[{name: c, image: i, "      \
								      "ports: " ports              \
								      "}]}\nstatus: {phase: "      \
								      "Running, podIPs: "          \
								      "[{ip: " addr "}]}\n---\n"
#define POLICY(namespace, name, spec)                                                                              \
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {namespace: " namespace ", name: " name  \
												  "}\nspec: " spec \
												  "\n---\n"

#define A "10.0.0.1" /* x/a, wired */
#define B "10.0.0.2" /* x/b */
#define C "10.0.0.3" /* z/c */

static struct test_world *begin(const char *policies)
{
	struct test_world *world = malloc(sizeof(*world));

	assert_non_null(world);
	test_world_begin(world, "n1");
	test_world_apply(world,
			 POD("x", "a", "{app: a}", A, "[{name: web, containerPort: 8080}]")
				 POD("x", "b", "{app: b}", B, "[{name: web, containerPort: 8081}]")
					 POD("z", "c", "{app: c}", C,
					     "[{name: web, containerPort: 53, protocol: UDP}]"));
	test_world_apply(world, policies);
	test_world_wire(world, "x", "a", A, NULL);
	test_world_compile(world);
	return world;
}

static void end(struct test_world *world)
{
	test_world_end(world);
	free(world);
}

/* Robustness 16: what matches nothing lets nobody in. */
static void test_empty_is_nobody(void **state)
{
	struct test_world *world = begin(
		POLICY("x", "p",
		       "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: "
		       "{app: nobody}}}]}, {from: [{ipBlock: {cidr: 10.0.0.0/30, except: "
		       "[10.0.0.0/31, 10.0.0.2/31]}}]}, {from: [{namespaceSelector: {matchLabels: "
		       "{no: where}}}]}]}"));

	(void)state;
	assert_int_equal(world->problem_count, 0);
	assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 80));
	assert_false(test_world_allows(world, C, A, IPPROTO_TCP, 80));
	assert_false(test_world_allows(world, "192.0.2.1", A, IPPROTO_TCP, 80));
	assert_true(test_world_allows(world, A, A, IPPROTO_TCP, 80));
	end(world);
}

/* Robustness 9: the namespace is where the pod is, whatever its labels claim. */
static void test_spoofed_namespace(void **state)
{
	struct test_world *world = begin(POD(
		"z", "evil", "{kubernetes.io/metadata.name: x, io.kubernetes.pod.namespace: x}",
		"10.0.0.9", "[]") POLICY("x", "p",
					 "{podSelector: {}, ingress: [{from: [{namespaceSelector: "
					 "{matchLabels: {kubernetes.io/metadata.name: x}}}]}]}"));

	(void)state;
	assert_int_equal(world->problem_count, 0);
	assert_true(test_world_allows(world, B, A, IPPROTO_TCP, 80));
	assert_false(test_world_allows(world, "10.0.0.9", A, IPPROTO_TCP, 80));
	end(world);
}

/* Robustness 18, CVE-2026-56743: a block rule has no selector that would match pods. */
static void test_block_rule_has_no_selector(void **state)
{
	struct test_world *world =
		begin(POLICY("x", "p",
			     "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "
			     "192.0.2.0/24}}]}]}"));

	(void)state;
	assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 80));
	assert_true(test_world_allows(world, "192.0.2.1", A, IPPROTO_TCP, 80));
	end(world);
}

/* Robustness 20. */
static void test_protocols(void **state)
{
	struct test_world *world =
		begin(POLICY("x", "p",
			     "{podSelector: {}, ingress: [{ports: [{protocol: SCTP}, {protocol: "
			     "UDP, port: 53}]}, {from: [{namespaceSelector: {matchLabels: "
			     "{kubernetes.io/metadata.name: z}}}]}]}"));

	(void)state;
	assert_true(test_world_allows(world, B, A, IPPROTO_SCTP, 80));
	assert_true(test_world_allows(world, B, A, IPPROTO_UDP, 53));
	assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 53));
	assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 80));
	for (int proto = 0; proto < 256; proto++) {
		if (proto == IPPROTO_SCTP || proto == IPPROTO_UDP)
			continue;
		assert_false(test_world_allows(world, B, A, (__u8)proto, 0));
		assert_true(test_world_allows(world, C, A, (__u8)proto, 0));
	}
	end(world);
}

/* Robustness 26: the destination's own number of that name and protocol, or nothing. */
static void test_named_ports(void **state)
{
	struct test_world *world =
		begin(POLICY("x", "in", "{podSelector: {}, ingress: [{ports: [{port: web}]}]}")
			      POLICY("x", "out",
				     "{podSelector: {}, policyTypes: [Egress], egress: [{ports: "
				     "[{port: web}]}]}"));

	(void)state;
	assert_true(test_world_allows(world, B, A, IPPROTO_TCP, 8080));
	assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 8081));
	assert_false(test_world_allows(world, B, A, IPPROTO_UDP, 8080));
	assert_true(test_world_allows(world, A, B, IPPROTO_TCP, 8081));
	assert_false(test_world_allows(world, A, B, IPPROTO_TCP, 8080));
	/* web is a UDP port there: not this one's. */
	assert_false(test_world_allows(world, A, C, IPPROTO_TCP, 53));
	assert_false(test_world_allows(world, A, C, IPPROTO_UDP, 53));
	assert_false(test_world_allows(world, A, "192.0.2.1", IPPROTO_TCP, 8080));
	/* Another pod of that name takes its place, with another number. */
	test_world_apply(world, POD("x", "b", "{app: b}", B, "[{name: web, containerPort: 9999}]"));
	test_world_compile(world);
	assert_false(test_world_allows(world, A, B, IPPROTO_TCP, 8081));
	assert_true(test_world_allows(world, A, B, IPPROTO_TCP, 9999));
	end(world);
}

static void test_repeated_port_name(void **state)
{
	struct test_world *world = begin(
		"apiVersion: v1\nkind: Pod\nmetadata: {namespace: x, name: a, labels: {app: a}}\n"
		"spec: {containers: [{name: c, image: i, ports: [{name: web, containerPort: 1}]}, "
		"{name: d, image: i, ports: [{name: web, containerPort: 2}]}]}\n---\n" POLICY(
			"x", "in", "{podSelector: {}, ingress: [{ports: [{port: web}]}]}"));

	(void)state;
	assert_true(test_world_allows(world, B, A, IPPROTO_TCP, 1));
	assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 2));
	assert_true(test_world_complains(world, "Pod x/a", "port web"));
	end(world);
}

/* Robustness 27: 1,000 ports and 5,000 blocks in one rule are 5,000 and 1,000 rows. */
static void test_very_large_rule(void **state)
{
	struct leat_text text = { 0 };
	struct test_world *world;

	(void)state;
	leat_text_add(&text,
		      "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\","
		      "\"metadata\":{\"namespace\":\"x\",\"name\":\"p\"},\"spec\":{\"podSelector\":"
		      "{},\"ingress\":[{\"ports\":[");
	for (int i = 0; i < 1000; i++)
		leat_text_add(&text, "%s{\"port\":%d}", i ? "," : "", 1 + i * 2);
	leat_text_add(&text, "],\"from\":[");
	for (int i = 0; i < 5000; i++)
		leat_text_add(&text, "%s{\"ipBlock\":{\"cidr\":\"172.%d.%d.%d/30\"}}", i ? "," : "",
			      16 + i / 4096, i / 16 % 256, i % 16 * 16);
	leat_text_add(&text, "]}]}}");
	world = begin(text.data);
	leat_text_free(&text);
	assert_int_equal(world->problem_count, 0);
	assert_int_equal(world->desired.cidrs.count, 5000 + 2);
	assert_int_equal(world->desired.policy.count, 1000);
	assert_true(test_world_allows(world, "172.17.0.241", A, IPPROTO_TCP, 1999));
	assert_false(test_world_allows(world, "172.17.0.241", A, IPPROTO_TCP, 2000));
	assert_false(test_world_allows(world, "172.17.0.244", A, IPPROTO_TCP, 1999));
	end(world);
}

/* Robustness 27: all of 2,000 stacked policies hold. */
static void test_many_policies(void **state)
{
	struct leat_text text = { 0 };
	struct test_world *world;

	(void)state;
	leat_text_add(&text, "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[");
	for (int i = 0; i < 2000; i++)
		leat_text_add(&text,
			      "%s{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":"
			      "\"NetworkPolicy\",\"metadata\":{\"namespace\":\"x\",\"name\":"
			      "\"p%d\"},\"spec\":{\"podSelector\":{},\"ingress\":[{\"ports\":"
			      "[{\"port\":%d}]}]}}",
			      i ? "," : "", i, 1000 + i);
	leat_text_add(&text, "]}");
	world = begin(text.data);
	leat_text_free(&text);
	assert_int_equal(world->problem_count, 0);
	assert_int_equal(world->desired.policy.count, 2000);
	assert_true(test_world_allows(world, B, A, IPPROTO_TCP, 1000));
	assert_true(test_world_allows(world, B, A, IPPROTO_TCP, 2999));
	assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 3000));
	end(world);
}

/* Robustness 28: what the API would refuse is refused, the others hold. */
static void test_refused_policies(void **state)
{
	static const char *const specs[] = {
		"ports: [{port: 65536}]",
		"ports: [{port: 100, endPort: 99}]",
		"ports: [{port: web, endPort: 99}]",
		"from: [{ipBlock: {cidr: 0177.0.0.1/32}}]",
		"from: [{ipBlock: {cidr: 10.0.0.0/33}}]",
		"from: [{}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct leat_text text = { 0 };
		struct test_world *world;

		leat_text_add(
			&text,
			"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
			"metadata: {namespace: x, name: bad}\nspec: {podSelector: {}, ingress: "
			"[{%s}]}\n---\n" POLICY("x", "good",
						"{podSelector: {}, ingress: "
						"[{ports: [{port: 80}]}]}"),
			specs[i]);
		world = begin(text.data);
		leat_text_free(&text);
		assert_int_equal(world->problem_count, 1);
		assert_non_null(strstr(world->problems[0], "x/bad"));
		assert_true(test_world_allows(world, B, A, IPPROTO_TCP, 80));
		assert_false(test_world_allows(world, B, A, IPPROTO_TCP, 81));
		assert_false(test_world_allows(world, "127.0.0.1", A, IPPROTO_TCP, 81));
		end(world);
	}
}

static void expect_credit(const struct test_world *world, const char *src, __u8 proto, __u16 port,
			  const char *policy, __u32 index)
{
	struct leat_explanation got = test_world_judge(world, src, A, proto, port);
	const struct leat_desired *desired = &world->desired;

	assert_int_equal(got.verdict, LEAT_VERDICT_ALLOW);
	for (size_t i = 0; i < desired->rule_count; i++)
		if (desired->rules[i].rule == got.ingress.rule) {
			assert_string_equal(desired->rules[i].policy, policy);
			assert_int_equal(desired->rules[i].index, index);
			return;
		}
	fail_msg("rule %08x has no name", got.ingress.rule);
}

static void test_credit(void **state)
{
	struct test_world *world = begin(
		POLICY("x", "p1",
		       "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}, "
		       "{ports: [{port: 80}]}, {from: [{podSelector: {}}], ports: [{port: 80}]}]}")
			POLICY("x", "p2",
			       "{podSelector: {}, ingress: [{ports: [{protocol: TCP}]}, {}, "
			       "{ports: [{port: 81}]}]}"));

	(void)state;
	expect_credit(world, B, IPPROTO_TCP, 80, "p1", 1);
	expect_credit(world, B, IPPROTO_TCP, 81, "p2", 2);
	expect_credit(world, B, IPPROTO_TCP, 82, "p2", 0);
	expect_credit(world, B, IPPROTO_UDP, 82, "p1", 0);
	expect_credit(world, C, IPPROTO_UDP, 82, "p2", 1);
	end(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_is_nobody),
		cmocka_unit_test(test_spoofed_namespace),
		cmocka_unit_test(test_block_rule_has_no_selector),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_named_ports),
		cmocka_unit_test(test_repeated_port_name),
		cmocka_unit_test(test_very_large_rule),
		cmocka_unit_test(test_many_policies),
		cmocka_unit_test(test_refused_policies),
		cmocka_unit_test(test_credit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
