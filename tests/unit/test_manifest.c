// SPDX-License-Identifier: Apache-2.0
/*
 * Files: documents, lists, lines, what is typed how, and what strangers may put into them. One
 * bad document or item never stops the others.
 */
#include "kube_fixture.h"

#include <time.h>

#include "kube/scalar.h"

#define POD(name) "apiVersion: v1\nkind: Pod\nmetadata: {name: " name "}\n"
#define IS(name)  "Pod default/" name " Pending ready\n"

static const struct reading documents[] = {
	{ "", "" },
	{ "\n\n# nothing\n", "" },
	{ "---\n---\n\n---\n# c\n", "" },
	{ POD("a"), IS("a") },
	{ POD("a") "---\n" POD("b"), IS("a") IS("b") },
	{ "---\n" POD("a") "---\n---\n" POD("b") "---\n", IS("a") IS("b") },
	{ "# first\n---\n" POD("a") "...\n---\n" POD("b"), IS("a") IS("b") },
	{ POD("a") "...\n" POD("b"), IS("a") IS("b") },
	{ "...\n...\n" POD("a") "... # end\n...\n" POD("b") "...", IS("a") IS("b") },
	{ "%YAML 1.1\n---\n" POD("a"), IS("a") },
	{ "--- # x\n" POD("a") "--- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n",
	  IS("a") IS("b") },
	{ "\xef\xbb\xbf" POD("a"), IS("a") },
	{ "apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: a\r\n---\r\n" POD("b"),
	  IS("a") IS("b") },
	/* what a bad one costs */
	{ POD("a") "---\nkind: [\n---\n" POD("b"),
	  IS("a") "! x.yaml:6: is not valid YAML: while parsing a flow node: did not find expected "
		  "node "
		  "content\n" IS("b") },
	{ POD("a") "---\nkind: \"Pod\n---\n" POD("b"),
	  IS("a") "! x.yaml:6: is not valid YAML: while scanning a quoted scalar: found unexpected "
		  "end of "
		  "stream\n" IS("b") },
	{ POD("a") "---\n  a\n b: c\n---\n" POD("b"),
	  IS("a") "! x.yaml:6: is not valid YAML: mapping values are not allowed in this "
		  "context\n" IS("b") },
	{ POD("a") "---\n\tkind: Pod\n---\n" POD("b"),
	  IS("a") "! x.yaml:5: is not valid YAML: while scanning for the next token: found "
		  "character that "
		  "cannot start any token\n" IS("b") },
	{ POD("a") "---\n" POD("7") "---\n" POD("b"),
	  IS("a") "! x.yaml:7: Pod default/?: metadata.name: 7: must be a string (in YAML: put it "
		  "in "
		  "quotes)\n" IS("b") },
	/* lines are the value's, or where it is missing the object's */
	{ "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: a\nspec:\n"
	  "  podSelector: {}\n  ingress:\n  - ports:\n    - port: 80\n      endPort: 79\n",
	  "! x.yaml:10: NetworkPolicy default/a: spec.ingress[0].ports[0].endPort: 79: must not be "
	  "below "
	  "port 80\n~ NetworkPolicy default/a\n" },
	{ "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: a\nspec:\n"
	  "  podSelector: {}\n  ingress:\n  - from:\n    - ipBlock:\n        except: []\n",
	  "! x.yaml:10: NetworkPolicy default/a: spec.ingress[0].from[0].ipBlock.cidr: is "
	  "required\n"
	  "~ NetworkPolicy default/a\n" },
};

