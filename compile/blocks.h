/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Everything that is said of address blocks, as nested regions: policy blocks and their
 * excepts, pod ranges of nodes, Service ranges. Each region has what it inherits folded in.
 * The two families are two trees: no IPv6 block holds an IPv4 address.
 */
#include <leat/ipcache.h>

#include "compile/nodes.h"
#include "compile/peers.h"

#define LEAT_REGION_NONE 0xffffffffu

struct leat_region {
	struct leat_cidr cidr;
	__u32 parent;
	enum leat_ip_kind kind; /* WORLD, POD_RANGE or SERVICE */
	__u32 node;		/* slot, of POD_RANGE; 0: this node itself */
	struct leat_ids peers;	/* blocks that hold here */
	struct leat_ids groups; /* that contain one of them */
};

struct leat_blocks {
	struct leat_region *regions; /* IPv6 first, each family by address, then length */
	size_t count;
};

int leat_blocks_build(const struct leat_world *world, const struct leat_nodes *nodes,
		      const struct leat_peers *peers, struct leat_blocks *ret_blocks);
/* The smallest region that holds the address: there always is one. */
const struct leat_region *leat_blocks_find(const struct leat_blocks *blocks,
					   const struct leat_addr *addr);
