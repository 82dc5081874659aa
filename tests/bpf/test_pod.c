// SPDX-License-Identifier: Apache-2.0
/*
 * leat_from_pod: what a pod sends, and where it goes. Each row is run in IPv4 and in IPv6; its
 * steps are packets of one flow in order. The world is in common_world.c.
 */
#include <linux/in.h>
#include <stdio.h>
#include <string.h>

#include "common.h"

#define POD   LEAT_HOOK_FROM_POD
#define OPEN  LEAT_FLOW_HALF_OPEN
#define REPLY LEAT_FLOW_REPLY
#define SNAT  LEAT_FLOW_NAT_SRC
#define DNAT  LEAT_FLOW_NAT_DST
#define MASQ  LEAT_FLOW_MASQUERADE

static void no_half_open_flow(void)
{
	assert_int_equal(half_open_get(CLIENT), 0);
}

static void one_half_open_flow(void)
{
	assert_int_equal(half_open_get(CLIENT), 1);
}

/* The Service loses its backend while a flow runs: the flow keeps what was decided. */
static void empty_the_service(void)
{
	service_put(SVC, IPPROTO_TCP, 80, (struct leat_svc){ .service = SERVICE_TCP80 });
}

/* clang-format off */
static const struct row rows[] = {
	{ "pod to local pod, TCP from SYN to FIN",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SERVER, 80, SYN), .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, SERVER, 80, SYN, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SERVER, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .to = SERVER },
			  { .wire = { SERVER, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY, .tcp = 0,
			    .from = SERVER, .to = CLIENT }),
		    .after = one_half_open_flow },
		  { "SYN again", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SERVER, 80, SYN), .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, SERVER, 80, SYN, .ttl = 63),
		    .after = one_half_open_flow },
		  { "SYN+ACK", .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SERVER, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .tcp = LEAT_TCP_SYN,
			    .from = CLIENT, .to = SERVER },
			  { .wire = { SERVER, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			    .tcp = LEAT_TCP_ACK, .from = SERVER, .to = CLIENT }),
		    .after = no_half_open_flow },
		  { "ACK", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SERVER, 80, ACK), .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, SERVER, 80, ACK, .ttl = 63) },
		  { "1,000 bytes", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SERVER, 80, ACK | PSH, .payload = 1001, .tos = 0xb8),
		    .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, SERVER, 80, ACK | PSH, .payload = 1001,
			       .tos = 0xb8, .ttl = 63) },
		  { "FIN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SERVER, 80, FIN | ACK), .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, SERVER, 80, FIN | ACK, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SERVER, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL,
			    .tcp = LEAT_TCP_SYN | LEAT_TCP_ACK | LEAT_TCP_FIN, .from = CLIENT,
			    .to = SERVER },
			  { .wire = { SERVER, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			    .tcp = LEAT_TCP_ACK, .from = SERVER, .to = CLIENT }) },
		  { "RST", .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 80, CLIENT, 40000, RST), .act = ACT_LOCAL,
		    .out = TCP(SERVER, 80, CLIENT, 40000, RST, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SERVER, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL,
			    .tcp = LEAT_TCP_SYN | LEAT_TCP_ACK | LEAT_TCP_FIN, .from = CLIENT,
			    .to = SERVER },
			  { .wire = { SERVER, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			    .tcp = LEAT_TCP_ACK | LEAT_TCP_RST, .from = SERVER,
			    .to = CLIENT }) },
		  { "the same ports again", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SERVER, 80, SYN), .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, SERVER, 80, SYN, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SERVER, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .to = SERVER },
			  { .wire = { SERVER, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY, .tcp = 0,
			    .from = SERVER, .to = CLIENT }) } } },
	{ "pod to local pod, UDP both ways",
	  .steps = {
		  { "question", .hook = POD, .at = CLIENT,
		    .in = UDP(CLIENT, 40000, SERVER, 53), .act = ACT_LOCAL,
		    .out = UDP(CLIENT, 40000, SERVER, 53, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SERVER, 53 }, .proto = IPPROTO_UDP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			    .tcp = LEAT_TCP_ACK, .from = CLIENT, .to = SERVER },
			  { .wire = { SERVER, 53, CLIENT, 40000 }, .proto = IPPROTO_UDP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			    .from = SERVER, .to = CLIENT }) },
		  { "answer", .hook = POD, .at = SERVER,
		    .in = UDP(SERVER, 53, CLIENT, 40000, .payload = 333), .act = ACT_LOCAL,
		    .out = UDP(SERVER, 53, CLIENT, 40000, .payload = 333, .ttl = 63),
		    .after = no_half_open_flow } } },
	{ "pod to local pod, echo request and reply",
	  .steps = {
		  { "request", .hook = POD, .at = CLIENT, .in = PING(CLIENT, 77, SERVER),
		    .act = ACT_LOCAL, .out = PING(CLIENT, 77, SERVER, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 77, SERVER, 0 }, .proto = IPPROTO_ICMP,
			    .kind = LEAT_KIND_ECHO_REQUEST, .hook = POD,
			    .action = LEAT_FWD_LOCAL, .flags = OPEN, .tcp = LEAT_TCP_ACK,
			    .from = CLIENT, .to = SERVER },
			  { .wire = { SERVER, 0, CLIENT, 77 }, .proto = IPPROTO_ICMP,
			    .kind = LEAT_KIND_ECHO_REPLY, .hook = POD,
			    .action = LEAT_FWD_LOCAL, .flags = REPLY, .from = SERVER,
			    .to = CLIENT }) },
		  { "reply", .hook = POD, .at = SERVER, .in = PONG(SERVER, CLIENT, 77),
		    .act = ACT_LOCAL, .out = PONG(SERVER, CLIENT, 77, .ttl = 63),
		    .after = no_half_open_flow },
		  { "a request the other way is a flow of its own", .hook = POD, .at = SERVER,
		    .in = PING(SERVER, 77, CLIENT), .act = ACT_LOCAL,
		    .out = PING(SERVER, 77, CLIENT, .ttl = 63) } } },
	{ "pod to local pod, SCTP",
	  .steps = { { .hook = POD, .at = CLIENT, .in = SCTP(CLIENT, 40000, SERVER, 80),
		       .act = ACT_LOCAL, .out = SCTP(CLIENT, 40000, SERVER, 80, .ttl = 63),
		       FLOWS({ .wire = { CLIENT, 40000, SERVER, 80 }, .proto = IPPROTO_SCTP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			       .tcp = LEAT_TCP_ACK, .from = CLIENT, .to = SERVER },
			     { .wire = { SERVER, 80, CLIENT, 40000 }, .proto = IPPROTO_SCTP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			       .from = SERVER, .to = CLIENT }) } } },
	{ "pod to local pod, a protocol without ports",
	  .steps = { { .hook = POD, .at = CLIENT, .in = PROTO(IPPROTO_GRE, CLIENT, SERVER),
		       .act = ACT_LOCAL, .out = PROTO(IPPROTO_GRE, CLIENT, SERVER, .ttl = 63),
		       FLOWS({ .wire = { CLIENT, 0, SERVER, 0 }, .proto = IPPROTO_GRE,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			       .tcp = LEAT_TCP_ACK, .from = CLIENT, .to = SERVER },
			     { .wire = { SERVER, 0, CLIENT, 0 }, .proto = IPPROTO_GRE,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			       .from = SERVER, .to = CLIENT }) },
		     { .hook = POD, .at = SERVER, .in = PROTO(253, SERVER, CLIENT),
		       .act = ACT_LOCAL, .out = PROTO(253, SERVER, CLIENT, .ttl = 63) } } },
	{ "IPv4 options do not hide the ports", .only = 4,
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 40000, SVC, 80, SYN, .options = 40), .act = ACT_LOCAL,
		       .out = TCP(CLIENT, 40000, SERVER, 8080, SYN, .options = 40, .ttl = 63) },
		     { .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 8080, CLIENT, 40000, SYN | ACK, .options = 8),
		       .act = ACT_LOCAL,
		       .out = TCP(SVC, 80, CLIENT, 40000, SYN | ACK, .options = 8, .ttl = 63) } } },
	{ "IPv6 extension headers do not hide the ports", .only = 6,
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 40000, SVC, 80, SYN, .extensions = "hdr"),
		       .act = ACT_LOCAL,
		       .out = TCP(CLIENT, 40000, SERVER, 8080, SYN, .extensions = "hdr",
				  .ttl = 63) },
		     { .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 8080, CLIENT, 40000, SYN | ACK, .extensions = "d"),
		       .act = ACT_LOCAL,
		       .out = TCP(SVC, 80, CLIENT, 40000, SYN | ACK, .extensions = "d",
				  .ttl = 63) } } },
	{ "a wrong checksum stays as wrong as it was",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 40000, SVC, 80, SYN, .has_bad_checksum = true),
		       .act = ACT_LOCAL,
		       .out = TCP(CLIENT, 40000, SERVER, 8080, SYN, .has_bad_checksum = true,
				  .ttl = 63) } } },

	/* ---- to other nodes ---- */
	{ "pod to a pod of another node: tunnel, and back",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, REMOTE, 80, SYN), .act = ACT_TUNNEL,
		    .out = TCP(CLIENT, 40000, REMOTE, 80, SYN, .ttl = 63), .tunnel = NODE2,
		    FLOWS({ .wire = { CLIENT, 40000, REMOTE, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_TUNNEL, .flags = OPEN,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .node = NODE_SLOT2 },
			  { .wire = { REMOTE, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = LEAT_HOOK_FROM_OVERLAY, .action = LEAT_FWD_LOCAL,
			    .flags = REPLY, .to = CLIENT, .node = NODE_SLOT2 }) },
		  { "SYN+ACK", .hook = LEAT_HOOK_FROM_OVERLAY, .outer = NODE2,
		    .in = TCP(REMOTE, 80, CLIENT, 40000, SYN | ACK, .ttl = 63),
		    .act = ACT_LOCAL,
		    .out = TCP(REMOTE, 80, CLIENT, 40000, SYN | ACK, .ttl = 62),
		    .after = no_half_open_flow },
		  { "ACK", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, REMOTE, 80, ACK), .act = ACT_TUNNEL,
		    .out = TCP(CLIENT, 40000, REMOTE, 80, ACK, .ttl = 63) } } },
	{ "pod to an address in another node's pod range: that node may know it",
	  .steps = { { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, REMOTE_GHOST, 53),
		       .act = ACT_TUNNEL,
		       .out = UDP(CLIENT, 40000, REMOTE_GHOST, 53, .ttl = 63) } } },
	{ "pod to a pod of a third node",
	  .steps = { { .hook = POD, .at = CLIENT, .in = PING(CLIENT, 5, FAR),
		       .act = ACT_TUNNEL, .out = PING(CLIENT, 5, FAR, .ttl = 63),
		       .tunnel = NODE3 } } },
	{ "the largest packet that fits the tunnel",
	  .steps = { { .hook = POD, .at = CLIENT, .only = 4,
		       .in = UDP(CLIENT, 40000, REMOTE, 53, .payload = OVERLAY_MTU - 28,
				 .has_df = true),
		       .act = ACT_TUNNEL,
		       .out = UDP(CLIENT, 40000, REMOTE, 53, .payload = OVERLAY_MTU - 28,
				  .has_df = true, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .only = 6,
		       .in = UDP(CLIENT, 40000, REMOTE, 53, .payload = OVERLAY_MTU - 48),
		       .act = ACT_TUNNEL,
		       .out = UDP(CLIENT, 40000, REMOTE, 53, .payload = OVERLAY_MTU - 48,
				  .ttl = 63) } } },
	{ "a large packet of segments that fit the tunnel",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 40000, REMOTE, 80, SYN), .act = ACT_TUNNEL,
		       .out = TCP(CLIENT, 40000, REMOTE, 80, SYN, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .gso_size = 1390,
		       .in = TCP(CLIENT, 40000, REMOTE, 80, ACK, .payload = 2780,
				 .has_df = true),
		       .act = ACT_TUNNEL,
		       .out = TCP(CLIENT, 40000, REMOTE, 80, ACK, .payload = 2780,
				  .has_df = true, .ttl = 63) } } },

	/* ---- to the outside ---- */
	{ "pod to the outside: masqueraded to the node's address, and back",
	  .steps = {
		  { "SYN, its port is in the range", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 60010, WORLD, 443, SYN), .act = ACT_NEIGH,
		    .out = TCP(HOST, 60010, WORLD, 443, SYN, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 60010, WORLD, 443 },
			    .nat = { HOST, 60010, WORLD, 443 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_NEIGH, .flags = OPEN | SNAT | MASQ,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .out = DEV_UPLINK,
			    .nexthop = ROUTER },
			  { .wire = { WORLD, 443, HOST, 60010 },
			    .nat = { WORLD, 443, CLIENT, 60010 }, .proto = IPPROTO_TCP,
			    .hook = LEAT_HOOK_FROM_NET, .action = LEAT_FWD_LOCAL,
			    .flags = REPLY | DNAT | MASQ, .to = CLIENT }) },
		  { "SYN+ACK", .hook = LEAT_HOOK_FROM_NET,
		    .in = TCP(WORLD, 443, HOST, 60010, SYN | ACK, .ttl = 57),
		    .act = ACT_LOCAL,
		    .out = TCP(WORLD, 443, CLIENT, 60010, SYN | ACK, .ttl = 56),
		    .after = no_half_open_flow },
		  { "ACK", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 60010, WORLD, 443, ACK, .payload = 999),
		    .act = ACT_NEIGH,
		    .out = TCP(HOST, 60010, WORLD, 443, ACK, .payload = 999, .ttl = 63) } } },
	{ "pod to the outside: a port outside of the range is changed",
	  .steps = { { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, WORLD, 53),
		       .act = ACT_NEIGH, .out = UDP(HOST, CHOSEN, WORLD, 53, .ttl = 63),
		       FLOWS({ .wire = { CLIENT, 40000, WORLD, 53 },
			       .nat = { HOST, CHOSEN, WORLD, 53 }, .proto = IPPROTO_UDP,
			       .hook = POD, .action = LEAT_FWD_NEIGH,
			       .flags = OPEN | SNAT | MASQ, .tcp = LEAT_TCP_ACK,
			       .from = CLIENT, .out = DEV_UPLINK, .nexthop = ROUTER },
			     { .wire = { WORLD, 53, HOST, CHOSEN },
			       .nat = { WORLD, 53, CLIENT, 40000 }, .proto = IPPROTO_UDP,
			       .hook = LEAT_HOOK_FROM_NET, .action = LEAT_FWD_LOCAL,
			       .flags = REPLY | DNAT | MASQ, .to = CLIENT }) },
		     { .hook = LEAT_HOOK_FROM_NET, .in = UDP(WORLD, 53, HOST, CHOSEN),
		       .act = ACT_LOCAL, .out = UDP(WORLD, 53, CLIENT, 40000, .ttl = 63) } } },
	{ "pod to the outside: a port that another pod's flow has is changed",
	  .steps = { { .hook = POD, .at = SERVER, .in = TCP(SERVER, 60010, WORLD, 443, SYN),
		       .act = ACT_NEIGH,
		       .out = TCP(HOST, 60010, WORLD, 443, SYN, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60010, WORLD, 443, SYN),
		       .act = ACT_NEIGH,
		       .out = TCP(HOST, CHOSEN, WORLD, 443, SYN, .ttl = 63) },
		     { .hook = LEAT_HOOK_FROM_NET,
		       .in = TCP(WORLD, 443, HOST, 60010, SYN | ACK), .act = ACT_LOCAL,
		       .out = TCP(WORLD, 443, SERVER, 60010, SYN | ACK, .ttl = 63) },
		     { .hook = LEAT_HOOK_FROM_NET,
		       .in = TCP(WORLD, 443, HOST, CHOSEN, SYN | ACK), .act = ACT_LOCAL,
		       .out = TCP(WORLD, 443, CLIENT, 60010, SYN | ACK, .ttl = 63) } } },
	{ "pod to the outside: echo, the identifier is treated as a port",
	  .steps = { { .hook = POD, .at = CLIENT, .in = PING(CLIENT, 77, WORLD),
		       .act = ACT_NEIGH, .out = PING(HOST, CHOSEN, WORLD, .ttl = 63) },
		     { .hook = LEAT_HOOK_FROM_NET, .in = PONG(WORLD, HOST, CHOSEN),
		       .act = ACT_LOCAL, .out = PONG(WORLD, CLIENT, 77, .ttl = 63) } } },
	{ "pod to the outside: protocols without ports by their addresses alone",
	  .steps = { { .hook = POD, .at = CLIENT, .in = PROTO(IPPROTO_GRE, CLIENT, WORLD),
		       .act = ACT_NEIGH, .out = PROTO(IPPROTO_GRE, HOST, WORLD, .ttl = 63) },
		     { .hook = LEAT_HOOK_FROM_NET, .in = PROTO(IPPROTO_GRE, WORLD, HOST),
		       .act = ACT_LOCAL,
		       .out = PROTO(IPPROTO_GRE, WORLD, CLIENT, .ttl = 63) } } },
	{ "pod to the outside: SCTP keeps its port",
	  .steps = { { .hook = POD, .at = CLIENT, .in = SCTP(CLIENT, 40000, WORLD, 36412),
		       .act = ACT_NEIGH, .out = SCTP(HOST, 40000, WORLD, 36412, .ttl = 63) } } },
	{ "pod to the outside: UDP without checksum stays without", .only = 4,
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 60011, WORLD, 53, .has_no_checksum = true),
		       .act = ACT_NEIGH,
		       .out = UDP(HOST, 60011, WORLD, 53, .has_no_checksum = true, .ttl = 63) } } },
	{ "pod to another node's address: masqueraded, straight to it",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60010, NODE2, 10250, SYN),
		       .act = ACT_NEIGH, .out = TCP(HOST, 60010, NODE2, 10250, SYN, .ttl = 63),
		       FLOWS({ .wire = { CLIENT, 60010, NODE2, 10250 },
			       .nat = { HOST, 60010, NODE2, 10250 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_NEIGH,
			       .flags = OPEN | SNAT | MASQ, .tcp = LEAT_TCP_SYN,
			       .from = CLIENT, .out = DEV_UPLINK, .nexthop = NODE2 },
			     { .wire = { NODE2, 10250, HOST, 60010 },
			       .nat = { NODE2, 10250, CLIENT, 60010 }, .proto = IPPROTO_TCP,
			       .hook = LEAT_HOOK_FROM_NET, .action = LEAT_FWD_LOCAL,
			       .flags = REPLY | DNAT | MASQ, .to = CLIENT }) } } },
	{ "pod to what is routed by a device that is none of ours: the stack's, as it is",
	  .steps = { { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, ELSEWHERE, 53),
		       .act = ACT_STACK, .out = UDP(CLIENT, 40000, ELSEWHERE, 53) } } },
	{ "pod to its node: the stack's, and the answer through leat_to_pod",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, HOST, 10250, SYN), .act = ACT_STACK,
		    .out = TCP(CLIENT, 40000, HOST, 10250, SYN),
		    FLOWS({ .wire = { CLIENT, 40000, HOST, 10250 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_STACK, .flags = OPEN,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT },
			  { .wire = { HOST, 10250, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = LEAT_HOOK_TO_POD, .action = LEAT_FWD_STACK, .flags = REPLY,
			    .to = CLIENT }) },
		  { "SYN+ACK", .hook = LEAT_HOOK_TO_POD, .at = CLIENT,
		    .in = TCP(HOST, 10250, CLIENT, 40000, SYN | ACK), .act = ACT_STACK,
		    .out = TCP(HOST, 10250, CLIENT, 40000, SYN | ACK),
		    .after = no_half_open_flow } } },

	/* ---- Services ---- */
	{ "pod to a Service with a local backend, TCP, and back",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 8080, SYN, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SVC, 80 },
			    .nat = { CLIENT, 40000, SERVER, 8080 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN | DNAT,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .to = SERVER,
			    .service = SERVICE_TCP80 },
			  { .wire = { SERVER, 8080, CLIENT, 40000 },
			    .nat = { SVC, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY | SNAT,
			    .from = SERVER, .to = CLIENT, .service = SERVICE_TCP80 }) },
		  { "SYN+ACK", .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 8080, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SVC, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		  { "ACK, after the Service lost its backend", .before = empty_the_service,
		    .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SVC, 80, ACK, .payload = 777), .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, SERVER, 8080, ACK, .payload = 777, .ttl = 63) },
		  { "the answer", .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 8080, CLIENT, 40000, ACK, .payload = 1333),
		    .act = ACT_LOCAL,
		    .out = TCP(SVC, 80, CLIENT, 40000, ACK, .payload = 1333, .ttl = 63) } } },
	{ "pod to a Service, UDP, and back",
	  .steps = { { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, SVC, 53),
		       .act = ACT_LOCAL, .out = UDP(CLIENT, 40000, SERVER, 5353, .ttl = 63) },
		     { .hook = POD, .at = SERVER, .in = UDP(SERVER, 5353, CLIENT, 40000),
		       .act = ACT_LOCAL, .out = UDP(SVC, 53, CLIENT, 40000, .ttl = 63) } } },
	{ "pod to a Service, UDP without checksum", .only = 4,
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 40000, SVC, 53, .has_no_checksum = true),
		       .act = ACT_LOCAL,
		       .out = UDP(CLIENT, 40000, SERVER, 5353, .has_no_checksum = true,
				  .ttl = 63) } } },
	{ "pod to a Service, SCTP where the port stays",
	  .steps = { { .hook = POD, .at = CLIENT, .in = SCTP(CLIENT, 40000, SVC, 80),
		       .act = ACT_LOCAL, .out = SCTP(CLIENT, 40000, SERVER, 80, .ttl = 63) },
		     { .hook = POD, .at = SERVER, .in = SCTP(SERVER, 80, CLIENT, 40000),
		       .act = ACT_LOCAL, .out = SCTP(SVC, 80, CLIENT, 40000, .ttl = 63) } } },
	{ "pod to a Service with a backend on another node, and back",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SVC_REMOTE, 80, SYN), .act = ACT_TUNNEL,
		    .out = TCP(CLIENT, 40000, REMOTE, 8080, SYN, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SVC_REMOTE, 80 },
			    .nat = { CLIENT, 40000, REMOTE, 8080 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_TUNNEL, .flags = OPEN | DNAT,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .node = NODE_SLOT2,
			    .service = SERVICE_REMOTE_TCP80 },
			  { .wire = { REMOTE, 8080, CLIENT, 40000 },
			    .nat = { SVC_REMOTE, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = LEAT_HOOK_FROM_OVERLAY, .action = LEAT_FWD_LOCAL,
			    .flags = REPLY | SNAT, .to = CLIENT, .node = NODE_SLOT2,
			    .service = SERVICE_REMOTE_TCP80 }) },
		  { "SYN+ACK", .hook = LEAT_HOOK_FROM_OVERLAY,
		    .in = TCP(REMOTE, 8080, CLIENT, 40000, SYN | ACK, .ttl = 63),
		    .act = ACT_LOCAL,
		    .out = TCP(SVC_REMOTE, 80, CLIENT, 40000, SYN | ACK, .ttl = 62) } } },
	{ "pod to itself through its Service: the gateway is who calls",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SVC_SELF, 80, SYN), .act = ACT_LOCAL,
		    .out = TCP(GATEWAY, 40000, CLIENT, 8080, SYN, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SVC_SELF, 80 },
			    .nat = { GATEWAY, 40000, CLIENT, 8080 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL,
			    .flags = OPEN | SNAT | DNAT | LEAT_FLOW_HAIRPIN,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .to = CLIENT,
			    .egress_rule = LEAT_RULE_SELF, .ingress_rule = LEAT_RULE_SELF,
			    .service = SERVICE_SELF_TCP80 },
			  { .wire = { CLIENT, 8080, GATEWAY, 40000 },
			    .nat = { SVC_SELF, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL,
			    .flags = REPLY | SNAT | DNAT | LEAT_FLOW_HAIRPIN, .from = CLIENT,
			    .to = CLIENT, .egress_rule = LEAT_RULE_SELF,
			    .ingress_rule = LEAT_RULE_SELF,
			    .service = SERVICE_SELF_TCP80 }) },
		  { "SYN+ACK", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 8080, GATEWAY, 40000, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SVC_SELF, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		  { "ACK", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SVC_SELF, 80, ACK), .act = ACT_LOCAL,
		    .out = TCP(GATEWAY, 40000, CLIENT, 8080, ACK, .ttl = 63) } } },
	{ "pod to itself through its Service, SCTP",
	  .steps = { { .hook = POD, .at = CLIENT, .in = SCTP(CLIENT, 40000, SVC_SELF, 80),
		       .act = ACT_LOCAL, .out = SCTP(GATEWAY, 40000, CLIENT, 80, .ttl = 63) } } },
	{ "pod to a Service whose backend is a process of this node, and back",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SVC_HOST, 443, SYN), .act = ACT_STACK,
		    .out = TCP(CLIENT, 40000, HOST, 6443, SYN),
		    FLOWS({ .wire = { CLIENT, 40000, SVC_HOST, 443 },
			    .nat = { CLIENT, 40000, HOST, 6443 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_STACK, .flags = OPEN | DNAT,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT,
			    .service = SERVICE_HOST_TCP443 },
			  { .wire = { HOST, 6443, CLIENT, 40000 },
			    .nat = { SVC_HOST, 443, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = LEAT_HOOK_TO_POD, .action = LEAT_FWD_STACK,
			    .flags = REPLY | SNAT, .to = CLIENT,
			    .service = SERVICE_HOST_TCP443 }) },
		  { "SYN+ACK", .hook = LEAT_HOOK_TO_POD, .at = CLIENT,
		    .in = TCP(HOST, 6443, CLIENT, 40000, SYN | ACK), .act = ACT_STACK,
		    .out = TCP(SVC_HOST, 443, CLIENT, 40000, SYN | ACK) } } },
	{ "pod to a Service whose backend is outside: translated and masqueraded",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 60020, SVC_WORLD, 443, SYN), .act = ACT_NEIGH,
		       .out = TCP(HOST, 60020, WORLD, 443, SYN, .ttl = 63) },
		     { .hook = LEAT_HOOK_FROM_NET,
		       .in = TCP(WORLD, 443, HOST, 60020, SYN | ACK), .act = ACT_LOCAL,
		       .out = TCP(SVC_WORLD, 443, CLIENT, 60020, SYN | ACK, .ttl = 63) } } },
	{ "one port to a pod and to its Service: two flows, told apart",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60030, SERVER, 8080, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 60030, SERVER, 8080, SYN, .ttl = 63) },
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60030, SVC, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, CHOSEN, SERVER, 8080, SYN, .ttl = 63) },
		  { .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 8080, CLIENT, 60030, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SERVER, 8080, CLIENT, 60030, SYN | ACK, .ttl = 63) },
		  { .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 8080, CLIENT, CHOSEN, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SVC, 80, CLIENT, 60030, SYN | ACK, .ttl = 63) } } },
	{ "an echo request to a Service's address is answered for it",
	  .steps = { { .hook = POD, .at = CLIENT, .in = PING(CLIENT, 9, SVC), .act = ACT_BACK,
		       .out = PONG(SVC, CLIENT, 9, .is_answer = true), .has_no_flow = true },
		     { .hook = POD, .at = CLIENT, .in = PING(CLIENT, 9, SVC_FREE),
		       .act = ACT_BACK, .out = PONG(SVC_FREE, CLIENT, 9, .is_answer = true),
		       .has_no_flow = true } } },
};
/* clang-format on */

