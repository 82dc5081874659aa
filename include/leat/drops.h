/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Every reason for which a packet is dropped: X(NUMBER, NAME, "label", "what it means").
 * The number is the index of leat_metric_v1, the label the metric's and the event's, the
 * text the documentation's. Numbers are never re-used.
 */
#include "types.h"

#define LEAT_MAP_METRIC "leat_metric_v1" /* BPF_MAP_TYPE_PERCPU_ARRAY by reason */

/* clang-format off */
#define LEAT_DROPS(X)                                                                          \
	X(1, POLICY_EGRESS, "policy-egress", "no egress rule of the sending pod allows it")    \
	X(2, POLICY_INGRESS, "policy-ingress", "no ingress rule of the receiving pod allows it") \
	X(3, SPOOFED_ADDR, "spoofed-address", "source address is not the sender's own")        \
	X(4, SPOOFED_MAC, "spoofed-mac", "source MAC address is not the sender's own")         \
	X(5, ADDR_MAPPED, "address-mapped", "IPv4-mapped address in an IPv6 header")           \
	X(6, ADDR_BAD, "address-bad", "destination is multicast, loopback, link-local or zero") \
	X(7, NOT_IP, "not-ip", "neither IPv4 nor IPv6: ARP and others are not needed here")    \
	X(8, NEIGHBOUR, "neighbour-discovery", "neighbour discovery or router advertisement")  \
	X(9, TRUNCATED, "truncated", "packet ends inside a header")                            \
	X(10, MALFORMED, "malformed", "header lengths or versions contradict each other")      \
	X(11, EXT_HEADERS, "extension-headers", "too many or unknown IPv6 extension headers")  \
	X(12, FRAG_FIRST, "fragment-no-first", "fragment whose first one was not seen")        \
	X(13, FRAG_TINY, "fragment-tiny", "first fragment too short, or one that overlaps it") \
	X(14, TCP_FLAGS, "tcp-flags", "TCP flags that no connection has")                      \
	X(15, TCP_NO_FLOW, "tcp-no-flow", "TCP packet that opens no connection and is of none") \
	X(16, ICMP_NO_FLOW, "icmp-error-no-flow", "ICMP error about a flow that is not there") \
	X(17, ICMP_TYPE, "icmp-type", "ICMP message of a kind that is not forwarded")          \
	X(18, ENDPOINT_UNKNOWN, "endpoint-unknown", "interface or address of no known pod")    \
	X(19, SVC_NO_BACKEND, "service-no-backend", "Service has no endpoint: refused")        \
	X(20, SVC_NO_PORT, "service-no-port", "port or address of no Service: refused")        \
	X(21, SCTP_REWRITE, "sctp-port-rewrite", "SCTP needs a port rewrite, not done")        \
	X(22, FLOW_FULL, "flow-table-full", "the flow table has no room")                      \
	X(23, HALF_OPEN, "half-open-limit", "sender has too many unanswered flows")            \
	X(24, NAT_PORTS, "nat-ports-exhausted", "no free source port for the translation")     \
	X(25, NO_ROUTE, "no-route", "the node has no route to it")                             \
	X(26, TTL, "ttl-exceeded", "TTL or hop limit used up")                                 \
	X(27, TOO_BIG, "too-big", "larger than the way onwards carries")                       \
	X(28, TUNNEL_SOURCE, "tunnel-source", "VXLAN packet from no node, or with a source of another") \
	X(29, TUNNEL_VNI, "tunnel-vni", "VXLAN packet of another network")                     \
	X(30, TUNNEL_TARGET, "tunnel-target", "VXLAN packet to something other than a local pod") \
	X(31, WRONG_WAY, "wrong-way", "packet of a known address came in by the wrong device") \
	X(32, INTERNAL, "internal", "a helper failed that should not")
/* clang-format on */

enum leat_drop {
	LEAT_DROP_NONE = 0,
#define LEAT_DROP_ENUM(number, name, label, text) LEAT_DROP_##name = (number),
	LEAT_DROPS(LEAT_DROP_ENUM)
#undef LEAT_DROP_ENUM
		LEAT_DROP_MAX = 64, /* size of leat_metric_v1 */
};

struct leat_metric {
	__u64 packets;
	__u64 bytes;
};
