// SPDX-License-Identifier: Apache-2.0
/* Options: which source counts, and that every refusal names option, value and source. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "agent/options.h"
#include "lib/cleanup.h"

static char config_path[] = "/tmp/leat-test-options-XXXXXX";

static void write_config(const char *text)
{
	FILE *file = fopen(config_path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define ARGS(...) ((char *[]){ (char *)"leat-agent", __VA_ARGS__, NULL })
#define ENV(...)  ((char *[]){ __VA_ARGS__, NULL })

static int count(char **list)
{
	int result = 0;

	while (list[result])
		result++;
	return result;
}

static struct leat_options must_read(char **args, char **environment)
{
	struct leat_options options;
	char *problem = NULL;

	if (leat_options_read(count(args), args, environment, &options, &problem))
		fail_msg("%s", problem);
	return options;
}

static void must_refuse(char **args, char **environment, const char *want)
{
	struct leat_options options;
	_cleanup_free_ char *problem = NULL;

	assert_int_not_equal(leat_options_read(count(args), args, environment, &options, &problem),
			     0);
	assert_non_null(problem);
	if (!strstr(problem, want))
		fail_msg("\"%s\" is not in \"%s\"", want, problem);
}

#define NEEDED (char *)"--node-name", (char *)"n1", (char *)"--manifests", (char *)"/m"
#define NO_ENV ((char *[]){ NULL })

static void test_defaults(void **state)
{
	struct leat_options options = must_read(ARGS(NEEDED), NO_ENV);

	(void)state;
	assert_string_equal(options.bpffs, "/sys/fs/bpf/leat");
	assert_string_equal(options.socket, "/run/leat/agent.sock");
	assert_true(options.has_tunnel);
	assert_true(options.is_masquerade4);
	assert_true(options.is_masquerade6);
	assert_int_equal(options.vxlan_port, 8472);
	assert_int_equal(options.masq_port_min, 61000);
	assert_int_equal(options.masq_port_max, 65535);
	assert_int_equal(options.devices.count, 0);
	assert_int_equal(options.log_level, LEAT_LOG_INFO);
	assert_null(options.publish);
	leat_options_free(&options);
}

static void test_precedence(void **state)
{
	struct leat_options options;

	(void)state;
	write_config("node-name: from-file\nmtu: 1300\nvni: 5\nservice-cidr:\n  - 10.1.0.0/16\n"
		     "  - fd01::/112\ndevices: eth7\n");
	options = must_read(ARGS((char *)"--config", config_path, (char *)"--manifests=/m",
				 (char *)"--vni", (char *)"7"),
			    ENV((char *)"LEAT_MTU=1400", (char *)"LEAT_VNI=6",
				(char *)"LEAT_DEVICES=eth0, eth1"));
	assert_string_equal(options.node_name, "from-file");
	assert_int_equal(options.mtu, 1400);
	assert_int_equal(options.vni, 7);
	assert_int_equal(options.service_cidrs.count, 2);
	assert_int_equal(options.devices.count, 2);
	assert_string_equal(options.devices.items[1], "eth1");
	leat_options_free(&options);
	options = must_read(ARGS(NEEDED), ENV((char *)"LEAT_CONFIG", (char *)"LEAT_MTU="));
	assert_int_equal(options.mtu, 0);
	leat_options_free(&options);
}

static void test_lists(void **state)
{
	struct leat_options options =
		must_read(ARGS(NEEDED, (char *)"--cluster-cidr", (char *)"10.0.0.0/8,fd00::/16",
			       (char *)"--cluster-cidr=192.168.0.0/16", (char *)"--node-ip",
			       (char *)"10.0.0.1,fd00::1", (char *)"--masquerade", (char *)"ipv4",
			       (char *)"--tunnel", (char *)"none", (char *)"--log-format",
			       (char *)"json", (char *)"--log-level", (char *)"debug"),
			  NO_ENV);

	(void)state;
	assert_int_equal(options.cluster_cidrs.count, 3);
	assert_int_equal(options.node_ips.count, 2);
	assert_true(options.is_masquerade4);
	assert_false(options.is_masquerade6);
	assert_false(options.has_tunnel);
	assert_true(options.is_log_json);
	assert_int_equal(options.log_level, LEAT_LOG_DEBUG);
	leat_options_free(&options);
}

static void test_refusals(void **state)
{
	(void)state;
	must_refuse(ARGS((char *)"--manifests", (char *)"/m"), NO_ENV,
		    "--node-name: must be given");
	must_refuse(ARGS((char *)"--node-name=n"), NO_ENV, "--manifests: must be given");
	must_refuse(ARGS(NEEDED, (char *)"--mtu", (char *)"99x"), NO_ENV,
		    "--mtu: 99x: not a number");
	must_refuse(ARGS(NEEDED, (char *)"--mtu", (char *)"1279"), NO_ENV, "--mtu: less than IPv6");
	must_refuse(ARGS(NEEDED, (char *)"--vni", (char *)"16777216"), NO_ENV, "--vni: 16777216");
	must_refuse(ARGS(NEEDED), ENV((char *)"LEAT_TUNNEL=gre"), "LEAT_TUNNEL: gre: not one");
	must_refuse(ARGS(NEEDED, (char *)"--tunnle=none"), NO_ENV, "--tunnle=none: no such option");
	must_refuse(ARGS(NEEDED, (char *)"--vni"), NO_ENV, "--vni: value is missing");
	must_refuse(ARGS(NEEDED, (char *)"--help=x"), NO_ENV, "--help=x: takes no value");
	must_refuse(ARGS(NEEDED, (char *)"stray"), NO_ENV, "stray: unexpected argument");
	must_refuse(ARGS(NEEDED, (char *)"--service-cidr", (char *)"10.0.0.1/8"), NO_ENV,
		    "10.0.0.1/8: has bits set");
	must_refuse(ARGS(NEEDED, (char *)"--service-cidr", (char *)"10.0.0.0/33"), NO_ENV,
		    "10.0.0.0/33: not a block");
	must_refuse(ARGS(NEEDED, (char *)"--masquerade-ports", (char *)"9-8"), NO_ENV,
		    "--masquerade-ports: 9-8");
	must_refuse(ARGS(NEEDED, (char *)"--log-level=loud"), NO_ENV, "--log-level: loud");
	must_refuse(ARGS(NEEDED, (char *)"--node-ip=10.0.0"), NO_ENV, "--node-ip: 10.0.0: not an");
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "mtu: 12345678901234567890\n", "config file: mtu: 12345678901234567890" },
		{ "\nmttu: 1400\n", ":2: no such option" },
		{ "cleanup: yes\n", ":1: no such option" },
		{ "mtu: {a: b}\n", ":1: a mapping where a value is due" },
		{ "- mtu\n", ":1: a list where none is due" },
		{ "mtu\n", ":1: not a mapping" },
		{ "mtu: [1400\n", ":" },
		{ "devices: [[a]]\n", ":1: a list where none is due" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_config(rows[i].text);
		must_refuse(ARGS(NEEDED, (char *)"--config", config_path), NO_ENV, rows[i].want);
	}
	must_refuse(ARGS(NEEDED, (char *)"--config=/does/not/exist"), NO_ENV,
		    "/does/not/exist: No");
}

/* What --print-config prints is a config file that gives the same options. */
static void test_print_reads_back(void **state)
{
	struct leat_options options =
		must_read(ARGS(NEEDED, (char *)"--service-cidr=10.96.0.0/16,fd00::/112",
			       (char *)"--devices=a,b", (char *)"--masquerade=ipv6",
			       (char *)"--tunnel=none", (char *)"--node-ip=fd00::1"),
			  NO_ENV);
	_cleanup_free_ char *first = NULL, *second = NULL;
	size_t size;
	FILE *stream = open_memstream(&first, &size);

	(void)state;
	leat_options_print(&options, stream);
	fclose(stream);
	leat_options_free(&options);
	write_config(first);
	options = must_read(ARGS((char *)"--config", config_path), NO_ENV);
	stream = open_memstream(&second, &size);
	leat_options_print(&options, stream);
	fclose(stream);
	leat_options_free(&options);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "masquerade: \"ipv6\""));
}

static void test_actions(void **state)
{
	struct leat_options options = must_read(ARGS((char *)"--cleanup"), NO_ENV);

	(void)state;
	assert_int_equal(options.action, LEAT_CLEANUP_ALL);
	leat_options_free(&options);
	options = must_read(ARGS((char *)"-h"), NO_ENV);
	assert_int_equal(options.action, LEAT_PRINT_HELP);
	leat_options_free(&options);
}

static int make_file(void **state)
{
	int fd = mkstemp(config_path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(config_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),  cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_lists),	  cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_bad_files), cmocka_unit_test(test_print_reads_back),
		cmocka_unit_test(test_actions),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
