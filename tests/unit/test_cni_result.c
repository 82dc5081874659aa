// SPDX-License-Identifier: Apache-2.0
/* cni/plan.c and cni/result.c: the agent's answer in, the result of each version out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cni/result.h"
#include "lib/attachment.h"
#include "lib/cleanup.h"

static const struct leat_cni_env env = {
	.command = LEAT_CNI_ADD, .container_id = "c1", .netns = "/run/netns/x", .ifname = "eth0"
};

static json_t *good_answer(void)
{
	char name[IFNAMSIZ];

	leat_attachment_ifname("c1", "eth0", name);
	return json_pack("{s:s, s:i, s:s, s:s, s:[s, s], s:[s, s]}", "hostIfname", name, "mtu",
			 1450, "mac", "02:AB:00:00:00:05", "gatewayMAC", "02:1e:a7:00:00:01",
			 "addresses", "10.244.1.5/32", "fd10::5/128", "gateways", "fe80::1",
			 "169.254.1.1");
}

static int plan_code(const json_t *answer, __u32 mtu, struct leat_cni_plan *ret_plan)
{
	const struct leat_cni_conf conf = { .mtu = mtu };
	struct leat_cni_error error = {};
	int code = leat_cni_plan_read(answer, &env, &conf, ret_plan, &error);

	assert_int_equal(code, error.code);
	return code;
}

static struct leat_cni_plan good_plan(void)
{
	struct leat_cni_plan plan;
	json_t *answer = good_answer();

	assert_int_equal(plan_code(answer, 0, &plan), 0);
	json_decref(answer);
	return plan;
}

static void test_plan(void **state)
{
	const struct leat_cni_plan plan = good_plan();
	char text[LEAT_ADDR_TEXT], mac[LEAT_MAC_TEXT];

	(void)state;
	assert_int_equal(plan.mtu, 1450);
	assert_int_equal(plan.address_count, 2);
	assert_string_equal(leat_mac_format(plan.mac, mac), "02:ab:00:00:00:05");
	assert_string_equal(leat_addr_format(&plan.gateways[0], text), "169.254.1.1");
	assert_string_equal(leat_addr_format(&plan.gateways[1], text), "fe80::1");
}

static void test_plan_mtu(void **state)
{
	static const struct {
		__u32 asked, wanted;
	} rows[] = { { 0, 1450 }, { 1400, 1400 }, { 9000, 1450 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct leat_cni_plan plan;
		json_t *answer = good_answer();

		assert_int_equal(plan_code(answer, rows[i].asked, &plan), 0);
		assert_int_equal(plan.mtu, rows[i].wanted);
		json_decref(answer);
	}
}

static void test_plan_refused(void **state)
{
	static const struct {
		const char *key, *value;
	} rows[] = {
		{ "hostIfname", "\"leat0000000000\"" },
		{ "hostIfname", "7" },
		{ "mac", "\"02:ab:00:00:00\"" },
		{ "mac", "\"02:ab:00:00:00:0g\"" },
		{ "mac", "\"02-ab-00-00-00-05\"" },
		{ "gatewayMAC", "null" },
		{ "addresses", "[]" },
		{ "addresses", "[\"10.0.0.1/24\"]" },
		{ "addresses", "[\"10.0.0.1/32\",\"10.0.0.2/32\"]" },
		{ "addresses", "[\"10.0.0.1/32\",\"fd00::1/128\",\"fd00::2/128\"]" },
		{ "addresses", "[7]" },
		{ "gateways", "[\"fe80::1\"]" },
		{ "gateways", "7" },
		{ "mtu", "67" },
		{ "mtu", "65536" },
		{ "mtu", "\"1450\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct leat_cni_plan plan;
		json_t *answer = good_answer();

		json_object_set_new(answer, rows[i].key,
				    json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		assert_int_equal(plan_code(answer, 0, &plan), LEAT_CNI_INTERNAL);
		json_decref(answer);
	}
}

static json_t *make(enum leat_cni_version version, const char *conf_text)
{
	const struct leat_cni_plan plan = good_plan();
	json_t *root = json_loads(conf_text, 0, NULL), *result;
	struct leat_cni_conf conf = {
		.version = version,
		.dns = json_object_get(root, "dns"),
		.prev_result = json_object_get(root, "prevResult"),
	};

	result = leat_cni_result_make(&conf, &env, &plan);
	json_decref(root);
	assert_non_null(result);
	return result;
}

static void assert_json(const json_t *value, const char *text)
{
	json_t *wanted = json_loads(text, 0, NULL);
	_cleanup_free_ char *got = json_dumps(value, JSON_SORT_KEYS);

	assert_non_null(wanted);
	if (!json_equal(wanted, value))
		fail_msg("got %s", got);
	json_decref(wanted);
}

static void test_versions(void **state)
{
	(void)state;
	for (int i = 0; i < LEAT_CNI_VERSIONS; i++) {
		json_t *result = make((enum leat_cni_version)i, "{}");

		assert_string_equal(json_string_value(json_object_get(result, "cniVersion")),
				    leat_cni_version_name((enum leat_cni_version)i));
		assert_json(json_object_get(result, "ips"),
			    i < LEAT_CNI_1_0_0
				    ? "[{\"version\":\"4\",\"interface\":1,\"address\":"
				      "\"10.244.1.5/32\",\"gateway\":\"169.254.1.1\"},"
				      "{\"version\":\"6\",\"interface\":1,\"address\":"
				      "\"fd10::5/128\",\"gateway\":\"fe80::1\"}]"
				    : "[{\"interface\":1,\"address\":\"10.244.1.5/32\","
				      "\"gateway\":\"169.254.1.1\"},{\"interface\":1,\"address\":"
				      "\"fd10::5/128\",\"gateway\":\"fe80::1\"}]");
		assert_json(json_object_get(result, "routes"),
			    "[{\"dst\":\"0.0.0.0/0\",\"gw\":\"169.254.1.1\"},"
			    "{\"dst\":\"::/0\",\"gw\":\"fe80::1\"}]");
		assert_int_equal(
			json_integer_value(json_object_get(
				json_array_get(json_object_get(result, "interfaces"), 1), "mtu")),
			i < LEAT_CNI_1_1_0 ? 0 : 1450);
		json_decref(result);
	}
}

static void test_dns(void **state)
{
	static const struct {
		const char *conf, *dns;
	} rows[] = {
		{ "{}", "{}" },
		{ "{\"dns\":{\"domain\":\"a\"}}", "{\"domain\":\"a\"}" },
		{ "{\"prevResult\":{\"dns\":{\"domain\":\"b\"}}}", "{\"domain\":\"b\"}" },
		{ "{\"dns\":{\"domain\":\"a\"},\"prevResult\":{\"dns\":{\"domain\":\"b\"}}}",
		  "{\"domain\":\"a\"}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *result = make(LEAT_CNI_1_0_0, rows[i].conf);

		assert_json(json_object_get(result, "dns"), rows[i].dns);
		json_decref(result);
	}
}

static void test_previous(void **state)
{
	static const char conf[] =
		"{\"prevResult\":{\"cniVersion\":\"0.4.0\",\"interfaces\":[{\"name\":\"x\"}],"
		"\"ips\":[{\"version\":\"6\",\"address\":\"fd00::9/64\",\"interface\":0}],"
		"\"custom\":7}}";

	(void)state;
	for (int i = 0; i < LEAT_CNI_VERSIONS; i++) {
		json_t *result = make((enum leat_cni_version)i, conf);
		const json_t *ips = json_object_get(result, "ips");

		assert_int_equal(json_array_size(json_object_get(result, "interfaces")), 3);
		assert_int_equal(json_array_size(ips), 3);
		assert_json(
			json_array_get(ips, 0),
			i < LEAT_CNI_1_0_0
				? "{\"version\":\"6\",\"address\":\"fd00::9/64\",\"interface\":0}"
				: "{\"address\":\"fd00::9/64\",\"interface\":0}");
		assert_int_equal(
			json_integer_value(json_object_get(json_array_get(ips, 1), "interface")),
			2);
		assert_int_equal(json_integer_value(json_object_get(result, "custom")), 7);
		json_decref(result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),	     cmocka_unit_test(test_plan_mtu),
		cmocka_unit_test(test_plan_refused), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_dns),	     cmocka_unit_test(test_previous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