static const struct reading lists[] = {
	{ "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
	  "- {apiVersion: v1, kind: Pod, metadata: {name: B}}\n"
	  "- {apiVersion: v1, kind: Pod, metadata: {name: c}}\n",
	  IS("a") "! x.yaml:5: Pod default/B: metadata.name: B: is not a DNS name (253 of a-z 0-9 "
		  "- .)\n"
		  "~ Pod default/B\n" IS("c") },
	{ "{apiVersion: v1, kind: PodList, items: [{metadata: {name: a}}, null, {metadata: {name: "
	  "b}}]}",
	  IS("a") "! x.yaml:1: object default/?: must be an object with kind and apiVersion\n" IS(
		  "b") },
	{ "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicyList, items: [{metadata: {name: "
	  "a}}]}",
	  "NetworkPolicy default/a Ingress for{}\n" },
	{ "{apiVersion: v1, kind: NetworkPolicyList, items: [{metadata: {name: a}}]}",
	  "! x.yaml:1: NetworkPolicy default/a: apiVersion: v1: must be networking.k8s.io/v1\n" },
	{ "{apiVersion: v1, kind: List, items: [{kind: List, apiVersion: v1, items: "
	  "[{apiVersion: v1, kind: Pod, metadata: {name: a}}]}]}",
	  IS("a") },
	{ "{apiVersion: v1, kind: List, items: []}", "" },
	{ "{apiVersion: v1, kind: List, items: null}", "" },
	{ "{apiVersion: v1, kind: List, items: {}}", "! x.yaml:1: items: must be a list\n" },
	{ "{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}]}", "" },
	{ "{apiVersion: v1, kind: List, items: [{metadata: {name: a}}]}",
	  "! x.yaml:1: object a: kind: is required\n" },
};

#define LABEL(text)   "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {k: " text "}\n"
#define LABELED(text) "Pod default/a labels k=" text " Pending ready\n"

static const struct reading yaml_only[] = {
	/* quotes, styles, tags */
	{ LABEL("'80'"), LABELED("80") },
	{ LABEL("\"80\""), LABELED("80") },
	{ LABEL("!!str 80"), LABELED("80") },
	{ LABEL("! 80"), LABELED("80") },
	{ LABEL("2001-01-01"), LABELED("2001-01-01") },
	{ LABEL("1.2.3"), LABELED("1.2.3") },
	{ LABEL("\"\\x61\\u0062\""), LABELED("ab") },
	{ "apiVersion: v1\nkind: Pod\nmetadata:\n  name: >-\n    a\n", IS("a") },
	{ LABEL("!!binary YQ=="), "! x.yaml:5: tags like this one are not understood\n" },
	{ "true: x\nyes: z\n", "! x.yaml:2: key \"true\" is there twice\n" },
	{ "80: x\n'80': z\n", "! x.yaml:2: key \"80\" is there twice\n" },
	{ "~: x\n", "! x.yaml:1: a key must not be null\n" },
	{ "{[a]: b}\n", "! x.yaml:1: a key must be a plain word\n" },
	/* what is refused as a whole */
	{ "apiVersion: v1\nkind: Pod\nkind: Pod\n", "! x.yaml:3: key \"kind\" is there twice\n" },
	{ "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {a: b, c: d, a: e}\n",
	  "! x.yaml:5: key \"a\" is there twice\n" },
	{ "a: &x {b: c}\nd: *x\n", "! x.yaml:2: aliases (*name) are not supported\n" },
	{ "a: {<<: {b: c}}\n", "! x.yaml:1: merge keys (<<) are not supported\n" },
	{ LABEL("\"a\\0b\""), "! x.yaml:5: a string must not have a zero byte in it\n" },
	{ LABEL("\"a\\ud800\""),
	  "! x.yaml:5: is not valid YAML: while parsing a quoted scalar: found "
	  "invalid Unicode character escape code\n" },
	{ LABEL("\xff"), "! x.yaml:1: is not valid YAML: invalid leading UTF-8 octet\n" },
};

#define JPOD(name) "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name "\"}}"

