// SPDX-License-Identifier: Apache-2.0
/*
 * `leat identity list`: the sets of addresses that this node's policies tell apart, with how
 * many addresses and blocks are in each right now.
 */
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "listing.h"

struct tally {
	__u32 identity;
	size_t addresses;
	size_t blocks;
};

struct tallies { /* sorted by identity once complete */
	struct tally *items;
	size_t count;
};

static void tallies_free(struct tallies *tallies)
{
	free(tallies->items);
}

static int compare(const void *a, const void *b)
{
	const struct tally *left = a, *right = b;

	return left->identity < right->identity ? -1 : left->identity > right->identity;
}

static void tally_rows(struct tallies *tallies, const struct leat_rows *rows, bool is_block)
{
	tallies->items = leat_cli_grow(tallies->items, (tallies->count + rows->count + 1) *
							       sizeof(*tallies->items));
	for (size_t i = 0; i < rows->count; i++) {
		struct leat_ipinfo info;

		memcpy(&info, leat_rows_value(rows, i), sizeof(info));
		tallies->items[tallies->count++] = (struct tally){ .identity = info.identity,
								   .addresses = !is_block,
								   .blocks = is_block };
	}
}

/* Sorts, and adds up what is of one identity. */
static void merge(struct tallies *tallies)
{
	size_t kept = 0;

	qsort(tallies->items, tallies->count, sizeof(*tallies->items), compare);
	for (size_t i = 1; i < tallies->count; i++) {
		struct tally *last = &tallies->items[kept];

		if (last->identity == tallies->items[i].identity) {
			last->addresses += tallies->items[i].addresses;
			last->blocks += tallies->items[i].blocks;
		} else {
			tallies->items[++kept] = tallies->items[i];
		}
	}
	tallies->count = tallies->count ? kept + 1 : 0;
}

static void print_tally(struct leat_cli *cli, const struct tally *tally,
			struct leat_listing *listing)
{
	_cleanup_free_ char *text = leat_identity_describe(leat_cli_names(cli), tally->identity);

	if (cli->is_json) {
		cJSON *object = cJSON_CreateObject();

		leat_field_number(object, "identity", tally->identity);
		leat_field_number(object, "addresses", (double)tally->addresses);
		leat_field_number(object, "blocks", (double)tally->blocks);
		leat_field_text(object, "text", text);
		leat_out_add(&listing->json, object);
		return;
	}
	leat_grid_cell(&listing->grid, "%u", tally->identity);
	leat_grid_cell(&listing->grid, "%zu", tally->addresses);
	leat_grid_cell(&listing->grid, "%zu", tally->blocks);
	leat_grid_cell(&listing->grid, "%s", text);
}

int leat_cmd_identity_list(struct leat_cli *cli)
{
	static const char *const headers[] = { ">IDENTITY", ">ADDRESSES", ">BLOCKS", "WHO", NULL };
	LEAT_CLEANUP(tallies_free) struct tallies tallies = { 0 };
	_cleanup_rows_ struct leat_rows addresses = { 0 };
	_cleanup_rows_ struct leat_rows blocks = { 0 };
	struct leat_listing listing;
	int code = leat_cli_rows(cli, LEAT_TABLE_IPCACHE, &addresses);

	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_CIDR, &blocks);
	if (code)
		return code;
	tally_rows(&tallies, &addresses, false);
	tally_rows(&tallies, &blocks, true);
	merge(&tallies);
	leat_listing_begin(&listing, cli, headers);
	for (size_t i = 0; i < tallies.count; i++)
		print_tally(cli, &tallies.items[i], &listing);
	leat_listing_end(&listing);
	return LEAT_EXIT_OK;
}
