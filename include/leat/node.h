/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * leat_node_v1: other nodes, an array by slot. leat_device_v1: our uplinks, by ifindex, with
 * the addresses that traffic to the outside is masqueraded to.
 */
#include "types.h"

#define LEAT_MAP_NODE	"leat_node_v1"	 /* BPF_MAP_TYPE_ARRAY */
#define LEAT_MAP_DEVICE "leat_device_v1" /* BPF_MAP_TYPE_HASH: __u32 ifindex -> leat_device */

struct leat_node {
	struct leat_addr tunnel; /* outer address of its VXLAN packets; all zero: slot free */
	__u32 flags;		 /* none yet */
	__u32 zero;
};

struct leat_device {
	struct leat_addr addr4; /* masquerade addresses; all zero: none of this family */
	struct leat_addr addr6;
	__u32 flags; /* none yet */
	__u32 mtu;
};
