// SPDX-License-Identifier: Apache-2.0
/*
 * The upstream NetworkPolicy cases of tests/data/netpol_cases.json through the compiler and the
 * lookups over its rows: both families, all pods on one node, on two, and each on its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <netinet/in.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/text.h"
#include "tests/support/world.h"

#define PODS_MAX   16
/* Cells of all matrices that are judged: a run that skips some is no run. */
#define CASE_PAIRS 506

struct case_pod {
	char name[64]; /* "x/a" */
	char addr4[LEAT_ADDR_TEXT];
	char addr6[LEAT_ADDR_TEXT];
	const cJSON *labels;
	const cJSON *serve;
};

struct case_run {
	struct test_world world;
	struct case_pod pods[PODS_MAX];
	size_t pod_count;
	size_t judged;
	bool is_ipv6;
	const char *id;
};

static const char *text_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	assert_true(cJSON_IsString(item));
	return item->valuestring;
}

static const struct case_pod *find_pod(const struct case_run *run, const char *name)
{
	for (size_t i = 0; i < run->pod_count; i++)
		if (!strcmp(run->pods[i].name, name))
			return &run->pods[i];
	fail_msg("%s: no pod %s", run->id, name);
	return NULL;
}

static __u8 proto_number(const char *text)
{
	if (!strcmp(text, "TCP"))
		return IPPROTO_TCP;
	return !strcmp(text, "UDP") ? IPPROTO_UDP : IPPROTO_SCTP;
}

/* ${IP:x/b} and ${NET4:x/b/4}: in the IPv6 run they mean the other address of the pod, with a
 * block that is as far from a single address. */
static void substitute(const struct case_run *run, const char *text, struct leat_text *out)
{
	const char *at = text, *start;
	char kind[8], pod[64], addr[128];
	struct leat_cidr block;
	unsigned int bits;
	int used;

	while ((start = strstr(at, "${"))) {
		const struct case_pod *found;
		bool is_net;

		leat_text_add(out, "%.*s", (int)(start - at), at);
		assert_int_equal(sscanf(start, "${%7[A-Z0-9]:%63[^}]}%n", kind, pod, &used), 2);
		is_net = !strncmp(kind, "NET", 3);
		bits = 32;
		if (is_net) {
			char *slash = strrchr(pod, '/');

			assert_int_equal(sscanf(slash, "/%u", &bits), 1);
			*slash = '\0';
		}
		found = find_pod(run, pod);
		at = start + used;
		if (!strncmp(at, "/32", 3))
			at += 3;
		snprintf(addr, sizeof(addr), "%s/%u", run->is_ipv6 ? found->addr6 : found->addr4,
			 run->is_ipv6 ? bits + 96 : bits);
		block = test_cidr(addr);
		leat_text_add(out, "%s", leat_cidr_format(&block, addr));
	}
	leat_text_add(out, "%s", at);
}

static void apply_namespace(struct case_run *run, const char *name, const cJSON *labels)
{
	char *text = labels ? cJSON_PrintUnformatted(labels) : NULL;
	struct leat_text manifest = { 0 };

	leat_text_add(&manifest,
		      "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":"
		      "{\"name\":\"%s\",\"labels\":%s}}",
		      name, text ? text : "{}");
	test_world_apply(&run->world, manifest.data);
	leat_text_free(&manifest);
	free(text);
}

static void add_ports(struct leat_text *manifest, const cJSON *serve)
{
	const cJSON *proto, *port;
	bool is_first = true;

	cJSON_ArrayForEach (proto, cJSON_GetObjectItem(serve, "protocols"))
		cJSON_ArrayForEach (port, cJSON_GetObjectItem(serve, "ports")) {
			const char *name = proto->valuestring;
			char small[8] = { 0 };

			for (size_t i = 0; name[i] && i < 7; i++)
				small[i] = (char)(name[i] | 0x20);
			leat_text_add(manifest,
				      "%s{\"name\":\"serve-%d-%s\",\"protocol\":\"%s\","
				      "\"containerPort\":%d}",
				      is_first ? "" : ",", port->valueint, small, name,
				      port->valueint);
			is_first = false;
		}
}

