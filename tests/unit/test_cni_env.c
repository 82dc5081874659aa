// SPDX-License-Identifier: Apache-2.0
/* cni/env.c: which variables each command needs, which names are let through, CNI_ARGS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cni/env.h"
#include "lib/addr.h"
#include "lib/attachment.h"
#include "lib/cleanup.h"

static char text_4k[4097];

/* NULL: the variable is not set. */
static struct {
	const char *command, *container_id, *netns, *ifname, *args;
} variables;

static const char *fake_getenv(const char *name)
{
	if (!strcmp(name, "CNI_COMMAND"))
		return variables.command;
	if (!strcmp(name, "CNI_CONTAINERID"))
		return variables.container_id;
	if (!strcmp(name, "CNI_NETNS"))
		return variables.netns;
	if (!strcmp(name, "CNI_IFNAME"))
		return variables.ifname;
	return strcmp(name, "CNI_ARGS") ? NULL : variables.args;
}

static int read_code(struct leat_cni_error *ret_error)
{
	struct leat_cni_env env = {};
	struct leat_cni_error error = {};
	int code = leat_cni_env_read(fake_getenv, &env, &error);

	assert_int_equal(code, error.code);
	if (code)
		assert_true(error.msg[0]);
	leat_cni_env_free(&env);
	if (ret_error)
		*ret_error = error;
	return code;
}

static void test_needs(void **state)
{
	static const struct {
		const char *command, *container_id, *netns, *ifname;
		int code;
	} rows[] = {
		{ "ADD", "c", "/n", "eth0", 0 },    { "ADD", NULL, "/n", "eth0", 4 },
		{ "ADD", "c", "", "eth0", 4 },	    { "ADD", "c", NULL, "eth0", 4 },
		{ "ADD", "c", "/n", "", 4 },	    { "ADD", "", "/n", "eth0", 3 },
		{ "CHECK", "c", "/n", "eth0", 0 },  { "CHECK", "c", NULL, "eth0", 4 },
		{ "DEL", "c", NULL, "eth0", 0 },    { "DEL", "c", "", "eth0", 0 },
		{ "DEL", "c", "/n", NULL, 4 },	    { "DEL", NULL, NULL, "eth0", 4 },
		{ "GC", NULL, NULL, NULL, 0 },	    { "STATUS", NULL, NULL, NULL, 0 },
		{ "VERSION", NULL, NULL, NULL, 0 }, { "VERSION", "../", "x", "/", 0 },
		{ "GC", "../", "x", "/", 0 },	    { NULL, "c", "/n", "eth0", 4 },
		{ "", "c", "/n", "eth0", 4 },	    { "add", "c", "/n", "eth0", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		variables.command = rows[i].command;
		variables.container_id = rows[i].container_id;
		variables.netns = rows[i].netns;
		variables.ifname = rows[i].ifname;
		assert_int_equal(read_code(NULL), rows[i].code);
	}
}

static void test_all_missing_are_named(void **state)
{
	struct leat_cni_error error;

	(void)state;
	memset(&variables, 0, sizeof(variables));
	variables.command = "ADD";
	assert_int_equal(read_code(&error), 4);
	assert_non_null(strstr(error.msg, "CNI_CONTAINERID"));
	assert_non_null(strstr(error.msg, "CNI_NETNS"));
	assert_non_null(strstr(error.msg, "CNI_IFNAME"));
	variables.command = "DEL";
	assert_int_equal(read_code(&error), 4);
	assert_null(strstr(error.msg, "CNI_NETNS"));
}

static void test_names(void **state)
{
	static const char *const bad_ids[] = {
		"..",	"../x", "a/b",	"-a",  "_a", ".a",   "a b",
		"a\nb", "a:b",	"a\\b", "a%b", "é",  "\xff", text_4k
	};
	static const char *const bad_ifnames[] = {
		".",	"..",  "a/b",	"a:b",	 "a b",
		"a\tb", "a\n", "a\x01", "a\x7f", "1234567890123456",
		text_4k
	};
	static const char *const good_ids[] = { "a", "0", "A.b_c-d",
						"cnitool-77383ca0a0715733ca6f" };

	(void)state;
	memset(text_4k, 'a', sizeof(text_4k) - 1);
	memset(&variables, 0, sizeof(variables));
	variables.command = "DEL";
	variables.ifname = "eth0";
	for (size_t i = 0; i < ARRAY_SIZE(bad_ids); i++) {
		variables.container_id = bad_ids[i];
		assert_int_equal(read_code(NULL), 4);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good_ids); i++) {
		variables.container_id = good_ids[i];
		assert_int_equal(read_code(NULL), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad_ifnames); i++) {
		variables.ifname = bad_ifnames[i];
		assert_int_equal(read_code(NULL), 4);
	}
	variables.ifname = "123456789012345";
	assert_int_equal(read_code(NULL), 0);
}

