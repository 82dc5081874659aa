/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A command is a row of a table: its words, its options, its help, its function. This finds
 * the row that a command line means, fills struct leat_cli, and runs it.
 */
#include "cli.h"

struct leat_option {
	const char *name;  /* without the dashes; NULL ends a list */
	const char *value; /* what to call its value in the help; NULL: takes none */
	const char *help;
};

struct leat_command {
	const char *noun;
	const char *verb; /* NULL: the noun is all */
	const char *args; /* "NAME|SLOT|ADDRESS"; "" for none */
	size_t arg_min;
	size_t arg_max;
	const struct leat_option *options; /* NULL: none */
	const char *help;		   /* one line */
	const char *more;		   /* paragraphs for --help, or NULL */
	int (*run)(struct leat_cli *cli);  /* returns enum leat_exit */
};

/* Returns the exit code. `commands` ends with a noun of NULL. */
int leat_command_main(const struct leat_command *commands, struct leat_cli *cli, int argc,
		      char **argv);
/* The candidate that `word` most likely meant, or NULL. `next` yields them, NULL ends. */
const char *leat_command_nearest(const char *word, const char *const *candidates);
