/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What every command of `leat` works with: the options as parsed, the pinned tables, the names
 * from the state file, and where output goes. commands.h lists the commands, command.h is how
 * one is described, grid.h and json.h are the two shapes of output.
 */
#include <stdbool.h>
#include <stdio.h>

#include "lib/cleanup.h"
#include "maps/maps.h"

/* Exit codes, documented in leat(8). */
enum leat_exit {
	LEAT_EXIT_OK = 0,
	LEAT_EXIT_FAILED = 1, /* also: `leat status` found something wrong */
	LEAT_EXIT_USAGE = 2,
	LEAT_EXIT_NOTHING = 3, /* nothing is loaded on this node, or no such object */
};

#define LEAT_CLI_VALUES 16 /* options of one command, at most */

struct leat_value { /* an option as given */
	const char *name;
	const char *text; /* "" for one that takes no value */
};

struct leat_cli;

/* 0, or an exit code after the message was printed. Tests put made-up tables in its place. */
typedef int leat_cli_read_fn(struct leat_cli *cli, enum leat_table_id id,
			     struct leat_rows *ret_rows);

struct leat_cli {
	const char *bpffs;
	const char *state_dir;
	const char *socket;
	bool is_json;
	bool is_color;
	FILE *out;
	FILE *err;
	struct leat_value values[LEAT_CLI_VALUES];
	size_t value_count;
	const char **args; /* what follows the command's own words */
	size_t arg_count;
	__u64 now_ns; /* CLOCK_MONOTONIC when the command started */
	struct leat_names *names;
	struct leat_maps *maps; /* opened by the first leat_cli_rows() */
	leat_cli_read_fn *read_table;
};

/* Environment and defaults; output to stdout and stderr. */
void leat_cli_init(struct leat_cli *cli);
void leat_cli_close(struct leat_cli *cli);

/* One line on cli->err: "leat: ...", control characters escaped. Returns `code`. */
int leat_cli_error(struct leat_cli *cli, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what is worth knowing but no failure: "leat: note: ...". */
void leat_cli_note(struct leat_cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Text of an option of this command, or NULL when it was not given. */
const char *leat_cli_value(const struct leat_cli *cli, const char *name);

/* Every entry of one table, sorted by key. 0, or an exit code after the message was printed. */
int leat_cli_rows(struct leat_cli *cli, enum leat_table_id id, struct leat_rows *ret_rows);
/* Opens the pinned tables; the ring buffer needs them writable. 0 or exit code as above. */
int leat_cli_maps(struct leat_cli *cli, bool is_read_only);
/* Loads the state file, once; without it numbers are shown and a note says so. */
struct leat_names *leat_cli_names(struct leat_cli *cli);

/* Memory for a command that lives for a moment: never NULL, the process ends instead. */
void *leat_cli_alloc(size_t size);
void *leat_cli_grow(void *old, size_t size);
char *leat_cli_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define _cleanup_rows_ LEAT_CLEANUP(leat_rows_free)
