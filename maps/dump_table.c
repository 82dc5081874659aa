// SPDX-License-Identifier: Apache-2.0
/*
 * Every table's entries as JSON. Rows are bytes without alignment, so that each function works
 * on copies.
 */
#include <arpa/inet.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/cleanup.h"
#include "maps/dump.h"
#include "maps/events.h"
#include "maps/json.h"

/* The row's key and value as locals of their types. */
#define ROW(key_type, value_type)                                                                  \
	struct leat_object object = leat_object_begin();                                           \
	key_type key;                                                                              \
	value_type value;                                                                          \
	memcpy(&key, key_bytes, sizeof(key));                                                      \
	memcpy(&value, value_bytes, sizeof(value))

static cJSON *flow_row(const void *key_bytes, const void *value_bytes)
{
	struct leat_flow_key key;
	struct leat_flow flow;

	memcpy(&key, key_bytes, sizeof(key));
	memcpy(&flow, value_bytes, sizeof(flow));
	return leat_flow_to_json(&key, &flow);
}

static cJSON *drop_row(const void *key_bytes, const void *value_bytes)
{
	struct leat_drop_key key;
	struct leat_drop_info info;

	memcpy(&key, key_bytes, sizeof(key));
	memcpy(&info, value_bytes, sizeof(info));
	return leat_drop_to_json(&key, &info);
}

static cJSON *frag_row(const void *key_bytes, const void *value_bytes)
{
	char proto[LEAT_PROTO_TEXT];
	ROW(struct leat_frag_key, struct leat_frag);

	leat_object_text(&object, "proto", leat_proto_format(key.proto, proto));
	leat_object_addr(&object, "source", &key.saddr);
	leat_object_addr(&object, "destination", &key.daddr);
	leat_object_number(&object, "id", ntohl(key.id));
	leat_object_number(&object, "sourcePort", ntohs(value.sport));
	leat_object_number(&object, "destinationPort", ntohs(value.dport));
	leat_object_number(&object, "kind", value.kind);
	leat_object_number(&object, "seenTick", value.seen_tick);
	return leat_object_take(&object);
}

static cJSON *endpoint_row(const void *key_bytes, const void *value_bytes)
{
	static const struct leat_flag_name names[] = {
		{ LEAT_EP_EGRESS_ISOLATED, "egress-isolated" },
		{ LEAT_EP_INGRESS_ISOLATED, "ingress-isolated" },
		{ 0, NULL },
	};
	ROW(__u32, struct leat_endpoint);

	leat_object_number(&object, "slot", key);
	leat_object_number(&object, "ifindex", value.ifindex);
	leat_object_number(&object, "epoch", value.epoch);
	leat_object_mac(&object, "mac", value.mac);
	leat_object_flags(&object, "flags", value.flags, names);
	leat_object_number(&object, "egressSet", value.egress_set);
	leat_object_number(&object, "ingressSet", value.ingress_set);
	leat_object_addr(&object, "addr4", &value.addr4);
	leat_object_addr(&object, "addr6", &value.addr6);
	return leat_object_take(&object);
}

static cJSON *ifep_row(const void *key_bytes, const void *value_bytes)
{
	ROW(__u32, __u32);

	leat_object_number(&object, "ifindex", key);
	leat_object_number(&object, "slot", value);
	return leat_object_take(&object);
}

static cJSON *epstat_row(const void *key_bytes, const void *value_bytes)
{
	ROW(__u32, struct leat_epstat);

	leat_object_number(&object, "slot", key);
	leat_object_number(&object, "halfOpen", value.half_open);
	return leat_object_take(&object);
}

static void add_ipinfo(struct leat_object *object, const struct leat_ipinfo *info)
{
	leat_object_text(object, "kind", leat_ip_kind_name(info->kind));
	leat_object_number(object, "identity", info->identity);
	leat_object_number(object, "slot", info->slot);
	leat_object_number(object, "node", info->node);
}

static cJSON *ipcache_row(const void *key_bytes, const void *value_bytes)
{
	ROW(struct leat_addr, struct leat_ipinfo);

	leat_object_addr(&object, "address", &key);
	add_ipinfo(&object, &value);
	return leat_object_take(&object);
}

static cJSON *cidr_row(const void *key_bytes, const void *value_bytes)
{
	char text[LEAT_CIDR_TEXT];
	struct leat_cidr cidr;
	ROW(struct leat_cidr_key, struct leat_ipinfo);

	cidr = (struct leat_cidr){ .addr = key.addr, .prefixlen = key.prefixlen };
	leat_object_text(&object, "block", leat_cidr_format(&cidr, text));
	add_ipinfo(&object, &value);
	return leat_object_take(&object);
}

/* Ports only where the prefix reaches into them; a range of 2^n ports shows its last, too. */
static void add_policy_ports(struct leat_object *object, const struct leat_policy_key *key)
{
	__u32 bits = key->prefixlen - LEAT_POLICY_PREFIX_PROTO;

	if (key->prefixlen <= LEAT_POLICY_PREFIX_PROTO || bits > 16)
		return;
	leat_object_number(object, "port", ntohs(key->port));
	if (bits < 16)
		leat_object_number(object, "lastPort", ntohs(key->port) | (0xffffU >> bits));
}

