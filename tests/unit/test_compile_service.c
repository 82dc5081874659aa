// SPDX-License-Identifier: Apache-2.0
/*
 * Endpoints that folder mode makes from pods, and addresses that no table may lead to even if
 * an object with them got past the decoder. Slices: tests/golden/services.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <leat/service.h>

#include "lib/text.h"
#include "tests/support/world.h"

#define POD(name, meta, spec, status)                                                              \
	"apiVersion: v1\nkind: Pod\nmetadata: {namespace: s, name: " name                          \
	", labels: {app: a}" meta "}\nspec: {nodeName: n2, " spec                                  \
	"containers: [{name: c, image: i, ports: "                                                 \
	"[{name: http, containerPort: 8080}]}]}\nstatus: {" status "}\n---\n"
#define READY	"phase: Running, conditions: [{type: Ready, status: 'True'}]"
#define UNREADY "phase: Running, conditions: [{type: Ready, status: 'False'}]"
#define LEAVING ", deletionTimestamp: '2026-01-01T00:00:00Z'"
#define SERVICE(fields)                                                                            \
	"apiVersion: v1\nkind: Service\nmetadata: {namespace: s, name: svc}\nspec: "               \
	"{clusterIPs: [10.96.0.1], selector: {app: a}, " fields                                    \
	"ports: [{port: 80, targetPort: http}]}\n---\n"

static struct test_world *begin(const char *manifest)
{
	struct test_world *world = malloc(sizeof(*world));

	assert_non_null(world);
	test_world_begin(world, "n1");
	world->snapshot.makes_endpoints = true;
	test_world_host(world, "172.16.0.1");
	test_world_apply(world, "apiVersion: v1\nkind: Node\nmetadata: {name: n2}\nstatus: "
				"{addresses: [{type: InternalIP, address: 172.16.0.2}]}\n");
	test_world_apply(world, manifest);
	test_world_compile(world);
	assert_int_equal(world->problem_count, 0);
	return world;
}

static void end(struct test_world *world)
{
	test_world_end(world);
	free(world);
}

/* "10.0.0.1:8080 10.0.0.2:8080" of the only frontend. */
static void expect_backends(const struct test_world *world, const char *wanted)
{
	struct leat_text got = { 0 };
	const struct leat_rows *rows;
	char text[LEAT_ADDR_TEXT];

	assert_int_equal(world->desired.frontend_count, 1);
	rows = &world->desired.frontends[0].backends;
	leat_text_add(&got, "%s", "");
	for (size_t i = 0; i < rows->count; i++) {
		const struct leat_backend *backend = leat_rows_key(rows, i);

		leat_text_add(&got, "%s%s:%u", i ? " " : "", leat_addr_format(&backend->addr, text),
			      ntohs(backend->port));
	}
	assert_string_equal(got.data, wanted);
	leat_text_free(&got);
}

static void test_only_ready_pods(void **state)
{
	struct test_world *world = begin(
		SERVICE("") POD("ready", "", "",
				READY ", podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]")
			POD("unready", "", "", UNREADY ", podIPs: [{ip: 10.0.0.2}]") POD(
				"leaving", LEAVING, "", READY ", podIPs: [{ip: 10.0.0.3}]")
				POD("done", "", "", "phase: Succeeded, podIPs: [{ip: 10.0.0.4}]")
					POD("nowhere", "", "", READY));

	(void)state;
	expect_backends(world, "10.0.0.1:8080");
	end(world);
}

static void test_none_ready(void **state)
{
	struct test_world *world = begin(
		SERVICE("") POD("unready", "", "", UNREADY ", podIPs: [{ip: 10.0.0.2}]")
			POD("leaving", LEAVING, "", READY ", podIPs: [{ip: 10.0.0.3}]")
				POD("gone", LEAVING, "", UNREADY ", podIPs: [{ip: 10.0.0.4}]"));

	(void)state;
	expect_backends(world, "10.0.0.3:8080");
	test_world_remove(world, KUBE_POD, "s", "leaving");
	test_world_compile(world);
	expect_backends(world, "");
	end(world);
}

static void test_publish_not_ready(void **state)
{
	struct test_world *world = begin(
		SERVICE("publishNotReadyAddresses: true, ")
			POD("unready", "", "", UNREADY ", podIPs: [{ip: 10.0.0.2}]")
				POD("gone", LEAVING, "", UNREADY ", podIPs: [{ip: 10.0.0.4}]"));

	(void)state;
	expect_backends(world, "10.0.0.2:8080 10.0.0.4:8080");
	end(world);
}