static const struct reading json[] = {
	{ JPOD("a"), IS("a") },
	{ " \n" JPOD("a") "\n" JPOD("b") "\n", IS("a") IS("b") },
	{ JPOD("a") "\n---\n" JPOD("b"), IS("a") IS("b") },
	{ "\n{\n\"apiVersion\": \"v1\",\n\"kind\":\n\n\"Pod\", \"metadata\": {\n\"name\": "
	  "[\n\"a\"]}}",
	  "! x.json:7: Pod default/?: metadata.name: must be a string\n" },
	{ "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\","
	  "\"labels\":{\"k\":\"\\u0061\"},\"annotations\":{\"e\":\"\\ud83d\\ude00\\/\"}}}",
	  LABELED("a") },
	{ JPOD("a") "\n{\"kind\":}\n", IS("a") "! x.json:2: is not valid JSON\n" },
	{ "{\"kind\":\"Pod\",\n\"kind\":\"Pod\"}", "! x.json:2: key \"kind\" is there twice\n" },
	{ "{\"kind\":\"a\\u0000b\"}", "! x.json:1: a string must not have a zero byte in it\n" },
	{ "{\"kind\":\"\\\\u0000\"}", "" },
	{ "{kind: Pod}", "! x.json:1: is not valid JSON\n" },
	{ "kind: Pod", "! x.json:1: is not valid JSON\n" },
	{ "7", "! x.json:1: object ?: must be an object with kind and apiVersion\n" },
	{ "null", "" },
};

static void test_documents(void **state)
{
	(void)state;
	check_readings("x.yaml", documents, ARRAY_SIZE(documents));
}

static void test_lists(void **state)
{
	(void)state;
	check_readings("x.yaml", lists, ARRAY_SIZE(lists));
}

static void test_yaml_only(void **state)
{
	(void)state;
	check_readings("x.yaml", yaml_only, ARRAY_SIZE(yaml_only));
}

static void test_json(void **state)
{
	(void)state;
	check_readings("x.json", json, ARRAY_SIZE(json));
}

/* JSON in a file of another name is JSON too, flow style YAML is not refused there. */
static void test_json_elsewhere(void **state)
{
	static const struct reading readings[] = {
		{ "{\"kind\":\"a\\ud83d\\ude00\"}", "" },
		{ "---\n" JPOD("a") "\n---\n{apiVersion: v1, kind: Pod, metadata: {name: b}}",
		  IS("a") IS("b") },
	};

	(void)state;
	check_readings("x.yaml", readings, ARRAY_SIZE(readings));
}

static void check_text(const char *file, const char *text, size_t size, const char *expected)
{
	_cleanup_free_ char *found = read_manifest(file, text, size);

	assert_string_equal(found, expected);
}

static void test_file_names_are_escaped(void **state)
{
	static const char text[] = "{kind: Pod}";

	(void)state;
	check_text("a\n\033.yaml", text, sizeof(text) - 1,
		   "! a\\x0a\\x1b.yaml:1: Pod default/?: apiVersion: is required: must be v1\n");
}

static void test_zero_bytes(void **state)
{
	static const char text[] = POD("a") "\0";

	(void)state;
	check_text("x.yaml", text, sizeof(text), "! x.yaml: has zero bytes in it: is not text\n");
}

static char *repeat(const char *text, size_t count)
{
	size_t size = strlen(text);
	char *all = malloc(size * count + 1);

	assert_non_null(all);
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * size, text, size);
	all[size * count] = '\0';
	return all;
}

static void check_repeated(const char *file, const char *text, size_t count, const char *expected)
{
	_cleanup_free_ char *all = repeat(text, count);

	check_text(file, all, strlen(text) * count, expected);
}

static void test_limits(void **state)
{
	(void)state;
	check_repeated("x.yaml", "# 45678\n", (4U << 20) / 8, "");
	check_repeated("x.yaml", "# 45678\n", (4U << 20) / 8 + 1,
		       "! x.yaml: is larger than 4 MiB\n");
	check_repeated(
		"x.yaml", "[", 64,
		"! x.yaml:2: is not valid YAML: while parsing a flow node: did not find expected "
		"node content\n");
	check_repeated("x.yaml", "[", 100000, "! x.yaml:1: is nested too deeply\n");
	check_repeated("x.yaml", "{a: ", 100000, "! x.yaml:1: is nested too deeply\n");
	check_repeated("x.yaml", "- ", 100000, "! x.yaml:1: is nested too deeply\n");
	check_repeated("x.json", "[", 100000, "! x.json:1: is not valid JSON\n");
	check_repeated("x.json", "{\"a\":", 100000, "! x.json:1: is not valid JSON\n");
	check_repeated("x.json", "1,", 600000, "! x.json:1: has more than 524288 values\n");
}

