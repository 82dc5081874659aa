// SPDX-License-Identifier: Apache-2.0
/* Tables, JSON fields, names from a state file, ages and addresses in words. */
#include <errno.h>

#include "cli/describe.h"
#include "cli/grid.h"
#include "cli_fixture.h"

static void columns_fit_their_content(void **state)
{
	static const char *const headers[] = { "NAME", ">COUNT", "LAST", NULL };
	struct leat_grid grid;
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	leat_grid_begin(&grid, out, headers);
	leat_grid_cell(&grid, "%s", "a-long-name");
	leat_grid_cell(&grid, "%d", 7);
	leat_grid_cell(&grid, "%s", "end");
	leat_grid_cell(&grid, "%s", "\xc3\xa4"); /* one column, two bytes */
	leat_grid_cell(&grid, "%d", 1234567);
	leat_grid_cell(&grid, "%s", "");
	leat_grid_cell(&grid, "%s", "evil\033[2J\nname");
	leat_grid_cell(&grid, "%d", 0);
	leat_grid_cell(&grid, "%s", "x");
	leat_grid_end(&grid);
	fclose(out);
	assert_string_equal(text, "NAME                   COUNT  LAST\n"
				  "a-long-name                7  end\n"
				  "\xc3\xa4                    1234567  -\n"
				  "evil\\x1b[2J\\x0aname        0  x\n");
	free(text);
}

static void a_table_without_rows_has_headers(void **state)
{
	static const char *const headers[] = { "A", "B", NULL };
	struct leat_grid grid;
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	leat_grid_begin(&grid, out, headers);
	leat_grid_end(&grid);
	fclose(out);
	assert_string_equal(text, "A  B\n");
	free(text);
}

static void long_tables_keep_every_row(void **state)
{
	static const char *const headers[] = { ">N", "X", NULL };
	struct leat_grid grid;
	size_t size, lines = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	leat_grid_begin(&grid, out, headers);
	for (int i = 0; i < 20000; i++) {
		leat_grid_cell(&grid, "%d", i);
		leat_grid_cell(&grid, "x");
	}
	leat_grid_end(&grid);
	fclose(out);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 20001);
	assert_has(text, "\n19999  x\n");
	free(text);
}

static void odd_text_is_still_json(void **state)
{
	cJSON *object = cJSON_CreateObject(), *again;
	char *text;

	(void)state;
	leat_field_text(object, "a", "quote\" back\\ nl\n esc\033");
	leat_field_text(object, "b", "bad \xff\xfe utf-8");
	leat_field_text(object, "c", NULL);
	text = cJSON_PrintUnformatted(object);
	again = cJSON_Parse(text);
	assert_non_null(again);
	assert_field(again, "a", "quote\" back\\ nl\n esc\033");
	assert_field(again, "b", "bad \\xff\\xfe utf-8");
	assert_true(cJSON_IsNull(get(again, "c")));
	for (const char *c = text; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
	cJSON_free(text);
	cJSON_Delete(object);
	cJSON_Delete(again);
}

static void an_empty_list_is_json(void **state)
{
	struct leat_out_list list;
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	leat_out_begin(&list, out);
	leat_out_end(&list);
	fclose(out);
	assert_string_equal(text, "[]\n");
	free(text);
}

static void names_are_found(void **state)
{
	struct leat_names *names = NULL;
	struct leat_addr pod = addr_of("10.1.0.2"), far = addr_of("10.2.0.9");
	struct leat_addr node = addr_of("192.168.0.2"), nobody = addr_of("9.9.9.9");
	__u32 slot = 99;

	(void)state;
	assert_int_equal(leat_names_load(fixture.folder, &names), 0);
	assert_string_equal(leat_names_pod(names, &pod), "shop/backend");
	assert_string_equal(leat_names_pod(names, &far), "far/away");
	assert_null(leat_names_pod(names, &node));
	assert_string_equal(leat_names_node(names, &node), "n2");
	assert_null(leat_names_node(names, &nobody));
	assert_int_equal(leat_names_endpoint_slot(names, "shop/backend", &slot), 0);
	assert_int_equal(slot, 2);
	assert_int_equal(leat_names_endpoint_slot(names, "frontend", &slot), 0);
	assert_int_equal(slot, 1);
	assert_int_equal(leat_names_endpoint_slot(names, "backend", &slot), -ENOTUNIQ);
	assert_int_equal(leat_names_endpoint_slot(names, "shop/none", &slot), -ENOENT);
	assert_int_equal(slot, 1); /* untouched by failures */
	assert_non_null(leat_names_find(names, LEAT_NAME_RULE, RULE_IN));
	assert_null(leat_names_find(names, LEAT_NAME_RULE, RULE_IN + 1));
	leat_names_free(names);
}

/* A state file of a future or broken agent: no crash, just fewer names. */
static void odd_state_files_give_fewer_names(void **state)
{
	static const char *const odd[] = {
		"{}",
		"{\"endpoints\":7,\"pods\":{\"a\":1},\"nodes\":[1,\"x\",null]}",
		"{\"endpoints\":[{\"slot\":-1,\"addresses\":\"x\"},{\"slot\":1e300},[]]}",
		"{\"pods\":[{\"address\":\"300.0.0.1\",\"name\":\"x\"},{\"address\":5}]}",
		"{\"sets\":[{\"set\":7,\"policies\":[1,null,{}]}],\"rules\":[{\"rule\":\"x\"}]}",
	};
	static const char *const broken[] = { "", "[]", "{", "null", "\"x\"", "{\"a\":}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct leat_addr addr = addr_of("10.0.0.1");
		struct leat_names *names = NULL;
		__u32 slot;
		char *text;

		assert_int_equal(leat_names_parse(odd[i], &names), 0);
		assert_null(leat_names_pod(names, &addr));
		assert_int_equal(leat_names_endpoint_slot(names, "a/b", &slot), -ENOENT);
		text = leat_set_describe(names, 7);
		assert_string_equal(text, "policy set 7");
		free(text);
		leat_names_free(names);
	}
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		struct leat_names *names = NULL;

		assert_int_equal(leat_names_parse(broken[i], &names), -EINVAL);
		assert_null(names);
	}
}

