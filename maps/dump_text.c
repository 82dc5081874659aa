// SPDX-License-Identifier: Apache-2.0
/* Entries as lines for people: flows and drops as sentences, the rest as "field=value". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/addr.h"
#include "maps/dump.h"
#include "maps/events.h"

/* "10.0.0.1:80", "[fd00::1]:80", or without port where there is none. */
static void add_place(struct leat_text *text, const struct leat_addr *addr, __be16 port)
{
	char buffer[LEAT_ADDR_TEXT];

	leat_addr_format(addr, buffer);
	if (!port)
		leat_text_add(text, "%s", buffer);
	else if (leat_addr_is_ipv4(addr))
		leat_text_add(text, "%s:%u", buffer, ntohs(port));
	else
		leat_text_add(text, "[%s]:%u", buffer, ntohs(port));
}

static void flow_line(const struct leat_flow_key *key, const struct leat_flow *flow,
		      struct leat_text *text)
{
	char proto[LEAT_PROTO_TEXT];

	leat_text_add(text, "%s ", leat_proto_format(key->proto, proto));
	add_place(text, &key->saddr, key->sport);
	leat_text_add(text, " > ");
	add_place(text, &key->daddr, key->dport);
	if (flow->flags & (LEAT_FLOW_NAT_SRC | LEAT_FLOW_NAT_DST)) {
		leat_text_add(text, " as ");
		add_place(text, &flow->nat_saddr, flow->nat_sport);
		leat_text_add(text, " > ");
		add_place(text, &flow->nat_daddr, flow->nat_dport);
	}
	leat_text_add(text, " %s%s to %s", leat_hook_name(flow->hook),
		      flow->flags & LEAT_FLOW_REPLY ? " reply" : "",
		      leat_action_name(flow->action));
	if (flow->action == LEAT_FWD_TUNNEL)
		leat_text_add(text, " node %u", flow->node);
	leat_text_add(text, " slots %u>%u rules %u,%u packets %llu bytes %llu%s", flow->src_slot,
		      flow->dst_slot, flow->egress_rule, flow->ingress_rule,
		      (unsigned long long)flow->packets, (unsigned long long)flow->bytes,
		      flow->flags & LEAT_FLOW_HALF_OPEN ? " half-open" : "");
}

static void drop_line(const struct leat_drop_key *key, const struct leat_drop_info *info,
		      struct leat_text *text)
{
	bool is_icmp = key->proto == IPPROTO_ICMP || key->proto == IPPROTO_ICMPV6;
	char proto[LEAT_PROTO_TEXT];

	leat_text_add(text, "%s %s ", leat_drop_label(key->reason),
		      leat_proto_format(key->proto, proto));
	add_place(text, &key->saddr, 0);
	leat_text_add(text, " > ");
	add_place(text, &key->daddr, is_icmp ? 0 : key->dport);
	if (is_icmp)
		leat_text_add(text, " type %u code %u", ntohs(key->dport) >> 8,
			      ntohs(key->dport) & 0xff);
	leat_text_add(text,
		      " %s slots %u>%u identities %u>%u set %u rule %u service %u packets %llu",
		      leat_hook_name(key->hook), info->src_slot, info->dst_slot, info->src_identity,
		      info->dst_identity, info->set, info->rule, info->service,
		      (unsigned long long)info->packets);
}

static void add_array(struct leat_text *text, const cJSON *array)
{
	const cJSON *item;
	const char *separator = "";

	cJSON_ArrayForEach (item, array) {
		leat_text_add(text, "%s%s", separator, item->valuestring);
		separator = ",";
	}
}

static void generic_line(const cJSON *object, struct leat_text *text)
{
	const cJSON *field;
	const char *separator = "";

	cJSON_ArrayForEach (field, object) {
		leat_text_add(text, "%s%s=", separator, field->string);
		if (cJSON_IsNumber(field))
			leat_text_add(text, "%.0f", field->valuedouble);
		else if (cJSON_IsString(field))
			leat_text_add(text, "%s", field->valuestring);
		else
			add_array(text, field);
		separator = " ";
	}
}

void leat_entry_to_text(enum leat_table_id table, const void *key, const void *value,
			struct leat_text *text)
{
	struct leat_flow_key flow_key;
	struct leat_flow flow;
	struct leat_drop_key drop_key;
	struct leat_drop_info drop;
	cJSON *object;

	switch (table) {
	case LEAT_TABLE_FLOW:
		memcpy(&flow_key, key, sizeof(flow_key));
		memcpy(&flow, value, sizeof(flow));
		flow_line(&flow_key, &flow, text);
		return;
	case LEAT_TABLE_DROP:
		memcpy(&drop_key, key, sizeof(drop_key));
		memcpy(&drop, value, sizeof(drop));
		drop_line(&drop_key, &drop, text);
		return;
	default:
		object = leat_entry_to_json(table, key, value);
		generic_line(object, text);
		cJSON_Delete(object);
	}
}
