// SPDX-License-Identifier: Apache-2.0
/* Command lines: which row of the table they mean, what is wrong with those that mean none. */
#include "cli_fixture.h"

struct usage {
	const char *words;
	int code;
	const char *err; /* part of the message */
};

static const struct usage wrong[] = {
	{ "", 2, "Usage: leat" },
	{ "statsu", 2, "command 'statsu' is not known; did you mean 'status'?" },
	{ "endpoints list", 2, "command 'endpoints' is not known; did you mean 'endpoint'?" },
	{ "xyzzy", 2, "command 'xyzzy' is not known; see 'leat help'" },
	{ "endpoint", 2, "'endpoint' is not complete" },
	{ "endpoint lst", 2, "verb of 'endpoint' 'lst' is not known; did you mean 'list'?" },
	{ "endpoint get", 2, "endpoint get: NAME|SLOT|ADDRESS is missing" },
	{ "endpoint get 1 2", 2, "argument '2' is one too many" },
	{ "status now", 2, "argument 'now' is one too many" },
	{ "-o xml status", 2, "output 'xml' is not known: table or json" },
	{ "status -o", 2, "option -o needs table or json" },
	{ "status --output", 2, "option --output needs table|json" },
	{ "status --bpffs=", 2, "option --bpffs needs DIR" },
	{ "status --help=yes", 2, "option --help takes no value" },
	{ "flow list --prot tcp", 2, "did you mean '--proto'?" },
	{ "status --port 1", 2, "option '--port' is not known to leat status" },
	{ "--port 1 flow list", 2, "option '--port' is not known" },
	{ "flow list --port 1 --port 2", 2, "option --port is given twice" },
	{ "flow list --port 0", 2, "port '0' is none" },
	{ "flow list --port 65536", 2, "port '65536' is none" },
	{ "flow list --port 08x", 2, "port '08x' is none" },
	{ "flow list --address 10.0.0", 2, "'10.0.0' is no address" },
	{ "flow list --proto wow", 2, "'wow' is no protocol" },
	{ "flow list --endpoint nobody", 3, "no pod 'nobody' on this node" },
	{ "flow list --endpoint backend", 2, "several namespaces have a pod 'backend'" },
	{ "drops --reason nope", 2, "reason 'nope' is not known" },
	{ "monitor --count none", 2, "--count 'none'" },
	{ "monitor --seconds 0", 2, "--seconds '0'" },
	{ "-x", 2, "option '-x' is not known" },
	{ "endpoint get shop/\033[31mx", 3, "no pod 'shop/\\x1b[31mx' on this node" },
	{ "endpoint get 9", 3, "no endpoint in slot 9" },
	{ "endpoint get 10.9.9.9", 3, "no pod of this node has the address 10.9.9.9" },
	{ "endpoint get -- -1", 3, "no pod '-1' on this node" },
	{ "policy list --endpoint shop/none", 3, "no pod 'shop/none' on this node" },
};

static void wrong_lines_say_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(fixture_run(wrong[i].words), wrong[i].code);
		assert_has(fixture.err, wrong[i].err);
		assert_string_equal(fixture.out, "");
		if (*wrong[i].words) /* one line */
			assert_ptr_equal(strchr(fixture.err, '\n') + 1,
					 fixture.err + strlen(fixture.err));
	}
}

static void options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"-o json endpoint list",       "endpoint list -o json",
		"endpoint -o json list",       "endpoint list -ojson",
		"endpoint list --output=json", "--output json endpoint list",
		"endpoint list --output json", "--bpffs /x endpoint list -o json --socket=/y",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		cJSON *json = fixture_json(lines[i], 0);

		assert_int_equal(cJSON_GetArraySize(json), 3);
		cJSON_Delete(json);
	}
}

