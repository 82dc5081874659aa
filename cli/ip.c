// SPDX-License-Identifier: Apache-2.0
/* `leat ip list`: who every known address and block is: pod, node, Service, pod range. */
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "listing.h"
#include "maps/dump.h"

static char *owner_text(struct leat_cli *cli, const struct leat_addr *addr,
			const struct leat_ipinfo *info)
{
	const struct leat_names *names = leat_cli_names(cli);

	if (info->kind == LEAT_IP_POD)
		return leat_addr_name(names, addr);
	if (info->kind == LEAT_IP_NODE || info->kind == LEAT_IP_HOST) {
		const char *node = leat_names_node(names, addr);

		return leat_cli_format("%s", node ? node : "");
	}
	return leat_cli_format("%s", "");
}

static void print_entry(struct leat_cli *cli, const struct leat_cidr *block, bool is_block,
			const struct leat_ipinfo *info, struct leat_listing *listing)
{
	const struct leat_names *names = leat_cli_names(cli);
	const char *node =
		leat_names_text(leat_names_find(names, LEAT_NAME_NODE, info->node), "name");
	_cleanup_free_ char *owner = is_block ? NULL : owner_text(cli, &block->addr, info);
	char text[LEAT_CIDR_TEXT];
	cJSON *object;

	if (is_block)
		leat_cidr_format(block, text);
	else
		leat_addr_format(&block->addr, text);
	if (cli->is_json) {
		object = cJSON_CreateObject();
		leat_field_text(object, "address", text);
		leat_field_text(object, "kind", leat_ip_kind_name(info->kind));
		leat_field_text(object, "name", owner && *owner ? owner : NULL);
		leat_field_number(object, "identity", info->identity);
		leat_field_number(object, "slot", info->slot);
		leat_field_number(object, "node", info->node);
		leat_field_text(object, "nodeName", info->node && *node ? node : NULL);
		leat_out_add(&listing->json, object);
		return;
	}
	leat_grid_cell(&listing->grid, "%s", text);
	leat_grid_cell(&listing->grid, "%s", leat_ip_kind_name(info->kind));
	leat_grid_cell(&listing->grid, "%s", owner ? owner : "");
	leat_grid_cell(&listing->grid, "%u", info->identity);
	if (info->node && !*node)
		leat_grid_cell(&listing->grid, "%u", info->node);
	else
		leat_grid_cell(&listing->grid, "%s", info->node ? node : "");
}

int leat_cmd_ip_list(struct leat_cli *cli)
{
	static const char *const headers[] = {
		"ADDRESS", "KIND", "NAME", ">IDENTITY", "NODE", NULL
	};
	_cleanup_rows_ struct leat_rows addresses = { 0 };
	_cleanup_rows_ struct leat_rows blocks = { 0 };
	struct leat_listing listing;
	struct leat_ipinfo info;
	int code = leat_cli_rows(cli, LEAT_TABLE_IPCACHE, &addresses);

	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_CIDR, &blocks);
	if (code)
		return code;
	leat_listing_begin(&listing, cli, headers);
	for (size_t i = 0; i < addresses.count; i++) {
		const struct leat_addr *addr = leat_rows_key(&addresses, i);
		const struct leat_cidr host = { .addr = *addr, .prefixlen = 128 };

		memcpy(&info, leat_rows_value(&addresses, i), sizeof(info));
		print_entry(cli, &host, false, &info, &listing);
	}
	for (size_t i = 0; i < blocks.count; i++) {
		const struct leat_cidr_key *key = leat_rows_key(&blocks, i);
		const struct leat_cidr block = { .addr = key->addr, .prefixlen = key->prefixlen };

		memcpy(&info, leat_rows_value(&blocks, i), sizeof(info));
		print_entry(cli, &block, true, &info, &listing);
	}
	leat_listing_end(&listing);
	return LEAT_EXIT_OK;
}