static void test_depth(void **state)
{
	char text[256];

	(void)state;
	for (int depth = 64; depth <= 65; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		check_text("x.json", text, 2 * depth,
			   depth == 64 ? "! x.json:1: object ?: must be an object with kind and "
					 "apiVersion\n"
				       : "! x.json:1: is nested deeper than 64\n");
		check_text("x.yaml", text, 2 * depth,
			   depth == 64 ? "! x.yaml:1: object ?: must be an object with kind and "
					 "apiVersion\n"
				       : "! x.yaml:1: is nested too deeply\n");
	}
}

struct wide {
	const char *head;
	const char *left; /* repeated with a number between left and right */
	const char *right;
	size_t count;
	const char *tail;
};

static const struct wide wides[] = {
	{ "{\"a\":{", "\"k", "\":1,", 200000, "\"z\":1}}" },
	{ "", "k", ": 1\n", 200000, "" },
	{ "", "{\"a\":", "}", 60000, "" },
	{ "", "--- {a: ", "}\n", 60000, "" },
	{ "a: [", "", ",", 400000, "]" },
	{ "a: \"", "\\n", "", 400000, "\"" },
	{ "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n", "    k", ": a\n", 150000,
	  "" },
};

/* Wide rather than deep: no step of it is quadratic. CPU time, so that a busy machine is none
 * the worse; sanitized it takes a second or so, quadratic it would take minutes. */
static void test_wide(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wides); i++) {
		struct leat_text all LEAT_CLEANUP(leat_text_free) = {};
		_cleanup_free_ char *found = NULL;
		clock_t begin;

		leat_text_add(&all, "%s", wides[i].head);
		for (size_t j = 0; j < wides[i].count; j++)
			leat_text_add(&all, "%s%zu%s", wides[i].left, j, wides[i].right);
		leat_text_add(&all, "%s", wides[i].tail);
		assert_true(all.size < KUBE_MANIFEST_BYTES);
		begin = clock();
		found = read_manifest("x.yaml", all.data, all.size);
		assert_true(clock() - begin < 20 * CLOCKS_PER_SEC);
	}
}

static void take_note(void *context, const char *note)
{
	leat_text_add(context, "? %s\n", note);
}

static void test_notes_apart(void **state)
{
	static const char manifest[] =
		"{apiVersion: v1, kind: Pod, metadata: {name: a}, status: {podIP: x}}\n"
		"---\n{apiVersion: v1, kind: Pod, metadata: {name: B}}\n";
	struct leat_text text LEAT_CLEANUP(leat_text_free) = {};
	struct kube_manifest_handlers handlers = { .on_object = take_object,
						   .on_problem = take_problem,
						   .on_note = take_note,
						   .context = &text };

	(void)state;
	assert_int_equal(kube_manifest_read("x", manifest, sizeof(manifest) - 1, &handlers), 2);
	assert_string_equal(
		text.data,
		"? x:1: Pod default/a: status.podIP: x: is not an address: passed over\n" IS(
			"a") "! x:3: Pod default/B: metadata.name: B: is not a DNS name (253 "
			     "of a-z 0-9 - .)\n");
}

static void test_problems_are_bounded(void **state)
{
	_cleanup_free_ char *all = repeat("--- [a]\n", 2000), *found = NULL;
	struct leat_text text = {};
	struct kube_manifest_handlers handlers = { take_object, take_problem, NULL, NULL, &text };
	size_t lines = 0;

	(void)state;
	assert_int_equal(kube_manifest_read("x", all, strlen(all), &handlers), 2000);
	found = text.data;
	for (const char *at = found; *at; at = strchr(at, '\n') + 1)
		lines++;
	assert_int_equal(lines, 1000);
	assert_non_null(strstr(found, "! x:1000: has more problems, which are not listed\n"));
}