static void help_is_for_all_a_noun_and_a_command(void **state)
{
	(void)state;
	assert_int_equal(fixture_run("help"), 0);
	for (const struct leat_command *c = commands; c->noun; c++)
		assert_has(fixture.out, c->help);
	assert_int_equal(fixture_run("help endpoint"), 0);
	assert_has(fixture.out, "endpoint get NAME|SLOT|ADDRESS");
	assert_null(strstr(fixture.out, "monitor"));
	assert_int_equal(fixture_run("flow list --help"), 0);
	assert_has(fixture.out, "--endpoint NS/NAME");
	assert_int_equal(fixture_run("endpoint get -h"), 0);
	assert_has(fixture.out, "Usage: leat endpoint get NAME|SLOT|ADDRESS");
	assert_int_equal(fixture_run("--version"), 0);
	assert_string_equal(fixture.out, "leat " LEAT_VERSION "\n");
}

static void every_command_has_help(void **state)
{
	(void)state;
	for (const struct leat_command *c = commands; c->noun; c++) {
		char words[64];

		snprintf(words, sizeof(words), "%s %s --help", c->noun, c->verb ? c->verb : "");
		assert_int_equal(fixture_run(words), 0);
		assert_has(fixture.out, c->help);
		assert_string_equal(fixture.err, "");
	}
}

static void nothing_loaded_is_code_3(void **state)
{
	(void)state;
	fixture.has_tables = false;
	for (const struct leat_command *c = commands; c->noun; c++) {
		char words[64];

		if (strcmp(c->noun, "monitor") == 0) /* reads the ring buffer, not a table */
			continue;
		snprintf(words, sizeof(words), "%s %s %s", c->noun, c->verb ? c->verb : "",
			 c->arg_min ? "1" : "");
		assert_int_equal(fixture_run(words), LEAT_EXIT_NOTHING);
		assert_has(fixture.err, "nothing is loaded");
	}
}

static void nearest_is_near(void **state)
{
	static const char *const words[] = { "status", "flow", "drops", "ip", NULL };
	char long_word[300];

	(void)state;
	memset(long_word, 'a', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	assert_string_equal(leat_command_nearest("statu", words), "status");
	assert_string_equal(leat_command_nearest("drop", words), "drops");
	assert_string_equal(leat_command_nearest("flows", words), "flow");
	assert_string_equal(leat_command_nearest("sta", words), "status");
	assert_null(leat_command_nearest("zz", words)); /* not "ip": all of it would change */
	assert_null(leat_command_nearest("policy", words));
	assert_null(leat_command_nearest(long_word, words));
	assert_null(leat_command_nearest("", words));
}

/* Without a fake: no such folder, a folder that is no bpffs. */
static void missing_bpffs_is_named(void **state)
{
	struct leat_cli cli;
	size_t size;

	(void)state;
	leat_cli_init(&cli);
	free(fixture.err);
	fixture.err = NULL;
	cli.err = open_memstream(&fixture.err, &size);
	cli.bpffs = "/nonexistent/leat";
	assert_int_equal(leat_cli_maps(&cli, true), LEAT_EXIT_NOTHING);
	fflush(cli.err);
	assert_has(fixture.err, "/nonexistent/leat: No such file or directory: nothing is loaded");
	cli.bpffs = "/proc";
	assert_int_equal(leat_cli_maps(&cli, true), LEAT_EXIT_NOTHING);
	fclose(cli.err);
	assert_has(fixture.err, "/proc: is not on a BPF file system");
	leat_cli_close(&cli);
}

static void a_full_disk_is_a_failure(void **state)
{
	char *argv[] = { (char *)"leat", (char *)"--help" };
	struct leat_cli cli;
	size_t size;

	(void)state;
	leat_cli_init(&cli);
	free(fixture.err);
	cli.out = fopen("/dev/full", "we");
	cli.err = open_memstream(&fixture.err, &size);
	assert_non_null(cli.out);
	assert_int_equal(leat_command_main(commands, &cli, 2, argv), LEAT_EXIT_FAILED);
	fclose(cli.out);
	fclose(cli.err);
	assert_string_equal(fixture.err, "leat: output: No space left on device\n");
	leat_cli_close(&cli);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
	const struct CMUnitTest tests[] = {
		TEST(wrong_lines_say_why),
		TEST(options_stand_anywhere),
		TEST(help_is_for_all_a_noun_and_a_command),
		TEST(every_command_has_help),
		TEST(nothing_loaded_is_code_3),
		TEST(nearest_is_near),
		TEST(missing_bpffs_is_named),
		TEST(a_full_disk_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
