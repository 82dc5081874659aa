// SPDX-License-Identifier: Apache-2.0
/*
 * The parties of the tests and what the tables say about them: four local pods, three pods on
 * two other nodes, the node, the outside, Services. Every row starts from this state.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

struct world world;

/* clang-format off */
const struct party_info parties[PARTY_COUNT] = {
	[NOBODY] = { "nobody", "0.0.0.0", "::", 0, 0, 0, 0, false },
	[CLIENT] = { "client", "10.244.1.11", "fd00:1::11", 1, ID_CLIENT, LEAT_IP_POD, 0, true },
	[SERVER] = { "server", "10.244.1.12", "fd00:1::12", 2, ID_SERVER, LEAT_IP_POD, 0, true },
	[GUARDED] = { "guarded", "10.244.1.13", "fd00:1::13", 3, ID_GUARDED, LEAT_IP_POD, 0, true },
	[JAILED] = { "jailed", "10.244.1.14", "fd00:1::14", 4, ID_JAILED, LEAT_IP_POD, 0, true },
	[GHOST] = { "ghost", "10.244.1.99", "fd00:1::99", 0, 0, LEAT_IP_POD_RANGE, 0, false },
	[REMOTE] = { "remote", "10.244.2.21", "fd00:2::21", 0, ID_REMOTE, LEAT_IP_POD, NODE_SLOT2,
		     true },
	[STRANGER] = { "stranger", "10.244.2.22", "fd00:2::22", 0, 0, LEAT_IP_POD, NODE_SLOT2,
		       true },
	[REMOTE_GHOST] = { "remote-ghost", "10.244.2.99", "fd00:2::99", 0, 0, LEAT_IP_POD_RANGE,
			   NODE_SLOT2, false },
	[FAR] = { "far", "10.244.3.31", "fd00:3::31", 0, 0, LEAT_IP_POD, NODE_SLOT3, true },
	[HOST] = { "host", "192.168.50.1", "fd50::1", 0, 0, LEAT_IP_HOST, 0, true },
	[NODE2] = { "node2", "192.168.50.2", "fd50::2", 0, 0, LEAT_IP_NODE, NODE_SLOT2, true },
	[NODE3] = { "node3", "192.168.50.3", "fd50::3", 0, 0, LEAT_IP_NODE, NODE_SLOT3, true },
	[ROUTER] = { "router", "192.168.50.254", "fd50::fe", 0, 0, LEAT_IP_WORLD, 0, false },
	[NEIGHBOUR] = { "neighbour", "192.168.50.77", "fd50::77", 0, 0, LEAT_IP_WORLD, 0, false },
	[WORLD] = { "world", "203.0.113.7", "2001:db8:113::7", 0, ID_WORLD, LEAT_IP_WORLD, 0,
		    false },
	[EXCEPTED] = { "excepted", "203.0.113.70", "2001:db8:113:1::70", 0, 0, LEAT_IP_WORLD, 0,
		       false },
	[NOWHERE] = { "nowhere", "198.51.100.9", "2001:db8:51::9", 0, 0, LEAT_IP_WORLD, 0, false },
	[ELSEWHERE] = { "elsewhere", "198.18.0.9", "2001:db8:18::9", 0, 0, LEAT_IP_WORLD, 0, false },
	[GATEWAY] = { "gateway", LEAT_GATEWAY4, LEAT_GATEWAY6, 0, 0, LEAT_IP_WORLD, 0, false },
#define SERVICE_PARTY(text, last)                                                      \
	{                                                                              \
		text, "10.96.0." #last, "fd96::" #last, 0, 0, LEAT_IP_SERVICE, 0, true \
	}
	[SVC] = SERVICE_PARTY("svc", 10),
	[SVC_REMOTE] = SERVICE_PARTY("svc-remote", 11),
	[SVC_SELF] = SERVICE_PARTY("svc-self", 12),
	[SVC_EMPTY] = SERVICE_PARTY("svc-empty", 13),
	[SVC_GUARDED] = SERVICE_PARTY("svc-guarded", 14),
	[SVC_HOST] = SERVICE_PARTY("svc-host", 15),
	[SVC_WORLD] = SERVICE_PARTY("svc-world", 16),
	[SVC_MANY] = SERVICE_PARTY("svc-many", 17),
	[SVC_FREE] = { "svc-free", "10.96.9.9", "fd96::9:9", 0, 0, LEAT_IP_SERVICE, 0, false },
	[MULTICAST] = { "multicast", "224.0.0.251", "ff02::fb", 0, 0, 0, 0, false },
	[LOOPBACK] = { "loopback", "127.0.0.1", "::1", 0, 0, 0, 0, false },
	[LINK_LOCAL] = { "link-local", "169.254.169.254", "fe80::a9", 0, 0, 0, 0, false },
	[ZERO] = { "zero", "0.0.0.0", "::", 0, 0, 0, 0, false },
	[MAPPED] = { "mapped", "10.244.1.12", "::ffff:10.244.1.12", 0, 0, 0, 0, false },
};
/* clang-format on */