/* ---- one Service, three backends ----------------------------------------------------------- */
static enum party backend_of(__u16 port, int family)
{
	struct wiring wiring = { .family = family };
	struct leat_flow flow;
	struct step step = { .hook = POD,
			     .at = CLIENT,
			     .in = TCP(CLIENT, port, SVC_MANY, 80, SYN) };
	const struct entry entry = { .wire = { CLIENT, port, SVC_MANY, 80 }, .proto = IPPROTO_TCP };
	struct frame in = { .size = 0 };
	struct run run = { .hook = POD, .ifindex = world.ifindex[CLIENT], .in = &in, .repeat = 1 };

	step_frames(&step, &wiring, &in);
	assert_int_equal(program_run(&run), 0);
	if (flow_get(&entry, &wiring, &flow) < 0)
		return GUARDED; /* refused by its policy: also a choice */
	for (enum party party = SERVER; party <= REMOTE; party++) {
		struct leat_addr addr = party_addr(party, family);

		if (memcmp(&addr, &flow.nat_daddr, sizeof(addr)) == 0)
			return party;
	}
	return NOBODY;
}

static void test_every_backend_gets_its_share(void **state)
{
	static const struct policy_row open_port80 = {
		.set = SET_GUARDED,
		.dir = LEAT_INGRESS,
		.proto = IPPROTO_TCP,
		.port = 80,
		.bits = LEAT_POLICY_PREFIX_PORT(16),
		.rule = 999,
		.precedence = 1000,
	};

	(void)state;
	for (int family = 4; family <= 6; family += 2) {
		unsigned int count[PARTY_COUNT] = { 0 };

		world_reset();
		policy_put(&open_port80);
		endpoint_bump(GUARDED);
		half_open_set(CLIENT, 0);
		for (__u16 port = 40000; port < 40300; port++) {
			enum party first = backend_of(port, family);

			/* A SYN that is sent again, its entry gone, finds the same backend. */
			if (port % 10 == 0)
				flow_clear();
			assert_int_equal(backend_of(port, family), first);
			half_open_set(CLIENT, 0);
			count[first]++;
		}
		assert_in_range(count[SERVER], 60, 140);
		assert_in_range(count[REMOTE], 60, 140);
		assert_in_range(count[GUARDED], 60, 140);
	}
}

int main(void)
{
	const struct CMUnitTest more[] = {
		cmocka_unit_test(test_every_backend_gets_its_share),
	};

	return rows_run("from_pod", rows, ARRAY_SIZE(rows), more, ARRAY_SIZE(more));
}
