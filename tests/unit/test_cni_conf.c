// SPDX-License-Identifier: Apache-2.0
/* cni/conf.c: which configuration is taken, and the code of each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cni/conf.h"
#include "lib/cleanup.h"

static int parse(enum leat_cni_command command, const char *text, struct leat_cni_conf *conf)
{
	const struct leat_cni_env env = {
		.command = command, .container_id = "c1", .netns = "/n", .ifname = "eth0"
	};
	struct leat_cni_error error = {};
	int code = leat_cni_conf_parse(text, strlen(text), &env, conf, &error);

	assert_int_equal(code, error.code);
	if (code)
		assert_true(error.msg[0]);
	return code;
}

/* `members` go behind a good version and name. */
static int code_of(enum leat_cni_command command, const char *members)
{
	struct leat_cni_conf conf;
	char text[4096];
	int code;

	snprintf(text, sizeof(text), "{\"cniVersion\":\"1.1.0\",\"name\":\"net\"%s%s}",
		 members[0] ? "," : "", members);
	code = parse(command, text, &conf);
	leat_cni_conf_free(&conf);
	return code;
}

static void test_defaults(void **state)
{
	struct leat_cni_conf conf;

	(void)state;
	assert_int_equal(parse(LEAT_CNI_ADD,
			       "{\"cniVersion\":\"0.4.0\",\"name\":\"net\",\"odd\":[{}]}", &conf),
			 0);
	assert_int_equal(conf.version, LEAT_CNI_0_4_0);
	assert_string_equal(conf.version_text, "0.4.0");
	assert_string_equal(conf.name, "net");
	assert_string_equal(conf.socket, "/run/leat/agent.sock");
	assert_string_equal(conf.state_dir, "/var/lib/leat");
	assert_int_equal(conf.mtu, 0);
	assert_int_equal(conf.address_count, 0);
	assert_null(conf.dns);
	assert_null(conf.prev_result);
	leat_cni_conf_free(&conf);
}