static void apply_pod(struct case_run *run, const struct case_pod *pod)
{
	const char *slash = strchr(pod->name, '/');
	char *labels = cJSON_PrintUnformatted(pod->labels);
	struct leat_text manifest = { 0 };

	leat_text_add(&manifest,
		      "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":"
		      "{\"namespace\":\"%.*s\",\"name\":\"%s\",\"labels\":%s},\"spec\":"
		      "{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"ports\":[",
		      (int)(slash - pod->name), pod->name, slash + 1, labels);
	add_ports(&manifest, pod->serve);
	leat_text_add(&manifest,
		      "]}]},\"status\":{\"phase\":\"Running\",\"podIPs\":"
		      "[{\"ip\":\"%s\"},{\"ip\":\"%s\"}]}}",
		      pod->addr4, pod->addr6);
	test_world_apply(&run->world, manifest.data);
	leat_text_free(&manifest);
	free(labels);
}

static void add_pod(struct case_run *run, const char *name, const cJSON *labels, const cJSON *serve)
{
	struct case_pod *pod = &run->pods[run->pod_count];
	size_t index = run->pod_count++;

	assert_true(index < PODS_MAX);
	*pod = (struct case_pod){ .labels = labels, .serve = serve };
	snprintf(pod->name, sizeof(pod->name), "%s", name);
	snprintf(pod->addr4, sizeof(pod->addr4), "10.244.0.%zu", 10 + index);
	snprintf(pod->addr6, sizeof(pod->addr6), "fd10:244::%zx", 0x10 + index);
	apply_pod(run, pod);
}

static void split_name(const char *name, char namespace[64])
{
	snprintf(namespace, 64, "%.*s", (int)(strchr(name, '/') - name), name);
}

static void apply_action(struct case_run *run, const cJSON *action)
{
	const char *op = text_of(action, "op");
	const cJSON *labels = cJSON_GetObjectItem(action, "labels");
	char namespace[64];

	if (!strcmp(op, "create_policy") || !strcmp(op, "update_policy")) {
		char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(action, "object"));
		struct leat_text manifest = { 0 };

		substitute(run, text, &manifest);
		test_world_apply(&run->world, manifest.data);
		leat_text_free(&manifest);
		free(text);
	} else if (!strcmp(op, "delete_policy")) {
		const char *name = text_of(action, "policy");

		split_name(name, namespace);
		test_world_remove(&run->world, KUBE_NETWORK_POLICY, namespace,
				  strchr(name, '/') + 1);
	} else if (!strcmp(op, "set_pod_labels")) {
		struct case_pod *pod = (void *)find_pod(run, text_of(action, "pod"));

		pod->labels = labels;
		apply_pod(run, pod);
	} else if (!strcmp(op, "set_namespace_labels")) {
		apply_namespace(run, text_of(action, "namespace"), labels);
	} else {
		fail_msg("%s: unknown action %s", run->id, op);
	}
}

static void wire(struct case_run *run, size_t index)
{
	const struct case_pod *pod = &run->pods[index];
	char namespace[64];

	split_name(pod->name, namespace);
	test_world_wire(&run->world, namespace, strchr(pod->name, '/') + 1, pod->addr4, pod->addr6);
}

static void judge(struct case_run *run, bool is_denied[PODS_MAX][PODS_MAX], __u8 proto, __u16 port)
{
	for (size_t i = 0; i < run->pod_count; i++)
		for (size_t j = 0; j < run->pod_count; j++) {
			const struct case_pod *src = &run->pods[i], *dst = &run->pods[j];

			if (!test_world_allows(&run->world, run->is_ipv6 ? src->addr6 : src->addr4,
					       run->is_ipv6 ? dst->addr6 : dst->addr4, proto, port))
				is_denied[i][j] = true;
		}
}

/* Every node sees only its own pods as local; a connection must pass on all of them. */
static void judge_nodes(struct case_run *run, size_t nodes, bool is_denied[PODS_MAX][PODS_MAX],
			__u8 proto, __u16 port)
{
	memset(is_denied, 0, sizeof(bool[PODS_MAX][PODS_MAX]));
	for (size_t node = 0; node < nodes; node++) {
		test_world_unwire_all(&run->world);
		for (size_t i = 0; i < run->pod_count; i++)
			if (i % nodes == node)
				wire(run, i);
		test_world_compile(&run->world);
		judge(run, is_denied, proto, port);
	}
}

