// SPDX-License-Identifier: Apache-2.0
/*
 * Verdicts: which entry of leat_policy_v1 decides, who is asked, what is attributed; and what
 * happens to flows when the policy changes under them (epochs).
 */
#include <linux/in.h>

#include "common.h"

#define POD   LEAT_HOOK_FROM_POD
#define NET   LEAT_HOOK_FROM_NET
#define OPEN  LEAT_FLOW_HALF_OPEN
#define REPLY LEAT_FLOW_REPLY

#define EVENT(...)                                                                                 \
	.event = &(const struct event_row)                                                         \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define INTO_GUARDED .to = GUARDED, .dst_identity = ID_GUARDED, .set = SET_GUARDED

static void put_rule(struct policy_row row)
{
	row.proto = IPPROTO_TCP;
	row.bits = LEAT_POLICY_PREFIX_PORT(16);
	policy_put(&row);
}

/* The client's traffic to port 80 is denied from now on, by a new set: as the agent does it. */
static void deny_client(void)
{
	put_rule((struct policy_row){ .set = SET_GUARDED + 10,
				      .dir = LEAT_INGRESS,
				      .identity = ID_CLIENT,
				      .port = 80,
				      .rule = 777,
				      .is_deny = true });
	world.epochs[parties[GUARDED].slot]++;
	endpoint_set(GUARDED, LEAT_EP_INGRESS_ISOLATED, 0, SET_GUARDED + 10);
}

static void allow_client_by_another_rule(void)
{
	put_rule((struct policy_row){ .set = SET_GUARDED + 20,
				      .dir = LEAT_INGRESS,
				      .identity = ID_CLIENT,
				      .port = 80,
				      .rule = 888 });
	world.epochs[parties[GUARDED].slot]++;
	endpoint_set(GUARDED, LEAT_EP_INGRESS_ISOLATED, 0, SET_GUARDED + 20);
}

static void jail_client(void)
{
	world.epochs[parties[CLIENT].slot]++;
	endpoint_set(CLIENT, LEAT_EP_EGRESS_ISOLATED, SET_JAILED + 10, 0);
}

static void jail_client_for_server(void)
{
	put_rule((struct policy_row){ .set = SET_JAILED + 10,
				      .dir = LEAT_EGRESS,
				      .identity = ID_SERVER,
				      .port = 8080,
				      .rule = 999 });
	jail_client();
}

static void isolate_server(void)
{
	world.epochs[parties[SERVER].slot]++;
	endpoint_set(SERVER, LEAT_EP_INGRESS_ISOLATED, 0, SET_GUARDED + 30);
}

static void remove_server(void)
{
	endpoint_remove(SERVER);
}

/* Its slot is another pod's by now, with another address. */
static void replace_server(void)
{
	endpoint_remove(SERVER);
	endpoint_become(SERVER, GHOST);
}

static void replace_client(void)
{
	endpoint_remove(CLIENT);
	endpoint_become(CLIENT, GHOST);
}

static void bump_both(void)
{
	endpoint_bump(CLIENT);
	endpoint_bump(SERVER);
}

