/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Nodes: their slots, the outer addresses of their tunnels, their pod ranges. */
#include "compile/world.h"

/* Slots 1 to this are given out; slot 0 means none (leat_node_v1 has one entry more). */
#define LEAT_NODE_SLOTS 4095

struct leat_place {
	const struct kube_node *node;
	bool is_own;
	__u32 slot; /* 0: this node itself, or one without a usable address */
	struct leat_addr tunnel;
};

struct leat_nodes {
	struct leat_place *places; /* by name */
	size_t count;
	bool has_ipv4; /* this node */
	bool has_ipv6;
};

int leat_nodes_build(const struct leat_world *world, struct leat_nodes *ret_nodes);
/* NULL: no such node. */
const struct leat_place *leat_nodes_find(const struct leat_nodes *nodes, const char *name);
/* Rows of leat_node_v1. */
int leat_nodes_write(const struct leat_nodes *nodes, struct leat_rows *rows);
/* Addresses that no table may own and no Service may lead to: unspecified, loopback,
 * link-local, multicast, broadcast. Says which, or NULL. */
const char *leat_addr_refusal(const struct leat_addr *addr);
