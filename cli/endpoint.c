// SPDX-License-Identifier: Apache-2.0
/* `leat endpoint list` and `leat endpoint get`: the pods that are wired on this node. */
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "lib/text.h"
#include "listing.h"

struct endpoint { /* a row of leat_ep_v1 and what belongs to it */
	__u32 slot;
	struct leat_endpoint entry;
	__u32 half_open;
	const cJSON *state; /* or NULL */
};

struct endpoints {
	struct leat_rows entries;
	struct leat_rows stats;
	struct leat_rows ipcache;
};

static void endpoints_free(struct endpoints *endpoints)
{
	leat_rows_free(&endpoints->entries);
	leat_rows_free(&endpoints->stats);
	leat_rows_free(&endpoints->ipcache);
}
#define _cleanup_endpoints_ LEAT_CLEANUP(endpoints_free)

static int endpoints_read(struct leat_cli *cli, struct endpoints *endpoints)
{
	int code = leat_cli_rows(cli, LEAT_TABLE_EP, &endpoints->entries);

	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_EPSTAT, &endpoints->stats);
	return code ? code : leat_cli_rows(cli, LEAT_TABLE_IPCACHE, &endpoints->ipcache);
}

/* False for a slot that is free: its epoch stays behind when a pod goes. */
static bool endpoint_at(struct leat_cli *cli, const struct endpoints *endpoints, size_t index,
			struct endpoint *ret_endpoint)
{
	const struct leat_epstat *stat;
	struct endpoint endpoint = { 0 };

	memcpy(&endpoint.slot, leat_rows_key(&endpoints->entries, index), sizeof(__u32));
	memcpy(&endpoint.entry, leat_rows_value(&endpoints->entries, index),
	       sizeof(endpoint.entry));
	if (!endpoint.entry.ifindex)
		return false;
	stat = leat_rows_find(&endpoints->stats, &endpoint.slot);
	endpoint.half_open = stat ? stat->half_open : 0;
	endpoint.state = leat_names_find(leat_cli_names(cli), LEAT_NAME_ENDPOINT, endpoint.slot);
	*ret_endpoint = endpoint;
	return true;
}

static const char *mac_format(const __u8 mac[6], char buffer[18])
{
	snprintf(buffer, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return buffer;
}

static const char *text_or_null(const struct endpoint *endpoint, const char *field)
{
	const char *text = leat_names_text(endpoint->state, field);

	return *text ? text : NULL;
}

static void add_addresses(const struct endpoint *endpoint, cJSON *object)
{
	const struct leat_addr *addrs[] = { &endpoint->entry.addr4, &endpoint->entry.addr6 };
	cJSON *array = leat_field_array(object, "addresses");
	char text[LEAT_ADDR_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++) {
		if (!leat_addr_is_zero(addrs[i]))
			leat_field_append(array, leat_addr_format(addrs[i], text));
	}
}

static void add_policies(struct leat_cli *cli, cJSON *object, const char *field, __u32 set)
{
	const cJSON *state = leat_names_find(leat_cli_names(cli), LEAT_NAME_SET, set);
	cJSON *array = leat_field_array(object, field);
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(state, "policies")) {
		if (cJSON_GetStringValue(item))
			leat_field_append(array, cJSON_GetStringValue(item));
	}
}

static void add_identities(const struct endpoints *endpoints, const struct endpoint *endpoint,
			   cJSON *object)
{
	const struct leat_addr *addrs[] = { &endpoint->entry.addr4, &endpoint->entry.addr6 };
	cJSON *array = leat_field_array(object, "identities");

	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++) {
		const struct leat_ipinfo *info = leat_rows_find(&endpoints->ipcache, addrs[i]);

		if (info && !leat_addr_is_zero(addrs[i]))
			cJSON_AddItemToArray(array, cJSON_CreateNumber(info->identity));
	}
}

static cJSON *endpoint_json(struct leat_cli *cli, const struct endpoints *endpoints,
			    const struct endpoint *endpoint)
{
	const struct leat_endpoint *entry = &endpoint->entry;
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(endpoint->state, "labels");
	cJSON *object = cJSON_CreateObject();
	char mac[18];

	leat_field_number(object, "slot", endpoint->slot);
	leat_field_text(object, "namespace", text_or_null(endpoint, "namespace"));
	leat_field_text(object, "name", text_or_null(endpoint, "name"));
	add_addresses(endpoint, object);
	leat_field_text(object, "mac", mac_format(entry->mac, mac));
	leat_field_number(object, "ifindex", entry->ifindex);
	leat_field_text(object, "hostIfname", text_or_null(endpoint, "hostIfname"));
	leat_field_text(object, "containerID", text_or_null(endpoint, "containerID"));
	leat_field_text(object, "ifname", text_or_null(endpoint, "ifname"));
	leat_field_number(object, "epoch", entry->epoch);
	cJSON_AddBoolToObject(object, "ingressIsolated",
			      !!(entry->flags & LEAT_EP_INGRESS_ISOLATED));
	cJSON_AddBoolToObject(object, "egressIsolated", !!(entry->flags & LEAT_EP_EGRESS_ISOLATED));
	leat_field_number(object, "ingressSet", entry->ingress_set);
	leat_field_number(object, "egressSet", entry->egress_set);
	add_policies(cli, object, "ingressPolicies", entry->ingress_set);
	add_policies(cli, object, "egressPolicies", entry->egress_set);
	add_identities(endpoints, endpoint, object);
	leat_field_number(object, "halfOpen", endpoint->half_open);
	cJSON_AddItemToObject(object, "labels",
			      labels ? cJSON_Duplicate(labels, true) : cJSON_CreateObject());
	return object;
}