static void assert_text(char *text, const char *expected)
{
	assert_string_equal(text, expected);
	free(text);
}

static void numbers_have_words(void **state)
{
	struct leat_names *names = NULL, *none = leat_names_empty();
	struct leat_addr pod = addr_of("10.1.0.2"), six = addr_of("fd00::9");
	struct leat_addr node = addr_of("192.168.0.2");

	(void)state;
	assert_int_equal(leat_names_load(fixture.folder, &names), 0);
	assert_text(leat_rule_describe(names, RULE_IN), "shop/allow-frontend ingress[0]");
	assert_text(leat_rule_describe(names, 0), "not isolated");
	assert_text(leat_rule_describe(names, 1), "node");
	assert_text(leat_rule_describe(names, 2), "self");
	assert_text(leat_rule_describe(none, RULE_IN), "rule 800");
	assert_text(leat_set_describe(names, SET_OUT), "shop/a, shop/b");
	assert_text(leat_service_describe(names, SERVICE), "shop/backend:http");
	assert_text(leat_service_describe(none, SERVICE), "Service 900");
	assert_text(leat_endpoint_describe(names, 1), "shop/frontend");
	assert_text(leat_endpoint_describe(none, 1), "endpoint 1");
	assert_text(leat_identity_describe(names, ID_FRONTEND), "pods like shop/frontend");
	assert_text(leat_identity_describe(none, ID_FRONTEND), "identity 20");
	assert_text(leat_identity_describe(none, LEAT_ID_ANY), "any");
	assert_text(leat_addr_describe(names, &pod), "shop/backend (10.1.0.2)");
	assert_text(leat_addr_describe(names, &node), "node n2 (192.168.0.2)");
	assert_text(leat_addr_describe(none, &pod), "10.1.0.2");
	assert_text(leat_addr_port(&pod, 80), "10.1.0.2:80");
	assert_text(leat_addr_port(&six, 80), "[fd00::9]:80");
	leat_names_free(names);
	leat_names_free(none);
}

static void ages_are_short(void **state)
{
	static const struct {
		__u64 sec;
		const char *text;
	} ages[] = { { 0, "0s" },	 { 59, "59s" },
		     { 60, "1m00s" },	 { 3599, "59m59s" },
		     { 3600, "1h00m" },	 { 86399, "23h59m" },
		     { 86400, "1d00h" }, { 100 * 86400ULL + 7200, "100d02h" } };
	char text[LEAT_AGE_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ages); i++)
		assert_string_equal(leat_age_format(ages[i].sec, text), ages[i].text);
	assert_true(strlen(leat_age_format(~0ULL, text)) < LEAT_AGE_TEXT);
}

static void protocols_by_name_or_number(void **state)
{
	__u8 proto = 0;

	(void)state;
	assert_int_equal(leat_proto_parse("TCP", &proto), 0);
	assert_int_equal(proto, IPPROTO_TCP);
	assert_int_equal(leat_proto_parse("icmpv6", &proto), 0);
	assert_int_equal(proto, IPPROTO_ICMPV6);
	assert_int_equal(leat_proto_parse("253", &proto), 0);
	assert_int_equal(proto, 253);
	assert_int_equal(leat_proto_parse("256", &proto), -EINVAL);
	assert_int_equal(leat_proto_parse("", &proto), -EINVAL);
	assert_int_equal(proto, 253);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_fit_their_content),
		cmocka_unit_test(a_table_without_rows_has_headers),
		cmocka_unit_test(long_tables_keep_every_row),
		cmocka_unit_test(odd_text_is_still_json),
		cmocka_unit_test(an_empty_list_is_json),
		cmocka_unit_test_setup_teardown(names_are_found, fixture_begin, fixture_end),
		cmocka_unit_test(odd_state_files_give_fewer_names),
		cmocka_unit_test_setup_teardown(numbers_have_words, fixture_begin, fixture_end),
		cmocka_unit_test(ages_are_short),
		cmocka_unit_test(protocols_by_name_or_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