struct leat_addr party_addr(enum party party, int family)
{
	struct leat_addr addr = { { 0 } };

	if (party == NOBODY)
		return addr;
	if (family == 6) {
		inet_pton(AF_INET6, parties[party].addr6, addr.b);
		return addr;
	}
	memset(addr.b + 10, 0xff, 2);
	inet_pton(AF_INET, parties[party].addr4, addr.b + 12);
	return addr;
}

const char *party_name_of(const struct leat_addr *addr)
{
	for (int party = 1; party < PARTY_COUNT; party++)
		for (int family = 4; family <= 6; family += 2) {
			struct leat_addr other = party_addr(party, family);

			if (memcmp(&other, addr, sizeof(other)) == 0)
				return parties[party].name;
		}
	return "?";
}

void party_mac(enum party party, __u8 ret_mac[6])
{
	const __u8 mac[6] = { 2,
			      0,
			      0,
			      0,
			      parties[party].slot ? 0 : 5,
			      parties[party].slot ? (__u8)parties[party].slot
			      : party == ROUTER	  ? 0xfe
						  : 1 };

	memcpy(ret_mac, mac, 6);
}

static void put(enum table table, const void *key, const void *value)
{
	int err = bpf_map_update_elem(world.maps[table], key, value, BPF_ANY);

	if (err)
		fail_msg("%s: an entry of the test's world: %s", table_names[table],
			 strerror(errno));
}

void endpoint_set(enum party pod, __u16 flags, __u32 egress_set, __u32 ingress_set)
{
	struct leat_endpoint endpoint = {
		.ifindex = world.ifindex[pod],
		.epoch = world.epochs[parties[pod].slot],
		.flags = flags,
		.egress_set = egress_set,
		.ingress_set = ingress_set,
		.addr4 = party_addr(pod, 4),
		.addr6 = party_addr(pod, 6),
	};

	party_mac(pod, endpoint.mac);
	put(T_EP, &parties[pod].slot, &endpoint);
}

void endpoint_bump(enum party pod)
{
	struct leat_endpoint endpoint;

	assert_int_equal(bpf_map_lookup_elem(world.maps[T_EP], &parties[pod].slot, &endpoint), 0);
	endpoint.epoch = ++world.epochs[parties[pod].slot];
	put(T_EP, &parties[pod].slot, &endpoint);
}

void endpoint_remove(enum party pod)
{
	struct leat_endpoint endpoint = { .epoch = ++world.epochs[parties[pod].slot] };

	put(T_EP, &parties[pod].slot, &endpoint);
	bpf_map_delete_elem(world.maps[T_IFEP], &world.ifindex[pod]);
	for (int family = 4; family <= 6; family += 2) {
		struct leat_addr addr = party_addr(pod, family);

		bpf_map_delete_elem(world.maps[T_IPCACHE], &addr);
	}
}

void endpoint_become(enum party pod, enum party other)
{
	struct leat_endpoint endpoint = { .ifindex = world.ifindex[pod],
					  .epoch = ++world.epochs[parties[pod].slot],
					  .addr4 = party_addr(other, 4),
					  .addr6 = party_addr(other, 6) };
	struct leat_ipinfo info = { .identity = LEAT_ID_NONE,
				    .slot = parties[pod].slot,
				    .kind = LEAT_IP_POD };

	party_mac(pod, endpoint.mac);
	put(T_EP, &parties[pod].slot, &endpoint);
	put(T_IFEP, &world.ifindex[pod], &parties[pod].slot);
	for (int family = 4; family <= 6; family += 2) {
		struct leat_addr addr = party_addr(other, family);

		put(T_IPCACHE, &addr, &info);
	}
}

void policy_put(const struct policy_row *row)
{
	struct leat_policy_key key = {
		.prefixlen = row->bits,
		.set = row->set,
		.identity = row->identity,
		.dir = row->dir,
		.proto = row->proto,
		.port = htons(row->port),
	};
	struct leat_policy value = { .rule = row->rule,
				     .precedence = row->precedence ?: 100,
				     .verdict = row->is_deny ? LEAT_VERDICT_DENY
							     : LEAT_VERDICT_ALLOW };

	put(T_POLICY, &key, &value);
}

