// SPDX-License-Identifier: Apache-2.0
/*
 * Every reason of include/leat/drops.h has a row here that provokes it, or a line in `cannot`
 * that says why no packet does. A new reason without either fails test_every_reason_has_a_row.
 */
#include <linux/in.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "common.h"

#define POD	LEAT_HOOK_FROM_POD
#define NET	LEAT_HOOK_FROM_NET
#define OVERLAY LEAT_HOOK_FROM_OVERLAY

/* No packet provokes these. */
static const enum leat_drop cannot[] = {
	/* A helper fails that cannot be made to fail: out of memory, a slot that is missing. */
	LEAT_DROP_INTERNAL,
};

static const __u8 other_mac[6] = { 2, 0, 0, 0, 0, 9 };
static const __u8 client_mac[6] = { 2, 0, 0, 0, 0, 1 };

static void fill_half_open(void)
{
	half_open_set(CLIENT, HALF_OPEN_MAX);
}

/* Every port that could be used towards WORLD:443 is another flow's. */
static void take_all_ports(void)
{
	for (unsigned int port = MASQ_PORT_MIN; port <= MASQ_PORT_MAX; port++) {
		const struct entry entry = { .wire = { WORLD, 443, HOST, (__u16)port },
					     .nat = { WORLD, 443, SERVER, (__u16)port },
					     .proto = IPPROTO_TCP,
					     .hook = NET,
					     .action = LEAT_FWD_LOCAL,
					     .flags = LEAT_FLOW_REPLY | LEAT_FLOW_NAT_DST,
					     .to = SERVER };
		flow_put(&entry, world.family);
	}
}

/* The Service has backends, but none that may be used on this node. */
static void backends_elsewhere(void)
{
	service_put(SVC_EMPTY, IPPROTO_TCP, 80,
		    (struct leat_svc){ .service = SERVICE_EMPTY_TCP80, .flags = LEAT_SVC_LOCAL });
}

static void forget_the_device(void)
{
	bpf_map_delete_elem(world.maps[T_IFEP], &world.ifindex[CLIENT]);
}

