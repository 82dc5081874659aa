/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A second, plain reading of networking.k8s.io/v1 NetworkPolicy to hold the compiler against:
 * a small world of its own types, judged rule by rule without any table. It shares no code with
 * compile/ or kube/: the world reaches them as JSON text.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"

#define MODEL_KEYS	 3
#define MODEL_NAMESPACES 4
#define MODEL_PODS	 14
#define MODEL_POLICIES	 12

typedef unsigned __int128 model_bits;

struct model_addr {
	bool is_ipv6;
	model_bits bits; /* IPv4: 32 of them */
};

struct model_block {
	bool is_ipv6;
	model_bits bits;
	int length;
};

struct model_labels {
	int values[MODEL_KEYS]; /* -1: absent */
};

struct model_requirement {
	int key;
	int op;		 /* 0 In, 1 NotIn, 2 Exists, 3 DoesNotExist, 4: In, said by matchLabels */
	unsigned values; /* bit mask */
};

struct model_selector {
	struct model_requirement items[2];
	int count;
};

struct model_peer {
	bool is_block;
	struct model_block block;
	struct model_block excepts[3];
	int except_count;
	bool has_namespaces, has_pods;
	struct model_selector namespaces, pods;
};

struct model_port {
	int proto; /* IPPROTO_* */
	int name;  /* -1: none */
	int first; /* 0: every port */
	int last;
};

struct model_rule {
	struct model_peer peers[3];
	int peer_count;
	struct model_port ports[3];
	int port_count;
};

struct model_policy {
	int namespace;
	struct model_selector pods;
	bool has_types; /* else the default: Ingress, and Egress where there are egress rules */
	bool is_ingress, is_egress;    /* what it comes to */
	struct model_rule rules[2][3]; /* 0 egress, 1 ingress */
	int rule_count[2];
};

struct model_pod {
	int namespace;
	struct model_labels labels;
	struct model_addr addrs[2]; /* IPv4, IPv6 */
	int ports[3][3];	    /* by name and protocol (TCP, UDP, SCTP); 0: none */
	bool is_local;
	bool is_host_network;
	bool is_finished;
};

struct model {
	struct model_labels namespaces[MODEL_NAMESPACES];
	struct model_pod pods[MODEL_PODS];
	struct model_policy policies[MODEL_POLICIES];
	int policy_count;
	struct model_addr host[2]; /* this node's */
	struct model_addr node[2]; /* another node's */
	uint64_t random;
};

struct model_tuple {
	struct model_addr src, dst;
	int proto;
	int port;
};

struct model_side {
	int pod; /* local one at this end, or -1 */
	bool is_isolated;
	bool is_allowed;
	bool is_exempt;	  /* to itself, or from its node */
	int policy, rule; /* that gets the credit; -1: not told (ranges take part) */
};

uint32_t model_random(struct model *model, uint32_t below);
/* A world that depends on the seed alone. */
void model_make(struct model *model, uint64_t seed);
void model_write(const struct model *model, struct leat_text *json);
struct model_tuple model_pick(struct model *model);
/* One end of the tuple: dir 0 at the source, 1 at the destination. */
struct model_side model_judge(const struct model *model, const struct model_tuple *tuple, int dir);
bool model_selects(const struct model *model, int policy, int pod);
const char *model_addr_text(const struct model_addr *addr, char buffer[64]);
