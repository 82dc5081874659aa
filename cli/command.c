// SPDX-License-Identifier: Apache-2.0
/*
 * From a command line to a row of the command table. Options may stand anywhere: those of all
 * commands before or after its words, a command's own ones after them. Help texts: help.c.
 */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "help.h"

#define NEAREST_LONGEST 32

struct parse {
	const struct leat_command *commands;
	struct leat_cli *cli;
	const char *noun; /* as typed, once it was seen */
	const struct leat_command *command;
	bool wants_help;
	bool wants_version;
	bool is_over; /* "--" was seen: only arguments follow */
};

const struct leat_option leat_global_options[] = {
	{ "bpffs", "DIR", "where the tables are pinned (LEAT_BPFFS)" },
	{ "state-dir", "DIR", "where the agent keeps its state (LEAT_STATE_DIR)" },
	{ "socket", "PATH", "the agent's socket (LEAT_SOCKET)" },
	{ "output", "table|json", "also -o" },
	{ "help", NULL, "also -h" },
	{ "version", NULL, "" },
	{ NULL, NULL, NULL },
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein distance; words longer than any command are as far as can be. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NEAREST_LONGEST + 1];
	size_t length = strlen(b);

	if (length > NEAREST_LONGEST || strlen(a) > NEAREST_LONGEST)
		return NEAREST_LONGEST;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];

			row[j] = smaller(smaller(row[j], row[j - 1]) + 1,
					 diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

const char *leat_command_nearest(const char *word, const char *const *candidates)
{
	const char *best = NULL;
	size_t best_distance = 3; /* further away is another word, not a slip */

	for (; *candidates; candidates++) {
		size_t d = distance(word, *candidates);

		if (strlen(word) >= 2 && strncmp(word, *candidates, strlen(word)) == 0)
			d = 1;
		if (d < best_distance && d < strlen(*candidates)) {
			best = *candidates;
			best_distance = d;
		}
	}
	return best;
}

static int unknown(struct parse *parse, const char *what, const char *word,
		   const char *const *candidates)
{
	const char *nearest = leat_command_nearest(word, candidates);

	if (nearest)
		return leat_cli_error(parse->cli, LEAT_EXIT_USAGE,
				      "%s '%s' is not known; did you mean '%s'?", what, word,
				      nearest);
	return leat_cli_error(parse->cli, LEAT_EXIT_USAGE, "%s '%s' is not known; see 'leat help'",
			      what, word);
}

static int unknown_noun(struct parse *parse, const char *word)
{
	const char *candidates[64] = { "help" };
	size_t count = 1;

	for (const struct leat_command *c = parse->commands; c->noun && count < 63; c++)
		candidates[count++] = c->noun;
	return unknown(parse, "command", word, candidates);
}

static int unknown_verb(struct parse *parse, const char *word)
{
	_cleanup_free_ char *what = leat_cli_format("verb of '%s'", parse->noun);
	const char *candidates[64] = { NULL };
	size_t count = 0;

	for (const struct leat_command *c = parse->commands; c->noun && count < 63; c++) {
		if (strcmp(c->noun, parse->noun) == 0)
			candidates[count++] = c->verb;
	}
	return unknown(parse, what, word, candidates);
}

static int take_noun(struct parse *parse, const char *word)
{
	for (const struct leat_command *c = parse->commands; c->noun; c++) {
		if (strcmp(c->noun, word) != 0)
			continue;
		parse->noun = c->noun;
		if (!c->verb)
			parse->command = c;
		return 0;
	}
	return unknown_noun(parse, word);
}

static int take_verb(struct parse *parse, const char *word)
{
	for (const struct leat_command *c = parse->commands; c->noun; c++) {
		if (strcmp(c->noun, parse->noun) == 0 && strcmp(c->verb, word) == 0) {
			parse->command = c;
			return 0;
		}
	}
	return unknown_verb(parse, word);
}

static int take_word(struct parse *parse, const char *word)
{
	struct leat_cli *cli = parse->cli;

	if (!parse->noun && strcmp(word, "help") == 0) {
		parse->wants_help = true;
		return 0;
	}
	if (!parse->noun)
		return take_noun(parse, word);
	if (!parse->command)
		return take_verb(parse, word);
	if (cli->arg_count >= parse->command->arg_max && !parse->wants_help)
		return leat_cli_error(cli, LEAT_EXIT_USAGE,
				      "argument '%s' is one too many; see "
				      "'leat %s --help'",
				      word, parse->noun);
	cli->args = leat_cli_grow(cli->args, (cli->arg_count + 1) * sizeof(*cli->args));
	cli->args[cli->arg_count++] = word;
	return 0;
}

static int set_output(struct parse *parse, const char *text)
{
	if (strcmp(text, "json") != 0 && strcmp(text, "table") != 0)
		return leat_cli_error(parse->cli, LEAT_EXIT_USAGE,
				      "output '%s' is not known: table or json", text);
	parse->cli->is_json = strcmp(text, "json") == 0;
	return 0;
}

static int set_global(struct parse *parse, const char *name, const char *text)
{
	struct leat_cli *cli = parse->cli;

	if (strcmp(name, "output") == 0)
		return set_output(parse, text);
	if (strcmp(name, "help") == 0)
		parse->wants_help = true;
	else if (strcmp(name, "version") == 0)
		parse->wants_version = true;
	else if (strcmp(name, "bpffs") == 0)
		cli->bpffs = text;
	else if (strcmp(name, "state-dir") == 0)
		cli->state_dir = text;
	else
		cli->socket = text;
	return 0;
}

static int set_value(struct parse *parse, const char *name, const char *text)
{
	struct leat_cli *cli = parse->cli;

	if (leat_cli_value(cli, name))
		return leat_cli_error(cli, LEAT_EXIT_USAGE, "option --%s is given twice", name);
	if (cli->value_count == LEAT_CLI_VALUES)
		return leat_cli_error(cli, LEAT_EXIT_USAGE, "too many options");
	cli->values[cli->value_count++] = (struct leat_value){ name, text };
	return 0;
}

static const struct leat_option *find_option(const struct leat_option *options, const char *name,
					     size_t length)
{
	for (; options && options->name; options++) {
		if (strlen(options->name) == length && memcmp(options->name, name, length) == 0)
			return options;
	}
	return NULL;
}

static int unknown_option(struct parse *parse, const char *word)
{
	const struct leat_option *own = parse->command ? parse->command->options : NULL;
	const struct leat_option *all = leat_global_options;
	const char *candidates[LEAT_CLI_VALUES * 2] = { NULL };
	size_t count = 0;
	_cleanup_free_ char *name = strndup(word + 2, strcspn(word + 2, "="));
	const char *nearest;

	for (; own && own->name && count < LEAT_CLI_VALUES; own++)
		candidates[count++] = own->name;
	for (; all->name; all++)
		candidates[count++] = all->name;
	nearest = name ? leat_command_nearest(name, candidates) : NULL;
	return leat_cli_error(
		parse->cli, LEAT_EXIT_USAGE, "option '%s' is not known%s%s%s%s%s", word,
		parse->command ? " to leat " : "", parse->command ? parse->noun : "",
		nearest ? "; did you mean '--" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* One option at argv[0]; *ret_used says how many words it took. */
static int take_option(struct parse *parse, char **argv, int *ret_used)
{
	const char *name = argv[0] + 2;
	size_t length = strcspn(name, "=");
	const char *text = name[length] ? name + length + 1 : NULL;
	const struct leat_option *global = find_option(leat_global_options, name, length);
	const struct leat_option *option = global;

	if (!option && parse->command)
		option = find_option(parse->command->options, name, length);
	if (!option)
		return unknown_option(parse, argv[0]);
	if (!option->value && text)
		return leat_cli_error(parse->cli, LEAT_EXIT_USAGE, "option --%s takes no value",
				      option->name);
	*ret_used = option->value && !text ? 2 : 1;
	if (*ret_used == 2)
		text = argv[1];
	if (option->value && (!text || !*text))
		return leat_cli_error(parse->cli, LEAT_EXIT_USAGE, "option --%s needs %s",
				      option->name, option->value);
	text = text ? text : "";
	return global ? set_global(parse, option->name, text)
		      : set_value(parse, option->name, text);
}

/* -h, -oFORMAT and -o FORMAT. */
static int take_short(struct parse *parse, char **argv, int *ret_used)
{
	const char *word = argv[0];

	*ret_used = 1;
	if (strcmp(word, "-h") == 0) {
		parse->wants_help = true;
		return 0;
	}
	if (strncmp(word, "-o", 2) != 0)
		return leat_cli_error(parse->cli, LEAT_EXIT_USAGE,
				      "option '%s' is not known; see 'leat help'", word);
	if (word[2])
		return set_output(parse, word + 2 + (word[2] == '='));
	if (!argv[1])
		return leat_cli_error(parse->cli, LEAT_EXIT_USAGE, "option -o needs table or json");
	*ret_used = 2;
	return set_output(parse, argv[1]);
}

static int take_next(struct parse *parse, char **argv, int *ret_used)
{
	const char *word = argv[0];

	*ret_used = 1;
	if (parse->is_over || word[0] != '-' || !word[1])
		return take_word(parse, word);
	if (strcmp(word, "--") == 0) {
		parse->is_over = true;
		return 0;
	}
	return word[1] == '-' ? take_option(parse, argv, ret_used)
			      : take_short(parse, argv, ret_used);
}

static int require_command(struct parse *parse)
{
	struct leat_cli *cli = parse->cli;
	const struct leat_command *command = parse->command;

	if (!parse->noun) {
		leat_help_all(parse->commands, cli->err);
		return LEAT_EXIT_USAGE;
	}
	if (!command)
		return leat_cli_error(cli, LEAT_EXIT_USAGE,
				      "'%s' is not complete; see 'leat %s "
				      "--help'",
				      parse->noun, parse->noun);
	if (cli->arg_count < command->arg_min)
		return leat_cli_error(cli, LEAT_EXIT_USAGE, "%s%s%s: %s is missing", command->noun,
				      command->verb ? " " : "", command->verb ? command->verb : "",
				      command->args);
	return 0;
}

static int run(struct parse *parse)
{
	struct leat_cli *cli = parse->cli;
	int code = require_command(parse);

	if (code || !parse->command)
		return code;
	return parse->command->run(cli);
}

/* A full disk or a closed pipe is no success. */
static int finish(struct leat_cli *cli, int code)
{
	if ((fflush(cli->out) || ferror(cli->out)) && code == LEAT_EXIT_OK)
		return leat_cli_error(cli, LEAT_EXIT_FAILED, "output: %s", strerror(errno));
	return code;
}

int leat_command_main(const struct leat_command *commands, struct leat_cli *cli, int argc,
		      char **argv)
{
	struct parse parse = { .commands = commands, .cli = cli };

	for (int i = 1, used = 0; i < argc; i += used) {
		int err = take_next(&parse, argv + i, &used);

		if (err)
			return err;
	}
	if (parse.wants_version) {
		fprintf(cli->out, "leat %s\n", LEAT_VERSION);
		return finish(cli, LEAT_EXIT_OK);
	}
	if (!parse.wants_help)
		return finish(cli, run(&parse));
	leat_help(commands, parse.noun, parse.command, cli->out);
	return finish(cli, LEAT_EXIT_OK);
}