/* clang-format off */
static const struct row rows[] = {
	{ "policy-egress",
	  .steps = { { .hook = POD, .at = JAILED, .in = TCP(JAILED, 1, SERVER, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_EGRESS,
		       .has_no_flow = true } } },
	{ "policy-ingress",
	  .steps = { { .hook = POD, .at = SERVER, .in = TCP(SERVER, 1, GUARDED, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS,
		       .has_no_flow = true } } },
	{ "spoofed-address",
	  .steps = { { "another pod's", .hook = POD, .at = CLIENT,
		       .in = TCP(SERVER, 1, GUARDED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { "the node's", .hook = POD, .at = CLIENT, .in = UDP(HOST, 1, SERVER, 53),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { "the gateway's", .hook = POD, .at = CLIENT,
		       .in = PING(GATEWAY, 1, SERVER), .act = ACT_DROP,
		       .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { "a Service's", .hook = POD, .at = CLIENT, .in = UDP(SVC, 53, SERVER, 1),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { "loopback", .hook = POD, .at = CLIENT, .in = UDP(LOOPBACK, 1, SERVER, 1),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { "multicast", .hook = POD, .at = CLIENT,
		       .in = UDP(MULTICAST, 1, SERVER, 1), .act = ACT_DROP,
		       .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { "zero", .hook = POD, .at = CLIENT, .in = UDP(ZERO, 68, WORLD, 67),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { "the outside's", .hook = POD, .at = CLIENT,
		       .in = TCP(WORLD, 443, SERVER, 1, ACK), .act = ACT_DROP,
		       .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true } } },
	{ "spoofed-address on a known flow",
	  .steps = { { .hook = POD, .at = SERVER, .in = TCP(SERVER, 1, GUARDED, 9, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 1, GUARDED, 80, SYN, .ttl = 63) },
		     { .hook = POD, .at = SERVER, .in = TCP(CLIENT, 1, GUARDED, 80, ACK),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_ADDR } } },
	{ "spoofed-mac",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .eth_src = other_mac),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_MAC, .has_no_flow = true },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, SERVER, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 1, SERVER, 80, SYN, .ttl = 63) },
		     { "on a known flow", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, ACK, .eth_src = other_mac),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_MAC },
		     { "with the address too, by another pod's device", .hook = POD,
		       .at = JAILED,
		       .in = TCP(CLIENT, 1, SERVER, 80, ACK, .eth_src = client_mac),
		       .act = ACT_DROP, .drop = LEAT_DROP_SPOOFED_MAC } } },
	{ "address-mapped",
	  .only = 6,
	  .steps = { { "destination", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, MAPPED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_ADDR_MAPPED, .has_no_flow = true },
		     { "source", .hook = POD, .at = CLIENT,
		       .in = TCP(MAPPED, 1, GUARDED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_ADDR_MAPPED, .has_no_flow = true },
		     { "over the tunnel", .hook = OVERLAY,
		       .in = TCP(MAPPED, 1, GUARDED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_ADDR_MAPPED, .has_no_flow = true } } },
	{ "address-bad",
	  .steps = { { "multicast", .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 5353, MULTICAST, 5353), .act = ACT_DROP,
		       .drop = LEAT_DROP_ADDR_BAD, .has_no_flow = true },
		     { "loopback", .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, LOOPBACK, 22, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_ADDR_BAD, .has_no_flow = true },
		     { "link-local: no metadata server", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, LINK_LOCAL, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_ADDR_BAD, .has_no_flow = true },
		     { "zero", .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, ZERO, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_ADDR_BAD, .has_no_flow = true } } },
	{ "not-ip",
	  .steps = { { "ARP", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .ethertype = 0x0806),
		       .act = ACT_DROP, .drop = LEAT_DROP_NOT_IP, .has_no_flow = true },
		     { "VLAN", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .ethertype = 0x8100),
		       .act = ACT_DROP, .drop = LEAT_DROP_NOT_IP, .has_no_flow = true },
		     { "over the tunnel", .hook = OVERLAY,
		       .in = TCP(REMOTE, 1, SERVER, 80, SYN, .ethertype = 0x88cc),
		       .act = ACT_DROP, .drop = LEAT_DROP_NOT_IP, .has_no_flow = true } } },
	{ "neighbour-discovery",
	  .only = 6,
	  .steps = { { "solicitation", .hook = POD, .at = CLIENT,
		       .in = { .icmp = ICMP_NEIGHBOUR_SOLICITATION, .src = CLIENT,
			       .dst = GATEWAY },
		       .act = ACT_DROP, .drop = LEAT_DROP_NEIGHBOUR, .has_no_flow = true },
		     { "unsolicited advertisement", .hook = POD, .at = CLIENT,
		       .in = { .icmp = ICMP_NEIGHBOUR_ADVERTISEMENT, .src = CLIENT,
			       .dst = MULTICAST },
		       .act = ACT_DROP, .drop = LEAT_DROP_NEIGHBOUR, .has_no_flow = true },
		     { "rogue router", .hook = POD, .at = CLIENT,
		       .in = { .icmp = ICMP_ROUTER_ADVERTISEMENT, .src = CLIENT,
			       .dst = MULTICAST },
		       .act = ACT_DROP, .drop = LEAT_DROP_NEIGHBOUR, .has_no_flow = true },
		     { "from the node", .hook = LEAT_HOOK_TO_POD, .at = CLIENT,
		       .in = { .icmp = ICMP_NEIGHBOUR_SOLICITATION, .src = HOST,
			       .dst = CLIENT },
		       .act = ACT_DROP, .drop = LEAT_DROP_NEIGHBOUR, .has_no_flow = true },
		     { "over the tunnel", .hook = OVERLAY,
		       .in = { .icmp = ICMP_ROUTER_ADVERTISEMENT, .src = REMOTE,
			       .dst = SERVER },
		       .act = ACT_DROP, .drop = LEAT_DROP_NEIGHBOUR, .has_no_flow = true } } },
	{ "truncated",
	  /* (Inside the IP header: test runs refuse such frames, test_wire.c sends one.) */
	  .steps = { { "inside the UDP header, and the IP length says so", .hook = POD,
		       .at = CLIENT, .only = 4,
		       .in = UDP(CLIENT, 1, SERVER, 80, .payload = EMPTY, .length_error = -3,
				 .cut_to = 14 + 20 + 5),
		       .act = ACT_DROP, .drop = LEAT_DROP_TRUNCATED, .has_no_flow = true },
		     { "inside the UDP header, and the IP length says so", .hook = POD,
		       .at = CLIENT, .only = 6,
		       .in = UDP(CLIENT, 1, SERVER, 80, .payload = EMPTY, .length_error = -3,
				 .cut_to = 14 + 40 + 5),
		       .act = ACT_DROP, .drop = LEAT_DROP_TRUNCATED, .has_no_flow = true },
		     { "inside an extension header", .hook = POD, .at = CLIENT, .only = 6,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .payload = EMPTY,
				 .extensions = "a", .length_error = -30,
				 .cut_to = 14 + 40 + 14),
		       .act = ACT_DROP, .drop = LEAT_DROP_TRUNCATED, .has_no_flow = true } } },
	{ "malformed",
	  .steps = { { "another version", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .version = 5), .act = ACT_DROP,
		       .drop = LEAT_DROP_MALFORMED, .has_no_flow = true },
		     { "IPv4 header of four words", .hook = POD, .at = CLIENT, .only = 4,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .header_words = 4),
		       .act = ACT_DROP, .drop = LEAT_DROP_MALFORMED, .has_no_flow = true },
		     { "IP length beyond the end", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .length_error = 100),
		       .act = ACT_DROP, .drop = LEAT_DROP_MALFORMED, .has_no_flow = true },
		     { "IP length below its header", .hook = POD, .at = CLIENT, .only = 4,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .length_error = -40),
		       .act = ACT_DROP, .drop = LEAT_DROP_MALFORMED, .has_no_flow = true },
		     { "TCP options beyond the end", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .payload = EMPTY,
				 .header_words = 16 + 8),
		       .act = ACT_DROP, .drop = LEAT_DROP_MALFORMED, .has_no_flow = true },
		     { "TCP header of four words", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .header_words = 16 + 4),
		       .act = ACT_DROP, .drop = LEAT_DROP_MALFORMED, .has_no_flow = true } } },
	{ "extension-headers",
	  .only = 6,
	  .steps = { { "ten in a row", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .extensions = "hddddddddd"),
		       .act = ACT_DROP, .drop = LEAT_DROP_EXT_HEADERS, .has_no_flow = true },
		     { "unknown", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .extensions = "x"),
		       .act = ACT_DROP, .drop = LEAT_DROP_EXT_HEADERS,
		       .has_no_flow = true } } },
	{ "fragment-no-first",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 1, SERVER, 53, .payload = 100, .cut = CUT_PART,
				 .part_offset = 48),
		       .act = ACT_DROP, .drop = LEAT_DROP_FRAG_FIRST, .has_no_flow = true } } },
	{ "fragment-tiny",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .payload = 100, .cut = CUT_PART,
				 .part_size = 8),
		       .act = ACT_DROP, .drop = LEAT_DROP_FRAG_TINY, .has_no_flow = true } } },
	{ "tcp-flags",
	  .steps = { { "none", .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, SERVER, 80, 0),
		       .act = ACT_DROP, .drop = LEAT_DROP_TCP_FLAGS, .has_no_flow = true },
		     { "SYN and FIN", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN | FIN), .act = ACT_DROP,
		       .drop = LEAT_DROP_TCP_FLAGS, .has_no_flow = true },
		     { "SYN and RST", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN | RST), .act = ACT_DROP,
		       .drop = LEAT_DROP_TCP_FLAGS, .has_no_flow = true },
		     { "Christmas tree", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, 0x3f), .act = ACT_DROP,
		       .drop = LEAT_DROP_TCP_FLAGS, .has_no_flow = true },
		     { "FIN without ACK", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, FIN), .act = ACT_DROP,
		       .drop = LEAT_DROP_TCP_FLAGS, .has_no_flow = true } } },
	{ "tcp-flags on a known flow, whose entry learns nothing from them",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 1, GUARDED, 80, SYN, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 80, SYN | FIN),
		       .act = ACT_DROP, .drop = LEAT_DROP_TCP_FLAGS,
		       FLOWS({ .wire = { CLIENT, 1, GUARDED, 80 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_LOCAL,
			       .flags = LEAT_FLOW_HALF_OPEN, .tcp = LEAT_TCP_SYN,
			       .from = CLIENT, .to = GUARDED,
			       .ingress_rule = RULE_CLIENT_TCP80 },
			     { .wire = { GUARDED, 80, CLIENT, 1 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_LOCAL,
			       .flags = LEAT_FLOW_REPLY, .from = GUARDED, .to = CLIENT,
			       .ingress_rule = RULE_CLIENT_TCP80 }) } } },
	{ "tcp-no-flow",
	  .steps = { { "ACK", .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, SERVER, 80, ACK),
		       .act = ACT_DROP, .drop = LEAT_DROP_TCP_NO_FLOW, .has_no_flow = true },
		     { "SYN and ACK", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 80, SERVER, 1, SYN | ACK), .act = ACT_DROP,
		       .drop = LEAT_DROP_TCP_NO_FLOW, .has_no_flow = true },
		     { "RST", .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, SERVER, 80, RST),
		       .act = ACT_DROP, .drop = LEAT_DROP_TCP_NO_FLOW, .has_no_flow = true },
		     { "over the tunnel", .hook = OVERLAY,
		       .in = TCP(REMOTE, 1, GUARDED, 80, ACK), .act = ACT_DROP,
		       .drop = LEAT_DROP_TCP_NO_FLOW, .has_no_flow = true },
		     { "by the uplink", .hook = NET, .in = TCP(WORLD, 1, GUARDED, 80, ACK),
		       .act = ACT_DROP, .drop = LEAT_DROP_TCP_NO_FLOW,
		       .has_no_flow = true } } },
	{ "icmp-error-no-flow",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = ICMP(ICMP_PORT_UNREACHABLE, CLIENT, SERVER,
				  UDP(SERVER, 1, CLIENT, 2)),
		       .act = ACT_DROP, .drop = LEAT_DROP_ICMP_NO_FLOW,
		       .has_no_flow = true } } },
	{ "icmp-type",
	  .steps = { { "timestamp, node information", .hook = POD, .at = CLIENT,
		       .in = { .icmp = ICMP_TIMESTAMP, .src = CLIENT, .dst = SERVER },
		       .act = ACT_DROP, .drop = LEAT_DROP_ICMP_TYPE, .has_no_flow = true },
		     { "redirect", .hook = POD, .at = CLIENT, .only = 4,
		       .in = { .icmp = ICMP_REDIRECTION, .src = CLIENT, .dst = SERVER },
		       .act = ACT_DROP, .drop = LEAT_DROP_ICMP_TYPE, .has_no_flow = true } } },
	{ "endpoint-unknown",
	  .steps = { { "our pod range, no pod", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, GHOST, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_ENDPOINT_UNKNOWN, .has_no_flow = true },
		     { "a device of no pod", .before = forget_the_device, .hook = POD,
		       .at = CLIENT, .in = TCP(CLIENT, 1, SERVER, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_ENDPOINT_UNKNOWN, .has_no_flow = true } } },
	{ "service-no-backend",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, SVC_EMPTY, 80, SYN),
		       .act = ACT_BACK, .drop = LEAT_DROP_SVC_NO_BACKEND,
		       .out = REFUSAL(SVC_EMPTY, 80, CLIENT, 1, 12),
		       .has_no_flow = true },
		     { "elsewhere there are some: the client shall try again",
		       .before = backends_elsewhere, .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SVC_EMPTY, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_SVC_NO_BACKEND, .has_no_flow = true } } },
	{ "service-no-port",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, SVC, 443, SYN),
		       .act = ACT_BACK, .drop = LEAT_DROP_SVC_NO_PORT,
		       .out = REFUSAL(SVC, 443, CLIENT, 1, 12),
		       .has_no_flow = true } } },
	{ "sctp-port-rewrite",
	  .steps = { { .hook = POD, .at = CLIENT, .in = SCTP(CLIENT, 1, SVC, 81),
		       .act = ACT_DROP, .drop = LEAT_DROP_SCTP_REWRITE,
		       .has_no_flow = true } } },
	{ "flow-table-full",
	  .steps = { { .before = flow_fill, .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_FLOW_FULL },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60001, WORLD, 443, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_FLOW_FULL } } },
	{ "half-open-limit",
	  .steps = { { .before = fill_half_open, .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 1, SERVER, 53), .act = ACT_DROP,
		       .drop = LEAT_DROP_HALF_OPEN, .has_no_flow = true },
		     { "not its neighbour's", .hook = POD, .at = SERVER,
		       .in = UDP(SERVER, 1, CLIENT, 53), .act = ACT_LOCAL,
		       .out = UDP(SERVER, 1, CLIENT, 53, .ttl = 63) } } },
	{ "nat-ports-exhausted",
	  .steps = { { .before = take_all_ports, .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, WORLD, 443, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_NAT_PORTS },
		     { "another destination has its own", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 60001, WORLD, 80, SYN), .act = ACT_NEIGH,
		       .out = TCP(HOST, 60001, WORLD, 80, SYN, .ttl = 63) } } },
	{ "no-route",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, NOWHERE, 80, SYN),
		       .act = ACT_BACK, .drop = LEAT_DROP_NO_ROUTE,
		       .out = MADE(ICMP_NET_UNREACHABLE, GATEWAY, CLIENT,
				   TCP(CLIENT, 1, NOWHERE, 80, SYN)),
		       .has_no_flow = true } } },
	{ "ttl-exceeded",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .ttl = 1), .act = ACT_BACK,
		       .drop = LEAT_DROP_TTL,
		       .out = MADE(ICMP_TTL_EXCEEDED, GATEWAY, CLIENT,
				   TCP(CLIENT, 1, SERVER, 80, SYN, .ttl = 1)) } } },
	{ "too-big",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 1, REMOTE, 53, .payload = 1450, .has_df = true),
		       .act = ACT_BACK, .drop = LEAT_DROP_TOO_BIG,
		       .out = MADE(ICMP_TOO_BIG, GATEWAY, CLIENT,
				   UDP(CLIENT, 1, REMOTE, 53, .payload = 1450, .has_df = true),
				   .word = OVERLAY_MTU) } } },
	{ "tunnel-source",
	  .steps = { { .hook = OVERLAY, .outer = NODE3, .in = TCP(REMOTE, 1, SERVER, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_TUNNEL_SOURCE,
		       .has_no_flow = true } } },
	{ "tunnel-vni",
	  .steps = { { .hook = OVERLAY, .vni = 7, .in = TCP(REMOTE, 1, SERVER, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_TUNNEL_VNI,
		       .has_no_flow = true } } },
	{ "tunnel-target",
	  .steps = { { .hook = OVERLAY, .in = TCP(REMOTE, 1, HOST, 22, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_TUNNEL_TARGET, .has_no_flow = true } } },
	{ "wrong-way",
	  .steps = { { .hook = NET, .in = TCP(REMOTE, 1, SERVER, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_WRONG_WAY, .has_no_flow = true } } },
};
/* clang-format on */

static bool has_row(enum leat_drop reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(cannot); i++)
		if (cannot[i] == reason)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j < STEPS_MAX; j++)
			if (rows[i].steps[j].drop == reason)
				return true;
	return false;
}

static void test_every_reason_has_a_row(void **state)
{
	static const enum leat_drop reasons[] = {
#define REASON(number, name, label, text) LEAT_DROP_##name,
		LEAT_DROPS(REASON)
	};
	int missing = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (has_row(reasons[i]))
			continue;
		print_error("no row provokes %s\n", drop_name(reasons[i]));
		missing++;
	}
	assert_int_equal(missing, 0);
}

