// SPDX-License-Identifier: Apache-2.0
/*
 * `leat policy list`: what the policy table allows, set by set. A set is what all policies that
 * select a pod say together in one direction; pods with the same policies share one.
 */
#include <arpa/inet.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "listing.h"
#include "maps/dump.h"

const struct leat_option leat_policy_options[] = {
	{ "endpoint", "NS/NAME", "only the sets of this pod" },
	{ NULL, NULL, NULL },
};

struct set {
	__u32 set;
	__u8 dir;
	size_t pods;
};

struct sets { /* sorted by direction and number, once complete */
	struct set *items;
	size_t count;
};

static void sets_free(struct sets *sets)
{
	free(sets->items);
}

static int compare(const void *a, const void *b)
{
	const struct set *left = a, *right = b;

	if (left->dir != right->dir)
		return left->dir < right->dir ? 1 : -1; /* ingress first */
	return left->set < right->set ? -1 : left->set > right->set;
}

static void add(struct sets *sets, __u32 number, __u8 dir, size_t pods)
{
	sets->items = leat_cli_grow(sets->items, (sets->count + 1) * sizeof(*sets->items));
	sets->items[sets->count++] = (struct set){ .set = number, .dir = dir, .pods = pods };
}

/* Sets that pods use, also those without an entry in the table: they allow nothing. */
static void add_endpoints(struct sets *sets, const struct leat_rows *endpoints, __u32 only_slot)
{
	for (size_t i = 0; i < endpoints->count; i++) {
		const struct leat_endpoint *entry = leat_rows_value(endpoints, i);
		__u32 slot;

		memcpy(&slot, leat_rows_key(endpoints, i), sizeof(slot));
		if (!entry->ifindex || (only_slot && slot != only_slot))
			continue;
		if (entry->flags & LEAT_EP_INGRESS_ISOLATED)
			add(sets, entry->ingress_set, LEAT_INGRESS, 1);
		if (entry->flags & LEAT_EP_EGRESS_ISOLATED)
			add(sets, entry->egress_set, LEAT_EGRESS, 1);
	}
}

/* Sets that no pod uses any more, until the agent removes them. */
static void add_entries(struct sets *sets, const struct leat_rows *policy)
{
	for (size_t i = 0; i < policy->count; i++) {
		const struct leat_policy_key *key = leat_rows_key(policy, i);

		if (!sets->count || sets->items[sets->count - 1].set != key->set ||
		    sets->items[sets->count - 1].dir != key->dir)
			add(sets, key->set, key->dir, 0);
	}
}

static void merge(struct sets *sets)
{
	size_t kept = 0;

	if (!sets->count)
		return;
	qsort(sets->items, sets->count, sizeof(*sets->items), compare);
	for (size_t i = 1; i < sets->count; i++) {
		if (compare(&sets->items[kept], &sets->items[i]) == 0)
			sets->items[kept].pods += sets->items[i].pods;
		else
			sets->items[++kept] = sets->items[i];
	}
	sets->count = kept + 1;
}

static const char *dir_name(__u8 dir)
{
	return dir == LEAT_INGRESS ? "ingress" : "egress";
}

/* "any", "80" or "8080-8083": a prefix of the port is a range. */
static void port_format(const struct leat_policy_key *key, char buffer[16])
{
	__u32 bits = key->prefixlen > LEAT_POLICY_PREFIX_PROTO
			     ? key->prefixlen - LEAT_POLICY_PREFIX_PROTO
			     : 0;
	unsigned int low = ntohs(key->port), high;

	if (bits > 16)
		bits = 16;
	low &= 0xffffU << (16 - bits);
	high = low | (0xffffU >> bits);
	if (!bits)
		snprintf(buffer, 16, "any");
	else if (low == high)
		snprintf(buffer, 16, "%u", low & 0xffff);
	else
		snprintf(buffer, 16, "%u-%u", low & 0xffff, high & 0xffff);
}

static const char *entry_proto(const struct leat_policy_key *key, char buffer[LEAT_PROTO_TEXT])
{
	return key->prefixlen < LEAT_POLICY_PREFIX_PROTO ? "any"
							 : leat_proto_format(key->proto, buffer);
}

static cJSON *entry_json(struct leat_cli *cli, const struct leat_policy_key *key,
			 const struct leat_policy *policy)
{
	const struct leat_names *names = leat_cli_names(cli);
	const cJSON *rule = leat_names_find(names, LEAT_NAME_RULE, policy->rule);
	_cleanup_free_ char *peer = leat_identity_describe(names, key->identity);
	_cleanup_free_ char *name = leat_names_full(rule, "policy");
	cJSON *object = cJSON_CreateObject();
	char proto[LEAT_PROTO_TEXT], port[16];

	port_format(key, port);
	leat_field_number(object, "rule", policy->rule);
	leat_field_text(object, "policy", name);
	if (rule)
		leat_field_number(object, "index", leat_names_number(rule, "index"));
	else
		leat_field_text(object, "index", NULL);
	leat_field_number(object, "identity", key->identity);
	leat_field_text(object, "peer", peer);
	leat_field_text(object, "proto", entry_proto(key, proto));
	leat_field_text(object, "ports", port);
	leat_field_text(object, "verdict",
			policy->verdict == LEAT_VERDICT_ALLOW ? "allow" : "deny");
	leat_field_number(object, "precedence", policy->precedence);
	return object;
}

