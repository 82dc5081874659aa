// SPDX-License-Identifier: Apache-2.0
/*
 * leat_from_net: what comes in by an uplink. Replies of masqueraded flows go to their pod,
 * outside clients may reach pods directly where routes allow it, everything else is the host's
 * own and passes untouched, even when malformed.
 */
#include <linux/in.h>

#include "common.h"

#define POD LEAT_HOOK_FROM_POD
#define NET LEAT_HOOK_FROM_NET

/* clang-format off */
static const struct row rows[] = {
	{ "outside to a pod, and back without masquerade",
	  .steps = {
		  { "SYN", .hook = NET, .in = TCP(WORLD, 5000, SERVER, 80, SYN, .ttl = 50),
		    .act = ACT_LOCAL, .out = TCP(WORLD, 5000, SERVER, 80, SYN, .ttl = 49),
		    FLOWS({ .wire = { WORLD, 5000, SERVER, 80 }, .proto = IPPROTO_TCP,
			    .hook = NET, .action = LEAT_FWD_LOCAL,
			    .flags = LEAT_FLOW_HALF_OPEN, .tcp = LEAT_TCP_SYN, .to = SERVER },
			  { .wire = { SERVER, 80, WORLD, 5000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_NEIGH, .flags = LEAT_FLOW_REPLY,
			    .from = SERVER, .out = DEV_UPLINK, .nexthop = ROUTER }) },
		  { "SYN+ACK", .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 80, WORLD, 5000, SYN | ACK), .act = ACT_NEIGH,
		    .out = TCP(SERVER, 80, WORLD, 5000, SYN | ACK, .ttl = 63) },
		  { "ACK", .hook = NET, .in = TCP(WORLD, 5000, SERVER, 80, ACK, .ttl = 50),
		    .act = ACT_LOCAL, .out = TCP(WORLD, 5000, SERVER, 80, ACK, .ttl = 49) } } },
	{ "outside to an isolated pod, by the block's rule",
	  .steps = { { "in the block", .hook = NET, .in = TCP(WORLD, 5000, GUARDED, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(WORLD, 5000, GUARDED, 80, SYN, .ttl = 63),
		       FLOWS({ .wire = { WORLD, 5000, GUARDED, 80 }, .proto = IPPROTO_TCP,
			       .hook = NET, .action = LEAT_FWD_LOCAL,
			       .flags = LEAT_FLOW_HALF_OPEN, .tcp = LEAT_TCP_SYN,
			       .to = GUARDED, .ingress_rule = RULE_WORLD_TCP80 },
			     { .wire = { GUARDED, 80, WORLD, 5000 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_NEIGH,
			       .flags = LEAT_FLOW_REPLY, .from = GUARDED,
			       .out = DEV_UPLINK, .nexthop = ROUTER,
			       .ingress_rule = RULE_WORLD_TCP80 }) },
		     { "another port", .hook = NET, .in = TCP(WORLD, 5000, GUARDED, 81, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS },
		     { "in the block's except", .hook = NET,
		       .in = TCP(EXCEPTED, 5000, GUARDED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS },
		     { "another node", .hook = NET, .in = TCP(NODE2, 5000, GUARDED, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS } } },
	{ "another node's address to a pod",
	  .steps = { { .hook = NET, .in = PING(NODE2, 3, SERVER), .act = ACT_LOCAL,
		       .out = PING(NODE2, 3, SERVER, .ttl = 63) },
		     { .hook = POD, .at = SERVER, .in = PONG(SERVER, NODE2, 3),
		       .act = ACT_NEIGH, .out = PONG(SERVER, NODE2, 3, .ttl = 63) } } },
	{ "a pod's address that came in by the uplink, while there is a tunnel",
	  .steps = { { "another node's pod", .hook = NET, .in = TCP(REMOTE, 5, SERVER, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_WRONG_WAY, .has_no_flow = true },
		     { "another node's pod range", .hook = NET,
		       .in = TCP(REMOTE_GHOST, 5, SERVER, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_WRONG_WAY, .has_no_flow = true },
		     { "one of our own pods", .hook = NET,
		       .in = TCP(CLIENT, 5, SERVER, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_WRONG_WAY, .has_no_flow = true } } },
	{ "a flow of pods is no way in by the uplink",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SERVER, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 80, SYN, .ttl = 63) },
		     { .hook = NET, .in = TCP(CLIENT, 40000, SERVER, 80, ACK), .act = ACT_DROP,
		       .drop = LEAT_DROP_WRONG_WAY } } },
	{ "outside to a Service's address",
	  .steps = { { .hook = NET, .in = TCP(WORLD, 5, SVC, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_SVC_NO_PORT, .has_no_flow = true } } },
	{ "the node's own traffic passes",
	  .steps = { { "SSH", .hook = NET, .in = TCP(WORLD, 5, HOST, 22, SYN), .act = ACT_PASS,
		       .has_no_flow = true },
		     { "VXLAN", .hook = NET, .in = UDP(NODE2, 5, HOST, 8472), .act = ACT_PASS,
		       .has_no_flow = true },
		     { "to the outside", .hook = NET, .in = TCP(NODE2, 5, WORLD, 22, ACK),
		       .act = ACT_PASS, .has_no_flow = true },
		     { "GRE", .hook = NET, .in = PROTO(IPPROTO_GRE, WORLD, HOST),
		       .act = ACT_PASS, .has_no_flow = true },
		     { "multicast", .hook = NET, .in = UDP(NEIGHBOUR, 5353, MULTICAST, 5353),
		       .act = ACT_PASS, .has_no_flow = true },
		     { "echo", .hook = NET, .in = PING(WORLD, 5, HOST), .act = ACT_PASS,
		       .has_no_flow = true } } },
	{ "the node's own neighbours and routers",
	  .only = 6,
	  .steps = { { .hook = NET,
		       .in = { .icmp = ICMP_NEIGHBOUR_SOLICITATION, .src = ROUTER, .dst = HOST },
		       .act = ACT_PASS, .has_no_flow = true },
		     { .hook = NET,
		       .in = { .icmp = ICMP_ROUTER_ADVERTISEMENT, .src = ROUTER,
			       .dst = MULTICAST },
		       .act = ACT_PASS, .has_no_flow = true } } },
	{ "what is malformed and for the node passes: the node judges it",
	  .steps = { { "ARP or other", .hook = NET,
		       .in = TCP(WORLD, 5, HOST, 22, SYN, .ethertype = 0x0806),
		       .act = ACT_PASS, .has_no_flow = true },
		     /* (Test runs refuse frames that end in the IP header.) */
		     { "no ports", .hook = NET, .only = 4,
		       .in = TCP(WORLD, 5, HOST, 22, SYN, .payload = EMPTY, .cut_to = 36),
		       .act = ACT_PASS, .has_no_flow = true },
		     { "odd flags", .hook = NET, .in = TCP(WORLD, 5, HOST, 22, SYN | FIN),
		       .act = ACT_PASS, .has_no_flow = true },
		     { "a fragment", .hook = NET,
		       .in = UDP(WORLD, 5, HOST, 22, .payload = 100, .cut = CUT_PART,
				 .part_offset = 40),
		       .act = ACT_PASS, .has_no_flow = true },
		     { "an ICMP error about the node's own flow", .hook = NET,
		       .in = ICMP(ICMP_TTL_EXCEEDED, ROUTER, HOST, TCP(HOST, 5, WORLD, 6, SYN)),
		       .act = ACT_PASS, .has_no_flow = true } } },
};
/* clang-format on */

int main(void)
{
	return rows_run("from_net", rows, ARRAY_SIZE(rows), NULL, 0);
}
