/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What is fixed while a program is loaded: one const volatile struct in every object's
 * .rodata, so that the verifier removes what is off. Changing it means loading anew and
 * replacing the programs through their links.
 */
#include "types.h"

enum leat_config_flags {
	LEAT_CFG_TUNNEL = 1 << 0, /* pods of other nodes by VXLAN, else by routes */
	LEAT_CFG_MASQUERADE4 = 1 << 1,
	LEAT_CFG_MASQUERADE6 = 1 << 2,
	LEAT_CFG_KTIME_COARSE = 1 << 3,	 /* bpf_ktime_get_coarse_ns is there (5.11) */
	LEAT_CFG_REDIRECT_PEER = 1 << 4, /* bpf_redirect_peer is there (5.10) */
};

/* IFNAMSIZ names of the devices that the agent makes on a node. */
#define LEAT_DEV_HOST	    "leat_host"	 /* the host stack's end of a veth pair */
#define LEAT_DEV_NET	    "leat_net"	 /* our end: leat_from_host on its ingress */
#define LEAT_DEV_VXLAN	    "leat_vxlan" /* external (collect metadata) VXLAN device */
#define LEAT_DEV_POD_PREFIX "leat"	 /* pods: this and ten hexadecimal digits */

/* The same on every node and every host side veth, so that neighbours can be static. */
#define LEAT_GATEWAY_MAC { 0x02, 0x1e, 0xa7, 0x00, 0x00, 0x01 }
#define LEAT_HOST_MAC	 { 0x02, 0x1e, 0xa7, 0x00, 0x00, 0x02 } /* leat_host */
#define LEAT_OVERLAY_MAC { 0x02, 0x1e, 0xa7, 0x00, 0x00, 0x03 } /* leat_vxlan, all nodes */
#define LEAT_NET_MAC	 { 0x02, 0x1e, 0xa7, 0x00, 0x00, 0x04 } /* leat_net */

/* A pod's next hop, and what it sees as the source when it talks to itself by a Service. */
#define LEAT_GATEWAY4 "169.254.1.1"
#define LEAT_GATEWAY6 "fe80::1"

#define LEAT_VNI_DEFAULT	7471
#define LEAT_VXLAN_PORT_DEFAULT 8472

struct leat_config {
	__u32 flags; /* enum leat_config_flags */
	__u32 vni;
	__u32 overlay_ifindex; /* leat_vxlan */
	__u32 host_ifindex;    /* leat_net */
	__u32 overlay_mtu;     /* largest IP packet that fits the tunnel; 0: do not check */
	__u32 half_open_max;   /* unanswered flows one slot may have open; 0: no limit */
	__u16 masq_port_min;   /* host byte order; outside the node's own local port range */
	__u16 masq_port_max;
	__u32 event_rate; /* events a second and CPU that reach the ring buffer */
	__u32 event_burst;
	__u32 zero;
};
