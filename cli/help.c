// SPDX-License-Identifier: Apache-2.0
/* What `leat help` prints, made from the command table alone: it cannot fall behind it. */
#include <string.h>

#include "help.h"

static void print_row(const struct leat_command *command, FILE *out)
{
	_cleanup_free_ char *words = leat_cli_format(
		"%s%s%s%s%s", command->noun, command->verb ? " " : "",
		command->verb ? command->verb : "", *command->args ? " " : "", command->args);

	fprintf(out, "  %-34s %s\n", words, command->help);
}

static void print_options(const struct leat_option *options, FILE *out)
{
	for (; options->name; options++) {
		_cleanup_free_ char *words = leat_cli_format("--%s%s%s", options->name,
							     options->value ? " " : "",
							     options->value ? options->value : "");

		fprintf(out, *options->help ? "  %-34s %s\n" : "  %s%s\n", words, options->help);
	}
}

void leat_help_all(const struct leat_command *commands, FILE *out)
{
	fputs("Usage: leat [OPTION...] COMMAND [ARGUMENT...]\n"
	      "What the node's data path does with packets, and why.\n\nCommands:\n",
	      out);
	for (; commands->noun; commands++)
		print_row(commands, out);
	fputs("  help [COMMAND]                     this list, or a command in full\n\n"
	      "Options of all commands, before or after it:\n",
	      out);
	print_options(leat_global_options, out);
	fputs("\nExit codes: 0 fine, 1 failed or degraded, 2 wrong usage, 3 nothing loaded or not "
	      "found.\nMore: man leat\n",
	      out);
}

static void help_noun(const struct leat_command *commands, const char *noun, FILE *out)
{
	fprintf(out, "Usage: leat %s VERB [OPTION...]\n\n", noun);
	for (; commands->noun; commands++) {
		if (strcmp(commands->noun, noun) == 0)
			print_row(commands, out);
	}
}

static void help_command(const struct leat_command *command, FILE *out)
{
	fprintf(out, "Usage: leat %s%s%s%s%s [OPTION...]\n%s\n", command->noun,
		command->verb ? " " : "", command->verb ? command->verb : "",
		*command->args ? " " : "", command->args, command->help);
	if (command->more)
		fprintf(out, "\n%s\n", command->more);
	if (command->options) {
		fputs("\nOptions:\n", out);
		print_options(command->options, out);
	}
	fputs("\nOptions of all commands:\n", out);
	print_options(leat_global_options, out);
}

void leat_help(const struct leat_command *commands, const char *noun,
	       const struct leat_command *command, FILE *out)
{
	if (command)
		help_command(command, out);
	else if (noun)
		help_noun(commands, noun, out);
	else
		leat_help_all(commands, out);
}