void service_put(enum party svc, __u8 proto, __u16 port, struct leat_svc value)
{
	for (int family = 4; family <= 6; family += 2) {
		struct leat_svc_key key = { .addr = party_addr(svc, family),
					    .port = htons(port),
					    .proto = proto,
					    .scope = LEAT_SCOPE_CLUSTER };

		put(T_SVC, &key, &value);
		value.first += 100;
	}
}

/* IPv4 backends from 1 on, IPv6 ones a hundred later. */
static void backend_put(__u32 slot, enum party party, __u16 port)
{
	for (int family = 4; family <= 6; family += 2) {
		struct leat_backend backend = { .addr = party_addr(party, family),
						.port = htons(port) };
		__u32 key = family == 6 ? slot + 100 : slot;

		put(T_BACKEND, &key, &backend);
	}
}

static void services_put(void)
{
	backend_put(1, SERVER, 8080);
	backend_put(2, REMOTE, 8080);
	backend_put(3, GUARDED, 80);
	backend_put(4, SERVER, 5353);
	backend_put(5, SERVER, 80);
	backend_put(6, REMOTE, 5353);
	backend_put(7, CLIENT, 8080);
	backend_put(8, CLIENT, 5353);
	backend_put(9, CLIENT, 80);
	backend_put(10, GUARDED, 81);
	backend_put(11, HOST, 6443);
	backend_put(12, WORLD, 443);
	backend_put(13, SERVER, 8081);
	service_put(SVC, IPPROTO_TCP, 80,
		    (struct leat_svc){ .service = SERVICE_TCP80, .first = 1, .count = 1 });
	service_put(SVC, IPPROTO_UDP, 53,
		    (struct leat_svc){ .service = SERVICE_UDP53, .first = 4, .count = 1 });
	service_put(SVC, IPPROTO_SCTP, 80,
		    (struct leat_svc){ .service = SERVICE_SCTP80, .first = 5, .count = 1 });
	service_put(SVC, IPPROTO_SCTP, 81,
		    (struct leat_svc){ .service = SERVICE_SCTP81, .first = 13, .count = 1 });
	service_put(SVC_REMOTE, IPPROTO_TCP, 80,
		    (struct leat_svc){ .service = SERVICE_REMOTE_TCP80, .first = 2, .count = 1 });
	service_put(SVC_REMOTE, IPPROTO_UDP, 53,
		    (struct leat_svc){ .service = SERVICE_REMOTE_UDP53, .first = 6, .count = 1 });
	service_put(SVC_SELF, IPPROTO_TCP, 80,
		    (struct leat_svc){ .service = SERVICE_SELF_TCP80, .first = 7, .count = 1 });
	service_put(SVC_SELF, IPPROTO_UDP, 53,
		    (struct leat_svc){ .service = SERVICE_SELF_UDP53, .first = 8, .count = 1 });
	service_put(SVC_SELF, IPPROTO_SCTP, 80,
		    (struct leat_svc){ .service = SERVICE_SELF_SCTP80, .first = 9, .count = 1 });
	service_put(SVC_EMPTY, IPPROTO_TCP, 80,
		    (struct leat_svc){ .service = SERVICE_EMPTY_TCP80 });
	service_put(SVC_EMPTY, IPPROTO_UDP, 53,
		    (struct leat_svc){ .service = SERVICE_EMPTY_UDP53 });
	service_put(SVC_GUARDED, IPPROTO_TCP, 80,
		    (struct leat_svc){ .service = SERVICE_GUARDED_TCP80, .first = 3, .count = 1 });
	service_put(SVC_GUARDED, IPPROTO_TCP, 81,
		    (struct leat_svc){ .service = SERVICE_GUARDED_TCP81, .first = 10, .count = 1 });
	service_put(SVC_HOST, IPPROTO_TCP, 443,
		    (struct leat_svc){ .service = SERVICE_HOST_TCP443, .first = 11, .count = 1 });
	service_put(SVC_WORLD, IPPROTO_TCP, 443,
		    (struct leat_svc){ .service = SERVICE_WORLD_TCP443, .first = 12, .count = 1 });
	service_put(SVC_MANY, IPPROTO_TCP, 80,
		    (struct leat_svc){ .service = SERVICE_MANY_TCP80, .first = 1, .count = 3 });
}

#define PORT	   LEAT_POLICY_PREFIX_PORT(16)
#define PROTO_ONLY LEAT_POLICY_PREFIX_PROTO
#define PEER_ONLY  LEAT_POLICY_PREFIX_PEER

