// SPDX-License-Identifier: Apache-2.0
/* Label selectors: a table of selector, labels and verdict. */
#include "kube_fixture.h"

#include <cjson/cJSON.h>

#include "kube/selector.h"

struct match {
	const char *selector; /* podSelector of a policy */
	const char *labels;   /* of a pod */
	bool matches;
};

static const struct match matches[] = {
	{ "{}", "{}", true },
	{ "{}", "{a: b}", true },
	{ "null", "{a: b}", true },
	{ "{matchLabels: {}, matchExpressions: []}", "{a: b}", true },
	{ "{matchLabels: {a: b}}", "{a: b}", true },
	{ "{matchLabels: {a: b}}", "{a: c}", false },
	{ "{matchLabels: {a: b}}", "{aa: b}", false },
	{ "{matchLabels: {a: b}}", "{}", false },
	{ "{matchLabels: {a: b, c: d}}", "{a: b}", false },
	{ "{matchLabels: {a: b, c: d}}", "{c: d, a: b, e: f}", true },
	{ "{matchLabels: {a: ''}}", "{a: ''}", true },
	{ "{matchLabels: {a: ''}}", "{b: ''}", false },
	{ "{matchExpressions: [{key: a, operator: In, values: [b, c]}]}", "{a: c}", true },
	{ "{matchExpressions: [{key: a, operator: In, values: [b, c]}]}", "{a: d}", false },
	{ "{matchExpressions: [{key: a, operator: In, values: [b, c]}]}", "{}", false },
	{ "{matchExpressions: [{key: a, operator: NotIn, values: [b, c]}]}", "{a: c}", false },
	{ "{matchExpressions: [{key: a, operator: NotIn, values: [b, c]}]}", "{a: d}", true },
	{ "{matchExpressions: [{key: a, operator: NotIn, values: [b, c]}]}", "{}", true },
	{ "{matchExpressions: [{key: a, operator: Exists}]}", "{a: ''}", true },
	{ "{matchExpressions: [{key: a, operator: Exists}]}", "{b: a}", false },
	{ "{matchExpressions: [{key: a, operator: DoesNotExist}]}", "{b: a}", true },
	{ "{matchExpressions: [{key: a, operator: DoesNotExist}]}", "{a: ''}", false },
	{ "{matchLabels: {a: b}, matchExpressions: [{key: c, operator: Exists}]}", "{a: b}",
	  false },
	{ "{matchLabels: {a: b}, matchExpressions: [{key: a, operator: NotIn, values: [b]}]}",
	  "{a: b}", false },
	{ "{matchExpressions: [{key: a, operator: In, values: [b]}, "
	  "{key: a, operator: In, values: [c]}]}",
	  "{a: b}", false },
	{ "{matchLabels: {x.io/a: b}}", "{x.io/a: b}", true },
};

static void keep(void *context, struct kube_object *object)
{
	kube_store_put(context, object, NULL);
}

static void fail_problem(void *context, const char *problem)
{
	(void)context;
	fail_msg("%s", problem);
}

static bool is_match(const struct match *match)
{
	struct leat_text text LEAT_CLEANUP(leat_text_free) = {};
	struct kube_store *store;
	const struct kube_object *policy, *pod;
	struct kube_manifest_handlers handlers = { keep, fail_problem, NULL, NULL, NULL };
	bool matches_it;

	assert_int_equal(kube_store_new(&store), 0);
	handlers.context = store;
	leat_text_add(
		&text,
		"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: x}, "
		"spec: {podSelector: %s}}\n---\n"
		"{apiVersion: v1, kind: Pod, metadata: {name: x, labels: %s}}\n",
		match->selector, match->labels);
	assert_int_equal(kube_manifest_read("x.yaml", text.data, text.size, &handlers), 0);
	policy = kube_store_get(store, KUBE_NETWORK_POLICY, "default", "x");
	pod = kube_store_get(store, KUBE_POD, "default", "x");
	matches_it = kube_selector_matches(&policy->policy.pod_selector, &pod->meta.labels);
	kube_store_free(store);
	return matches_it;
}

static void test_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++)
		if (is_match(&matches[i]) != matches[i].matches)
			fail_msg("%s of %s", matches[i].selector, matches[i].labels);
}

static void test_labels_get(void **state)
{
	struct kube_label items[] = { { (char *)"a", (char *)"1" },
				      { (char *)"b", (char *)"2" },
				      { (char *)"d", (char *)"3" } };
	struct kube_labels labels = { items, 3 }, none = {};

	(void)state;
	assert_string_equal(kube_labels_get(&labels, "a"), "1");
	assert_string_equal(kube_labels_get(&labels, "b"), "2");
	assert_string_equal(kube_labels_get(&labels, "d"), "3");
	assert_null(kube_labels_get(&labels, "c"));
	assert_null(kube_labels_get(&labels, ""));
	assert_null(kube_labels_get(&labels, "e"));
	assert_null(kube_labels_get(&none, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_labels_get),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
