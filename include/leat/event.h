/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * leat_event_v1: drops as they happen, rate limited (config.h). leat_drop_v1: what was dropped
 * of late, one entry a tuple and reason, for whoever asks later; only what passed the same
 * rate limit is counted in it. The exact totals are in leat_metric_v1.
 */
#include "types.h"

#define LEAT_MAP_EVENT "leat_event_v1" /* BPF_MAP_TYPE_RINGBUF */
#define LEAT_MAP_EVLIM "leat_evlim_v1" /* BPF_MAP_TYPE_PERCPU_ARRAY, one: token bucket */
#define LEAT_MAP_DROP  "leat_drop_v1"  /* BPF_MAP_TYPE_LRU_HASH */

/* The tuple is the one that was judged: after Service translation, before masquerade. */
struct leat_drop_key {
	struct leat_addr saddr;
	struct leat_addr daddr;
	__be16 dport; /* ICMP: type << 8 | code, in network order */
	__u8 proto;
	__u8 reason; /* enum leat_drop */
	__u8 hook;   /* enum leat_hook */
	__u8 zero[3];
};

struct leat_drop_info {
	__u32 src_slot; /* local endpoints, or 0 */
	__u32 dst_slot;
	__u32 src_identity; /* found when judging, or 0 */
	__u32 dst_identity;
	__u32 set;	/* policy set that has no rule for it, or 0 */
	__u32 rule;	/* rule that denied it, or 0: no rule allowed it */
	__u32 service;	/* Service that the packet was sent to, or 0 */
	__u32 ifindex;	/* where it came in */
	__u64 first_ns; /* CLOCK_MONOTONIC */
	__u64 last_ns;
	__u64 packets;
};

struct leat_event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	struct leat_drop_key key;
	struct leat_drop_info info; /* first_ns and last_ns equal time_ns, packets is 1 */
	__be16 sport;
	__u16 tcp_flags;
	__u32 length; /* of the IP packet */
	__u32 lost;   /* events that the rate limit swallowed on this CPU since the last one */
	__u32 zero;
};

struct leat_evlim {
	__u64 last_ns;
	__u64 tokens; /* in nanoseconds' worth of rate */
	__u32 lost;
	__u32 zero;
};
