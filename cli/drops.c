// SPDX-License-Identifier: Apache-2.0
/*
 * `leat drops`: totals by reason, exact, and what was dropped of late with who, to whom and why.
 * The second is what passed the rate limit (leat_drop_v1), so its counts are at least, not exact.
 */
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "drop.h"
#include "listing.h"
#include "maps/events.h"

const struct leat_option leat_drop_options[] = {
	{ "all", NULL, "reasons with no drop in the totals too" },
	{ "endpoint", "NS/NAME", "only recent drops from or to this pod" },
	{ "reason", "REASON", "only this reason, policy-ingress for example" },
	{ NULL, NULL, NULL },
};

struct recent {
	struct leat_drop_key key;
	struct leat_drop_info info;
};

static int newest_first(const void *a, const void *b)
{
	const struct recent *left = a, *right = b;

	return left->info.last_ns > right->info.last_ns ? -1
							: left->info.last_ns < right->info.last_ns;
}

/* New memory; sorted, filtered. */
static struct recent *recent_list(struct leat_cli *cli, const struct leat_drop_filter *filter,
				  const struct leat_rows *rows, size_t *ret_count)
{
	struct recent *list = leat_cli_alloc(rows->count * sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct recent *item = &list[count];

		memcpy(&item->key, leat_rows_key(rows, i), sizeof(item->key));
		memcpy(&item->info, leat_rows_value(rows, i), sizeof(item->info));
		count += leat_drop_matches(filter, leat_cli_names(cli), &item->key, &item->info);
	}
	qsort(list, count, sizeof(*list), newest_first);
	*ret_count = count;
	return list;
}

static struct leat_metric metric_of(const struct leat_rows *metrics, __u32 reason)
{
	const void *found = leat_rows_find(metrics, &reason);
	struct leat_metric metric = { 0 };

	if (found)
		memcpy(&metric, found, sizeof(metric));
	return metric;
}

/* Calls for each reason that has a name, and for numbers that a newer program counts. */
static bool is_shown(struct leat_cli *cli, const struct leat_drop_filter *filter, __u32 reason,
		     const struct leat_metric *metric)
{
	bool is_known = strcmp(leat_drop_label((__u8)reason), "unknown") != 0 &&
			strncmp(leat_drop_label((__u8)reason), "reason-", 7) != 0;

	if (filter->reason && filter->reason != reason)
		return false;
	return metric->packets || (is_known && leat_cli_value(cli, "all"));
}

static cJSON *totals_json(struct leat_cli *cli, const struct leat_drop_filter *filter,
			  const struct leat_rows *metrics)
{
	cJSON *array = cJSON_CreateArray();

	for (__u32 reason = 1; reason < LEAT_DROP_MAX; reason++) {
		struct leat_metric metric = metric_of(metrics, reason);
		cJSON *object;

		if (!is_shown(cli, filter, reason, &metric))
			continue;
		object = cJSON_CreateObject();
		leat_field_text(object, "reason", leat_drop_label((__u8)reason));
		leat_field_text(object, "meaning", leat_drop_text((__u8)reason));
		leat_field_number(object, "packets", (double)metric.packets);
		leat_field_number(object, "bytes", (double)metric.bytes);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}

static void totals_table(struct leat_cli *cli, const struct leat_drop_filter *filter,
			 const struct leat_rows *metrics)
{
	static const char *const headers[] = { "REASON", ">PACKETS", ">BYTES", "MEANING", NULL };
	struct leat_grid grid;

	leat_grid_begin(&grid, cli->out, headers);
	for (__u32 reason = 1; reason < LEAT_DROP_MAX; reason++) {
		struct leat_metric metric = metric_of(metrics, reason);

		if (!is_shown(cli, filter, reason, &metric))
			continue;
		leat_grid_cell(&grid, "%s", leat_drop_label((__u8)reason));
		leat_grid_cell(&grid, "%llu", (unsigned long long)metric.packets);
		leat_grid_cell(&grid, "%llu", (unsigned long long)metric.bytes);
		leat_grid_cell(&grid, "%s", leat_drop_text((__u8)reason));
	}
	leat_grid_end(&grid);
}

static cJSON *recent_json(struct leat_cli *cli, const struct recent *recent)
{
	cJSON *object = leat_drop_explain_json(leat_cli_names(cli), &recent->key, &recent->info);

	leat_field_number(object, "packets", (double)recent->info.packets);
	leat_field_number(object, "firstAgeSec", (double)leat_age_sec(cli, recent->info.first_ns));
	leat_field_number(object, "ageSec", (double)leat_age_sec(cli, recent->info.last_ns));
	return object;
}

static void recent_cells(struct leat_cli *cli, const struct recent *recent, struct leat_grid *grid)
{
	const struct leat_names *names = leat_cli_names(cli);
	const char *direction = leat_drop_direction(recent->key.reason);
	_cleanup_free_ char *from = leat_drop_sender(names, &recent->key, &recent->info);
	_cleanup_free_ char *to = leat_drop_target(names, &recent->key, &recent->info);
	_cleanup_free_ char *port = leat_drop_port(&recent->key);
	_cleanup_free_ char *why = leat_drop_explain(names, &recent->key, &recent->info);
	char age[LEAT_AGE_TEXT];

	leat_grid_cell(grid, "%s", leat_age_format(leat_age_sec(cli, recent->info.last_ns), age));
	leat_grid_cell(grid, "%llu", (unsigned long long)recent->info.packets);
	leat_grid_cell(grid, "%s", from);
	leat_grid_cell(grid, "%s", to);
	leat_grid_cell(grid, "%s", port);
	leat_grid_cell(grid, "%s", direction ? direction : "");
	leat_grid_cell(grid, "%s", leat_drop_label(recent->key.reason));
	leat_grid_cell(grid, "%s", why);
}

static void recent_table(struct leat_cli *cli, const struct recent *list, size_t count)
{
	static const char *const headers[] = { ">AGE",	    ">PACKETS", "FROM", "TO", "PORT",
					       "DIRECTION", "REASON",	"WHY",	NULL };
	struct leat_grid grid;

	leat_grid_begin(&grid, cli->out, headers);
	for (size_t i = 0; i < count; i++)
		recent_cells(cli, &list[i], &grid);
	leat_grid_end(&grid);
}

static void print_json(struct leat_cli *cli, const struct leat_drop_filter *filter,
		       const struct leat_rows *metrics, const struct recent *list, size_t count)
{
	cJSON *object = cJSON_CreateObject(), *array;

	cJSON_AddItemToObject(object, "totals", totals_json(cli, filter, metrics));
	array = leat_field_array(object, "recent");
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(array, recent_json(cli, &list[i]));
	leat_out_print(cli->out, object);
}

int leat_cmd_drops(struct leat_cli *cli)
{
	_cleanup_rows_ struct leat_rows metrics = { 0 };
	_cleanup_rows_ struct leat_rows rows = { 0 };
	_cleanup_free_ struct recent *list = NULL;
	struct leat_drop_filter filter = { 0 };
	size_t count = 0;
	int code = leat_drop_filter_parse(cli, &filter);

	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_METRIC, &metrics);
	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_DROP, &rows);
	if (code)
		return code;
	list = recent_list(cli, &filter, &rows, &count);
	if (cli->is_json) {
		print_json(cli, &filter, &metrics, list, count);
		return LEAT_EXIT_OK;
	}
	totals_table(cli, &filter, &metrics);
	if (!count)
		return LEAT_EXIT_OK;
	fputs("\nOf late, newest first (rate limited: counts are at least):\n", cli->out);
	recent_table(cli, list, count);
	return LEAT_EXIT_OK;
}
