// SPDX-License-Identifier: Apache-2.0
/*
 * How long one leat_compile() takes and how large its tables are, for clusters of several
 * sizes: bench_compile [PODS POLICIES SERVICES [LOCAL]]. Times are of the best of five runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "compile/compile.h"
#include "kube/decode.h"
#include "lib/text.h"

struct size {
	unsigned int pods, policies, services, local;
};

static void keep_object(void *context, struct kube_object *object)
{
	if (kube_store_put(context, object, NULL) < 0)
		abort();
}

static void complain(void *context, const char *problem)
{
	(void)context;
	fprintf(stderr, "%s\n", problem);
	abort();
}

static void apply(struct kube_store *store, struct leat_text *json)
{
	const struct kube_manifest_handlers handlers = {
		.on_object = keep_object,
		.on_problem = complain,
		.context = store,
	};

	if (json->has_failed ||
	    kube_manifest_read("bench", json->data, strlen(json->data), &handlers) != 0)
		abort();
	leat_text_free(json);
}

static unsigned int namespaces(const struct size *size)
{
	return size->pods / 50 + 1;
}

static void add_namespace(struct kube_store *store, unsigned int i)
{
	struct leat_text json = { 0 };

	leat_text_add(&json,
		      "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":"
		      "\"ns%u\",\"labels\":{\"team\":\"t%u\"}}}",
		      i, i % 20);
	apply(store, &json);
}

static void add_node(struct kube_store *store, unsigned int i)
{
	struct leat_text json = { 0 };

	leat_text_add(&json,
		      "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":"
		      "\"n%u\"},\"spec\":{\"podCIDRs\":[\"10.%u.%u.0/24\",\"fd10:%x::/64\"]},"
		      "\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":"
		      "\"172.16.%u.%u\"}]}}",
		      i, 100 + i / 256, i % 256, i + 1, i / 250, i % 250 + 1);
	apply(store, &json);
}

/* 110 pods a node; ten of a Deployment share their labels. */
static void add_pod(struct kube_store *store, const struct size *size, unsigned int i)
{
	unsigned int node = i / 110, app = i / 10;
	struct leat_text json = { 0 };

	leat_text_add(&json,
		      "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":"
		      "\"ns%u\",\"name\":\"pod-%u\",\"labels\":{\"app\":\"a%u\",\"tier\":\"%s\","
		      "\"pod-template-hash\":\"%08x\"}},\"spec\":{\"nodeName\":\"n%u\","
		      "\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"ports\":[{\"name\":"
		      "\"http\",\"containerPort\":%u}]}]},",
		      app % namespaces(size), i, app, app % 3 ? "back" : "front", app * 2654435761u,
		      node, 8080 + app % 2);
	leat_text_add(&json,
		      "\"status\":{\"phase\":\"Running\",\"podIPs\":[{\"ip\":\"10.%u.%u.%u"
		      "\"},{\"ip\":\"fd10:%x::%x\"}]}}",
		      100 + node / 256, node % 256, i % 110 + 2, node + 1, i % 110 + 2);
	apply(store, &json);
}

/* A peer by labels, a peer by namespace, a block, DNS for egress; a default deny now and then. */
static void add_policy(struct kube_store *store, const struct size *size, unsigned int i)
{
	struct leat_text json = { 0 };
	unsigned int app = i * 7 % (size->pods / 10 + 1), namespace = app % namespaces(size);

	leat_text_add(&json,
		      "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\","
		      "\"metadata\":{\"namespace\":\"ns%u\",\"name\":\"p%u\"},\"spec\":",
		      namespace, i);
	if (i % 5 == 0)
		leat_text_add(&json,
			      "{\"podSelector\":{},\"policyTypes\":[\"Ingress\","
			      "\"Egress\"],\"egress\":[{\"ports\":[{\"protocol\":\"UDP\",\"port\":"
			      "53}]}]}}");
	else
		leat_text_add(&json,
			      "{\"podSelector\":{\"matchLabels\":{\"app\":\"a%u\"}},"
			      "\"ingress\":[{\"from\":[{\"podSelector\":{\"matchLabels\":{\"app\":"
			      "\"a%u\"}}},{\"namespaceSelector\":{\"matchLabels\":{\"team\":"
			      "\"t%u\"}},\"podSelector\":{\"matchLabels\":{\"tier\":\"front\"}}}],"
			      "\"ports\":[{\"port\":\"http\"},{\"port\":9000,\"endPort\":9100}]},"
			      "{\"from\":[{\"ipBlock\":{\"cidr\":\"10.%u.0.0/16\",\"except\":"
			      "[\"10.%u.7.0/24\"]}}]}]}}",
			      app, app + 1, i % 20, i % 250, i % 250);
	apply(store, &json);
}

