// SPDX-License-Identifier: Apache-2.0
/* The lists of a made-up node, as a person and as a program see them. */
#include "cli_fixture.h"

static void endpoints_for_people(void **state)
{
	(void)state;
	assert_int_equal(fixture_run("endpoint list"), 0);
	assert_string_equal(
		fixture.out,
		"SLOT  NAMESPACE  NAME      ADDRESSES         DEVICE          INGRESS              "
		"EGRESS\n"
		"   1  shop       frontend  10.1.0.1,fd00::1  leat0000000001  open                 "
		"shop/a, shop/b\n"
		"   2  shop       backend   10.1.0.2          12              shop/allow-frontend  "
		"open\n"
		"   3  other      backend   10.1.0.3          13              open                 "
		"open\n");
}

static void endpoints_for_programs(void **state)
{
	cJSON *json = fixture_json("endpoint list -o json", 0);
	const cJSON *first = cJSON_GetArrayItem(json, 0);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(json), 3);
	assert_number(first, "slot", 1);
	assert_field(first, "namespace", "shop");
	assert_field(first, "name", "frontend");
	assert_field(first, "mac", "02:00:00:00:00:01");
	assert_number(first, "ifindex", 11);
	assert_field(first, "hostIfname", "leat0000000001");
	assert_field(cJSON_GetArrayItem(get(first, "addresses"), 1) ? first : NULL, "ifname",
		     "eth0");
	assert_string_equal(cJSON_GetArrayItem(get(first, "addresses"), 1)->valuestring, "fd00::1");
	assert_true(cJSON_IsTrue(get(first, "egressIsolated")));
	assert_true(cJSON_IsFalse(get(first, "ingressIsolated")));
	assert_number(first, "egressSet", SET_OUT);
	assert_string_equal(cJSON_GetArrayItem(get(first, "egressPolicies"), 1)->valuestring,
			    "shop/b");
	assert_true(cJSON_GetArrayItem(get(first, "identities"), 0)->valuedouble == ID_FRONTEND);
	assert_number(first, "halfOpen", 1);
	assert_field(get(first, "labels"), "app", "frontend");
	cJSON_Delete(json);
}

/* By name, by slot, by address: the same one. */
static void one_endpoint_by_any_of_its_names(void **state)
{
	static const char *const ways[] = { "endpoint get shop/frontend -o json",
					    "endpoint get frontend -o json",
					    "endpoint get 1 -o json",
					    "endpoint get 10.1.0.1 -o json" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		cJSON *json = fixture_json(ways[i], 0);

		assert_field(json, "name", "frontend");
		cJSON_Delete(json);
	}
	assert_int_equal(fixture_run("endpoint get other/backend"), 0);
	assert_has(fixture.out, "name              backend\n");
	assert_has(fixture.out, "hostIfname        -\n");
}

/* A slot that is free keeps its epoch; it is no endpoint. */
static void free_slots_are_not_shown(void **state)
{
	struct leat_endpoint gone = { .epoch = 9 };
	__u32 slot = 4;

	(void)state;
	add_row(LEAT_TABLE_EP, &slot, &gone);
	assert_int_equal(fixture_run("endpoint list"), 0);
	assert_null(strstr(fixture.out, "   4  "));
	assert_int_equal(fixture_run("endpoint get 4"), LEAT_EXIT_NOTHING);
}

static void services(void **state)
{
	cJSON *json = fixture_json("service list -o json", 0);
	const cJSON *first = cJSON_GetArrayItem(json, 0), *backend;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(json), 1);
	assert_field(first, "namespace", "shop");
	assert_field(first, "name", "backend");
	assert_field(first, "portName", "http");
	assert_field(first, "address", "10.96.0.10");
	assert_number(first, "port", 80);
	assert_field(first, "proto", "tcp");
	assert_int_equal(cJSON_GetArraySize(get(first, "backends")), 2);
	backend = cJSON_GetArrayItem(get(first, "backends"), 1);
	assert_field(backend, "address", "10.2.0.9");
	assert_number(backend, "port", 8080);
	assert_field(backend, "pod", "far/away");
	cJSON_Delete(json);
	assert_int_equal(fixture_run("service list"), 0);
	assert_has(fixture.out, "shop       backend  http  10.96.0.10:80  tcp        2  "
				"shop/backend (10.1.0.2):8080, far/away (10.2.0.9):8080\n");
}

static void a_service_without_backends_says_so(void **state)
{
	struct leat_svc_key key = { addr_of("fd00:96::1"), htons(53), IPPROTO_TCP,
				    LEAT_SCOPE_CLUSTER };
	struct leat_svc svc = { .service = 901 };

	(void)state;
	add_row(LEAT_TABLE_SVC, &key, &svc);
	assert_int_equal(fixture_run("service list"), 0);
	assert_has(fixture.out, "[fd00:96::1]:53  tcp        0  none: refused\n");
}

