/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A list in either shape of output, so that a command writes its loop once. */
#include "grid.h"
#include "json.h"

struct leat_listing {
	bool is_json;
	struct leat_grid grid;
	struct leat_out_list json;
};

static inline void leat_listing_begin(struct leat_listing *listing, struct leat_cli *cli,
				      const char *const *headers)
{
	listing->is_json = cli->is_json;
	if (cli->is_json)
		leat_out_begin(&listing->json, cli->out);
	else
		leat_grid_begin(&listing->grid, cli->out, headers);
}

static inline void leat_listing_end(struct leat_listing *listing)
{
	if (listing->is_json)
		leat_out_end(&listing->json);
	else
		leat_grid_end(&listing->grid);
}
