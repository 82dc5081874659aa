// SPDX-License-Identifier: Apache-2.0
/*
 * `leat flow list`: the flow table, a line a flow. A flow is two entries, one a direction; the
 * answering one is shown only when asked for, or when it is all that is left of its flow.
 */
#include <arpa/inet.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "flow_filter.h"
#include "listing.h"
#include "maps/dump.h"
#include "maps/flows.h"

struct entry {
	struct leat_flow_key key;
	struct leat_flow flow;
	struct leat_flow other; /* the other direction's entry */
	bool has_other;
};

static void entry_at(const struct leat_rows *rows, size_t index, struct entry *ret_entry)
{
	struct leat_flow_key partner;
	const void *found;

	memcpy(&ret_entry->key, leat_rows_key(rows, index), sizeof(ret_entry->key));
	memcpy(&ret_entry->flow, leat_rows_value(rows, index), sizeof(ret_entry->flow));
	partner = leat_flow_partner(&ret_entry->key, &ret_entry->flow);
	found = leat_rows_find(rows, &partner);
	ret_entry->has_other = found;
	memset(&ret_entry->other, 0, sizeof(ret_entry->other));
	if (found)
		memcpy(&ret_entry->other, found, sizeof(ret_entry->other));
}

static const char *tcp_state(const struct entry *entry, bool is_half_open)
{
	__u8 both = entry->flow.tcp | entry->other.tcp;

	if (both & LEAT_TCP_RST)
		return "reset";
	if (entry->flow.tcp & entry->other.tcp & LEAT_TCP_FIN)
		return "closed";
	if (both & LEAT_TCP_FIN)
		return "closing";
	return is_half_open ? "half-open" : "established";
}

static const char *flow_state(const struct entry *entry)
{
	bool is_half_open = (entry->flow.flags | entry->other.flags) & LEAT_FLOW_HALF_OPEN;

	if (entry->key.proto == IPPROTO_TCP)
		return tcp_state(entry, is_half_open);
	return is_half_open ? "unanswered" : "answered";
}

static __u64 tick_age_sec(const struct leat_cli *cli, __u32 tick)
{
	__u64 then_ns = (__u64)tick << LEAT_TICK_SHIFT;

	return leat_age_sec(cli, then_ns);
}

static void add_address_name(const struct leat_names *names, cJSON *object, const char *field,
			     const struct leat_addr *addr)
{
	leat_field_text(object, field, leat_names_pod(names, addr));
}

static cJSON *entry_json(struct leat_cli *cli, const struct entry *entry)
{
	const struct leat_names *names = leat_cli_names(cli);
	const struct leat_flow *flow = &entry->flow;
	_cleanup_free_ char *egress = leat_rule_describe(names, flow->egress_rule);
	_cleanup_free_ char *ingress = leat_rule_describe(names, flow->ingress_rule);
	_cleanup_free_ char *service = flow->service ? leat_service_describe(names, flow->service)
						     : NULL;
	cJSON *object = leat_flow_to_json(&entry->key, flow);

	add_address_name(names, object, "sourceName", &entry->key.saddr);
	add_address_name(names, object, "destinationName", &entry->key.daddr);
	add_address_name(names, object, "natSourceName", &flow->nat_saddr);
	add_address_name(names, object, "natDestinationName", &flow->nat_daddr);
	cJSON_AddBoolToObject(object, "reply", !!(flow->flags & LEAT_FLOW_REPLY));
	leat_field_text(object, "state", flow_state(entry));
	leat_field_text(object, "serviceName", service);
	leat_field_text(object, "egressRuleName", egress);
	leat_field_text(object, "ingressRuleName", ingress);
	leat_field_number(object, "ageSec", (double)tick_age_sec(cli, flow->created_tick));
	leat_field_number(object, "idleSec", (double)tick_age_sec(cli, flow->seen_tick));
	leat_field_number(object, "otherPackets", (double)entry->other.packets);
	leat_field_number(object, "otherBytes", (double)entry->other.bytes);
	return object;
}

