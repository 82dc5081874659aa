// SPDX-License-Identifier: Apache-2.0
/*
 * Objects as a v1.36 API server sent them (data/recorded-*.json, cut out of whole LISTs: the
 * items have no kind and no apiVersion) and all that leat understands of each.
 */
#include "kube_fixture.h"

#include <errno.h>

#include <cjson/cJSON.h>
#include <errno.h>

#define DATA "tests/unit/data/recorded-"

static void check_file(const char *path, const char *expected)
{
	_cleanup_free_ char *data = NULL, *found = NULL;
	size_t size;

	assert_int_equal(leat_file_read(path, 1 << 20, &data, &size), 0);
	found = read_manifest(path, data, size);
	assert_string_equal(found, expected);
}

static void test_pods(void **state)
{
	(void)state;
	check_file(DATA "pods.json",
		   "Pod gamma/db-1 labels app=db,apps.kubernetes.io/pod-index=1,"
		   "controller-revision-hash=db-5f4d8bfd68,"
		   "statefulset.kubernetes.io/pod-name=db-1,topology.kubernetes.io/region=region-1,"
		   "topology.kubernetes.io/zone=zone-a Running on node1 ready "
		   "ip 10.244.0.21,fd00:10:244::15 ports sql:5432/TCP\n"
		   "Pod gamma/evict-me labels app=evict-me,topology.kubernetes.io/region=region-1,"
		   "topology.kubernetes.io/zone=zone-b Failed on node2 "
		   "ip 10.244.1.12,fd00:10:244:1::c\n"
		   "Pod gamma/gated labels app=gated,topology.kubernetes.io/region=region-1,"
		   "topology.kubernetes.io/zone=zone-a Running on node1 ready "
		   "ip 10.244.0.17,fd00:10:244::11\n"
		   "Pod gamma/hostnet-1 labels app=hostnet,topology.kubernetes.io/region=region-1,"
		   "topology.kubernetes.io/zone=zone-b Running on node2 hostnet ready "
		   "ip 10.99.0.3,fd00:99::3\n"
		   "Pod gamma/init-sidecar labels app=init-sidecar,"
		   "topology.kubernetes.io/region=region-1,topology.kubernetes.io/zone=zone-b "
		   "Running on node2 ready ip 10.244.1.11,fd00:10:244:1::b "
		   "ports http:8080/TCP,admin:8081/TCP,side:15001/TCP\n"
		   "Pod gamma/once-8hb9b labels app=once,"
		   "batch.kubernetes.io/controller-uid=542ded0c-4c2b-41b2-a269-5e951a6373cc,"
		   "batch.kubernetes.io/job-name=once,"
		   "controller-uid=542ded0c-4c2b-41b2-a269-5e951a6373cc,job-name=once,"
		   "topology.kubernetes.io/region=region-1,topology.kubernetes.io/zone=zone-a "
		   "Succeeded on node1 ip 10.244.0.16,fd00:10:244::10\n");
}

static void test_services(void **state)
{
	(void)state;
	check_file(DATA "services.json",
		   "Service gamma/headless-noports ClusterIP headless pods{app in web}\n"
		   "Service gamma/other-proxy labels "
		   "service.kubernetes.io/service-proxy-name=other ClusterIP ignored "
		   "ip 10.96.57.52 pods{app in web} :80/TCP->80\n"
		   "Service gamma/outside ClusterIP ip 10.96.213.115 pods{app in web} "
		   ":80/TCP->80\n"
		   "Service gamma/web-dual NodePort ip 10.96.227.86 pods{app in web} "
		   ":8080/TCP->8080@30985\n"
		   "Service gamma/web-named ClusterIP ip 10.96.251.240 pods{app in relabel} "
		   "http:80/TCP->http metrics:9100/TCP->metrics dns:53/UDP->dns "
		   "diam:3868/SCTP->diam\n"
		   "Service gamma/web-nodeport ClusterIP ip 10.96.118.29 pods{app in web} "
		   "http:80/TCP->8080 dns:53/UDP->5353\n"
		   "Service gamma/web-sticky-default ClusterIP ip 10.96.145.219 pods{app in web} "
		   ":8080/TCP->8080 affinity 10800\n");
}

