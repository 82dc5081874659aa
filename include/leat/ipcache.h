/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Who an address is. leat_ipcache_v1 knows pods, nodes and Service addresses exactly;
 * leat_cidr_v1 is asked when it does not: blocks that policies name, every node's pod range,
 * the Service range. Each block's value is complete: the compiler has already folded in what
 * holds for the blocks around it.
 */
#include "types.h"

#define LEAT_MAP_IPCACHE "leat_ipcache_v1" /* BPF_MAP_TYPE_HASH: leat_addr -> leat_ipinfo */
#define LEAT_MAP_CIDR	 "leat_cidr_v1"	   /* BPF_MAP_TYPE_LPM_TRIE -> leat_ipinfo */

enum leat_ip_kind {
	LEAT_IP_WORLD = 0,     /* outside of the cluster */
	LEAT_IP_POD = 1,       /* a pod's address: `slot` if it is local, else `node` */
	LEAT_IP_POD_RANGE = 2, /* in a node's pod range, but no pod known to have it */
	LEAT_IP_NODE = 3,      /* another node's address */
	LEAT_IP_HOST = 4,      /* this node's address */
	LEAT_IP_SERVICE = 5,   /* a Service's address: owned, never forwarded unmatched */
};

struct leat_cidr_key {
	__u32 prefixlen; /* over the 128 bits of the mapped address: IPv4 /8 is 104 */
	struct leat_addr addr;
};

struct leat_ipinfo {
	__u32 identity; /* policy identity; LEAT_ID_NONE: no policy tells it apart */
	__u32 slot;	/* local endpoint, or 0 */
	__u32 node;	/* slot of the node that has it in its pod range, or 0 */
	__u32 kind;	/* enum leat_ip_kind */
};
