// SPDX-License-Identifier: Apache-2.0
/*
 * What is written about the command is what the command does: every drop reason is in the
 * troubleshooting page with its own words, every command and option in leat(8) and in the
 * completion. Run from the top of the tree.
 */
#include <ctype.h>

#include "cli/help.h"
#include "cli_fixture.h"

static char *load(const char *path)
{
	char *text = NULL;
	size_t size;

	assert_int_equal(leat_file_read(path, 1 << 20, &text, &size), 0);
	return text;
}

static void every_drop_reason_has_its_row(void **state)
{
	_cleanup_free_ char *page = load("docs/troubleshooting.md");
	size_t rows = 0, reasons = 0;
	char row[256];

	(void)state;
#define CHECK_ROW(number, name, label, text)                                                       \
	snprintf(row, sizeof(row), "\n| `%s` | %s | ", label, text);                               \
	assert_has(page, row);                                                                     \
	reasons++;
	LEAT_DROPS(CHECK_ROW)
#undef CHECK_ROW
	for (const char *at = page; (at = strstr(at, "\n| `")); at++)
		rows++;
	assert_int_equal(rows, reasons); /* none that is no reason any more */
}

static void every_command_is_in_the_manual(void **state)
{
	_cleanup_free_ char *manual = load("docs/man/leat.8");
	_cleanup_free_ char *completion = load("docs/leat.bash");

	(void)state;
	for (const struct leat_command *c = commands; c->noun; c++) {
		char words[64];

		snprintf(words, sizeof(words), ".It Cm %s%s%s", c->noun, c->verb ? " " : "",
			 c->verb ? c->verb : "");
		assert_has(manual, words);
		assert_has(completion, c->noun);
		for (const struct leat_option *o = c->options; o && o->name; o++) {
			snprintf(words, sizeof(words), "Fl -%s", o->name);
			assert_has(manual, words);
			snprintf(words, sizeof(words), "--%s", o->name);
			assert_has(completion, words);
		}
	}
}

static void every_global_option_is_in_the_manual(void **state)
{
	_cleanup_free_ char *manual = load("docs/man/leat.8");
	_cleanup_free_ char *completion = load("docs/leat.bash");

	(void)state;
	for (const struct leat_option *o = leat_global_options; o->name; o++) {
		char words[64];

		snprintf(words, sizeof(words), "Fl -%s", o->name);
		assert_has(manual, words);
		snprintf(words, sizeof(words), "--%s", o->name);
		assert_has(completion, words);
	}
}

/* As a word of its own, not as part of another one. */
static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++) {
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[length]))
			return true;
	}
	return false;
}

static void check_fields(const cJSON *object, const char *manual)
{
	const cJSON *field;

	cJSON_ArrayForEach (field, object) {
		if (!has_word(manual, field->string))
			fail_msg("JSON field '%s' is not in leat(8)", field->string);
	}
}

/* Stable names are documented names: every field that comes out is in the manual. */
static void every_json_field_is_in_the_manual(void **state)
{
	static const char *const lists[] = { "endpoint list", "service list", "policy list",
					     "identity list", "flow list",    "node list",
					     "ip list" };
	_cleanup_free_ char *manual = load("docs/man/leat.8");
	cJSON *json;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		char words[64];

		snprintf(words, sizeof(words), "%s -o json", lists[i]);
		json = fixture_json(words, 0);
		assert_true(cJSON_GetArraySize(json) > 0);
		check_fields(cJSON_GetArrayItem(json, 0), manual);
		cJSON_Delete(json);
	}
	json = fixture_json("drops -o json", 0);
	check_fields(json, manual);
	check_fields(cJSON_GetArrayItem(get(json, "totals"), 0), manual);
	check_fields(cJSON_GetArrayItem(get(json, "recent"), 0), manual);
	cJSON_Delete(json);
	json = fixture_json("status -o json", LEAT_EXIT_FAILED);
	check_fields(json, manual);
	cJSON_Delete(json);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
	const struct CMUnitTest tests[] = {
		TEST(every_drop_reason_has_its_row),
		TEST(every_command_is_in_the_manual),
		TEST(every_global_option_is_in_the_manual),
		TEST(every_json_field_is_in_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
