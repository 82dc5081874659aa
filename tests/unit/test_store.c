// SPDX-License-Identifier: Apache-2.0
/* The store against a plain array: order, replacement, removal, equality, generations. */
#include "kube_fixture.h"

#include <errno.h>
#include <time.h>

#include "kube/equal.h"

static void keep_only(void *context, struct kube_object *object)
{
	struct kube_object **kept = context;

	assert_null(*kept);
	*kept = object;
}

static void no_problem(void *context, const char *problem)
{
	(void)context;
	fail_msg("%s", problem);
}

static struct kube_object *decode(const char *yaml)
{
	struct kube_object *object = NULL;
	struct kube_manifest_handlers handlers = { keep_only, no_problem, NULL, NULL, &object };

	assert_int_equal(kube_manifest_read("x.yaml", yaml, strlen(yaml), &handlers), 0);
	assert_non_null(object);
	return object;
}

static struct kube_object *make_pod(const char *namespace, const char *name, const char *node)
{
	struct kube_placement placement = { .namespace = namespace,
					    .name = name,
					    .node_name = node };
	struct kube_object *object;

	assert_int_equal(kube_pod_place(NULL, &placement, &object), 0);
	return object;
}

static void test_put_get_remove(void **state)
{
	struct kube_store *store;
	bool has_changed;

	(void)state;
	assert_int_equal(kube_store_new(&store), 0);
	assert_int_equal(kube_store_generation(store), 0);
	assert_null(kube_store_get(store, KUBE_POD, "a", "b"));
	assert_null(kube_store_next(store, KUBE_POD, NULL));
	assert_int_equal(kube_store_remove(store, KUBE_POD, "a", "b"), -ENOENT);
	assert_int_equal(kube_store_generation(store), 0);

	assert_int_equal(kube_store_put(store, make_pod("a", "b", "n1"), &has_changed), 0);
	assert_true(has_changed);
	assert_int_equal(kube_store_generation(store), 1);
	assert_string_equal(kube_store_get(store, KUBE_POD, "a", "b")->pod.node_name, "n1");
	assert_null(kube_store_get(store, KUBE_SERVICE, "a", "b"));
	assert_null(kube_store_get(store, KUBE_POD, "a", "c"));
	assert_null(kube_store_get(store, KUBE_POD, "b", "b"));

	assert_int_equal(kube_store_put(store, make_pod("a", "b", "n1"), &has_changed), 0);
	assert_false(has_changed);
	assert_int_equal(kube_store_generation(store), 1);

	assert_int_equal(kube_store_put(store, make_pod("a", "b", "n2"), &has_changed), 0);
	assert_true(has_changed);
	assert_int_equal(kube_store_generation(store), 2);
	assert_int_equal(kube_store_count(store, KUBE_POD), 1);
	assert_string_equal(kube_store_get(store, KUBE_POD, "a", "b")->pod.node_name, "n2");

	assert_int_equal(kube_store_remove(store, KUBE_POD, "a", "b"), 0);
	assert_int_equal(kube_store_generation(store), 3);
	assert_int_equal(kube_store_count(store, KUBE_POD), 0);
	assert_null(kube_store_get(store, KUBE_POD, "a", "b"));
	kube_store_free(store);
	kube_store_free(NULL);
}

