/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * leat_flow_v1: connection tracking, NAT, verdict and forwarding in one entry. One entry for
 * each direction of a flow, both written by its first packet; every later packet takes this
 * one lookup. leat_frag_v1: which flow the later fragments of a datagram belong to.
 */
#include "types.h"

#define LEAT_MAP_FLOW "leat_flow_v1" /* BPF_MAP_TYPE_HASH */
#define LEAT_MAP_FRAG "leat_frag_v1" /* BPF_MAP_TYPE_LRU_HASH */

/* What tells an ICMP echo request's key from its reply's; zero for all other protocols. */
enum leat_flow_kind {
	LEAT_KIND_PLAIN = 0,
	LEAT_KIND_ECHO_REQUEST = 1, /* sport = identifier, dport = 0 */
	LEAT_KIND_ECHO_REPLY = 2,   /* sport = 0, dport = identifier */
};

/*
 * The tuple as this direction's packets show it on the wire, before any rewrite. Protocols
 * without ports (GRE, ESP, ...) have both ports zero.
 */
struct leat_flow_key {
	struct leat_addr saddr;
	struct leat_addr daddr;
	__be16 sport;
	__be16 dport;
	__u8 proto; /* IPPROTO_* */
	__u8 kind;  /* enum leat_flow_kind */
	__u16 zero; /* must be 0 */
};

enum leat_flow_action {
	LEAT_FWD_NONE = 0,
	LEAT_FWD_LOCAL = 1,   /* to the local pod in dst_slot */
	LEAT_FWD_TUNNEL = 2,  /* VXLAN to the node in `node` */
	LEAT_FWD_NEIGH = 3,   /* out of `ifindex` to the neighbour `nexthop` */
	LEAT_FWD_STACK = 4,   /* the host stack goes on with the packet where it is */
	LEAT_FWD_HOSTDEV = 5, /* into the host stack by way of leat_host (reply of a Service) */
};

enum leat_flow_flags {
	LEAT_FLOW_REPLY = 1 << 0,      /* packets of this entry answer the flow's first packet */
	LEAT_FLOW_NAT_SRC = 1 << 1,    /* saddr/sport are rewritten */
	LEAT_FLOW_NAT_DST = 1 << 2,    /* daddr/dport are rewritten */
	LEAT_FLOW_HALF_OPEN = 1 << 3,  /* no reply seen yet: counted against the quota of
					* the forward entry's source slot; forward entry only */
	LEAT_FLOW_HAIRPIN = 1 << 4,    /* a pod talks to itself through its Service */
	LEAT_FLOW_MASQUERADE = 1 << 5, /* the source was replaced by the node's address */
};

/* What this direction's packets have shown. The sweep reads both directions' entries. */
enum leat_flow_tcp {
	LEAT_TCP_SYN = 1 << 0,
	LEAT_TCP_ACK = 1 << 1, /* anything but a bare SYN passed: this direction answered */
	LEAT_TCP_FIN = 1 << 2,
	LEAT_TCP_RST = 1 << 3,
};

struct leat_flow {
	struct leat_addr nat_saddr; /* the tuple after the rewrite; equals the key where */
	struct leat_addr nat_daddr; /* nothing is rewritten. The partner's key is this   */
	__be16 nat_sport;	    /* tuple, source and destination swapped.            */
	__be16 nat_dport;
	struct leat_addr nexthop; /* LEAT_FWD_NEIGH */
	__u32 ifindex;		  /* LEAT_FWD_NEIGH */
	__u32 src_slot;		  /* local endpoint that sends these packets, or 0 */
	__u32 dst_slot;		  /* local endpoint that receives them, or 0 */
	__u32 src_epoch;	  /* endpoint epochs that the verdict was found under; */
	__u32 dst_epoch;	  /* older than the endpoint's: judge again            */
	__u32 node;		  /* slot of the remote node, for LEAT_FWD_TUNNEL and for
				   * hook LEAT_HOOK_FROM_OVERLAY: only it may send these */
	__u32 egress_rule;	  /* which rule allowed it at the client's pod, see policy.h */
	__u32 ingress_rule;	  /* and at the server's pod */
	__u32 service;		  /* Service number, or 0 */
	__u32 seen_tick;	  /* last packet, in ticks (types.h) */
	__u8 hook;		  /* enum leat_hook by which packets must arrive */
	__u8 action;		  /* enum leat_flow_action */
	__u8 flags;		  /* enum leat_flow_flags */
	__u8 tcp;		  /* enum leat_flow_tcp */
	__u32 created_tick;
	__u32 zero;
	__u64 packets; /* not atomic: an estimate when several CPUs carry one flow */
	__u64 bytes;   /* IP bytes, as received */
};

/* All fragments of a datagram share addresses, protocol and identification. */
struct leat_frag_key {
	struct leat_addr saddr;
	struct leat_addr daddr;
	__be32 id; /* IPv4: 16 bits, zero extended */
	__u8 proto;
	__u8 zero[3];
};

struct leat_frag {
	__be16 sport;
	__be16 dport;
	__u32 seen_tick; /* the first fragment's: later ones follow it for LEAT_FRAG_TICKS */
	__u8 kind;
	__u8 proto;	 /* of the flow: IPv6 keys have what the fragment header says */
	__u8 head_units; /* first 8-byte units that no later fragment may write over */
	__u8 zero;
};

#define LEAT_FRAG_TICKS 30
