/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What the slow path knows about the packet at hand. Its stages are global functions, which
 * the verifier checks one by one and which can take no pointers on old kernels: they share
 * this struct, one a CPU. Programs at tc are not interrupted by others on their CPU.
 */
#include "config.h"
#include "maps.h"
#include "pkt.h"

/* ICMP error that goes back to the sender of a packet that is dropped. */
enum slow_answer {
	ANSWER_NONE = 0,
	ANSWER_PORT,	/* port unreachable, from the address the packet was sent to */
	ANSWER_ROUTE,	/* no route to it */
	ANSWER_TTL,	/* time exceeded */
	ANSWER_TOO_BIG, /* answer_mtu */
};

#define QUOTE_MAX 256 /* bytes of the packet that an ICMP error quotes, IP header included */

/* Where a reader stands: offsets from the start of the frame. */
struct cursor {
	__u32 off;
	__u32 end; /* of the IP packet, which the frame reaches */
	__u8 proto;
	__u8 zero[3];
};

struct slow {
	/* ---- cleared for every packet ---- */
	struct pkt pkt;
	__u8 hook;
	__u8 is_read;	/* pkt is complete: the quick reader took it */
	__u8 is_missed; /* and found no entry for it that counts */
	__u8 is_absent; /* or none at all */
	__u8 is_service;
	__u8 is_masqueraded;
	__u8 is_known; /* a flow's: client and server are its, not the packet's */
	__u8 zero;
	__u32 in_slot;		 /* local endpoint of the device, from_pod and to_pod */
	__u32 node;		 /* remote node that sent the packet, from_overlay */
	struct leat_addr remote; /* its outer address */
	/* The tuple that policies judge: real addresses, server's real port. */
	struct leat_addr client;
	struct leat_addr server;
	__be16 server_port;
	__u16 zero2;
	__u32 client_slot;
	__u32 server_slot;
	__u32 client_epoch;
	__u32 server_epoch;
	struct leat_ipinfo client_info;
	struct leat_ipinfo server_info;
	__u8 is_client_known; /* client_info was looked up */
	__u8 is_server_known;
	__u16 answer; /* enum slow_answer */
	__u32 answer_mtu;
	__u32 egress_rule;
	__u32 ingress_rule;
	__u32 denied_set;
	__u32 denied_rule;
	__u32 service;
	struct cursor at;
	/* fragment and ICMP error */
	__be32 frag_id;
	__u32 frag_offset; /* bytes into the datagram */
	__u32 frag_start;  /* where the datagram's bytes start in the frame */
	__u32 frag_head;   /* first fragment: size of what must not be written over */
	__u32 frag_proto;  /* as the fragment's own headers say */
	__u32 inner_off;   /* ICMP error: the quoted IP packet, from the start of the frame */
	struct leat_flow_key inner; /* key of the flow it is about, in the error's direction */
	__u32 inner_l4_off;
	struct leat_flow flow; /* this direction's entry, or a copy of it */
	/* ---- not cleared ---- */
	struct leat_flow reply;
	struct leat_flow_key reply_key;
	union {
		struct bpf_fib_lookup fib;
		struct leat_drop_info drop;
		__u8 bytes[QUOTE_MAX];
	};
	struct leat_drop_key drop_key;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slow);
} leat_scratch SEC(".maps");

inline_ struct slow *slow_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&leat_scratch, &zero);
}