static void test_order(void **state)
{
	/* by namespace first: "a-b" is behind "a", whatever the names are */
	static const char *const pods[][2] = {
		{ "a", "x" }, { "a", "z" },   { "a-b", "a" },
		{ "b", "a" }, { "b", "a-a" }, { "b", "a.a" },
	};
	static const size_t order[] = { 3, 0, 5, 2, 1, 4 };
	const struct kube_object *object = NULL;
	struct kube_store *store;

	(void)state;
	assert_int_equal(kube_store_new(&store), 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(kube_store_put(store,
						make_pod(pods[order[i]][0], pods[order[i]][1], ""),
						NULL),
				 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		object = kube_store_next(store, KUBE_POD, object);
		assert_non_null(object);
		assert_string_equal(object->meta.namespace, pods[i][0]);
		assert_string_equal(object->meta.name, pods[i][1]);
	}
	assert_null(kube_store_next(store, KUBE_POD, object));
	kube_store_free(store);
}

#define NAMES 3000

static void check_model(const struct kube_store *store, const bool *is_there)
{
	const struct kube_object *object = NULL;
	size_t count = 0;

	for (size_t i = 0; i < NAMES; i++) {
		char name[32];

		if (!is_there[i])
			continue;
		snprintf(name, sizeof(name), "p%05zu", i);
		object = kube_store_next(store, KUBE_POD, object);
		assert_non_null(object);
		assert_string_equal(object->meta.name, name);
		assert_ptr_equal(kube_store_get(store, KUBE_POD, "n", name), object);
		count++;
	}
	assert_null(object ? kube_store_next(store, KUBE_POD, object) : NULL);
	assert_int_equal(kube_store_count(store, KUBE_POD), count);
}

/* Chunks split, empty and vanish on the way. */
static void test_random_against_model(void **state)
{
	static bool is_there[NAMES];
	struct kube_store *store;
	__u64 random = 88172645463325252ULL;

	(void)state;
	assert_int_equal(kube_store_new(&store), 0);
	for (size_t step = 0; step < 40000; step++) {
		char name[32];
		size_t i;
		bool is_removal = step / 10000 % 2 ? step % 8 : !(step % 8);

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		i = random % NAMES;
		snprintf(name, sizeof(name), "p%05zu", i);
		if (is_removal)
			assert_int_equal(kube_store_remove(store, KUBE_POD, "n", name),
					 is_there[i] ? 0 : -ENOENT);
		else
			assert_int_equal(kube_store_put(store, make_pod("n", name, ""), NULL), 0);
		is_there[i] = !is_removal;
		if (step % 2500 == 0)
			check_model(store, is_there);
	}
	check_model(store, is_there);
	kube_store_free(store);
}

/* 100,000 in rising, falling and mixed order: sanitized about a second each, not quadratic. */
static void fill(size_t step, size_t count)
{
	const struct kube_object *object = NULL;
	struct kube_store *store;
	size_t seen = 0;

	assert_int_equal(kube_store_new(&store), 0);
	for (size_t i = 0, at = 0; i < count; i++, at = (at + step) % count) {
		char name[32];

		snprintf(name, sizeof(name), "p%06zu", at);
		assert_int_equal(kube_store_put(store, make_pod("n", name, ""), NULL), 0);
	}
	while ((object = kube_store_next(store, KUBE_POD, object)))
		seen++;
	assert_int_equal(seen, count);
	kube_store_free(store);
}

static void test_many(void **state)
{
	clock_t begin = clock();

	(void)state;
	fill(1, 100000);
	fill(99999, 100000);
	fill(34567, 100000);
	assert_true(clock() - begin < 60 * CLOCKS_PER_SEC);
}

#define POLICY(rules)                                                                              \
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x}\nspec: "       \
	"{" rules "}\n"
#define SERVICE(rest)                                                                              \
	"apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {clusterIP: 10.0.0.1, " rest    \
	"}\n"
#define SLICE(rest)                                                                                \
	"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: x}\naddressType: " \
	"IPv4\n" rest
#define POD(rest)  "apiVersion: v1\nkind: Pod\n" rest
#define NODE(rest) "apiVersion: v1\nkind: Node\nmetadata: {name: x}\n" rest
#define IN(rest)   POLICY("ingress: [{" rest "}]")