static void test_host_network(void **state)
{
	struct test_world *world = begin(SERVICE("") POD("status", "", "hostNetwork: true, ",
							 READY ", podIPs: [{ip: 172.16.0.7}]")
						 POD("node", "", "hostNetwork: true, ", READY));

	(void)state;
	expect_backends(world, "172.16.0.2:8080 172.16.0.7:8080");
	end(world);
}

/* A wired pod counts with its wired address; a status that claims that address leads nowhere. */
static void test_wired_pods(void **state)
{
	struct test_world *world = begin(SERVICE("") POD("mine", "", "", "") POD(
		"liar", "", "",
		READY ", podIPs: [{ip: 10.0.0.1}]") "apiVersion: v1\nkind: Pod\nmetadata: "
						    "{namespace: s, name: other}\nspec: "
						    "{containers: [{name: c, image: i}]}\n");

	(void)state;
	expect_backends(world, "10.0.0.1:8080");
	test_world_wire(world, "s", "other", "10.0.0.1", NULL);
	test_world_compile(world);
	expect_backends(world, "");
	test_world_unwire_all(world);
	test_world_wire(world, "s", "mine", "10.0.0.1", NULL);
	test_world_compile(world);
	expect_backends(world, "10.0.0.1:8080");
	assert_true(test_world_complains(world, "Pod s/liar", "10.0.0.1"));
	end(world);
}

static void test_named_target_differs(void **state)
{
	struct test_world *world = begin(SERVICE("") POD(
		"one", "", "",
		READY ", podIPs: [{ip: 10.0.0.1}]") "apiVersion: v1\nkind: Pod\nmetadata: "
						    "{namespace: s, name: two, labels: {app: a}}\n"
						    "spec: {containers: [{name: c, image: i, "
						    "ports: [{name: http, containerPort: 9}]}]}\n"
						    "status: {phase: Running, podIPs: [{ip: "
						    "10.0.0.2}]}\n---\n"
						    "apiVersion: v1\nkind: Pod\nmetadata: "
						    "{namespace: s, name: none, labels: {app: a}}\n"
						    "spec: {containers: [{name: c, image: i}]}\n"
						    "status: {phase: Running, podIPs: [{ip: "
						    "10.0.0.3}]}\n---\n"
						    "apiVersion: v1\nkind: Pod\nmetadata: "
						    "{namespace: z, name: far, labels: {app: a}}\n"
						    "spec: {containers: [{name: c, image: i, "
						    "ports: [{name: http, containerPort: 9}]}]}\n"
						    "status: {phase: Running, podIPs: [{ip: "
						    "10.0.0.4}]}\n");

	(void)state;
	expect_backends(world, "10.0.0.1:8080 10.0.0.2:9");
	end(world);
}

/* Robustness 30: refused here, too, should a decoder ever let it through. */
static void test_bad_endpoints(void **state)
{
	static const char *const bad[] = { "127.0.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0",
					   "255.255.255.255" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct test_world *world = begin(
			"apiVersion: v1\nkind: Service\nmetadata: {namespace: s, name: svc}\nspec: "
			"{clusterIPs: [10.96.0.1], ports: [{port: 80}]}\n---\n"
			"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: "
			"{namespace: "
			"s, name: e, labels: {kubernetes.io/service-name: svc}}\naddressType: "
			"IPv4\n"
			"ports: [{name: '', port: 80, protocol: TCP}]\nendpoints: "
			"[{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}]\n");
		const struct kube_object *slice =
			kube_store_get(world->store, KUBE_ENDPOINT_SLICE, "s", "e");

		expect_backends(world, "10.0.0.1:80 10.0.0.2:80");
		slice->slice.endpoints[0].addrs[0] = test_addr(bad[i]);
		test_world_compile(world);
		expect_backends(world, "10.0.0.2:80");
		assert_true(test_world_complains(world, "EndpointSlice s/e", bad[i]));
		end(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_ready_pods),
		cmocka_unit_test(test_none_ready),
		cmocka_unit_test(test_publish_not_ready),
		cmocka_unit_test(test_host_network),
		cmocka_unit_test(test_wired_pods),
		cmocka_unit_test(test_named_target_differs),
		cmocka_unit_test(test_bad_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
