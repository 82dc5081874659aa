// SPDX-License-Identifier: Apache-2.0
/*
 * The configurations that change where packets go: no tunnel (other nodes' pods are reached by
 * routes over the nodes' common link), no masquerade.
 */
#include <linux/in.h>

#include "common.h"

#define POD   LEAT_HOOK_FROM_POD
#define NET   LEAT_HOOK_FROM_NET
#define NODE  LEAT_HOOK_FROM_HOST
#define OPEN  LEAT_FLOW_HALF_OPEN
#define REPLY LEAT_FLOW_REPLY

/* clang-format off */
static const struct row direct[] = {
	{ "pod to a pod of another node by that node's address, not masqueraded, and back",
	  .steps = {
		  { "SYN", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, REMOTE, 80, SYN), .act = ACT_NEIGH,
		    .out = TCP(CLIENT, 40000, REMOTE, 80, SYN, .ttl = 63),
		    FLOWS({ .wire = { CLIENT, 40000, REMOTE, 80 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_NEIGH, .flags = OPEN,
			    .tcp = LEAT_TCP_SYN, .from = CLIENT, .out = DEV_UPLINK,
			    .nexthop = NODE2 },
			  { .wire = { REMOTE, 80, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			    .hook = NET, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			    .to = CLIENT }) },
		  { "SYN+ACK", .hook = NET,
		    .in = TCP(REMOTE, 80, CLIENT, 40000, SYN | ACK, .ttl = 63),
		    .act = ACT_LOCAL,
		    .out = TCP(REMOTE, 80, CLIENT, 40000, SYN | ACK, .ttl = 62) },
		  { "ACK", .hook = POD, .at = CLIENT,
		    .in = TCP(CLIENT, 40000, REMOTE, 80, ACK), .act = ACT_NEIGH,
		    .out = TCP(CLIENT, 40000, REMOTE, 80, ACK, .ttl = 63) } } },
	{ "a pod of another node to a pod, and back",
	  .steps = {
		  { "SYN", .hook = NET, .in = TCP(REMOTE, 5000, SERVER, 80, SYN, .ttl = 63),
		    .act = ACT_LOCAL, .out = TCP(REMOTE, 5000, SERVER, 80, SYN, .ttl = 62),
		    FLOWS({ .wire = { REMOTE, 5000, SERVER, 80 }, .proto = IPPROTO_TCP,
			    .hook = NET, .action = LEAT_FWD_LOCAL, .flags = OPEN,
			    .tcp = LEAT_TCP_SYN, .to = SERVER },
			  { .wire = { SERVER, 80, REMOTE, 5000 }, .proto = IPPROTO_TCP,
			    .hook = POD, .action = LEAT_FWD_NEIGH, .flags = REPLY,
			    .from = SERVER, .out = DEV_UPLINK, .nexthop = NODE2 }) },
		  { "SYN+ACK", .hook = POD, .at = SERVER,
		    .in = TCP(SERVER, 80, REMOTE, 5000, SYN | ACK), .act = ACT_NEIGH,
		    .out = TCP(SERVER, 80, REMOTE, 5000, SYN | ACK, .ttl = 63) } } },
	{ "other nodes' pods to an isolated pod, by their identities",
	  .steps = { { "allowed", .hook = NET, .in = TCP(REMOTE, 5000, GUARDED, 4444, SYN),
		       .act = ACT_LOCAL,
		       .out = TCP(REMOTE, 5000, GUARDED, 4444, SYN, .ttl = 63) },
		     { "denied", .hook = NET, .in = TCP(STRANGER, 5000, GUARDED, 4444, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS } } },
	{ "one of our own pods does not come in by the uplink",
	  .steps = { { .hook = NET, .in = TCP(CLIENT, 5, SERVER, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_WRONG_WAY, .has_no_flow = true } } },
	{ "pod to a Service with a backend on another node, and back",
	  .steps = { { .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 40000, SVC_REMOTE, 80, SYN), .act = ACT_NEIGH,
		       .out = TCP(CLIENT, 40000, REMOTE, 8080, SYN, .ttl = 63) },
		     { .hook = NET,
		       .in = TCP(REMOTE, 8080, CLIENT, 40000, SYN | ACK, .ttl = 63),
		       .act = ACT_LOCAL,
		       .out = TCP(SVC_REMOTE, 80, CLIENT, 40000, SYN | ACK, .ttl = 62) } } },
	{ "node to a Service with a backend on another node, and back",
	  .steps = { { .hook = NODE, .in = TCP(HOST, 50000, SVC_REMOTE, 80, SYN),
		       .act = ACT_NEIGH, .out = TCP(HOST, 50000, REMOTE, 8080, SYN),
		       FLOWS({ .wire = { HOST, 50000, SVC_REMOTE, 80 },
			       .nat = { HOST, 50000, REMOTE, 8080 }, .proto = IPPROTO_TCP,
			       .hook = NODE, .action = LEAT_FWD_NEIGH,
			       .flags = OPEN | LEAT_FLOW_NAT_DST, .tcp = LEAT_TCP_SYN,
			       .out = DEV_UPLINK, .nexthop = NODE2,
			       .service = SERVICE_REMOTE_TCP80 },
			     { .wire = { REMOTE, 8080, HOST, 50000 },
			       .nat = { SVC_REMOTE, 80, HOST, 50000 }, .proto = IPPROTO_TCP,
			       .hook = NET, .action = LEAT_FWD_HOSTDEV,
			       .flags = REPLY | LEAT_FLOW_NAT_SRC,
			       .service = SERVICE_REMOTE_TCP80 }) },
		     { .hook = NET, .in = TCP(REMOTE, 8080, HOST, 50000, SYN | ACK, .ttl = 63),
		       .act = ACT_HOSTDEV,
		       .out = TCP(SVC_REMOTE, 80, HOST, 50000, SYN | ACK, .ttl = 63) } } },
	{ "large packets: the link's MTU counts, not the tunnel's",
	  .steps = { { .hook = POD, .at = CLIENT, .only = 4,
		       .in = UDP(CLIENT, 40000, REMOTE, 53, .payload = 1472, .has_df = true),
		       .act = ACT_NEIGH,
		       .out = UDP(CLIENT, 40000, REMOTE, 53, .payload = 1472, .has_df = true,
				  .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .only = 6,
		       .in = UDP(CLIENT, 40000, REMOTE, 53, .payload = 1452), .act = ACT_NEIGH,
		       .out = UDP(CLIENT, 40000, REMOTE, 53, .payload = 1452, .ttl = 63) } } },
	{ "pod to the outside: masqueraded all the same",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60010, WORLD, 443, SYN),
		       .act = ACT_NEIGH,
		       .out = TCP(HOST, 60010, WORLD, 443, SYN, .ttl = 63) } } },
};