static void test_slices(void **state)
{
	(void)state;
	check_file(DATA "endpointslices.json",
		   "EndpointSlice alpha/front-wgl6n labels app=front,"
		   "endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io,"
		   "kubernetes.io/service-name=front of front v4 http:8080/TCP metrics:9090/TCP "
		   "10.244.0.2(RS node1)\n"
		   "EndpointSlice delta/all-ports labels kubernetes.io/service-name=not-there-yet "
		   "of not-there-yet v4 :0/TCP 192.0.2.31(RS)\n"
		   "EndpointSlice delta/manual-1 labels "
		   "endpointslice.kubernetes.io/managed-by=staff.example.org,"
		   "kubernetes.io/service-name=manual of manual v4 sql:25432/TCP web:8080/TCP "
		   "192.0.2.21() 192.0.2.22(RS) 192.0.2.23(ST) 192.0.2.24() "
		   "192.0.2.25(RS node2)\n"
		   "EndpointSlice delta/manual-fqdn labels kubernetes.io/service-name=manual "
		   "of manual v4 sql:15432/TCP\n"
		   "EndpointSlice delta/manual-v6 labels kubernetes.io/service-name=manual "
		   "of manual v6 sql:15432/TCP 2001:db8::21(RS)\n"
		   "EndpointSlice delta/orphan-no-service of  v4\n"
		   "EndpointSlice gamma/flappy-pub-2dmvg labels "
		   "endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io,"
		   "kubernetes.io/service-name=flappy-pub of flappy-pub v4 :8080/TCP "
		   "10.244.0.6(RS node1) 10.244.1.8(R node2)\n"
		   "EndpointSlice gamma/headless-noports-ltxl4 labels "
		   "endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io,"
		   "kubernetes.io/service-name=headless-noports,"
		   "service.kubernetes.io/headless= of headless-noports v4 10.244.0.19(RS node1) "
		   "10.244.1.14(RS node2)\n"
		   "EndpointSlice gamma/nobody-lwkvz labels "
		   "endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io,"
		   "kubernetes.io/service-name=nobody of nobody v4\n");
}

static void test_nodes_and_namespaces(void **state)
{
	(void)state;
	check_file(DATA "nodes.json",
		   "Node /node1 labels beta.kubernetes.io/arch=amd64,beta.kubernetes.io/os=linux,"
		   "kubernetes.io/arch=amd64,kubernetes.io/hostname=node1,kubernetes.io/os=linux,"
		   "topology.kubernetes.io/region=region-1,topology.kubernetes.io/zone=zone-a "
		   "ip 10.99.0.2,fd00:99::2 pods 10.244.0.0/24,fd00:10:244::/64\n");
	check_file(DATA "namespaces.json",
		   "Namespace /alpha labels env=prod,kubernetes.io/metadata.name=alpha,team=red\n"
		   "Namespace /short-lived labels kubernetes.io/metadata.name=short-lived,"
		   "team=red\n");
}

static void test_policies(void **state)
{
	(void)state;
	check_file(DATA "networkpolicies.json",
		   "NetworkPolicy delta/allow-everything-in Ingress for{} in[ any : any]\n"
		   "NetworkPolicy delta/deny-both Ingress Egress for{}\n"
		   "NetworkPolicy gamma/and-or-peers Ingress for{app in web} "
		   "in[ ns{team in blue} pods{role in probe} ns{team in red} "
		   "pods{app in relabel} ns{} pods{} : any]\n"
		   "NetworkPolicy gamma/expressions Ingress "
		   "for{app in web, canary absent, app in web|api} "
		   "in[ ns{env in prod|test, kubernetes.io/metadata.name notin "
		   "kube-system|default, team exists} "
		   "pods{role exists, blocked absent, color notin red} : any]\n"
		   "NetworkPolicy gamma/ipblock-except Ingress for{app in web} "
		   "in[ block 172.16.0.0/12 : any]\n"
		   "NetworkPolicy gamma/named-port-egress Egress for{app in relabel} "
		   "out[ pods{app in web} : metrics/TCP]\n"
		   "NetworkPolicy gamma/ports Ingress Egress for{svc in two-versions} "
		   "in[ any : http/TCP dns/UDP] in[ any : 8000-8100/TCP] "
		   "in[ any : 3868/SCTP 0/SCTP] in[ pods{app in relabel} : 0/UDP 443/TCP] "
		   "out[ any : 32768-60999/UDP]\n"
		   "NetworkPolicy gamma/types-defaulted labels changed=yes Ingress Egress "
		   "for{app in web} in[ any : 8080/TCP]\n");
}