static char *addresses_text(const struct leat_endpoint *entry)
{
	bool has4 = !leat_addr_is_zero(&entry->addr4), has6 = !leat_addr_is_zero(&entry->addr6);
	char text4[LEAT_ADDR_TEXT], text6[LEAT_ADDR_TEXT];

	return leat_cli_format("%s%s%s", has4 ? leat_addr_format(&entry->addr4, text4) : "",
			       has4 && has6 ? "," : "",
			       has6 ? leat_addr_format(&entry->addr6, text6) : "");
}

static char *isolation_text(struct leat_cli *cli, const struct leat_endpoint *entry, __u16 flag,
			    __u32 set)
{
	if (!(entry->flags & flag))
		return leat_cli_format("open");
	return leat_set_describe(leat_cli_names(cli), set);
}

static void endpoint_cells(struct leat_cli *cli, const struct endpoint *endpoint,
			   struct leat_grid *grid)
{
	const struct leat_endpoint *entry = &endpoint->entry;
	_cleanup_free_ char *addresses = addresses_text(entry);
	_cleanup_free_ char *ingress =
		isolation_text(cli, entry, LEAT_EP_INGRESS_ISOLATED, entry->ingress_set);
	_cleanup_free_ char *egress =
		isolation_text(cli, entry, LEAT_EP_EGRESS_ISOLATED, entry->egress_set);
	const char *device = leat_names_text(endpoint->state, "hostIfname");

	leat_grid_cell(grid, "%u", endpoint->slot);
	leat_grid_cell(grid, "%s", leat_names_text(endpoint->state, "namespace"));
	leat_grid_cell(grid, "%s", leat_names_text(endpoint->state, "name"));
	leat_grid_cell(grid, "%s", addresses);
	leat_grid_cell(grid, *device ? "%s" : "%s%u", device, entry->ifindex);
	leat_grid_cell(grid, "%s", ingress);
	leat_grid_cell(grid, "%s", egress);
}

int leat_cmd_endpoint_list(struct leat_cli *cli)
{
	static const char *const headers[] = { ">SLOT",	 "NAMESPACE", "NAME",	"ADDRESSES",
					       "DEVICE", "INGRESS",   "EGRESS", NULL };
	_cleanup_endpoints_ struct endpoints endpoints = { 0 };
	struct leat_listing listing;
	int code = endpoints_read(cli, &endpoints);

	if (code)
		return code;
	leat_listing_begin(&listing, cli, headers);
	for (size_t i = 0; i < endpoints.entries.count; i++) {
		struct endpoint endpoint;

		if (!endpoint_at(cli, &endpoints, i, &endpoint))
			continue;
		if (cli->is_json)
			leat_out_add(&listing.json, endpoint_json(cli, &endpoints, &endpoint));
		else
			endpoint_cells(cli, &endpoint, &listing.grid);
	}
	leat_listing_end(&listing);
	return LEAT_EXIT_OK;
}

/* A slot, an address, or a pod's name. */
static int find_slot(struct leat_cli *cli, const struct endpoints *endpoints, const char *text,
		     __u32 *ret_slot)
{
	const struct leat_ipinfo *info;
	struct leat_addr addr;
	__u64 number;
	int err;

	if (leat_number_parse(text, 0xffffffffU, &number) == 0) {
		*ret_slot = (__u32)number;
		return 0;
	}
	if (leat_addr_parse(text, &addr) == 0) {
		info = leat_rows_find(&endpoints->ipcache, &addr);
		if (!info || !info->slot)
			return leat_cli_error(cli, LEAT_EXIT_NOTHING,
					      "no pod of this node has the address %s", text);
		*ret_slot = info->slot;
		return 0;
	}
	err = leat_names_endpoint_slot(leat_cli_names(cli), text, ret_slot);
	if (err == -ENOTUNIQ)
		return leat_cli_error(cli, LEAT_EXIT_USAGE,
				      "several namespaces have a pod '%s': say NAMESPACE/%s", text,
				      text);
	if (err)
		return leat_cli_error(cli, LEAT_EXIT_NOTHING, "no pod '%s' on this node", text);
	return 0;
}

static void print_value(FILE *out, const char *field, const cJSON *value)
{
	_cleanup_free_ char *text = cJSON_IsString(value)
					    ? leat_cli_format("%s", value->valuestring)
					    : cJSON_PrintUnformatted(value);
	_cleanup_free_ char *safe =
		leat_text_escape(text && strcmp(text, "null") != 0 ? text : "-");

	fprintf(out, "%-16s  %s\n", field, safe ? safe : "-");
}

/* The JSON object's fields, one a line: what a program sees is what a person sees. */
static void print_endpoint(FILE *out, const cJSON *object)
{
	const cJSON *field;

	cJSON_ArrayForEach (field, object) {
		print_value(out, field->string, field);
	}
}

int leat_cmd_endpoint_get(struct leat_cli *cli)
{
	_cleanup_endpoints_ struct endpoints endpoints = { 0 };
	struct endpoint endpoint;
	__u32 slot = 0;
	int code = endpoints_read(cli, &endpoints);

	code = code ? code : find_slot(cli, &endpoints, cli->args[0], &slot);
	if (code)
		return code;
	for (size_t i = 0; i < endpoints.entries.count; i++) {
		cJSON *object;

		if (!endpoint_at(cli, &endpoints, i, &endpoint) || endpoint.slot != slot)
			continue;
		object = endpoint_json(cli, &endpoints, &endpoint);
		if (!cli->is_json)
			print_endpoint(cli->out, object);
		if (cli->is_json)
			leat_out_print(cli->out, object);
		else
			cJSON_Delete(object);
		return LEAT_EXIT_OK;
	}
	return leat_cli_error(cli, LEAT_EXIT_NOTHING, "no endpoint in slot %u", slot);
}
