// SPDX-License-Identifier: Apache-2.0
/* What `leat status` found, for a person or a program. */
#include <net/if.h>
#include <stdarg.h>
#include <string.h>

#include "describe.h"
#include "grid.h"
#include "json.h"
#include "lib/text.h"
#include "status.h"

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[0m"

static void add_copy(cJSON *object, const cJSON *from, const char *field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, field);

	cJSON_AddItemToObject(object, field,
			      item ? cJSON_Duplicate(item, true) : cJSON_CreateNull());
}

static cJSON *agent_json(const struct leat_status *status)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddBoolToObject(object, "alive", status->is_agent_alive);
	leat_field_text(object, "error", status->agent_error);
	add_copy(object, status->answer, "version");
	add_copy(object, status->answer, "pid");
	add_copy(object, status->answer, "uptimeSec");
	return object;
}

static void add_tables(const struct leat_status *status, cJSON *object)
{
	cJSON *array = leat_field_array(object, "tables");

	for (size_t i = 0; i < status->table_count; i++) {
		cJSON *table = cJSON_CreateObject();

		leat_field_text(table, "name", status->tables[i].name);
		leat_field_number(table, "used", (double)status->tables[i].used);
		leat_field_number(table, "max", status->tables[i].max);
		cJSON_AddItemToArray(array, table);
	}
}

static void add_programs(const struct leat_status *status, cJSON *object)
{
	cJSON *array = leat_field_array(object, "programs");
	char device[IF_NAMESIZE];

	for (size_t i = 0; i < status->program_count; i++) {
		cJSON *program = cJSON_CreateObject();

		leat_field_text(program, "program", status->programs[i].program);
		leat_field_number(program, "ifindex", status->programs[i].ifindex);
		leat_field_text(program, "device",
				if_indextoname(status->programs[i].ifindex, device));
		cJSON_AddItemToArray(array, program);
	}
}

static void print_json(struct leat_cli *cli, const struct leat_status *status)
{
	static const char *const told[] = {
		"node", "source", "synced", "time", "objects", "config"
	};
	cJSON *object = cJSON_CreateObject(), *drops;

	cJSON_AddBoolToObject(object, "healthy", leat_status_is_healthy(status));
	cJSON_AddBoolToObject(object, "loaded", status->is_loaded);
	cJSON_AddItemToObject(object, "agent", agent_json(status));
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		add_copy(object, status->told, told[i]);
	leat_field_number(object, "endpoints", (double)status->endpoints);
	drops = cJSON_AddObjectToObject(object, "drops");
	leat_field_number(drops, "packets", (double)status->drops.packets);
	leat_field_number(drops, "bytes", (double)status->drops.bytes);
	cJSON_AddItemToObject(object, "problems", cJSON_Duplicate(status->problems, true));
	add_tables(status, object);
	add_programs(status, object);
	leat_out_print(cli->out, object);
}

__attribute__((format(printf, 3, 4))) static void line(struct leat_cli *cli, const char *label,
						       const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *safe = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	safe = text ? leat_text_escape(text) : NULL;
	fprintf(cli->out, "%-11s %s\n", label, safe && *safe ? safe : "-");
}

static void print_agent(struct leat_cli *cli, const struct leat_status *status)
{
	__u32 uptime = leat_names_number(status->answer, "uptimeSec");
	char age[LEAT_AGE_TEXT];

	if (status->is_agent_alive)
		line(cli, "Agent:", "running, version %s, pid %u, up %s",
		     leat_names_text(status->answer, "version"),
		     leat_names_number(status->answer, "pid"), leat_age_format(uptime, age));
	else
		line(cli, "Agent:", "not running (%s)", status->agent_error);
}

static void print_objects(struct leat_cli *cli, const struct leat_status *status)
{
	struct leat_text text = { 0 };
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(status->told, "objects")) {
		if (cJSON_IsNumber(item))
			leat_text_add(&text, "%s%s %.0f", text.size ? ", " : "", item->string,
				      item->valuedouble);
	}
	line(cli, "Objects:", "%s", text.data ? text.data : "");
	leat_text_free(&text);
}

/* "leat_from_pod on 2 devices" for each program. */
static void print_programs(struct leat_cli *cli, const struct leat_status *status)
{
	struct leat_text text = { 0 };

	for (size_t i = 0, first = 0; i < status->program_count; i++) {
		const char *name = status->programs[i].program;

		if (i + 1 < status->program_count &&
		    strcmp(name, status->programs[i + 1].program) == 0)
			continue;
		leat_text_add(&text, "%s%s on %zu device%s", text.size ? ", " : "", name,
			      i + 1 - first, i == first ? "" : "s");
		first = i + 1;
	}
	line(cli, "Programs:", "%s", text.data ? text.data : "no pinned link (none, or clsact)");
	leat_text_free(&text);
}

static void print_tables(struct leat_cli *cli, const struct leat_status *status)
{
	static const char *const headers[] = { "TABLE", ">USED", ">MAX", NULL };
	struct leat_grid grid;

	if (!status->table_count)
		return;
	fputc('\n', cli->out);
	leat_grid_begin(&grid, cli->out, headers);
	for (size_t i = 0; i < status->table_count; i++) {
		leat_grid_cell(&grid, "%s", status->tables[i].name);
		leat_grid_cell(&grid, "%zu", status->tables[i].used);
		if (status->tables[i].max)
			leat_grid_cell(&grid, "%u", status->tables[i].max);
		else
			leat_grid_cell(&grid, "%s", "");
	}
	leat_grid_end(&grid);
}

static void print_problems(struct leat_cli *cli, const struct leat_status *status)
{
	const cJSON *item;

	fprintf(cli->out, "%-11s %s%s%s\n", "Health:",
		!cli->is_color			 ? ""
		: leat_status_is_healthy(status) ? GREEN
						 : RED,
		leat_status_is_healthy(status) ? "fine" : "degraded", cli->is_color ? PLAIN : "");
	cJSON_ArrayForEach (item, status->problems) {
		line(cli, "Problem:", "%s", cJSON_GetStringValue(item));
	}
}

static void print_text(struct leat_cli *cli, const struct leat_status *status)
{
	const cJSON *synced = cJSON_GetObjectItemCaseSensitive(status->told, "synced");

	print_problems(cli, status);
	print_agent(cli, status);
	line(cli, "Node:", "%s", leat_names_text(status->told, "node"));
	line(cli, "Source:", "%s", leat_names_text(status->told, "source"));
	line(cli, "Synced:", "%s",
	     cJSON_IsTrue(synced)    ? "yes"
	     : cJSON_IsFalse(synced) ? "no"
				     : "");
	print_objects(cli, status);
	line(cli, "Endpoints:", "%zu", status->endpoints);
	line(cli, "Drops:", "%llu packets, %llu bytes", (unsigned long long)status->drops.packets,
	     (unsigned long long)status->drops.bytes);
	print_programs(cli, status);
	print_tables(cli, status);
}

void leat_status_print(struct leat_cli *cli, const struct leat_status *status)
{
	if (cli->is_json)
		print_json(cli, status);
	else
		print_text(cli, status);
}
