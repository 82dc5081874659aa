/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The options as a table, for options.c alone: one row an option, values by type. */
#include "options.h"

enum option_type {
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_TEXTS,
	OPTION_CIDRS,
	OPTION_ADDRS,
	OPTION_TUNNEL,
	OPTION_MASQUERADE,
	OPTION_PORTS,
	OPTION_LEVEL,
	OPTION_FORMAT,
	OPTION_CONFIG,
	OPTION_ACTION, /* a flag without a value; not in file or environment */
};

struct option_row {
	const char *name;
	enum option_type type;
	size_t offset;	      /* of the value in struct leat_options */
	const char *fallback; /* default in the option's own syntax; NULL: none */
	__u32 least;	      /* numbers; actions: enum leat_action */
	__u32 most;
	const char *metavar;
	const char *help;
};

extern const struct option_row leat_option_rows[];
extern const size_t leat_option_row_count;

/* Index of the row or -1. */
int leat_option_find(const char *name, size_t length);
/* Sets the row's value from all texts given by one source. -EINVAL with *ret_why (static text). */
int leat_option_set(struct leat_options *options, const struct option_row *row,
		    const struct leat_strings *texts, const char **ret_value, const char **ret_why);
void leat_option_clear(struct leat_options *options, const struct option_row *row);
void leat_option_print(const struct leat_options *options, const struct option_row *row,
		       FILE *stream);

/* Calls `on_value` for each scalar of the file; a sequence calls it once an item. -EINVAL with
 * *ret_problem (owned by the caller). */
typedef int config_value_fn(void *context, const char *name, const char *value);
int leat_config_read(const char *path, config_value_fn *on_value, void *context,
		     char **ret_problem);