static void test_members(void **state)
{
	static const struct {
		const char *members;
		int code;
	} rows[] = {
		{ "", 0 },
		{ "\"socket\":\"/x\"", 0 },
		{ "\"socket\":\"x\"", 7 },
		{ "\"socket\":\"\"", 7 },
		{ "\"socket\":null", 7 },
		{ "\"stateDir\":\"/a/../b\"", 7 },
		{ "\"stateDir\":\"/a/..\"", 7 },
		{ "\"stateDir\":\"/a/..b\"", 0 },
		{ "\"stateDir\":\"/a\\nb\"", 7 },
		{ "\"mtu\":1400", 0 },
		{ "\"mtu\":0", 0 },
		{ "\"mtu\":\"1400\"", 7 },
		{ "\"mtu\":1400.5", 7 },
		{ "\"mtu\":1279", 7 },
		{ "\"mtu\":65536", 7 },
		{ "\"mtu\":4294968796", 7 },
		{ "\"mtu\":9223372036854775808", 6 },
		{ "\"mtu\":1e999", 6 },
		{ "\"ipam\":{}", 0 },
		{ "\"ipam\":{\"type\":\"host-local\"}", 7 },
		{ "\"ipam\":{\"type\":\"../sh\"}", 7 },
		{ "\"ipam\":[]", 7 },
		{ "\"type\":\"leat-cni\"", 0 },
		{ "\"type\":\"/bin/sh\"", 7 },
		{ "\"delegate\":{\"type\":\"a/b\"}", 7 },
		{ "\"dns\":{\"nameservers\":[\"10.0.0.1\"],\"domain\":\"a\"}", 0 },
		{ "\"dns\":{\"nameservers\":[1]}", 7 },
		{ "\"dns\":{\"search\":\"a\"}", 7 },
		{ "\"dns\":7", 7 },
		{ "\"runtimeConfig\":{\"mac\":\"02:00:00:00:00:01\"}", 2 },
		{ "\"runtimeConfig\":{\"mac\":\"\"}", 0 },
		{ "\"runtimeConfig\":{\"ips\":[\"10.0.0.1/24\",\"fd00::1\"]}", 0 },
		{ "\"runtimeConfig\":{\"ips\":[\"10.0.0.1\",\"10.0.0.2\"]}", 7 },
		{ "\"runtimeConfig\":{\"ips\":[7]}", 7 },
		{ "\"args\":{\"cni\":{\"ips\":[\"x\"]}}", 7 },
		{ "\"prevResult\":[]", 7 },
		{ "\"prevResult\":{}", 0 },
		{ "\"prevResult\":{\"ips\":[{\"address\":\"10.0.0.1\"}]}", 7 },
		{ "\"prevResult\":{\"ips\":[{\"address\":\"10.0.0.1/8\",\"interface\":0}]}", 7 },
		{ "\"prevResult\":{\"ips\":[{\"address\":\"10.0.0.1/8\",\"gateway\":\"x\"}]}", 7 },
		{ "\"prevResult\":{\"interfaces\":[{\"name\":7}]}", 7 },
		{ "\"prevResult\":{\"routes\":[{\"dst\":\"x\"}]}", 7 },
		{ "\"a\":1,\"a\":2", 6 },
		{ "\"name\":\"again\"", 6 },
		{ "\"a\":{\"b\":1,\"b\":1}", 6 },
		{ "\"a\":\"\\u0000\"", 6 },
		{ "\"a\":\"\xff\"", 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int code = code_of(LEAT_CNI_ADD, rows[i].members);

		if (code != rows[i].code)
			fail_msg("%s: code %d, not %d", rows[i].members, code, rows[i].code);
	}
}

static void test_versions(void **state)
{
	static const struct {
		const char *version;
		int add, check, gc; /* codes */
	} rows[] = {
		{ "0.3.0", 0, 1, 1 }, { "0.3.1", 0, 1, 1 }, { "0.4.0", 0, 7, 1 },
		{ "1.0.0", 0, 7, 1 }, { "1.1.0", 0, 7, 7 }, { "0.2.0", 1, 1, 1 },
		{ "1.2.0", 1, 1, 1 }, { "", 1, 1, 1 },	    { "1.1", 1, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct leat_cni_conf conf;
		char text[128];

		snprintf(text, sizeof(text), "{\"cniVersion\":\"%s\",\"name\":\"n\"}",
			 rows[i].version);
		assert_int_equal(parse(LEAT_CNI_ADD, text, &conf), rows[i].add);
		leat_cni_conf_free(&conf);
		assert_int_equal(parse(LEAT_CNI_CHECK, text, &conf), rows[i].check);
		leat_cni_conf_free(&conf);
		assert_int_equal(parse(LEAT_CNI_GC, text, &conf), rows[i].gc);
		leat_cni_conf_free(&conf);
		assert_int_equal(parse(LEAT_CNI_DEL, text, &conf), rows[i].add);
		leat_cni_conf_free(&conf);
	}
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", "../x", "a/b", "-a", "a b", "a\\n", "é" };
	struct leat_cni_conf conf;
	char text[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "{\"cniVersion\":\"1.0.0\",\"name\":\"%s\"}", bad[i]);
		assert_int_equal(parse(LEAT_CNI_DEL, text, &conf), 7);
		leat_cni_conf_free(&conf);
	}
	assert_int_equal(parse(LEAT_CNI_DEL, "{\"cniVersion\":\"1.0.0\"}", &conf), 7);
	leat_cni_conf_free(&conf);
}

static void test_attachments(void **state)
{
	static const struct {
		const char *members;
		int code;
	} rows[] = {
		{ "", 7 },
		{ "\"cni.dev/valid-attachments\":null", 7 },
		{ "\"cni.dev/valid-attachments\":{}", 7 },
		{ "\"cni.dev/valid-attachments\":[]", 0 },
		{ "\"cni.dev/valid-attachments\":[{\"containerID\":\"a\",\"ifname\":\"e\"}]", 0 },
		{ "\"cni.dev/valid-attachments\":[{\"containerID\":\"a\"}]", 7 },
		{ "\"cni.dev/valid-attachments\":[{\"containerID\":\"..\",\"ifname\":\"e\"}]", 7 },
		{ "\"cni.dev/valid-attachments\":[{\"containerID\":\"a\",\"ifname\":\"a/b\"}]", 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(code_of(LEAT_CNI_GC, rows[i].members), rows[i].code);
}

/* DEL has no use for prevResult or addresses, so they cannot make it fail. */
static void test_del_is_lenient(void **state)
{
	(void)state;
	assert_int_equal(code_of(LEAT_CNI_DEL, "\"prevResult\":7"), 0);
	assert_int_equal(code_of(LEAT_CNI_DEL, "\"runtimeConfig\":{\"mac\":\"x\",\"ips\":7}"), 0);
	assert_int_equal(code_of(LEAT_CNI_CHECK, "\"prevResult\":7"), 7);
}

static void test_depth(void **state)
{
	enum { DEPTH = 100000 };
	_cleanup_free_ char *text = malloc(DEPTH + 1);
	struct leat_cni_conf conf;

	(void)state;
	memset(text, '[', DEPTH);
	text[DEPTH] = '\0';
	assert_int_equal(parse(LEAT_CNI_ADD, text, &conf), 6);
	leat_cni_conf_free(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),    cmocka_unit_test(test_members),
		cmocka_unit_test(test_versions),    cmocka_unit_test(test_names),
		cmocka_unit_test(test_attachments), cmocka_unit_test(test_del_is_lenient),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