static void compare(struct case_run *run, const cJSON *order, const cJSON *rows, size_t nodes,
		    const char *probe)
{
	bool is_denied[PODS_MAX][PODS_MAX];
	char proto[8];
	unsigned int port;

	assert_int_equal(sscanf(probe, "%7[A-Z]/%u", proto, &port), 2);
	judge_nodes(run, nodes, is_denied, proto_number(proto), (__u16)port);
	for (int i = 0; i < cJSON_GetArraySize(order); i++)
		for (int j = 0; j < cJSON_GetArraySize(order); j++) {
			const char *src = cJSON_GetArrayItem(order, i)->valuestring;
			const char *dst = cJSON_GetArrayItem(order, j)->valuestring;
			char wanted = cJSON_GetArrayItem(rows, i)->valuestring[j];
			size_t from = (size_t)(find_pod(run, src) - run->pods);
			size_t to = (size_t)(find_pod(run, dst) - run->pods);

			if (wanted == '#')
				continue;
			if (is_denied[from][to] != (wanted == 'X'))
				fail_msg("%s: %s, %zu nodes, %s -> %s, %s: wanted %c", run->id,
					 run->is_ipv6 ? "IPv6" : "IPv4", nodes, src, dst, probe,
					 wanted);
			run->judged++;
		}
}

static void run_steps(struct case_run *run, const cJSON *object)
{
	const cJSON *step, *action, *rows;

	cJSON_ArrayForEach (step, cJSON_GetObjectItem(object, "steps")) {
		const cJSON *order = cJSON_GetObjectItem(step, "order");

		cJSON_ArrayForEach (action, cJSON_GetObjectItem(step, "actions"))
			apply_action(run, action);
		assert_int_equal(run->world.problem_count, 0);
		cJSON_ArrayForEach (rows, cJSON_GetObjectItem(step, "expect")) {
			compare(run, order, rows, 1, rows->string);
			compare(run, order, rows, 2, rows->string);
			compare(run, order, rows, run->pod_count, rows->string);
		}
	}
}

static size_t run_case(const cJSON *object, bool is_ipv6)
{
	const cJSON *serve = cJSON_GetObjectItem(object, "serve"), *item;
	struct case_run *run = calloc(1, sizeof(*run));
	size_t judged;

	assert_non_null(run);
	run->id = text_of(object, "id");
	run->is_ipv6 = is_ipv6;
	test_world_begin(&run->world, "n1");
	cJSON_ArrayForEach (item, cJSON_GetObjectItem(object, "namespaces"))
		apply_namespace(run, item->string, cJSON_GetObjectItem(item, "labels"));
	cJSON_ArrayForEach (item, cJSON_GetObjectItem(object, "pods"))
		add_pod(run, text_of(item, "pod"), cJSON_GetObjectItem(item, "labels"), serve);
	run_steps(run, object);
	judged = run->judged;
	test_world_end(&run->world);
	free(run);
	return judged;
}

static void run_all(bool is_ipv6)
{
	_cleanup_free_ char *text = NULL;
	const cJSON *object;
	size_t count = 0, judged = 0, size;
	cJSON *root;

	assert_int_equal(leat_file_read("tests/data/netpol_cases.json", 1 << 20, &text, &size), 0);
	root = cJSON_Parse(text);
	assert_non_null(root);
	cJSON_ArrayForEach (object, cJSON_GetObjectItem(root, "cases")) {
		judged += run_case(object, is_ipv6);
		count++;
	}
	cJSON_Delete(root);
	assert_int_equal(count, 48);
	assert_int_equal(judged, CASE_PAIRS * 3);
}

static void test_cases_ipv4(void **state)
{
	(void)state;
	run_all(false);
}

static void test_cases_ipv6(void **state)
{
	(void)state;
	run_all(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_ipv4),
		cmocka_unit_test(test_cases_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