/* Drops beyond the rate are counted, but make no event; the next event says how many. */
static void test_events_are_limited(void **state)
{
	struct wiring wiring = { .family = 4 };
	const struct step step = { .hook = POD,
				   .at = JAILED,
				   .in = TCP(JAILED, 1, SERVER, 80, SYN) };
	struct leat_config config, saved = world.config;
	struct frame in = { .size = 0 };
	struct run run = { .hook = POD, .ifindex = world.ifindex[JAILED], .in = &in, .repeat = 1 };
	__u64 packets[LEAT_DROP_MAX], bytes[LEAT_DROP_MAX];

	(void)state;
	world_reset();
	config = saved;
	config.event_rate = 1;
	config.event_burst = 5;
	programs_unload();
	programs_load(&config);
	events_limit_reset();
	ring_buffer__consume(world.ring);
	world.event_count = 0;
	metrics_read(world.metrics, world.bytes);
	step_frames(&step, &wiring, &in);
	for (int i = 0; i < 100; i++)
		assert_int_equal(program_run(&run), 0);
	ring_buffer__consume(world.ring);
	metrics_read(packets, bytes);
	assert_int_equal(packets[LEAT_DROP_POLICY_EGRESS] - world.metrics[LEAT_DROP_POLICY_EGRESS],
			 100);
	/* One bucket a CPU: the loop may have moved between them. */
	assert_in_range(world.event_count, 1, 5 * libbpf_num_possible_cpus());
	programs_unload();
	programs_load(&saved);
}

int main(void)
{
	const struct CMUnitTest more[] = {
		cmocka_unit_test(test_every_reason_has_a_row),
		cmocka_unit_test(test_events_are_limited),
	};

	return rows_run("drops", rows, ARRAY_SIZE(rows), more, ARRAY_SIZE(more));
}