struct scalar {
	const char *text;
	enum kube_scalar type;
	double number;
};

/* Source: resolve.go of goyaml.v2. */
static const struct scalar scalars[] = {
	{ "", KUBE_SCALAR_NULL, 0 },	       { "~", KUBE_SCALAR_NULL, 0 },
	{ "null", KUBE_SCALAR_NULL, 0 },       { "nULL", KUBE_SCALAR_TEXT, 0 },
	{ "true", KUBE_SCALAR_BOOL, 1 },       { "Yes", KUBE_SCALAR_BOOL, 1 },
	{ "y", KUBE_SCALAR_BOOL, 1 },	       { "on", KUBE_SCALAR_BOOL, 1 },
	{ "False", KUBE_SCALAR_BOOL, 0 },      { "NO", KUBE_SCALAR_BOOL, 0 },
	{ "n", KUBE_SCALAR_BOOL, 0 },	       { "off", KUBE_SCALAR_BOOL, 0 },
	{ "tRUE", KUBE_SCALAR_TEXT, 0 },       { "0", KUBE_SCALAR_NUMBER, 0 },
	{ "80", KUBE_SCALAR_NUMBER, 80 },      { "+80", KUBE_SCALAR_NUMBER, 80 },
	{ "-80", KUBE_SCALAR_NUMBER, -80 },    { "0x50", KUBE_SCALAR_NUMBER, 80 },
	{ "0X5f", KUBE_SCALAR_NUMBER, 95 },    { "0o17", KUBE_SCALAR_NUMBER, 15 },
	{ "017", KUBE_SCALAR_NUMBER, 15 },     { "080", KUBE_SCALAR_NUMBER, 80 },
	{ "0b101", KUBE_SCALAR_NUMBER, 5 },    { "-0x10", KUBE_SCALAR_NUMBER, -16 },
	{ "1_000", KUBE_SCALAR_NUMBER, 1000 }, { "1.50", KUBE_SCALAR_NUMBER, 1.5 },
	{ ".5", KUBE_SCALAR_NUMBER, 0.5 },     { "5.", KUBE_SCALAR_NUMBER, 5 },
	{ "1e3", KUBE_SCALAR_NUMBER, 1000 },   { "1E-3", KUBE_SCALAR_NUMBER, 0.001 },
	{ "1e", KUBE_SCALAR_TEXT, 0 },	       { "0x", KUBE_SCALAR_TEXT, 0 },
	{ "0b2", KUBE_SCALAR_TEXT, 0 },	       { "-", KUBE_SCALAR_TEXT, 0 },
	{ ".", KUBE_SCALAR_TEXT, 0 },	       { "1.2.3", KUBE_SCALAR_TEXT, 0 },
	{ "10.0.0.0/8", KUBE_SCALAR_TEXT, 0 }, { "80/TCP", KUBE_SCALAR_TEXT, 0 },
	{ "2001-01-01", KUBE_SCALAR_TEXT, 0 }, { "::1", KUBE_SCALAR_TEXT, 0 },
	{ "abc", KUBE_SCALAR_TEXT, 0 },
};

static void test_scalars(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
		double number = 0;
		enum kube_scalar type = kube_scalar_resolve(scalars[i].text, &number);

		if (type != scalars[i].type || number != scalars[i].number)
			fail_msg("'%s' is %d %g", scalars[i].text, type, number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_yaml_only),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_elsewhere),
		cmocka_unit_test(test_file_names_are_escaped),
		cmocka_unit_test(test_zero_bytes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_notes_apart),
		cmocka_unit_test(test_problems_are_bounded),
		cmocka_unit_test(test_scalars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