/* clang-format off */
static const struct policy_row policies[] = {
	/* set, direction, identity, protocol, port, bits, rule, precedence, is_deny */
	{ SET_GUARDED, LEAT_INGRESS, ID_CLIENT, IPPROTO_TCP, 80, PORT, RULE_CLIENT_TCP80, 100, 0 },
	{ SET_GUARDED, LEAT_INGRESS, LEAT_ID_ANY, IPPROTO_UDP, 53, PORT, RULE_ANY_UDP53, 100, 0 },
	{ SET_GUARDED, LEAT_INGRESS, ID_REMOTE, 0, 0, PEER_ONLY, RULE_REMOTE, 100, 0 },
	{ SET_GUARDED, LEAT_INGRESS, ID_REMOTE, IPPROTO_TCP, 22, PORT, RULE_REMOTE_TCP22, 200, 1 },
	{ SET_GUARDED, LEAT_INGRESS, LEAT_ID_ANY, IPPROTO_TCP, 8443, PORT, RULE_ANY_TCP8443, 300, 1 },
	{ SET_GUARDED, LEAT_INGRESS, ID_CLIENT, IPPROTO_TCP, 8443, PORT, RULE_CLIENT_TCP8443, 100, 0 },
	{ SET_GUARDED, LEAT_INGRESS, ID_CLIENT, IPPROTO_TCP, 9000, LEAT_POLICY_PREFIX_PORT(13),
	  RULE_CLIENT_TCP9000, 100, 0 },
	{ SET_GUARDED, LEAT_INGRESS, ID_CLIENT, IPPROTO_SCTP, 0, PROTO_ONLY, RULE_CLIENT_SCTP, 100, 0 },
	{ SET_GUARDED, LEAT_INGRESS, ID_WORLD, IPPROTO_TCP, 80, PORT, RULE_WORLD_TCP80, 100, 0 },
	{ SET_JAILED, LEAT_EGRESS, ID_SERVER, IPPROTO_TCP, 8080, PORT, RULE_SERVER_TCP8080, 100, 0 },
	{ SET_JAILED, LEAT_EGRESS, LEAT_ID_ANY, IPPROTO_UDP, 53, PORT, RULE_OUT_UDP53, 100, 0 },
	{ SET_JAILED, LEAT_EGRESS, ID_REMOTE, 0, 0, PEER_ONLY, RULE_OUT_REMOTE, 100, 0 },
	{ SET_JAILED, LEAT_EGRESS, ID_WORLD, IPPROTO_TCP, 443, PORT, RULE_OUT_WORLD_TCP443, 100, 0 },
	{ SET_JAILED, LEAT_EGRESS, ID_GUARDED, 0, 0, PEER_ONLY, RULE_OUT_GUARDED, 100, 0 },
};
/* clang-format on */

static void policies_put(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		policy_put(&policies[i]);
}

static void cidr_put(const char *text, __u32 length, __u32 identity, __u32 kind, __u32 node)
{
	struct leat_cidr_key key = { .prefixlen = length };
	struct leat_ipinfo info = { .identity = identity ?: LEAT_ID_NONE,
				    .kind = kind,
				    .node = node };

	if (strchr(text, ':')) {
		inet_pton(AF_INET6, text, key.addr.b);
	} else {
		memset(key.addr.b + 10, 0xff, 2);
		inet_pton(AF_INET, text, key.addr.b + 12);
		key.prefixlen += 96;
	}
	put(T_CIDR, &key, &info);
}

static void addresses_put(void)
{
	for (int party = 1; party < PARTY_COUNT; party++) {
		const struct party_info *who = &parties[party];
		struct leat_ipinfo info = { .identity = who->identity ?: LEAT_ID_NONE,
					    .slot = who->slot,
					    .node = who->node,
					    .kind = who->kind };

		for (int family = 4; who->is_in_ipcache && family <= 6; family += 2) {
			struct leat_addr addr = party_addr(party, family);

			put(T_IPCACHE, &addr, &info);
		}
	}
	cidr_put("10.244.1.0", 24, 0, LEAT_IP_POD_RANGE, 0);
	cidr_put("fd00:1::", 64, 0, LEAT_IP_POD_RANGE, 0);
	cidr_put("10.244.2.0", 24, 0, LEAT_IP_POD_RANGE, NODE_SLOT2);
	cidr_put("fd00:2::", 64, 0, LEAT_IP_POD_RANGE, NODE_SLOT2);
	cidr_put("10.244.3.0", 24, 0, LEAT_IP_POD_RANGE, NODE_SLOT3);
	cidr_put("fd00:3::", 64, 0, LEAT_IP_POD_RANGE, NODE_SLOT3);
	cidr_put("10.96.0.0", 16, 0, LEAT_IP_SERVICE, 0);
	cidr_put("fd96::", 108, 0, LEAT_IP_SERVICE, 0);
	cidr_put("203.0.113.0", 24, ID_WORLD, LEAT_IP_WORLD, 0);
	cidr_put("203.0.113.64", 26, 0, LEAT_IP_WORLD, 0);
	cidr_put("2001:db8:113::", 48, ID_WORLD, LEAT_IP_WORLD, 0);
	cidr_put("2001:db8:113:1::", 64, 0, LEAT_IP_WORLD, 0);
}