static void policies(void **state)
{
	cJSON *json = fixture_json("policy list -o json", 0);
	const cJSON *in = cJSON_GetArrayItem(json, 0), *out = cJSON_GetArrayItem(json, 1), *entry;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(json), 2);
	assert_number(in, "set", SET_IN);
	assert_field(in, "direction", "ingress");
	assert_number(in, "endpoints", 1);
	entry = cJSON_GetArrayItem(get(in, "entries"), 0);
	assert_field(entry, "policy", "shop/allow-frontend");
	assert_number(entry, "index", 0);
	assert_field(entry, "peer", "pods like shop/frontend");
	assert_field(entry, "proto", "tcp");
	assert_field(entry, "ports", "8080-8083"); /* 14 bits of the port */
	assert_field(entry, "verdict", "allow");
	assert_field(out, "direction", "egress");
	assert_int_equal(cJSON_GetArraySize(get(out, "entries")), 0);
	assert_int_equal(cJSON_GetArraySize(get(out, "policies")), 2);
	cJSON_Delete(json);
	assert_int_equal(fixture_run("policy list"), 0);
	assert_has(fixture.out,
		   "ingress       1  shop/allow-frontend  allow    pods like "
		   "shop/frontend  tcp    8080-8083  shop/allow-frontend ingress[0]\n");
	assert_has(fixture.out,
		   "egress        1  shop/a, shop/b       deny     any"); /* default deny */
	assert_int_equal(fixture_run("policy list --endpoint shop/backend"), 0);
	assert_null(strstr(fixture.out, "shop/a,"));
}

struct port_case {
	__u32 prefixlen;
	__u16 port;
	const char *proto;
	const char *ports;
};

static void port_prefixes_are_ranges(void **state)
{
	static const struct port_case cases[] = {
		{ LEAT_POLICY_PREFIX_PEER, 0, "any", "any" },
		{ LEAT_POLICY_PREFIX_PROTO, 0, "tcp", "any" },
		{ LEAT_POLICY_PREFIX_PORT(16), 80, "tcp", "80" },
		{ LEAT_POLICY_PREFIX_PORT(1), 32768, "tcp", "32768-65535" },
		{ LEAT_POLICY_PREFIX_PORT(15), 65534, "tcp", "65534-65535" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct leat_policy_key key = { .prefixlen = cases[i].prefixlen,
					       .set = 5000,
					       .dir = LEAT_INGRESS,
					       .proto = IPPROTO_TCP,
					       .port = htons(cases[i].port) };
		struct leat_policy policy = { .rule = 5, .verdict = LEAT_VERDICT_ALLOW };
		const cJSON *entry;
		cJSON *json;

		if (cases[i].prefixlen < LEAT_POLICY_PREFIX_PROTO)
			key.proto = 0;
		leat_rows_free(&fixture.tables[LEAT_TABLE_POLICY]);
		leat_rows_init(&fixture.tables[LEAT_TABLE_POLICY], sizeof(key), sizeof(policy));
		add_row(LEAT_TABLE_POLICY, &key, &policy);
		json = fixture_json("policy list -o json", 0);
		/* after set 700: ingress comes first, and lower numbers */
		assert_number(cJSON_GetArrayItem(json, 1), "set", 5000);
		entry = cJSON_GetArrayItem(get(cJSON_GetArrayItem(json, 1), "entries"), 0);
		assert_field(entry, "proto", cases[i].proto);
		assert_field(entry, "ports", cases[i].ports);
		cJSON_Delete(json);
	}
}

static void identities(void **state)
{
	cJSON *json = fixture_json("identity list -o json", 0);
	const cJSON *none = cJSON_GetArrayItem(json, 0), *frontend = cJSON_GetArrayItem(json, 1);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(json), 2);
	assert_number(none, "identity", LEAT_ID_NONE);
	assert_number(none, "addresses", 2);
	assert_number(none, "blocks", 1);
	assert_number(frontend, "identity", ID_FRONTEND);
	assert_number(frontend, "addresses", 1);
	assert_field(frontend, "text", "pods like shop/frontend");
	cJSON_Delete(json);
}

static void flows(void **state)
{
	cJSON *json = fixture_json("flow list -o json", 0);
	const cJSON *flow = cJSON_GetArrayItem(json, 0);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(json), 1); /* a line a flow */
	assert_field(flow, "source", "10.1.0.1");
	assert_field(flow, "sourceName", "shop/frontend");
	assert_field(flow, "natDestinationName", "shop/backend");
	assert_field(flow, "serviceName", "shop/backend:http");
	assert_field(flow, "ingressRuleName", "shop/allow-frontend ingress[0]");
	assert_field(flow, "state", "established");
	assert_true(cJSON_IsFalse(get(flow, "reply")));
	assert_number(flow, "packets", 12);
	assert_number(flow, "otherPackets", 9);
	assert_number(flow, "ageSec", 46); /* 100 s - 50 ticks of 1.07 s */
	assert_number(flow, "idleSec", 3);
	cJSON_Delete(json);
	assert_int_equal(fixture_run("flow list"), 0);
	assert_has(fixture.out, "tcp    shop/frontend:40000  shop/backend:http  shop/backend:8080  "
				"established");
	assert_has(fixture.out, "12/9");
}