static void use_add(const char *args)
{
	variables.command = "ADD";
	variables.container_id = "c1";
	variables.netns = "/run/netns/x";
	variables.ifname = "eth0";
	variables.args = args;
}

static void test_args(void **state)
{
	static const struct {
		const char *args;
		int code;
	} rows[] = {
		{ "", 0 },
		{ ";;", 0 },
		{ "K8S_POD_NAME=a", 0 },
		{ "Unknown=1", 4 },
		{ "Unknown=1;IgnoreUnknown=1", 0 },
		{ "IgnoreUnknown=True;Unknown=1", 0 },
		{ "IgnoreUnknown=0;Unknown=1", 4 },
		{ "K8S_POD_NAME", 4 },
		{ "K8S_POD_NAME=a b;IgnoreUnknown=1", 4 },
		{ "K8S_POD_NAMESPACE=../x", 4 },
		{ "K8S_POD_UID=a\nb", 4 },
		{ "IP=10.1.2.3", 0 },
		{ "IP=fd00::1/64", 0 },
		{ "IP=10.1.2.3/64", 4 },
		{ "IP=10.1.2", 4 },
		{ "IP=/24", 4 },
		{ "MAC=02:00:00:00:00:01", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		use_add(rows[i].args);
		assert_int_equal(read_code(NULL), rows[i].code);
		variables.command = "DEL"; /* must not fail for what it does not use */
		assert_int_equal(read_code(NULL), 0);
	}
}

static void test_args_are_read(void **state)
{
	struct leat_cni_env env;
	struct leat_cni_error error = {};
	char text[LEAT_ADDR_TEXT];

	(void)state;
	use_add("K8S_POD_UID=u-1;K8S_POD_NAME=web.0;IgnoreUnknown=1;IP=10.1.2.3/24;X=y;"
		"K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_NAMESPACE=shop");
	assert_int_equal(leat_cni_env_read(fake_getenv, &env, &error), 0);
	assert_string_equal(env.pod_uid, "u-1");
	assert_string_equal(env.pod_name, "web.0");
	assert_string_equal(env.pod_namespace, "shop");
	assert_string_equal(leat_addr_format(&env.address, text), "10.1.2.3");
	assert_int_equal(env.command, LEAT_CNI_ADD);
	leat_cni_env_free(&env);
}

/* What the agent and the plugin derive alike; the numbers were computed by another program. */
static void test_derived_names(void **state)
{
	char name[IFNAMSIZ], note[LEAT_DELETED_NAME];

	(void)state;
	leat_attachment_ifname("c1", "eth0", name);
	leat_attachment_deleted_name("c1", "eth0", note);
	assert_string_equal(name, "leatabdbb07ad3");
	assert_string_equal(note, "9e27a0abdbb07ad3.json");
	assert_memory_equal(note + 6, name + 4, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needs),	      cmocka_unit_test(test_all_missing_are_named),
		cmocka_unit_test(test_names),	      cmocka_unit_test(test_args),
		cmocka_unit_test(test_args_are_read), cmocka_unit_test(test_derived_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