/* clang-format off */
static const struct row rows[] = {
	/* ---- ingress of GUARDED ---- */
	{ "ingress: peer and port",
	  .steps = { { "the port", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 40000, GUARDED, 80, SYN), .act = ACT_LOCAL,
		       .out = TCP(CLIENT, 40000, GUARDED, 80, SYN, .ttl = 63),
		       FLOWS({ .wire = { CLIENT, 40000, GUARDED, 80 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			       .tcp = LEAT_TCP_SYN, .from = CLIENT, .to = GUARDED,
			       .ingress_rule = RULE_CLIENT_TCP80 },
			     { .wire = { GUARDED, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			       .from = GUARDED, .to = CLIENT,
			       .ingress_rule = RULE_CLIENT_TCP80 }) },
		     { "another port", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 40000, GUARDED, 81, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS,
		       EVENT(.src = CLIENT, .sport = 40000, .dst = GUARDED, .dport = 81,
			     .from = CLIENT, .src_identity = ID_CLIENT, INTO_GUARDED) },
		     { "another protocol", .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 40000, GUARDED, 80), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS },
		     { "another peer", .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 40000, GUARDED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS,
		       EVENT(.src = SERVER, .sport = 40000, .dst = GUARDED, .dport = 80,
			     .from = SERVER, .src_identity = ID_SERVER, INTO_GUARDED) },
		     { "a source port that looks like a reply's", .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 80, GUARDED, 40000, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS } } },
	{ "ingress: a port from anybody",
	  .steps = { { .hook = POD, .at = SERVER, .in = UDP(SERVER, 40000, GUARDED, 53),
		       .act = ACT_LOCAL, .out = UDP(SERVER, 40000, GUARDED, 53, .ttl = 63),
		       FLOWS({ .wire = { SERVER, 40000, GUARDED, 53 }, .proto = IPPROTO_UDP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			       .tcp = LEAT_TCP_ACK, .from = SERVER, .to = GUARDED,
			       .ingress_rule = RULE_ANY_UDP53 },
			     { .wire = { GUARDED, 53, SERVER, 40000 }, .proto = IPPROTO_UDP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			       .from = GUARDED, .to = SERVER,
			       .ingress_rule = RULE_ANY_UDP53 }) } } },
	{ "ingress: a range of ports, and its ends",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 9000, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 1, GUARDED, 9000, SYN, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 9007, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 1, GUARDED, 9007, SYN, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 8999, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 9008, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS } } },
	{ "ingress: of two hits the higher precedence counts",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 1, GUARDED, 8443, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS,
		       EVENT(.src = CLIENT, .sport = 1, .dst = GUARDED, .dport = 8443,
			     .from = CLIENT, .src_identity = ID_CLIENT, INTO_GUARDED,
			     .rule = RULE_ANY_TCP8443) } } },
	{ "ingress: a protocol, any port",
	  .steps = { { .hook = POD, .at = CLIENT, .in = SCTP(CLIENT, 1, GUARDED, 4444),
		       .act = ACT_LOCAL, .out = SCTP(CLIENT, 1, GUARDED, 4444, .ttl = 63) },
		     { .hook = POD, .at = SERVER, .in = SCTP(SERVER, 1, GUARDED, 4444),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS } } },
	{ "ingress: echo and protocols without ports match rules without ports only",
	  .steps = { { "a peer with ports only", .hook = POD, .at = CLIENT,
		       .in = PING(CLIENT, 1, GUARDED), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS },
		     { .hook = POD, .at = CLIENT, .in = PROTO(IPPROTO_GRE, CLIENT, GUARDED),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS },
		     { "a peer without", .hook = LEAT_HOOK_FROM_OVERLAY,
		       .in = PING(REMOTE, 1, GUARDED), .act = ACT_LOCAL,
		       .out = PING(REMOTE, 1, GUARDED, .ttl = 63) },
		     { .hook = LEAT_HOOK_FROM_OVERLAY, .in = PROTO(253, REMOTE, GUARDED),
		       .act = ACT_LOCAL, .out = PROTO(253, REMOTE, GUARDED, .ttl = 63) } } },
	{ "ingress: judged behind the Service, by the backend's port",
	  .steps = { { "allowed", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SVC_GUARDED, 80, SYN), .act = ACT_LOCAL,
		       .out = TCP(CLIENT, 1, GUARDED, 80, SYN, .ttl = 63) },
		     { "denied", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SVC_GUARDED, 81, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS,
		       EVENT(.src = CLIENT, .sport = 1, .dst = GUARDED, .dport = 81,
			     .from = CLIENT, .src_identity = ID_CLIENT, INTO_GUARDED,
			     .service = SERVICE_GUARDED_TCP81) } } },
	{ "ingress: what an isolated pod asks for comes back",
	  .steps = { { .hook = POD, .at = GUARDED, .in = TCP(GUARDED, 40000, SERVER, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(GUARDED, 40000, SERVER, 80, SYN, .ttl = 63) },
		     { .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 80, GUARDED, 40000, SYN | ACK), .act = ACT_LOCAL,
		       .out = TCP(SERVER, 80, GUARDED, 40000, SYN | ACK, .ttl = 63) },
		     { "but no new connection by the same ports", .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 80, GUARDED, 40000, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS },
		     { "and the old one goes on", .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 80, GUARDED, 40000, ACK), .act = ACT_LOCAL,
		       .out = TCP(SERVER, 80, GUARDED, 40000, ACK, .ttl = 63) } } },
	{ "ingress: an echo request is no part of what was asked for",
	  .steps = { { .hook = POD, .at = GUARDED, .in = PING(GUARDED, 5, SERVER),
		       .act = ACT_LOCAL, .out = PING(GUARDED, 5, SERVER, .ttl = 63) },
		     { .hook = POD, .at = SERVER, .in = PING(SERVER, 5, GUARDED),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS },
		     { .hook = POD, .at = SERVER, .in = PONG(SERVER, GUARDED, 5),
		       .act = ACT_LOCAL, .out = PONG(SERVER, GUARDED, 5, .ttl = 63) } } },
	{ "ingress: IPv4 options and IPv6 extension headers do not pass a port rule",
	  .steps = { { .hook = POD, .at = CLIENT, .only = 4,
		       .in = TCP(CLIENT, 1, GUARDED, 81, SYN, .options = 12), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS },
		     { .hook = POD, .at = CLIENT, .only = 6,
		       .in = TCP(CLIENT, 1, GUARDED, 81, SYN, .extensions = "hrd"),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS },
		     { .hook = POD, .at = CLIENT, .only = 6,
		       .in = TCP(CLIENT, 1, GUARDED, 81, SYN, .cut = CUT_ATOMIC),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS } } },

	/* ---- egress of JAILED ---- */
	{ "egress: peer and port, behind the Service",
	  .steps = { { "the Service's port is not the backend's", .hook = POD, .at = JAILED,
		       .in = TCP(JAILED, 40000, SVC, 80, SYN), .act = ACT_LOCAL,
		       .out = TCP(JAILED, 40000, SERVER, 8080, SYN, .ttl = 63),
		       FLOWS({ .wire = { JAILED, 40000, SVC, 80 },
			       .nat = { JAILED, 40000, SERVER, 8080 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_LOCAL,
			       .flags = OPEN | LEAT_FLOW_NAT_DST, .tcp = LEAT_TCP_SYN,
			       .from = JAILED, .to = SERVER,
			       .egress_rule = RULE_SERVER_TCP8080, .service = SERVICE_TCP80 },
			     { .wire = { SERVER, 8080, JAILED, 40000 },
			       .nat = { SVC, 80, JAILED, 40000 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_LOCAL,
			       .flags = REPLY | LEAT_FLOW_NAT_SRC, .from = SERVER,
			       .to = JAILED, .egress_rule = RULE_SERVER_TCP8080,
			       .service = SERVICE_TCP80 }) },
		     { "directly to another port", .hook = POD, .at = JAILED,
		       .in = TCP(JAILED, 40000, SERVER, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_EGRESS,
		       EVENT(.src = JAILED, .sport = 40000, .dst = SERVER, .dport = 80,
			     .from = JAILED, .to = SERVER, .src_identity = ID_JAILED,
			     .dst_identity = ID_SERVER, .set = SET_JAILED) },
		     { "another peer", .hook = POD, .at = JAILED,
		       .in = TCP(JAILED, 40000, CLIENT, 8080, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_EGRESS } } },
	{ "egress: to other nodes and to the outside",
	  .steps = { { .hook = POD, .at = JAILED, .in = PING(JAILED, 5, REMOTE),
		       .act = ACT_TUNNEL, .out = PING(JAILED, 5, REMOTE, .ttl = 63) },
		     { .hook = POD, .at = JAILED, .in = TCP(JAILED, 5, STRANGER, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_EGRESS },
		     { .hook = POD, .at = JAILED, .in = TCP(JAILED, 60001, WORLD, 443, SYN),
		       .act = ACT_NEIGH, .out = TCP(HOST, 60001, WORLD, 443, SYN, .ttl = 63) },
		     { .hook = POD, .at = JAILED, .in = TCP(JAILED, 60001, WORLD, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_EGRESS },
		     { "the block's except", .hook = POD, .at = JAILED,
		       .in = TCP(JAILED, 60001, EXCEPTED, 443, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_EGRESS },
		     { "its own node", .hook = POD, .at = JAILED,
		       .in = TCP(JAILED, 60001, HOST, 10250, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_EGRESS },
		     { "DNS, wherever", .hook = POD, .at = JAILED,
		       .in = UDP(JAILED, 60002, EXCEPTED, 53), .act = ACT_NEIGH,
		       .out = UDP(HOST, 60002, EXCEPTED, 53, .ttl = 63) } } },
	{ "egress: the answers of an isolated sender are not judged",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, JAILED, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, JAILED, 80, SYN, .ttl = 63) },
		     { .hook = POD, .at = JAILED,
		       .in = TCP(JAILED, 80, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		       .out = TCP(JAILED, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) } } },
	{ "both: egress allows it, ingress decides",
	  .steps = { { "denied", .hook = POD, .at = JAILED,
		       .in = TCP(JAILED, 40000, GUARDED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS, .has_no_flow = true },
		     { "allowed, of two hits of one precedence the peer's own counts", .hook = POD,
		       .at = JAILED, .in = UDP(JAILED, 40000, GUARDED, 53), .act = ACT_LOCAL,
		       .out = UDP(JAILED, 40000, GUARDED, 53, .ttl = 63),
		       FLOWS({ .wire = { JAILED, 40000, GUARDED, 53 }, .proto = IPPROTO_UDP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			       .tcp = LEAT_TCP_ACK, .from = JAILED, .to = GUARDED,
			       .egress_rule = RULE_OUT_GUARDED,
			       .ingress_rule = RULE_ANY_UDP53 },
			     { .wire = { GUARDED, 53, JAILED, 40000 }, .proto = IPPROTO_UDP,
			       .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			       .from = GUARDED, .to = JAILED,
			       .egress_rule = RULE_OUT_GUARDED,
			       .ingress_rule = RULE_ANY_UDP53 }) } } },

	/* ---- policy changes under a flow ---- */
	{ "change: a flow that stays allowed goes on, under the new rule",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, GUARDED, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, GUARDED, 80, SYN, .ttl = 63) },
		  { .hook = POD, .at = GUARDED,
		    .in = TCP(GUARDED, 80, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(GUARDED, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		  { "next packet", .before = allow_client_by_another_rule, .hook = POD,
		    .at = CLIENT, .in = TCP(CLIENT, 40000, GUARDED, 80, ACK),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, GUARDED, 80, ACK, .ttl = 63) },
		  { "next answer", .hook = POD, .at = GUARDED,
		    .in = TCP(GUARDED, 80, CLIENT, 40000, ACK), .act = ACT_LOCAL,
		    .out = TCP(GUARDED, 80, CLIENT, 40000, ACK, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, GUARDED, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL,
			    .tcp = LEAT_TCP_SYN | LEAT_TCP_ACK, .from = CLIENT, .to = GUARDED,
			    .ingress_rule = 888 },
			  { .wire = { GUARDED, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			    .tcp = LEAT_TCP_ACK, .from = GUARDED, .to = CLIENT,
			    .ingress_rule = 888 }) } } },
	{ "change: a flow that is denied now stops, in both directions, until it is allowed again",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, GUARDED, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, GUARDED, 80, SYN, .ttl = 63) },
		  { .hook = POD, .at = GUARDED,
		    .in = TCP(GUARDED, 80, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(GUARDED, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		  { "client", .before = deny_client, .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, GUARDED, 80, ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_INGRESS,
		    EVENT(.src = CLIENT, .sport = 40000, .dst = GUARDED, .dport = 80,
			  .from = CLIENT, .to = GUARDED, .src_identity = ID_CLIENT,
			  .dst_identity = ID_GUARDED, .set = SET_GUARDED + 10, .rule = 777) },
		  { "server", .hook = POD, .at = GUARDED,
		    .in = TCP(GUARDED, 80, CLIENT, 40000, ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_INGRESS },
		  { "client again", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, GUARDED, 80, ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_INGRESS },
		  { "allowed again: server", .before = allow_client_by_another_rule,
		    .hook = POD, .at = GUARDED, .in = TCP(GUARDED, 80, CLIENT, 40000, ACK),
		    .act = ACT_LOCAL, .out = TCP(GUARDED, 80, CLIENT, 40000, ACK, .ttl = 63) },
		  { "client", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, GUARDED, 80, ACK), .act = ACT_LOCAL,
		    .out = TCP(CLIENT, 40000, GUARDED, 80, ACK, .ttl = 63) } } },
	{ "change: egress of the client, seen by the answer first",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 8080, SYN, .ttl = 63) },
		  { "the answer", .before = jail_client, .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 8080, CLIENT, 40000, SYN | ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_EGRESS },
		  { "the client", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SVC, 80, SYN), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_EGRESS } } },
	{ "change: the translation stays, the backend's port is judged",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 8080, SYN, .ttl = 63) },
		  { .before = jail_client_for_server, .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 8080, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SVC, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC, 80, ACK),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 8080, ACK, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, SVC, 80 },
			    .nat = { CLIENT, 40000, SERVER, 8080 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL,
			    .flags = LEAT_FLOW_NAT_DST, .tcp = LEAT_TCP_SYN | LEAT_TCP_ACK,
			    .from = CLIENT, .to = SERVER, .egress_rule = 999,
			    .service = SERVICE_TCP80 },
			  { .wire = { SERVER, 8080, CLIENT, 40000 },
			    .nat = { SVC, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_LOCAL,
			    .flags = REPLY | LEAT_FLOW_NAT_SRC, .tcp = LEAT_TCP_ACK,
			    .from = SERVER, .to = CLIENT, .egress_rule = 999,
			    .service = SERVICE_TCP80 }) } } },
	{ "change: a masqueraded flow, from both ends",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60003, WORLD, 443, SYN),
		    .act = ACT_NEIGH, .out = TCP(HOST, 60003, WORLD, 443, SYN, .ttl = 63) },
		  { "denied: the answer", .before = jail_client, .hook = NET,
		    .in = TCP(WORLD, 443, HOST, 60003, SYN | ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_EGRESS },
		  { "denied: the pod", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 60003, WORLD, 443, ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_EGRESS } } },
	{ "change: a flow from another node",
	  .steps = {
		  { .hook = LEAT_HOOK_FROM_OVERLAY, .in = TCP(STRANGER, 5, SERVER, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(STRANGER, 5, SERVER, 80, SYN, .ttl = 63) },
		  { "denied: the answer", .before = isolate_server, .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 80, STRANGER, 5, SYN | ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_INGRESS },
		  { "denied: the client", .hook = LEAT_HOOK_FROM_OVERLAY,
		    .in = TCP(STRANGER, 5, SERVER, 80, ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_POLICY_INGRESS } } },
	{ "change: the node's own flows to a pod are allowed whatever comes",
	  .steps = {
		  { .hook = LEAT_HOOK_TO_POD, .at = SERVER, .in = TCP(HOST, 5, SERVER, 80, SYN),
		    .act = ACT_STACK, .out = TCP(HOST, 5, SERVER, 80, SYN) },
		  { .before = isolate_server, .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 80, HOST, 5, SYN | ACK), .act = ACT_STACK,
		    .out = TCP(SERVER, 80, HOST, 5, SYN | ACK) },
		  { .hook = LEAT_HOOK_TO_POD, .at = SERVER, .in = TCP(HOST, 5, SERVER, 80, ACK),
		    .act = ACT_STACK, .out = TCP(HOST, 5, SERVER, 80, ACK) } } },
	{ "change: a pod's flow to itself through its Service too",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 5, SVC_SELF, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(GATEWAY, 5, CLIENT, 8080, SYN, .ttl = 63) },
		  { .before = jail_client, .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 8080, GATEWAY, 5, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SVC_SELF, 80, CLIENT, 5, SYN | ACK, .ttl = 63) } } },
	{ "change: the receiver is gone, nothing goes to where it was",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, SERVER, 53),
		    .act = ACT_LOCAL, .out = UDP(CLIENT, 40000, SERVER, 53, .ttl = 63) },
		  { .before = remove_server, .hook = POD, .at = CLIENT,
		    .in = UDP(CLIENT, 40000, SERVER, 53), .act = ACT_DROP,
		    .drop = LEAT_DROP_ENDPOINT_UNKNOWN },
		  { "and from its device nothing comes", .hook = POD, .at = SERVER,
		    .in = UDP(SERVER, 53, CLIENT, 40000), .act = ACT_DROP,
		    .drop = LEAT_DROP_ENDPOINT_UNKNOWN } } },
	{ "change: the receiver's slot is another pod's, which gets none of its packets",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SERVER, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 80, SYN, .ttl = 63) },
		  { .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		    .out = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		  { .before = replace_server, .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, SERVER, 80, ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_TCP_NO_FLOW } } },
	{ "change: the client's slot is another pod's, which gets none of its answers",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60003, WORLD, 443, SYN),
		    .act = ACT_NEIGH, .out = TCP(HOST, 60003, WORLD, 443, SYN, .ttl = 63) },
		  { "the node gets them", .before = replace_client, .hook = NET,
		    .in = TCP(WORLD, 443, HOST, 60003, SYN | ACK), .act = ACT_PASS },
		  { "nor may it go on under that address", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 60003, WORLD, 443, ACK), .act = ACT_DROP,
		    .drop = LEAT_DROP_SPOOFED_ADDR } } },
	{ "change: of pods that no policy selects costs nothing",
	  .steps = {
		  { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, SERVER, 53),
		    .act = ACT_LOCAL, .out = UDP(CLIENT, 40000, SERVER, 53, .ttl = 63) },
		  { .before = bump_both, .hook = POD, .at = SERVER,
		    .in = UDP(SERVER, 53, CLIENT, 40000), .act = ACT_LOCAL,
		    .out = UDP(SERVER, 53, CLIENT, 40000, .ttl = 63) },
		  { .before = bump_both, .hook = POD, .at = CLIENT,
		    .in = UDP(CLIENT, 40000, SERVER, 53), .act = ACT_LOCAL,
		    .out = UDP(CLIENT, 40000, SERVER, 53, .ttl = 63) } } },
};
/* clang-format on */

int main(void)
{
	return rows_run("policy", rows, ARRAY_SIZE(rows), NULL, 0);
}
