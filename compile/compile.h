/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the tables should say, from what the cluster says. Pure: no descriptor, no clock, no
 * state kept between calls; equal input gives equal bytes. The agent applies the result by
 * difference, the command explains from it.
 */
#include "kube/store.h"
#include "lib/rows.h"

/* A pod that CNI wired on this node. */
struct leat_local_pod {
	__u32 slot; /* of leat_ep_v1, from 1 */
	const char *namespace;
	const char *name;
	struct leat_addr addr4; /* all zero: none */
	struct leat_addr addr6;
};

struct leat_snapshot {
	const struct kube_store *store;
	const char *node_name;		    /* this node */
	const struct leat_addr *host_addrs; /* of this node's own interfaces */
	size_t host_addr_count;
	const struct leat_local_pod *pods;
	size_t pod_count;
	const struct leat_cidr *service_cidrs;
	size_t service_cidr_count;
	bool makes_endpoints; /* folder mode: endpoints of Services with selectors come from the
			       * pods that have addresses, as the endpoints controller would do */
};

struct leat_name_rule { /* rule number to policy rule */
	__u32 rule;
	__u8 dir;
	__u32 index; /* position in spec.ingress or spec.egress */
	char *namespace;
	char *policy;
};

struct leat_name_set { /* policy set to the policies that isolate with it */
	__u32 set;
	__u8 dir;
	char **policies; /* "namespace/name", sorted */
	size_t policy_count;
};

struct leat_name_identity {
	__u32 identity;
	char *text; /* what its addresses have in common, for people: "pods shop/frontend-*" is
		     * not promised; at least one example pod or block is named */
	size_t address_count;
};

struct leat_name_service {
	__u32 service;
	char *namespace;
	char *name;
	char *port; /* port name or number and protocol: "http" or "80/TCP" */
};

struct leat_name_addr { /* pods of all nodes, for people */
	struct leat_addr addr;
	char *namespace;
	char *name;
};

struct leat_frontend {
	struct leat_svc_key_bytes {
		unsigned char bytes[20];
	} key; /* struct leat_svc_key */
	__u32 service;
	__u32 flags;
	__u32 affinity_sec;
	struct leat_rows backends; /* key: struct leat_backend (20 bytes), no value; sorted */
};

struct leat_verdicts { /* what the tables say of one local pod */
	__u32 slot;
	__u16 flags; /* enum leat_endpoint_flags */
	__u32 egress_set;
	__u32 ingress_set;
};

struct leat_desired {
	struct leat_rows ipcache; /* struct leat_addr -> struct leat_ipinfo */
	struct leat_rows cidrs;	  /* struct leat_cidr_key -> struct leat_ipinfo */
	struct leat_rows policy;  /* struct leat_policy_key -> struct leat_policy */
	struct leat_rows nodes;	  /* __u32 slot -> struct leat_node */
	struct leat_verdicts *pods;
	size_t pod_count;
	struct leat_frontend *frontends; /* sorted by key */
	size_t frontend_count;
	/* names of the numbers above, sorted by number */
	struct leat_name_rule *rules;
	size_t rule_count;
	struct leat_name_set *sets;
	size_t set_count;
	struct leat_name_identity *identities;
	size_t identity_count;
	struct leat_name_service *services;
	size_t service_count;
	struct leat_name_addr *addrs;
	size_t addr_count;
	/* what could not be compiled, each "KIND NAMESPACE/NAME: what: why" */
	char **problems;
	size_t problem_count;
};

/* -ENOMEM only: what is wrong with an object becomes a problem, never a failure of the rest.
 * The caller frees with leat_desired_free(). */
int leat_compile(const struct leat_snapshot *snapshot, struct leat_desired *ret_desired);
void leat_desired_free(struct leat_desired *desired);