static void add_service(struct kube_store *store, const struct size *size, unsigned int i)
{
	struct leat_text json = { 0 };
	unsigned int app = i % (size->pods / 10 + 1);

	leat_text_add(&json,
		      "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{"
		      "\"namespace\":\"ns%u\",\"name\":\"s%u\"},\"spec\":{\"clusterIP\":"
		      "\"10.96.%u.%u\",\"clusterIPs\":[\"10.96.%u.%u\",\"fd10:96::%x\"],"
		      "\"selector\":{\"app\":\"a%u\"},\"ports\":[{\"name\":\"http\",\"port\":80,"
		      "\"targetPort\":\"http\"},{\"name\":\"m\",\"port\":9100}]}}",
		      app % namespaces(size), i, i / 250 % 250, i % 250 + 1, i / 250 % 250,
		      i % 250 + 1, i + 1, app);
	apply(store, &json);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill_store(struct kube_store *store, const struct size *size)
{
	for (unsigned int i = 0; i < namespaces(size); i++)
		add_namespace(store, i);
	for (unsigned int i = 0; i <= size->pods / 110; i++)
		add_node(store, i);
	for (unsigned int i = 0; i < size->pods; i++)
		add_pod(store, size, i);
	for (unsigned int i = 0; i < size->policies; i++)
		add_policy(store, size, i);
	for (unsigned int i = 0; i < size->services; i++)
		add_service(store, size, i);
}

static size_t wire_pods(const struct kube_store *store, const struct size *size,
			struct leat_local_pod *pods)
{
	const struct kube_object *object = NULL;
	size_t count = 0;

	while ((object = kube_store_next(store, KUBE_POD, object)) && count < size->local)
		if (!strcmp(object->pod.node_name, "n0")) {
			pods[count] = (struct leat_local_pod){
				.slot = (__u32)count + 1,
				.namespace = object->meta.namespace,
				.name = object->meta.name,
				.addr4 = object->pod.addrs[0],
				.addr6 = object->pod.addrs[1],
			};
			count++;
		}
	return count;
}

static void report(const struct size *size, const struct leat_snapshot *snapshot)
{
	struct leat_desired desired;
	double best = 1e9;

	for (int i = 0; i < 5; i++) {
		double start = seconds(), took;

		if (leat_compile(snapshot, &desired) < 0)
			abort();
		took = seconds() - start;
		best = took < best ? took : best;
		if (i < 4)
			leat_desired_free(&desired);
	}
	printf("%6u pods %6u policies %6u Services %4zu local: %7.1f ms; ipcache %zu, cidrs %zu, "
	       "identities %zu, sets %zu, policy rows %zu, frontends %zu\n",
	       size->pods, size->policies, size->services, snapshot->pod_count, best * 1e3,
	       desired.ipcache.count, desired.cidrs.count, desired.identity_count,
	       desired.set_count, desired.policy.count, desired.frontend_count);
	leat_desired_free(&desired);
}

static void measure(const struct size *size)
{
	struct leat_local_pod *pods = calloc(size->local + 1, sizeof(*pods));
	struct leat_addr host = { 0 };
	struct kube_store *store;
	struct leat_snapshot snapshot = { .node_name = "n0",
					  .host_addrs = &host,
					  .host_addr_count = 1,
					  .pods = pods,
					  .makes_endpoints = true };

	if (!pods || kube_store_new(&store) < 0 || leat_addr_parse("172.16.0.1", &host) < 0)
		abort();
	fill_store(store, size);
	snapshot.store = store;
	snapshot.pod_count = wire_pods(store, size, pods);
	report(size, &snapshot);
	kube_store_free(store);
	free(pods);
}

int main(int argc, char **argv)
{
	static const struct size sizes[] = {
		{ 500, 50, 100, 110 },	    { 5000, 500, 1000, 110 },	 { 10000, 1000, 2000, 110 },
		{ 30000, 5000, 5000, 110 }, { 30000, 30000, 5000, 110 },
	};
	struct size own = { .local = 110 };
	struct rusage usage;

	if (argc > 3) {
		unsigned int *fields[] = { &own.pods, &own.policies, &own.services, &own.local };

		for (int i = 1; i < argc && i < 5; i++) {
			__u64 number;

			if (leat_number_parse(argv[i], 1000000, &number) < 0)
				return 2;
			*fields[i - 1] = (unsigned int)number;
		}
		measure(&own);
	} else {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			measure(&sizes[i]);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("peak resident, store included: %ld MB\n", usage.ru_maxrss / 1024);
	return 0;
}