static bool is_of(const struct set *set, const struct leat_policy_key *key)
{
	return key->set == set->set && key->dir == set->dir;
}

static cJSON *set_json(struct leat_cli *cli, const struct set *set, const struct leat_rows *policy)
{
	const cJSON *state = leat_names_find(leat_cli_names(cli), LEAT_NAME_SET, set->set);
	const cJSON *policies = cJSON_GetObjectItemCaseSensitive(state, "policies");
	cJSON *object = cJSON_CreateObject(), *array;

	leat_field_number(object, "set", set->set);
	leat_field_text(object, "direction", dir_name(set->dir));
	leat_field_number(object, "endpoints", (double)set->pods);
	cJSON_AddItemToObject(object, "policies",
			      policies ? cJSON_Duplicate(policies, true) : cJSON_CreateArray());
	array = leat_field_array(object, "entries");
	for (size_t i = 0; i < policy->count; i++) {
		const struct leat_policy_key *key = leat_rows_key(policy, i);

		if (is_of(set, key))
			cJSON_AddItemToArray(array,
					     entry_json(cli, key, leat_rows_value(policy, i)));
	}
	return object;
}

static void set_cells(struct leat_cli *cli, const struct set *set, struct leat_grid *grid)
{
	_cleanup_free_ char *policies = leat_set_describe(leat_cli_names(cli), set->set);

	leat_grid_cell(grid, "%s", dir_name(set->dir));
	leat_grid_cell(grid, "%zu", set->pods);
	leat_grid_cell(grid, "%s", policies);
}

static void entry_cells(struct leat_cli *cli, const struct leat_policy_key *key,
			const struct leat_policy *policy, struct leat_grid *grid)
{
	const struct leat_names *names = leat_cli_names(cli);
	_cleanup_free_ char *rule = leat_rule_describe(names, policy->rule);
	_cleanup_free_ char *peer = leat_identity_describe(names, key->identity);
	char proto[LEAT_PROTO_TEXT], port[16];

	port_format(key, port);
	leat_grid_cell(grid, "%s", policy->verdict == LEAT_VERDICT_ALLOW ? "allow" : "deny");
	leat_grid_cell(grid, "%s", peer);
	leat_grid_cell(grid, "%s", entry_proto(key, proto));
	leat_grid_cell(grid, "%s", port);
	leat_grid_cell(grid, "%s", rule);
}

static void set_rows(struct leat_cli *cli, const struct set *set, const struct leat_rows *policy,
		     struct leat_grid *grid)
{
	static const char *const nothing[] = { "deny", "any", "any", "any", "no rule" };
	bool has_entry = false;

	for (size_t i = 0; i < policy->count; i++) {
		const struct leat_policy_key *key = leat_rows_key(policy, i);

		if (!is_of(set, key))
			continue;
		has_entry = true;
		set_cells(cli, set, grid);
		entry_cells(cli, key, leat_rows_value(policy, i), grid);
	}
	if (has_entry)
		return;
	set_cells(cli, set, grid);
	for (size_t i = 0; i < ARRAY_SIZE(nothing); i++)
		leat_grid_cell(grid, "%s", nothing[i]);
}

static int read_tables(struct leat_cli *cli, struct leat_rows *endpoints, struct leat_rows *policy,
		       __u32 *ret_only_slot)
{
	const char *endpoint = leat_cli_value(cli, "endpoint");
	int code = leat_cli_rows(cli, LEAT_TABLE_EP, endpoints);

	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_POLICY, policy);
	if (code || !endpoint)
		return code;
	if (leat_names_endpoint_slot(leat_cli_names(cli), endpoint, ret_only_slot) < 0)
		return leat_cli_error(cli, LEAT_EXIT_NOTHING, "no pod '%s' on this node", endpoint);
	return 0;
}

int leat_cmd_policy_list(struct leat_cli *cli)
{
	static const char *const headers[] = { "DIRECTION", ">PODS", "POLICIES", "VERDICT", "PEER",
					       "PROTO",	    "PORT",  "RULE",	 NULL };
	LEAT_CLEANUP(sets_free) struct sets sets = { 0 };
	_cleanup_rows_ struct leat_rows endpoints = { 0 };
	_cleanup_rows_ struct leat_rows policy = { 0 };
	struct leat_listing listing;
	__u32 only_slot = 0;
	int code = read_tables(cli, &endpoints, &policy, &only_slot);

	if (code)
		return code;
	add_endpoints(&sets, &endpoints, only_slot);
	if (!only_slot)
		add_entries(&sets, &policy);
	merge(&sets);
	leat_listing_begin(&listing, cli, headers);
	for (size_t i = 0; i < sets.count; i++) {
		if (cli->is_json)
			leat_out_add(&listing.json, set_json(cli, &sets.items[i], &policy));
		else
			set_rows(cli, &sets.items[i], &policy, &listing.grid);
	}
	leat_listing_end(&listing);
	return LEAT_EXIT_OK;
}
