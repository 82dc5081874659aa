// SPDX-License-Identifier: Apache-2.0
/*
 * `leat status`: the agent's word, the tables' fill, the programs' links, put together and
 * judged. Everything that can be found is shown, whatever else is broken.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "agent.h"
#include "commands.h"
#include "describe.h"
#include "json.h"
#include "lib/text.h"
#include "status.h"

#define NEARLY_FULL_PERCENT 90

static void status_free(struct leat_status *status)
{
	free(status->agent_error);
	free(status->programs);
	cJSON_Delete(status->answer);
	cJSON_Delete(status->problems);
}

static void add_problem(struct leat_status *status, char *text)
{
	leat_field_append(status->problems, text);
	free(text);
}

static void ask_agent(struct leat_cli *cli, struct leat_status *status)
{
	struct leat_agent agent = { .fd = -1 };
	int err = leat_agent_connect(cli->socket, &agent);

	err = err ? err : leat_agent_ask(&agent, "status", &status->answer);
	leat_agent_close(&agent);
	status->is_agent_alive = !err;
	status->told = status->answer;
	if (!err)
		return;
	status->agent_error = leat_cli_format("%s: %s", cli->socket, strerror(-err));
	add_problem(status, leat_cli_format("the agent does not answer: %s", status->agent_error));
	status->told = leat_names_root(leat_cli_names(cli));
}

static void add_told_problems(struct leat_status *status)
{
	const cJSON *synced = cJSON_GetObjectItemCaseSensitive(status->told, "synced");
	const cJSON *ready = cJSON_GetObjectItemCaseSensitive(status->told, "ready");
	const cJSON *item;

	if (cJSON_IsFalse(synced))
		add_problem(status, leat_cli_format("the tables are not in step with the objects"));
	if (cJSON_IsFalse(ready))
		add_problem(status, leat_cli_format("the agent is not ready: %s",
						    leat_names_text(status->told, "why")));
	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(status->told, "problems")) {
		if (cJSON_GetStringValue(item))
			leat_field_append(status->problems, cJSON_GetStringValue(item));
	}
}

/* Entries in use. A free endpoint slot keeps its epoch, so it is no empty row. */
static size_t used_rows(enum leat_table_id id, const struct leat_rows *rows)
{
	size_t used = 0;

	if (id != LEAT_TABLE_EP)
		return rows->count;
	for (size_t i = 0; i < rows->count; i++) {
		const struct leat_endpoint *entry = leat_rows_value(rows, i);

		used += entry->ifindex != 0;
	}
	return used;
}

/* Tables that push out their oldest entry are allowed to be full. */
static bool is_filling(enum leat_table_id id, const struct leat_status_table *table)
{
	if (id == LEAT_TABLE_FRAG || id == LEAT_TABLE_DROP || !table->max)
		return false;
	return (__u64)table->used * 100 >= (__u64)table->max * NEARLY_FULL_PERCENT;
}

static int read_table(struct leat_cli *cli, struct leat_status *status, enum leat_table_id id)
{
	_cleanup_rows_ struct leat_rows rows = { 0 };
	struct leat_status_table *table = &status->tables[status->table_count];
	static const char *const names[] = {
#define TABLE_NAME(table_id, name, key, value) [LEAT_TABLE_##table_id] = (name),
		LEAT_TABLES(TABLE_NAME)
#undef TABLE_NAME
	};
	int code = leat_cli_rows(cli, id, &rows);

	if (code)
		return code;
	table->name = names[id];
	table->used = used_rows(id, &rows);
	table->max = cli->maps ? cli->maps->tables[id].max_entries : 0;
	status->table_count++;
	if (id == LEAT_TABLE_EP)
		status->endpoints = table->used;
	if (is_filling(id, table))
		add_problem(status, leat_cli_format("table %s is nearly full: %zu of %u",
						    table->name, table->used, table->max));
	return 0;
}

static int read_tables(struct leat_cli *cli, struct leat_status *status)
{
	static const enum leat_table_id ids[] = {
		LEAT_TABLE_FLOW, LEAT_TABLE_FRAG,   LEAT_TABLE_EP,   LEAT_TABLE_IPCACHE,
		LEAT_TABLE_CIDR, LEAT_TABLE_POLICY, LEAT_TABLE_SVC,  LEAT_TABLE_BACKEND,
		LEAT_TABLE_NODE, LEAT_TABLE_DEVICE, LEAT_TABLE_DROP,
	};
	int code = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ids) && !code; i++)
		code = read_table(cli, status, ids[i]);
	return code;
}