static void nodes_put(void)
{
	const struct leat_device uplink = { .addr4 = party_addr(HOST, 4),
					    .addr6 = party_addr(HOST, 6),
					    .mtu = 1500 };

	for (int party = NODE2; party <= NODE3; party++) {
		struct leat_node node = { .tunnel = party_addr(party, 4) };

		put(T_NODE, &parties[party].node, &node);
	}
	put(T_DEVICE, &world.device[DEV_UPLINK], &uplink);
}

static void table_clear(enum table table, size_t key_size)
{
	__u8 key[64], next[64];

	for (bool more = bpf_map_get_next_key(world.maps[table], NULL, next) == 0; more;) {
		memcpy(key, next, key_size);
		more = bpf_map_get_next_key(world.maps[table], key, next) == 0;
		bpf_map_delete_elem(world.maps[table], key);
	}
}

void flow_clear(void)
{
	table_clear(T_FLOW, sizeof(struct leat_flow_key));
	table_clear(T_FRAG, sizeof(struct leat_frag_key));
}

void fragments_age(__u32 ticks)
{
	struct leat_frag_key key, *last = NULL;
	struct leat_frag value;

	for (; bpf_map_get_next_key(world.maps[T_FRAG], last, &key) == 0; last = &key) {
		assert_int_equal(bpf_map_lookup_elem(world.maps[T_FRAG], &key, &value), 0);
		value.seen_tick -= ticks;
		put(T_FRAG, &key, &value);
	}
}

void events_limit_reset(void)
{
	int cpus = libbpf_num_possible_cpus();
	struct leat_evlim *values = calloc((size_t)cpus, sizeof(*values));
	__u32 zero = 0;

	assert_non_null(values);
	put(T_EVLIM, &zero, values);
	free(values);
}

void flow_fill(void)
{
	struct leat_flow_key key = { .proto = 255 };
	struct leat_flow flow = { .hook = LEAT_HOOK_NONE };

	for (__u32 number = 0;; number++) {
		memcpy(&key.saddr, &number, sizeof(number));
		if (bpf_map_update_elem(world.maps[T_FLOW], &key, &flow, BPF_NOEXIST) < 0)
			break;
		assert_true(number < 4 * FLOW_ENTRIES);
	}
	assert_int_equal(errno, E2BIG);
}

void half_open_set(enum party pod, __u32 count)
{
	const struct leat_epstat stat = { .half_open = count };

	put(T_EPSTAT, &parties[pod].slot, &stat);
}

__u32 half_open_get(enum party pod)
{
	struct leat_epstat stat;

	assert_int_equal(bpf_map_lookup_elem(world.maps[T_EPSTAT], &parties[pod].slot, &stat), 0);
	return stat.half_open;
}

void world_reset(void)
{
	static const enum party pods[] = { CLIENT, SERVER, GUARDED, JAILED };

	flow_clear();
	table_clear(T_IPCACHE, sizeof(struct leat_addr));
	table_clear(T_POLICY, sizeof(struct leat_policy_key));
	table_clear(T_DROP, sizeof(struct leat_drop_key));
	policies_put();
	services_put();
	addresses_put();
	nodes_put();
	half_open_set(NOBODY, 0);
	for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
		__u32 slot = parties[pods[i]].slot;

		world.epochs[slot] += 10;
		endpoint_set(pods[i],
			     pods[i] == GUARDED	 ? LEAT_EP_INGRESS_ISOLATED
			     : pods[i] == JAILED ? LEAT_EP_EGRESS_ISOLATED
						 : 0,
			     pods[i] == JAILED ? SET_JAILED : 0,
			     pods[i] == GUARDED ? SET_GUARDED : 0);
		put(T_IFEP, &world.ifindex[pods[i]], &slot);
		half_open_set(pods[i], 0);
	}
}
