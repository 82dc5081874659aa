// SPDX-License-Identifier: Apache-2.0
/* `leat service list`: every Service address, port and protocol with its backends. */
#include <arpa/inet.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "listing.h"
#include "maps/dump.h"

#define BACKENDS_SHOWN 4 /* in the table; JSON has all */

struct frontend {
	struct leat_svc_key key;
	struct leat_svc svc;
	const cJSON *state; /* or NULL */
};

static struct frontend frontend_at(struct leat_cli *cli, const struct leat_rows *rows, size_t index)
{
	struct frontend frontend;

	memcpy(&frontend.key, leat_rows_key(rows, index), sizeof(frontend.key));
	memcpy(&frontend.svc, leat_rows_value(rows, index), sizeof(frontend.svc));
	frontend.state =
		leat_names_find(leat_cli_names(cli), LEAT_NAME_SERVICE, frontend.svc.service);
	return frontend;
}

/* NULL: the slot is free, the table was written between the two reads. */
static const struct leat_backend *backend_at(const struct leat_rows *backends,
					     const struct leat_svc *svc, __u32 index)
{
	__u32 slot = svc->first + index;

	return leat_rows_find(backends, &slot);
}

static void add_backend(struct leat_cli *cli, const struct leat_backend *backend, cJSON *array)
{
	cJSON *object = cJSON_CreateObject();
	char text[LEAT_ADDR_TEXT];

	leat_field_text(object, "address", leat_addr_format(&backend->addr, text));
	leat_field_number(object, "port", ntohs(backend->port));
	leat_field_text(object, "pod", leat_names_pod(leat_cli_names(cli), &backend->addr));
	cJSON_AddItemToArray(array, object);
}

static cJSON *frontend_json(struct leat_cli *cli, const struct frontend *frontend,
			    const struct leat_rows *backends)
{
	const struct leat_svc *svc = &frontend->svc;
	cJSON *object = cJSON_CreateObject(), *array;
	char text[LEAT_ADDR_TEXT], proto[LEAT_PROTO_TEXT];

	leat_field_number(object, "service", svc->service);
	leat_field_text(object, "namespace",
			frontend->state ? leat_names_text(frontend->state, "namespace") : NULL);
	leat_field_text(object, "name",
			frontend->state ? leat_names_text(frontend->state, "name") : NULL);
	leat_field_text(object, "portName",
			frontend->state ? leat_names_text(frontend->state, "port") : NULL);
	leat_field_text(object, "address", leat_addr_format(&frontend->key.addr, text));
	leat_field_number(object, "port", ntohs(frontend->key.port));
	leat_field_text(object, "proto", leat_proto_format(frontend->key.proto, proto));
	leat_field_text(object, "scope",
			frontend->key.scope == LEAT_SCOPE_CLUSTER ? "cluster" : "external");
	leat_field_number(object, "affinitySec", svc->affinity_sec);
	leat_field_number(object, "backendCount", svc->count);
	array = leat_field_array(object, "backends");
	for (__u32 i = 0; i < svc->count; i++) {
		const struct leat_backend *backend = backend_at(backends, svc, i);

		if (backend)
			add_backend(cli, backend, array);
	}
	return object;
}

static char *backends_text(struct leat_cli *cli, const struct leat_svc *svc,
			   const struct leat_rows *backends)
{
	struct leat_text text = { 0 };

	if (!svc->count)
		return leat_cli_format("none: refused");
	for (__u32 i = 0; i < svc->count && i < BACKENDS_SHOWN; i++) {
		const struct leat_backend *backend = backend_at(backends, svc, i);
		_cleanup_free_ char *name = NULL;

		if (!backend)
			continue;
		name = leat_addr_describe(leat_cli_names(cli), &backend->addr);
		leat_text_add(&text, "%s%s:%u", text.size ? ", " : "", name, ntohs(backend->port));
	}
	if (svc->count > BACKENDS_SHOWN)
		leat_text_add(&text, ", and %u more", svc->count - BACKENDS_SHOWN);
	return text.data ? text.data : leat_cli_format("?");
}

static void frontend_cells(struct leat_cli *cli, const struct frontend *frontend,
			   const struct leat_rows *backends, struct leat_grid *grid)
{
	_cleanup_free_ char *address =
		leat_addr_port(&frontend->key.addr, ntohs(frontend->key.port));
	_cleanup_free_ char *text = backends_text(cli, &frontend->svc, backends);
	char proto[LEAT_PROTO_TEXT];

	leat_grid_cell(grid, "%s", leat_names_text(frontend->state, "namespace"));
	if (frontend->state)
		leat_grid_cell(grid, "%s", leat_names_text(frontend->state, "name"));
	else
		leat_grid_cell(grid, "%u", frontend->svc.service);
	leat_grid_cell(grid, "%s", leat_names_text(frontend->state, "port"));
	leat_grid_cell(grid, "%s", address);
	leat_grid_cell(grid, "%s", leat_proto_format(frontend->key.proto, proto));
	leat_grid_cell(grid, "%u", frontend->svc.count);
	leat_grid_cell(grid, "%s", text);
}

int leat_cmd_service_list(struct leat_cli *cli)
{
	static const char *const headers[] = { "NAMESPACE", "NAME",   "PORT",	  "ADDRESS",
					       "PROTO",	    ">COUNT", "BACKENDS", NULL };
	_cleanup_rows_ struct leat_rows backends = { 0 };
	_cleanup_rows_ struct leat_rows rows = { 0 };
	struct leat_listing listing;
	int code = leat_cli_rows(cli, LEAT_TABLE_SVC, &rows);

	code = code ? code : leat_cli_rows(cli, LEAT_TABLE_BACKEND, &backends);
	if (code)
		return code;
	leat_listing_begin(&listing, cli, headers);
	for (size_t i = 0; i < rows.count; i++) {
		struct frontend frontend = frontend_at(cli, &rows, i);

		if (cli->is_json)
			leat_out_add(&listing.json, frontend_json(cli, &frontend, &backends));
		else
			frontend_cells(cli, &frontend, &backends, &listing.grid);
	}
	leat_listing_end(&listing);
	return LEAT_EXIT_OK;
}
