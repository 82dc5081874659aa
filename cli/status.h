/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `leat status` found; status.c gathers, status_print.c shows. */
#include <cjson/cJSON.h>

#include "cli.h"

struct leat_status_table {
	const char *name;
	size_t used;
	__u32 max; /* 0: not known */
};

struct leat_status_program { /* one pinned link */
	char program[32];
	__u32 ifindex;
};

struct leat_status {
	bool is_loaded;
	bool is_agent_alive;
	char *agent_error; /* owned; why it is not, or NULL */
	cJSON *answer;	   /* the agent's, owned; or NULL */
	const cJSON *told; /* the answer, else the state file: node, source, synced... */
	struct leat_status_table tables[LEAT_TABLE_COUNT];
	size_t table_count;
	struct leat_status_program *programs; /* owned, sorted */
	size_t program_count;
	size_t endpoints;
	struct leat_metric drops;
	cJSON *problems; /* array of text, owned */
};

/* True when nothing is wrong: exit code 0. */
bool leat_status_is_healthy(const struct leat_status *status);
void leat_status_print(struct leat_cli *cli, const struct leat_status *status);