/* What a client of the API calls: one object, no lines. */
static void test_one_object(void **state)
{
	static const char pod[] =
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\","
		"\"uid\":\"u-1\",\"resourceVersion\":\"42\",\"namespace\":\"n\"}}";
	cJSON *json = cJSON_Parse(pod);
	struct kube_object *object = NULL;
	char *problem = NULL;

	(void)state;
	assert_int_equal(kube_decode_json(json, &object, &problem), 0);
	assert_null(problem);
	assert_int_equal(object->kind, KUBE_POD);
	assert_string_equal(object->meta.uid, "u-1");
	assert_string_equal(object->meta.resource_version, "42");
	assert_string_equal(object->pod.node_name, "");
	assert_int_equal(object->pod.addr_count, 0);
	kube_object_free(object);
	cJSON_Delete(json);
}

static void test_one_refused(void **state)
{
	cJSON *json =
		cJSON_Parse("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"},"
			    "\"spec\":{\"hostNetwork\":\"yes\"}}");
	struct kube_object *object = NULL;
	char *problem = NULL;

	(void)state;
	assert_int_equal(kube_decode_json(json, &object, &problem), -EINVAL);
	assert_null(object);
	assert_string_equal(problem, "Pod default/p: spec.hostNetwork: yes: must be true or false");
	free(problem);
	cJSON_Delete(json);
}

static void test_other_kind(void **state)
{
	cJSON *json = cJSON_Parse("{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"}");
	struct kube_object *object = (void *)1;
	char *problem = (void *)1;

	(void)state;
	assert_int_equal(kube_decode_json(json, &object, &problem), 0);
	assert_null(object);
	assert_null(problem);
	cJSON_Delete(json);
}

static void check_placed(const struct kube_object *pod, const char *expected)
{
	struct kube_placement placement = {
		.namespace = "shop", .name = "a", .node_name = "n1", .addr_count = 2
	};
	struct leat_addr addrs[2];
	struct leat_text text LEAT_CLEANUP(leat_text_free) = {};
	struct kube_object *placed;

	assert_int_equal(leat_addr_parse("10.1.0.5", &addrs[0]), 0);
	assert_int_equal(leat_addr_parse("fd01::5", &addrs[1]), 0);
	placement.addrs = addrs;
	assert_int_equal(kube_pod_place(pod, &placement, &placed), 0);
	put_object(&text, placed);
	assert_string_equal(text.data, expected);
	kube_object_free(placed);
}

static void test_place(void **state)
{
	cJSON *json = cJSON_Parse("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":"
				  "\"a\",\"namespace\":"
				  "\"shop\",\"labels\":{\"app\":\"web\",\"tier\":\"1\"}},\"spec\":{"
				  "\"nodeName\":\"n9\","
				  "\"containers\":[{\"ports\":[{\"name\":\"http\","
				  "\"containerPort\":80}]}]},\"status\":"
				  "{\"podIPs\":[{\"ip\":\"10.9.9.9\"}],\"conditions\":[]}}");
	struct kube_object *object;
	char *problem;

	(void)state;
	assert_int_equal(kube_decode_json(json, &object, &problem), 0);
	check_placed(object, "Pod shop/a labels app=web,tier=1 Running on n1 ready "
			     "ip 10.1.0.5,fd01::5 ports http:80/TCP");
	check_placed(NULL, "Pod shop/a Running on n1 ready ip 10.1.0.5,fd01::5");
	kube_object_free(object);
	cJSON_Delete(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pods),	    cmocka_unit_test(test_services),
		cmocka_unit_test(test_slices),	    cmocka_unit_test(test_nodes_and_namespaces),
		cmocka_unit_test(test_policies),    cmocka_unit_test(test_one_object),
		cmocka_unit_test(test_one_refused), cmocka_unit_test(test_other_kind),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