/* Each differs from all others by one field. */
static const char *const different[] = {
	POD("metadata: {name: x}"),
	POD("metadata: {name: z}"),
	POD("metadata: {name: x, namespace: b}"),
	POD("metadata: {name: x, uid: u}"),
	POD("metadata: {name: x, labels: {a: b}}"),
	POD("metadata: {name: x, labels: {a: c}}"),
	POD("metadata: {name: x, labels: {c: b}}"),
	POD("metadata: {name: x, deletionTimestamp: t}"),
	POD("metadata: {name: x}\nspec: {nodeName: n1}"),
	POD("metadata: {name: x}\nspec: {hostNetwork: true}"),
	POD("metadata: {name: x}\nstatus: {phase: Running}"),
	POD("metadata: {name: x}\nstatus: {conditions: [{type: Ready, status: 'False'}]}"),
	POD("metadata: {name: x}\nstatus: {podIP: 10.0.0.1}"),
	POD("metadata: {name: x}\nstatus: {podIP: 10.0.0.2}"),
	POD("metadata: {name: x}\nstatus: {podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}"),
	POD("metadata: {name: x}\nspec: {containers: [{ports: [{name: a, containerPort: 1}]}]}"),
	POD("metadata: {name: x}\nspec: {containers: [{ports: [{name: b, containerPort: 1}]}]}"),
	POD("metadata: {name: x}\nspec: {containers: [{ports: [{name: a, containerPort: 2}]}]}"),
	POD("metadata: {name: x}\nspec: {containers: [{ports: [{name: a, containerPort: 1, "
	    "protocol: "
	    "UDP}]}]}"),
	NODE(""),
	NODE("spec: {podCIDR: 10.0.0.0/24}"),
	NODE("spec: {podCIDR: 10.0.0.0/25}"),
	NODE("status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}"),
	SERVICE("ports: [{port: 1}]"),
	SERVICE("ports: [{port: 2, targetPort: 1}]"),
	SERVICE("ports: [{port: 1, targetPort: 2}]"),
	SERVICE("ports: [{port: 1, targetPort: a}]"),
	SERVICE("ports: [{port: 1, name: a}]"),
	SERVICE("ports: [{port: 1, protocol: UDP}]"),
	SERVICE("ports: [{port: 1, nodePort: 30000}]"),
	SERVICE("ports: [{port: 1}], type: NodePort"),
	SERVICE("ports: [{port: 1}], selector: {a: b}"),
	SERVICE("ports: [{port: 1}], selector: {a: c}"),
	SERVICE("ports: [{port: 1}], publishNotReadyAddresses: true"),
	SERVICE("ports: [{port: 1}], sessionAffinity: ClientIP"),
	SERVICE("ports: [{port: 1}], clusterIPs: [10.0.0.2, 'fd00::1']"),
	SERVICE("ports: [{port: 1}], clusterIPs: [None]"),
	SLICE(""),
	SLICE("ports: [{port: 1}]"),
	SLICE("ports: [{port: 2}]"),
	SLICE("ports: [{port: 1, name: a}]"),
	SLICE("ports: [{port: 1, protocol: UDP}]"),
	SLICE("endpoints: [{addresses: [10.0.0.1]}]"),
	SLICE("endpoints: [{addresses: [10.0.0.2]}]"),
	SLICE("endpoints: [{addresses: [10.0.0.1], nodeName: n1}]"),
	SLICE("endpoints: [{addresses: [10.0.0.1], conditions: {ready: false, serving: true}}]"),
	SLICE("endpoints: [{addresses: [10.0.0.1], conditions: {serving: false}}]"),
	SLICE("endpoints: [{addresses: [10.0.0.1], conditions: {terminating: true}}]"),
	POLICY(""),
	POLICY("policyTypes: [Ingress, Egress]"),
	POLICY("policyTypes: [Egress]"),
	POLICY("podSelector: {matchLabels: {a: b}}"),
	POLICY("podSelector: {matchExpressions: [{key: a, operator: NotIn, values: [b]}]}"),
	POLICY("podSelector: {matchExpressions: [{key: a, operator: In, values: [b, c]}]}"),
	POLICY("podSelector: {matchExpressions: [{key: a, operator: Exists}]}"),
	POLICY("podSelector: {matchExpressions: [{key: b, operator: Exists}]}"),
	POLICY("egress: [{}], policyTypes: [Ingress]"),
	IN(""),
	IN("from: [{podSelector: {}}]"),
	IN("from: [{namespaceSelector: {}}]"),
	IN("from: [{namespaceSelector: {}, podSelector: {}}]"),
	IN("from: [{namespaceSelector: {matchLabels: {a: b}}}]"),
	IN("from: [{podSelector: {matchLabels: {a: b}}}]"),
	IN("from: [{podSelector: {}}, {podSelector: {}}]"),
	IN("from: [{ipBlock: {cidr: 10.0.0.0/8}}]"),
	IN("from: [{ipBlock: {cidr: 10.0.0.0/9}}]"),
	IN("from: [{ipBlock: {cidr: 11.0.0.0/8}}]"),
	IN("from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/9]}}]"),
	IN("from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/10]}}]"),
	IN("ports: [{port: 1}]"),
	IN("ports: [{port: 2}]"),
	IN("ports: [{port: 1, endPort: 2}]"),
	IN("ports: [{port: a}]"),
	IN("ports: [{port: 1, protocol: UDP}]"),
};

static void test_equality(void **state)
{
	struct kube_object *a[ARRAY_SIZE(different)], *b[ARRAY_SIZE(different)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(different); i++) {
		a[i] = decode(different[i]);
		b[i] = decode(different[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(different); i++)
		for (size_t j = 0; j < ARRAY_SIZE(different); j++)
			if (kube_object_equals(a[i], b[j]) != (i == j))
				fail_msg("%s and %s", different[i], different[j]);
	for (size_t i = 0; i < ARRAY_SIZE(different); i++) {
		kube_object_free(a[i]);
		kube_object_free(b[i]);
	}
}

/* What is not looked at: a heartbeat's version, labels in another order. */
static void test_same(void **state)
{
	struct kube_object *a = decode(POD("metadata: {name: x, resourceVersion: '1', labels: {a: "
					   "b, c: d}, annotations: {e: f}}"));
	struct kube_object *b =
		decode(POD("metadata: {name: x, resourceVersion: '2', labels: {c: d, a: b}}"));

	(void)state;
	assert_true(kube_object_equals(a, b));
	kube_object_free(a);
	kube_object_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_get_remove),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_random_against_model),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_equality),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