static int read_drops(struct leat_cli *cli, struct leat_status *status)
{
	_cleanup_rows_ struct leat_rows rows = { 0 };
	int code = leat_cli_rows(cli, LEAT_TABLE_METRIC, &rows);

	for (size_t i = 0; !code && i < rows.count; i++) {
		struct leat_metric metric;

		memcpy(&metric, leat_rows_value(&rows, i), sizeof(metric));
		status->drops.packets += metric.packets;
		status->drops.bytes += metric.bytes;
	}
	return code;
}

static int compare_programs(const void *a, const void *b)
{
	const struct leat_status_program *left = a, *right = b;
	int order = strcmp(left->program, right->program);

	if (order)
		return order;
	return left->ifindex < right->ifindex ? -1 : left->ifindex > right->ifindex;
}

/* "leat_from_pod_12" */
static int parse_link(const char *name, struct leat_status_program *ret_program)
{
	const char *number = strrchr(name, '_');
	struct leat_status_program program = { 0 };
	__u64 ifindex;
	size_t length;

	if (!number || leat_number_parse(number + 1, 0x7fffffff, &ifindex) < 0)
		return -EINVAL;
	length = (size_t)(number - name);
	if (length >= sizeof(program.program))
		return -EINVAL;
	memcpy(program.program, name, length);
	program.ifindex = (__u32)ifindex;
	*ret_program = program;
	return 0;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

static void read_links(struct leat_cli *cli, struct leat_status *status)
{
	_cleanup_free_ char *path = leat_cli_format("%s/links", cli->bpffs);
	LEAT_CLEANUP(close_folder) DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		struct leat_status_program program;

		if (parse_link(entry->d_name, &program) < 0)
			continue;
		status->programs = leat_cli_grow(status->programs,
						 (status->program_count + 1) * sizeof(program));
		status->programs[status->program_count++] = program;
	}
	if (status->program_count)
		qsort(status->programs, status->program_count, sizeof(*status->programs),
		      compare_programs);
}

static bool has_program(const struct leat_status *status, const char *name, __u32 ifindex)
{
	for (size_t i = 0; i < status->program_count; i++) {
		if (status->programs[i].ifindex == ifindex &&
		    strcmp(status->programs[i].program, name) == 0)
			return true;
	}
	return false;
}

/* Only where links are in use at all: clsact filters (old kernels) leave no pin. */
static int check_links(struct leat_cli *cli, struct leat_status *status)
{
	static const char *const needed[] = { "leat_from_pod", "leat_to_pod" };
	_cleanup_rows_ struct leat_rows rows = { 0 };
	int code = status->program_count ? leat_cli_rows(cli, LEAT_TABLE_EP, &rows) : 0;

	for (size_t i = 0; !code && i < rows.count; i++) {
		const struct leat_endpoint *entry = leat_rows_value(&rows, i);
		_cleanup_free_ char *name = NULL;
		__u32 slot;

		memcpy(&slot, leat_rows_key(&rows, i), sizeof(slot));
		name = leat_endpoint_describe(leat_cli_names(cli), slot);
		for (size_t j = 0; entry->ifindex && j < ARRAY_SIZE(needed); j++) {
			if (!has_program(status, needed[j], entry->ifindex))
				add_problem(status,
					    leat_cli_format("%s: %s is not attached to its device",
							    name, needed[j]));
		}
	}
	return code;
}

bool leat_status_is_healthy(const struct leat_status *status)
{
	return status->is_agent_alive && status->is_loaded && !status->problems->child;
}

int leat_cmd_status(struct leat_cli *cli)
{
	LEAT_CLEANUP(status_free) struct leat_status status = { 0 };
	int code;

	status.problems = cJSON_CreateArray();
	ask_agent(cli, &status);
	add_told_problems(&status);
	code = read_tables(cli, &status);
	code = code ? code : read_drops(cli, &status);
	status.is_loaded = !code;
	if (status.is_loaded) {
		read_links(cli, &status);
		code = check_links(cli, &status);
	} else {
		add_problem(&status, leat_cli_format("%s: no tables to read", cli->bpffs));
	}
	leat_status_print(cli, &status);
	if (code)
		return code;
	return leat_status_is_healthy(&status) ? LEAT_EXIT_OK : LEAT_EXIT_FAILED;
}