static cJSON *policy_row(const void *key_bytes, const void *value_bytes)
{
	char proto[LEAT_PROTO_TEXT];
	ROW(struct leat_policy_key, struct leat_policy);

	leat_object_number(&object, "set", key.set);
	leat_object_text(&object, "direction", key.dir == LEAT_EGRESS ? "egress" : "ingress");
	leat_object_number(&object, "identity", key.identity);
	if (key.prefixlen >= LEAT_POLICY_PREFIX_PROTO)
		leat_object_text(&object, "proto", leat_proto_format(key.proto, proto));
	add_policy_ports(&object, &key);
	leat_object_text(&object, "verdict",
			 value.verdict == LEAT_VERDICT_ALLOW ? "allow" : "deny");
	leat_object_number(&object, "rule", value.rule);
	leat_object_number(&object, "precedence", value.precedence);
	return leat_object_take(&object);
}

static cJSON *service_row(const void *key_bytes, const void *value_bytes)
{
	static const struct leat_flag_name names[] = {
		{ LEAT_SVC_AFFINITY, "affinity" },
		{ LEAT_SVC_LOCAL, "local" },
		{ 0, NULL },
	};
	char proto[LEAT_PROTO_TEXT];
	ROW(struct leat_svc_key, struct leat_svc);

	leat_object_addr(&object, "address", &key.addr);
	leat_object_number(&object, "port", ntohs(key.port));
	leat_object_text(&object, "proto", leat_proto_format(key.proto, proto));
	leat_object_text(&object, "scope",
			 key.scope == LEAT_SCOPE_CLUSTER ? "cluster" : "external");
	leat_object_number(&object, "service", value.service);
	leat_object_number(&object, "first", value.first);
	leat_object_number(&object, "count", value.count);
	leat_object_flags(&object, "flags", value.flags, names);
	leat_object_number(&object, "affinitySec", value.affinity_sec);
	leat_object_number(&object, "maglev", value.maglev);
	return leat_object_take(&object);
}

static cJSON *backend_row(const void *key_bytes, const void *value_bytes)
{
	ROW(__u32, struct leat_backend);

	leat_object_number(&object, "slot", key);
	leat_object_addr(&object, "address", &value.addr);
	leat_object_number(&object, "port", ntohs(value.port));
	return leat_object_take(&object);
}

static cJSON *node_row(const void *key_bytes, const void *value_bytes)
{
	ROW(__u32, struct leat_node);

	leat_object_number(&object, "slot", key);
	leat_object_addr(&object, "tunnel", &value.tunnel);
	return leat_object_take(&object);
}

static cJSON *device_row(const void *key_bytes, const void *value_bytes)
{
	ROW(__u32, struct leat_device);

	leat_object_number(&object, "ifindex", key);
	leat_object_addr(&object, "addr4", &value.addr4);
	leat_object_addr(&object, "addr6", &value.addr6);
	leat_object_number(&object, "mtu", value.mtu);
	return leat_object_take(&object);
}

static cJSON *metric_row(const void *key_bytes, const void *value_bytes)
{
	ROW(__u32, struct leat_metric);

	leat_object_text(&object, "reason", leat_drop_label(key < LEAT_DROP_MAX ? (__u8)key : 0));
	leat_object_number(&object, "number", key);
	leat_object_number(&object, "packets", (double)value.packets);
	leat_object_number(&object, "bytes", (double)value.bytes);
	return leat_object_take(&object);
}

/* Times and tokens of several CPUs have no meaningful sum. */
static cJSON *evlim_row(const void *key_bytes, const void *value_bytes)
{
	ROW(__u32, struct leat_evlim);

	leat_object_number(&object, "index", key);
	leat_object_number(&object, "lost", value.lost);
	return leat_object_take(&object);
}

typedef cJSON *row_fn(const void *key_bytes, const void *value_bytes);

static row_fn *const row_functions[LEAT_TABLE_COUNT] = {
	[LEAT_TABLE_FLOW] = flow_row,	  [LEAT_TABLE_FRAG] = frag_row,
	[LEAT_TABLE_EP] = endpoint_row,	  [LEAT_TABLE_IFEP] = ifep_row,
	[LEAT_TABLE_EPSTAT] = epstat_row, [LEAT_TABLE_IPCACHE] = ipcache_row,
	[LEAT_TABLE_CIDR] = cidr_row,	  [LEAT_TABLE_POLICY] = policy_row,
	[LEAT_TABLE_SVC] = service_row,	  [LEAT_TABLE_BACKEND] = backend_row,
	[LEAT_TABLE_NODE] = node_row,	  [LEAT_TABLE_DEVICE] = device_row,
	[LEAT_TABLE_METRIC] = metric_row, [LEAT_TABLE_DROP] = drop_row,
	[LEAT_TABLE_EVLIM] = evlim_row,
};

cJSON *leat_entry_to_json(enum leat_table_id table, const void *key, const void *value)
{
	if ((unsigned int)table >= LEAT_TABLE_COUNT || !row_functions[table])
		return NULL;
	return row_functions[table](key, value);
}