struct filter_case {
	const char *words;
	int rows;
};

static void flow_filters(void **state)
{
	static const struct filter_case cases[] = {
		{ "flow list -o json --reply", 2 },
		{ "flow list -o json --endpoint shop/frontend", 1 },
		{ "flow list -o json --endpoint other/backend", 0 },
		{ "flow list -o json --address 10.1.0.2", 1 }, /* after the translation */
		{ "flow list -o json --address 10.96.0.10", 1 },
		{ "flow list -o json --address fd00::1", 0 },
		{ "flow list -o json --port 8080", 1 },
		{ "flow list -o json --port 80 --proto tcp", 1 },
		{ "flow list -o json --port 81", 0 },
		{ "flow list -o json --proto udp", 0 },
		{ "flow list -o json --proto 6 --reply --endpoint shop/backend", 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cJSON *json = fixture_json(cases[i].words, 0);

		assert_int_equal(cJSON_GetArraySize(json), cases[i].rows);
		cJSON_Delete(json);
	}
}

/* An answering entry whose flow has no other entry left must not hide. */
static void orphans_are_shown(void **state)
{
	struct leat_flow_key key = {
		addr_of("10.1.0.2"), addr_of("10.1.0.3"), htons(53), htons(1000), IPPROTO_UDP, 0, 0
	};
	struct leat_flow flow = { .nat_saddr = key.saddr,
				  .nat_daddr = key.daddr,
				  .nat_sport = key.sport,
				  .nat_dport = key.dport,
				  .flags = LEAT_FLOW_REPLY };
	cJSON *json;

	(void)state;
	add_row(LEAT_TABLE_FLOW, &key, &flow);
	json = fixture_json("flow list -o json", 0);
	assert_int_equal(cJSON_GetArraySize(json), 2);
	cJSON_Delete(json);
}

static void nodes_and_addresses(void **state)
{
	cJSON *json = fixture_json("node list -o json", 0);
	const cJSON *n2 = cJSON_GetArrayItem(json, 0), *n1 = cJSON_GetArrayItem(json, 1);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(json), 2);
	assert_field(n2, "name", "n2");
	assert_field(n2, "tunnel", "192.168.0.2");
	assert_field(n1, "name", "n1");
	assert_true(cJSON_IsNull(get(n1, "tunnel")));
	cJSON_Delete(json);
	json = fixture_json("ip list -o json", 0);
	assert_int_equal(cJSON_GetArraySize(json), 4);
	assert_field(cJSON_GetArrayItem(json, 0), "address", "10.1.0.1");
	assert_field(cJSON_GetArrayItem(json, 0), "name", "shop/frontend");
	assert_field(cJSON_GetArrayItem(json, 0), "kind", "pod");
	assert_field(cJSON_GetArrayItem(json, 3), "address", "10.2.0.0/24");
	assert_field(cJSON_GetArrayItem(json, 3), "nodeName", "n2");
	cJSON_Delete(json);
}

/* Without the state file: numbers, a note, and everything else as before. */
static void no_state_file(void **state)
{
	(void)state;
	fixture.state_dir = "/nonexistent";
	assert_int_equal(fixture_run("endpoint list"), 0);
	assert_has(fixture.err, "leat: note: /nonexistent/state.json: No such file or directory: "
				"numbers are shown in place of names\n");
	assert_has(fixture.out, "   1  -          -     10.1.0.1,fd00::1  11");
	assert_has(fixture.out, "policy set 701");
	assert_int_equal(fixture_run("flow list"), 0);
	assert_has(fixture.out, "rule 800");
	assert_int_equal(fixture_run("drops"), 0);
	assert_has(fixture.out, "no rule of policy set 700 (ingress) allows it");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
	const struct CMUnitTest tests[] = {
		TEST(endpoints_for_people),
		TEST(endpoints_for_programs),
		TEST(one_endpoint_by_any_of_its_names),
		TEST(free_slots_are_not_shown),
		TEST(services),
		TEST(a_service_without_backends_says_so),
		TEST(policies),
		TEST(port_prefixes_are_ranges),
		TEST(identities),
		TEST(flows),
		TEST(flow_filters),
		TEST(orphans_are_shown),
		TEST(nodes_and_addresses),
		TEST(no_state_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
