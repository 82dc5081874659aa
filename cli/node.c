// SPDX-License-Identifier: Apache-2.0
/* `leat node list`: the nodes that this one sends to, from the table and the state file. */
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "listing.h"
#include "lib/text.h"

static char *joined(const cJSON *object, const char *field)
{
	struct leat_text text = { 0 };
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, field)) {
		if (cJSON_GetStringValue(item))
			leat_text_add(&text, "%s%s", text.size ? "," : "",
				      cJSON_GetStringValue(item));
	}
	return text.data ? text.data : leat_cli_format("%s", "");
}

static void add_copy(cJSON *object, const cJSON *from, const char *field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, field);

	cJSON_AddItemToObject(object, field,
			      cJSON_IsArray(item) ? cJSON_Duplicate(item, true)
						  : cJSON_CreateArray());
}

/* `tunnel` is "" for a node that is only in the state file: this one. */
static void print_node(struct leat_cli *cli, __u32 slot, const cJSON *state, const char *tunnel,
		       struct leat_listing *listing)
{
	_cleanup_free_ char *addresses = joined(state, "addresses");
	_cleanup_free_ char *ranges = joined(state, "podCIDRs");
	cJSON *object;

	if (cli->is_json) {
		object = cJSON_CreateObject();
		leat_field_number(object, "slot", slot);
		leat_field_text(object, "name", state ? leat_names_text(state, "name") : NULL);
		leat_field_text(object, "tunnel", *tunnel ? tunnel : NULL);
		add_copy(object, state, "addresses");
		add_copy(object, state, "podCIDRs");
		leat_out_add(&listing->json, object);
		return;
	}
	leat_grid_cell(&listing->grid, "%u", slot);
	leat_grid_cell(&listing->grid, "%s", leat_names_text(state, "name"));
	leat_grid_cell(&listing->grid, "%s", tunnel);
	leat_grid_cell(&listing->grid, "%s", addresses);
	leat_grid_cell(&listing->grid, "%s", ranges);
}

/* Nodes that the state file names and the table has not: this one, or all without a tunnel. */
static void print_others(struct leat_cli *cli, const struct leat_rows *rows,
			 struct leat_listing *listing)
{
	const cJSON *root = leat_names_root(leat_cli_names(cli));
	const cJSON *node;

	cJSON_ArrayForEach (node, cJSON_GetObjectItemCaseSensitive(root, "nodes")) {
		__u32 slot = leat_names_number(node, "slot");

		if (!leat_rows_find(rows, &slot))
			print_node(cli, slot, node, "", listing);
	}
}

int leat_cmd_node_list(struct leat_cli *cli)
{
	static const char *const headers[] = { ">SLOT",	    "NAME",	  "TUNNEL",
					       "ADDRESSES", "POD RANGES", NULL };
	_cleanup_rows_ struct leat_rows rows = { 0 };
	struct leat_listing listing;
	int code = leat_cli_rows(cli, LEAT_TABLE_NODE, &rows);

	if (code)
		return code;
	leat_listing_begin(&listing, cli, headers);
	for (size_t i = 0; i < rows.count; i++) {
		char tunnel[LEAT_ADDR_TEXT];
		struct leat_node node;
		__u32 slot;

		memcpy(&slot, leat_rows_key(&rows, i), sizeof(slot));
		memcpy(&node, leat_rows_value(&rows, i), sizeof(node));
		print_node(cli, slot, leat_names_find(leat_cli_names(cli), LEAT_NAME_NODE, slot),
			   leat_addr_format(&node.tunnel, tunnel), &listing);
	}
	print_others(cli, &rows, &listing);
	leat_listing_end(&listing);
	return LEAT_EXIT_OK;
}