static const struct row plain[] = {
	{ "pod to the outside: under its own address, and back",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, WORLD, 443, SYN),
		       .act = ACT_NEIGH,
		       .out = TCP(CLIENT, 40000, WORLD, 443, SYN, .ttl = 63),
		       FLOWS({ .wire = { CLIENT, 40000, WORLD, 443 }, .proto = IPPROTO_TCP,
			       .hook = POD, .action = LEAT_FWD_NEIGH, .flags = OPEN,
			       .tcp = LEAT_TCP_SYN, .from = CLIENT, .out = DEV_UPLINK,
			       .nexthop = ROUTER },
			     { .wire = { WORLD, 443, CLIENT, 40000 }, .proto = IPPROTO_TCP,
			       .hook = NET, .action = LEAT_FWD_LOCAL, .flags = REPLY,
			       .to = CLIENT }) },
		     { .hook = NET, .in = TCP(WORLD, 443, CLIENT, 40000, SYN | ACK),
		       .act = ACT_LOCAL,
		       .out = TCP(WORLD, 443, CLIENT, 40000, SYN | ACK, .ttl = 63) } } },
	{ "pod to a pod of another node: the tunnel all the same",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, REMOTE, 80, SYN),
		       .act = ACT_TUNNEL,
		       .out = TCP(CLIENT, 40000, REMOTE, 80, SYN, .ttl = 63) } } },
};
/* clang-format on */

static void without_tunnel(struct leat_config *config)
{
	config->flags &= ~(__u32)LEAT_CFG_TUNNEL;
}

static void without_masquerade(struct leat_config *config)
{
	config->flags &= ~(__u32)(LEAT_CFG_MASQUERADE4 | LEAT_CFG_MASQUERADE6);
}

int main(void)
{
	int failed;

	world.tune = without_tunnel;
	failed = rows_run("without tunnel", direct, ARRAY_SIZE(direct), NULL, 0);
	world.tune = without_masquerade;
	failed += rows_run("without masquerade", plain, ARRAY_SIZE(plain), NULL, 0);
	return failed;
}
