// SPDX-License-Identifier: Apache-2.0
/*
 * leat_to_pod: what the node's own stack sends to a pod. leat_from_host: what the node's
 * processes send to Services and to pods of other nodes, by way of leat_host.
 */
#include <linux/in.h>

#include "common.h"

#define POD    LEAT_HOOK_FROM_POD
#define TO_POD LEAT_HOOK_TO_POD
#define NODE   LEAT_HOOK_FROM_HOST
#define OPEN   LEAT_FLOW_HALF_OPEN
#define REPLY  LEAT_FLOW_REPLY
#define SNAT   LEAT_FLOW_NAT_SRC
#define DNAT   LEAT_FLOW_NAT_DST

/* clang-format off */
static const struct row rows[] = {
	/* ---- leat_to_pod ---- */
	{ "node to its isolated pod: always allowed, and back through the stack",
	  .steps = {
		  { "SYN", .hook = TO_POD, .at = GUARDED,
		    .in = TCP(HOST, 50000, GUARDED, 9999, SYN), .act = ACT_STACK,
		    .out = TCP(HOST, 50000, GUARDED, 9999, SYN),
		    FLOWS({ .wire = { HOST, 50000, GUARDED, 9999 }, .proto = IPPROTO_TCP,
			    .hook = TO_POD, .action = LEAT_FWD_STACK, .flags = OPEN,
			    .tcp = LEAT_TCP_SYN, .to = GUARDED,
			    .ingress_rule = LEAT_RULE_NODE },
			  { .wire = { GUARDED, 9999, HOST, 50000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_STACK, .flags = REPLY,
			    .from = GUARDED, .ingress_rule = LEAT_RULE_NODE }) },
		  { "SYN+ACK", .hook = POD, .at = GUARDED,
		    .in = TCP(GUARDED, 9999, HOST, 50000, SYN | ACK), .act = ACT_STACK,
		    .out = TCP(GUARDED, 9999, HOST, 50000, SYN | ACK) },
		  { "ACK", .hook = TO_POD, .at = GUARDED,
		    .in = TCP(HOST, 50000, GUARDED, 9999, ACK), .act = ACT_STACK,
		    .out = TCP(HOST, 50000, GUARDED, 9999, ACK) } } },
	{ "the node's probe by UDP and by echo",
	  .steps = { { .hook = TO_POD, .at = GUARDED, .in = UDP(HOST, 50000, GUARDED, 5),
		       .act = ACT_STACK, .out = UDP(HOST, 50000, GUARDED, 5) },
		     { .hook = TO_POD, .at = GUARDED, .in = PING(HOST, 3, GUARDED),
		       .act = ACT_STACK, .out = PING(HOST, 3, GUARDED) },
		     { .hook = POD, .at = GUARDED, .in = PONG(GUARDED, HOST, 3),
		       .act = ACT_STACK, .out = PONG(GUARDED, HOST, 3) } } },
	{ "an isolated pod's node may not be posed as by what it forwards",
	  .steps = { { .hook = TO_POD, .at = GUARDED,
		       .in = TCP(NODE2, 50000, GUARDED, 9999, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS, .has_no_flow = true },
		     { .hook = TO_POD, .at = GUARDED, .in = TCP(WORLD, 5, GUARDED, 81, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS,
		       .has_no_flow = true },
		     { .hook = TO_POD, .at = GUARDED, .in = TCP(WORLD, 5, GUARDED, 80, SYN),
		       .act = ACT_STACK, .out = TCP(WORLD, 5, GUARDED, 80, SYN),
		       FLOWS({ .wire = { WORLD, 5, GUARDED, 80 }, .proto = IPPROTO_TCP,
			       .hook = TO_POD, .action = LEAT_FWD_STACK, .flags = OPEN,
			       .tcp = LEAT_TCP_SYN, .to = GUARDED,
			       .ingress_rule = RULE_WORLD_TCP80 },
			     { .wire = { GUARDED, 80, WORLD, 5 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_STACK, .flags = REPLY,
			       .from = GUARDED, .ingress_rule = RULE_WORLD_TCP80 }) } } },
	{ "the stack sends to a pod what is for another address",
	  .steps = { { .hook = TO_POD, .at = CLIENT, .in = TCP(HOST, 5, SERVER, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_ENDPOINT_UNKNOWN,
		       .has_no_flow = true } } },

	/* ---- leat_from_host ---- */
	{ "node to a Service with a local backend, and back into the stack",
	  .steps = {
		  { "SYN", .hook = NODE, .in = TCP(HOST, 50000, SVC, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(HOST, 50000, SERVER, 8080, SYN),
		    FLOWS({ .wire = { HOST, 50000, SVC, 80 },
			    .nat = { HOST, 50000, SERVER, 8080 }, .proto = IPPROTO_TCP,
			    .hook = NODE, .action = LEAT_FWD_LOCAL, .flags = OPEN | DNAT,
			    .tcp = LEAT_TCP_SYN, .to = SERVER,
			    .ingress_rule = LEAT_RULE_NODE, .service = SERVICE_TCP80 },
			  { .wire = { SERVER, 8080, HOST, 50000 },
			    .nat = { SVC, 80, HOST, 50000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_HOSTDEV, .flags = REPLY | SNAT,
			    .from = SERVER, .ingress_rule = LEAT_RULE_NODE,
			    .service = SERVICE_TCP80 }) },
		  { "SYN+ACK", .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 8080, HOST, 50000, SYN | ACK), .act = ACT_HOSTDEV,
		    .out = TCP(SVC, 80, HOST, 50000, SYN | ACK) },
		  { "ACK", .hook = NODE, .in = TCP(HOST, 50000, SVC, 80, ACK),
		    .act = ACT_LOCAL, .out = TCP(HOST, 50000, SERVER, 8080, ACK) } } },
	{ "node to a Service, UDP",
	  .steps = { { .hook = NODE, .in = UDP(HOST, 50000, SVC, 53), .act = ACT_LOCAL,
		       .out = UDP(HOST, 50000, SERVER, 5353) },
		     { .hook = POD, .at = SERVER, .in = UDP(SERVER, 5353, HOST, 50000),
		       .act = ACT_HOSTDEV, .out = UDP(SVC, 53, HOST, 50000) } } },
	{ "node to a Service whose backend is its own isolated pod: always allowed",
	  .steps = { { .hook = NODE, .in = TCP(HOST, 50000, SVC_GUARDED, 81, SYN),
		       .act = ACT_LOCAL, .out = TCP(HOST, 50000, GUARDED, 81, SYN) } } },
	{ "node to a Service with a backend on another node, and back",
	  .steps = {
		  { "SYN", .hook = NODE, .in = TCP(HOST, 50000, SVC_REMOTE, 80, SYN),
		    .act = ACT_TUNNEL, .out = TCP(HOST, 50000, REMOTE, 8080, SYN),
		    FLOWS({ .wire = { HOST, 50000, SVC_REMOTE, 80 },
			    .nat = { HOST, 50000, REMOTE, 8080 }, .proto = IPPROTO_TCP,
			    .hook = NODE, .action = LEAT_FWD_TUNNEL, .flags = OPEN | DNAT,
			    .tcp = LEAT_TCP_SYN, .node = NODE_SLOT2,
			    .service = SERVICE_REMOTE_TCP80 },
			  { .wire = { REMOTE, 8080, HOST, 50000 },
			    .nat = { SVC_REMOTE, 80, HOST, 50000 }, .proto = IPPROTO_TCP,
			    .hook = LEAT_HOOK_FROM_OVERLAY, .action = LEAT_FWD_HOSTDEV,
			    .flags = REPLY | SNAT, .node = NODE_SLOT2,
			    .service = SERVICE_REMOTE_TCP80 }) },
		  { "SYN+ACK", .hook = LEAT_HOOK_FROM_OVERLAY,
		    .in = TCP(REMOTE, 8080, HOST, 50000, SYN | ACK, .ttl = 63),
		    .act = ACT_HOSTDEV,
		    .out = TCP(SVC_REMOTE, 80, HOST, 50000, SYN | ACK, .ttl = 63) } } },
	{ "node to a pod of another node, and back",
	  .steps = { { .hook = NODE, .in = PING(HOST, 11, REMOTE), .act = ACT_TUNNEL,
		       .out = PING(HOST, 11, REMOTE) },
		     { .hook = LEAT_HOOK_FROM_OVERLAY, .in = PONG(REMOTE, HOST, 11, .ttl = 63),
		       .act = ACT_HOSTDEV, .out = PONG(REMOTE, HOST, 11, .ttl = 63) } } },
	{ "one port of the node to two Services of one backend: told apart",
	  .steps = { { .hook = NODE, .in = TCP(HOST, 50000, SVC, 80, SYN), .act = ACT_LOCAL,
		       .out = TCP(HOST, 50000, SERVER, 8080, SYN) },
		     { .hook = NODE, .in = TCP(HOST, 50000, SERVER, 8080, SYN),
		       .act = ACT_LOCAL, .out = TCP(HOST, CHOSEN, SERVER, 8080, SYN) } } },
	{ "the node's echo request to a Service's address is answered",
	  .steps = { { .hook = NODE, .in = PING(HOST, 9, SVC), .act = ACT_BACK,
		       .out = PONG(SVC, HOST, 9, .is_answer = true), .has_no_flow = true } } },
	{ "what the node forwards for others is not its own traffic",
	  .steps = { { .hook = NODE, .in = TCP(WORLD, 5, SVC, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true },
		     { .hook = NODE, .in = TCP(CLIENT, 5, SVC, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_SPOOFED_ADDR, .has_no_flow = true } } },
};
/* clang-format on */

int main(void)
{
	return rows_run("to_pod and from_host", rows, ARRAY_SIZE(rows), NULL, 0);
}