static char *side_text(const struct leat_names *names, const struct leat_addr *addr, __be16 port,
		       const struct leat_flow_key *key)
{
	_cleanup_free_ char *name = leat_addr_name(names, addr);
	bool is_address = !leat_names_pod(names, addr) && !leat_names_node(names, addr);

	if (key->kind != LEAT_KIND_PLAIN || !port)
		return TAKE_PTR(name);
	if (is_address)
		return leat_addr_port(addr, ntohs(port));
	return leat_cli_format("%s:%u", name, ntohs(port));
}

/* Where the Service or a translation sends it, "" where nothing is translated. */
static char *target_text(const struct leat_names *names, const struct entry *entry)
{
	if (!(entry->flow.flags & LEAT_FLOW_NAT_DST))
		return leat_cli_format("%s", "");
	return side_text(names, &entry->flow.nat_daddr, entry->flow.nat_dport, &entry->key);
}

static char *to_text(const struct leat_names *names, const struct entry *entry)
{
	if (entry->flow.service && !(entry->flow.flags & LEAT_FLOW_REPLY))
		return leat_service_describe(names, entry->flow.service);
	return side_text(names, &entry->key.daddr, entry->key.dport, &entry->key);
}

static void rule_cells(const struct leat_names *names, const struct leat_flow *flow,
		       struct leat_grid *grid)
{
	_cleanup_free_ char *egress = leat_rule_describe(names, flow->egress_rule);
	_cleanup_free_ char *ingress = leat_rule_describe(names, flow->ingress_rule);

	leat_grid_cell(grid, "%s", egress);
	leat_grid_cell(grid, "%s", ingress);
}

static void entry_cells(struct leat_cli *cli, const struct entry *entry, struct leat_grid *grid)
{
	const struct leat_names *names = leat_cli_names(cli);
	const struct leat_flow *flow = &entry->flow;
	_cleanup_free_ char *from =
		side_text(names, &entry->key.saddr, entry->key.sport, &entry->key);
	_cleanup_free_ char *to = to_text(names, entry);
	_cleanup_free_ char *target = target_text(names, entry);
	char proto[LEAT_PROTO_TEXT], age[LEAT_AGE_TEXT];

	leat_grid_cell(grid, "%s%s", leat_proto_format(entry->key.proto, proto),
		       flow->flags & LEAT_FLOW_REPLY ? " reply" : "");
	leat_grid_cell(grid, "%s", from);
	leat_grid_cell(grid, "%s", to);
	leat_grid_cell(grid, "%s", target);
	leat_grid_cell(grid, "%s", flow_state(entry));
	leat_grid_cell(grid, "%s", leat_action_name(flow->action));
	leat_grid_cell(grid, "%llu/%llu", (unsigned long long)flow->packets,
		       (unsigned long long)entry->other.packets);
	leat_grid_cell(grid, "%s", leat_age_format(tick_age_sec(cli, flow->created_tick), age));
	leat_grid_cell(grid, "%s", leat_age_format(tick_age_sec(cli, flow->seen_tick), age));
	rule_cells(names, flow, grid);
}

int leat_cmd_flow_list(struct leat_cli *cli)
{
	static const char *const headers[] = { "PROTO", "FROM",	  "TO",	       "BACKEND",
					       "STATE", "WAY",	  ">SENT/GOT", ">AGE",
					       ">IDLE", "EGRESS", "INGRESS",   NULL };
	_cleanup_rows_ struct leat_rows rows = { 0 };
	struct leat_flow_filter filter = { 0 };
	struct leat_listing listing;
	int code = leat_flow_filter_parse(cli, &filter);

	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_FLOW, &rows);
	if (code)
		return code;
	leat_listing_begin(&listing, cli, headers);
	for (size_t i = 0; i < rows.count; i++) {
		struct entry entry;

		entry_at(&rows, i, &entry);
		if ((entry.flow.flags & LEAT_FLOW_REPLY) && entry.has_other && !filter.has_reply)
			continue;
		if (!leat_flow_matches(&filter, &entry.key, &entry.flow))
			continue;
		if (cli->is_json)
			leat_out_add(&listing.json, entry_json(cli, &entry));
		else
			entry_cells(cli, &entry, &listing.grid);
	}
	leat_listing_end(&listing);
	return LEAT_EXIT_OK;
}
