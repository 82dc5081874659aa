/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Kubernetes objects, decoded into the few fields that leat uses. Defaults of the API server
 * are already applied, names and addresses already checked. Plain data: an object is one block
 * of memory, every pointer points into it. decode.h makes them, store.h keeps them.
 */
#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

enum kube_kind {
	KUBE_NAMESPACE,
	KUBE_POD,
	KUBE_NODE,
	KUBE_SERVICE,
	KUBE_ENDPOINT_SLICE,
	KUBE_NETWORK_POLICY,
	KUBE_KIND_COUNT,
};

struct kube_label {
	char *key;
	char *value;
};

struct kube_labels { /* sorted by key, keys unique */
	struct kube_label *items;
	size_t count;
};

struct kube_meta {
	char *namespace; /* "" for kinds that have none */
	char *name;
	char *uid;		/* "" when not given */
	char *resource_version; /* "" when not given */
	struct kube_labels labels;
};

enum kube_operator { KUBE_IN, KUBE_NOT_IN, KUBE_EXISTS, KUBE_NOT_EXISTS };

struct kube_requirement {
	char *key;
	enum kube_operator op;
	char **values;
	size_t value_count;
};

struct kube_selector { /* matchLabels are KUBE_IN with one value; none: matches all */
	struct kube_requirement *items;
	size_t count;
};

struct kube_namespace { /* label kubernetes.io/metadata.name is always there, as the API server does
			 */
	struct kube_meta meta;
};

struct kube_port { /* a named container port, init containers that restart included */
	char *name;
	__u8 proto; /* IPPROTO_* */
	__u16 port; /* host byte order */
};

enum kube_phase { KUBE_PENDING, KUBE_RUNNING, KUBE_SUCCEEDED, KUBE_FAILED, KUBE_UNKNOWN };

struct kube_pod {
	struct kube_meta meta;
	char *node_name; /* "" when not bound */
	bool is_host_network;
	bool is_ready; /* condition Ready; true in manifests that carry no status conditions */
	bool is_terminating;	 /* deletionTimestamp */
	enum kube_phase phase;	 /* KUBE_PENDING where no status is given */
	struct leat_addr *addrs; /* status.podIPs */
	size_t addr_count;
	struct kube_port *ports;
	size_t port_count;
};

struct kube_node {
	struct kube_meta meta;
	struct leat_addr *addrs; /* InternalIP first, then ExternalIP */
	size_t addr_count;
	struct leat_cidr *pod_cidrs;
	size_t pod_cidr_count;
};

enum kube_service_type { KUBE_CLUSTER_IP, KUBE_NODE_PORT, KUBE_LOAD_BALANCER, KUBE_EXTERNAL_NAME };

struct kube_service_port {
	char *name; /* "" when the only one */
	__u8 proto;
	__u16 port;
	__u16 node_port;
	__u16 target_port; /* 0: by name */
	char *target_name; /* "" : by number */
};

struct kube_service {
	struct kube_meta meta;
	enum kube_service_type type;
	bool is_headless; /* clusterIP None */
	bool is_ignored;  /* service-proxy-name or headless label: not ours to program */
	bool has_selector;
	bool publishes_not_ready;
	struct kube_selector selector;
	struct leat_addr *addrs; /* clusterIPs */
	size_t addr_count;
	struct kube_service_port *ports;
	size_t port_count;
	__u32 affinity_sec; /* sessionAffinity ClientIP; 0: None */
	/* NodePort, LoadBalancer, traffic policies: added with the Services issue */
};

struct kube_slice_port {
	char *name;
	__u8 proto;
	__u16 port; /* 0: every port */
};

struct kube_slice_endpoint {
	struct leat_addr *addrs;
	size_t addr_count;
	bool is_ready, is_serving, is_terminating;
	char *node_name;
};

struct kube_endpoint_slice {
	struct kube_meta meta;
	char *service; /* label kubernetes.io/service-name */
	bool is_ipv6;
	struct kube_slice_port *ports;
	size_t port_count;
	struct kube_slice_endpoint *endpoints;
	size_t endpoint_count;
};

struct kube_policy_peer {
	bool is_block;
	struct leat_cidr block; /* is_block */
	struct leat_cidr *excepts;
	size_t except_count;
	bool has_namespace_selector; /* false: the policy's own namespace */
	struct kube_selector namespace_selector;
	bool has_pod_selector; /* false: all pods of those namespaces */
	struct kube_selector pod_selector;
};

struct kube_policy_port {
	__u8 proto;	/* IPPROTO_TCP where the manifest names none */
	char *name;	/* named port, or "" */
	__u16 port;	/* 0 with name "": every port of the protocol */
	__u16 end_port; /* >= port; equal to it where not given */
};

struct kube_policy_rule {
	struct kube_policy_peer *peers; /* none: any peer */
	size_t peer_count;
	struct kube_policy_port *ports; /* none: any protocol and port */
	size_t port_count;
};

struct kube_policy {
	struct kube_meta meta;
	struct kube_selector pod_selector;
	bool is_ingress, is_egress; /* policyTypes, default applied */
	struct kube_policy_rule *ingress;
	size_t ingress_count;
	struct kube_policy_rule *egress;
	size_t egress_count;
};

struct kube_object {
	enum kube_kind kind;
	union {
		struct kube_meta meta; /* first member of all of them */
		struct kube_namespace namespace;
		struct kube_pod pod;
		struct kube_node node;
		struct kube_service service;
		struct kube_endpoint_slice slice;
		struct kube_policy policy;
	};
};

void kube_object_free(struct kube_object *object);
const char *kube_kind_name(enum kube_kind kind); /* "Pod" */
