// SPDX-License-Identifier: Apache-2.0
/* Flows, drops and drop events as JSON. */
#include <arpa/inet.h>

#include "maps/dump.h"
#include "maps/json.h"

static const struct leat_flag_name flow_flags[] = {
	{ LEAT_FLOW_REPLY, "reply" },
	{ LEAT_FLOW_NAT_SRC, "nat-src" },
	{ LEAT_FLOW_NAT_DST, "nat-dst" },
	{ LEAT_FLOW_HALF_OPEN, "half-open" },
	{ LEAT_FLOW_HAIRPIN, "hairpin" },
	{ LEAT_FLOW_MASQUERADE, "masquerade" },
	{ 0, NULL },
};

static const struct leat_flag_name tcp_flags[] = {
	{ LEAT_TCP_SYN, "syn" },
	{ LEAT_TCP_ACK, "ack" },
	{ LEAT_TCP_FIN, "fin" },
	{ LEAT_TCP_RST, "rst" },
	{ 0, NULL },
};

static void add_tuple(struct leat_object *object, const struct leat_flow_key *key)
{
	char proto[LEAT_PROTO_TEXT];

	leat_object_text(object, "proto", leat_proto_format(key->proto, proto));
	leat_object_addr(object, "source", &key->saddr);
	leat_object_number(object, "sourcePort", ntohs(key->sport));
	leat_object_addr(object, "destination", &key->daddr);
	leat_object_number(object, "destinationPort", ntohs(key->dport));
	if (key->kind != LEAT_KIND_PLAIN)
		leat_object_text(object, "kind",
				 key->kind == LEAT_KIND_ECHO_REQUEST ? "echo-request"
								     : "echo-reply");
}

static void add_forwarding(struct leat_object *object, const struct leat_flow *flow)
{
	leat_object_addr(object, "natSource", &flow->nat_saddr);
	leat_object_number(object, "natSourcePort", ntohs(flow->nat_sport));
	leat_object_addr(object, "natDestination", &flow->nat_daddr);
	leat_object_number(object, "natDestinationPort", ntohs(flow->nat_dport));
	if (flow->action == LEAT_FWD_NEIGH) {
		leat_object_addr(object, "nexthop", &flow->nexthop);
		leat_object_number(object, "ifindex", flow->ifindex);
	}
	leat_object_text(object, "hook", leat_hook_name(flow->hook));
	leat_object_text(object, "action", leat_action_name(flow->action));
	leat_object_number(object, "node", flow->node);
}

cJSON *leat_flow_to_json(const struct leat_flow_key *key, const struct leat_flow *flow)
{
	struct leat_object object = leat_object_begin();

	add_tuple(&object, key);
	add_forwarding(&object, flow);
	leat_object_number(&object, "srcSlot", flow->src_slot);
	leat_object_number(&object, "dstSlot", flow->dst_slot);
	leat_object_number(&object, "srcEpoch", flow->src_epoch);
	leat_object_number(&object, "dstEpoch", flow->dst_epoch);
	leat_object_number(&object, "egressRule", flow->egress_rule);
	leat_object_number(&object, "ingressRule", flow->ingress_rule);
	leat_object_number(&object, "service", flow->service);
	leat_object_flags(&object, "flags", flow->flags, flow_flags);
	leat_object_flags(&object, "tcp", flow->tcp, tcp_flags);
	leat_object_number(&object, "seenTick", flow->seen_tick);
	leat_object_number(&object, "createdTick", flow->created_tick);
	leat_object_number(&object, "packets", (double)flow->packets);
	leat_object_number(&object, "bytes", (double)flow->bytes);
	return leat_object_take(&object);
}

static void add_judged(struct leat_object *object, const struct leat_drop_key *key,
		       const struct leat_drop_info *info)
{
	leat_object_number(object, "reason", key->reason);
	leat_object_number(object, "hook", key->hook);
	leat_object_number(object, "proto", key->proto);
	leat_object_addr(object, "source", &key->saddr);
	leat_object_addr(object, "destination", &key->daddr);
	leat_object_number(object, "destinationPort", ntohs(key->dport));
	leat_object_number(object, "srcSlot", info->src_slot);
	leat_object_number(object, "dstSlot", info->dst_slot);
	leat_object_number(object, "srcIdentity", info->src_identity);
	leat_object_number(object, "dstIdentity", info->dst_identity);
	leat_object_number(object, "set", info->set);
	leat_object_number(object, "rule", info->rule);
	leat_object_number(object, "service", info->service);
	leat_object_number(object, "ifindex", info->ifindex);
}

cJSON *leat_event_to_json(const struct leat_event *event)
{
	struct leat_object object = leat_object_begin();

	leat_object_number(&object, "timeNs", (double)event->time_ns);
	add_judged(&object, &event->key, &event->info);
	leat_object_number(&object, "sourcePort", ntohs(event->sport));
	leat_object_number(&object, "tcpFlags", event->tcp_flags);
	leat_object_number(&object, "length", event->length);
	leat_object_number(&object, "lost", event->lost);
	return leat_object_take(&object);
}

cJSON *leat_drop_to_json(const struct leat_drop_key *key, const struct leat_drop_info *info)
{
	struct leat_object object = leat_object_begin();

	add_judged(&object, key, info);
	leat_object_number(&object, "firstNs", (double)info->first_ns);
	leat_object_number(&object, "lastNs", (double)info->last_ns);
	leat_object_number(&object, "packets", (double)info->packets);
	return leat_object_take(&object);
}
