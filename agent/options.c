// SPDX-License-Identifier: Apache-2.0
/*
 * Which value of an option counts: a flag over the environment over the config file over the
 * default. Values of one source add up for lists, the last one counts for the others.
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"
#include "options_table.h"

enum source { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG, SOURCE_COUNT };

struct given {
	struct leat_strings (*values)[SOURCE_COUNT]; /* by row and source */
	enum leat_action action;
	char *problem;
};

static int refuse(struct given *given, const char *format, const char *a, const char *b,
		  const char *c)
{
	_cleanup_free_ char *text = NULL;
	char *problem;
	if (asprintf(&text, "%s%s%s", a, b ? ": " : "", b ? b : "") < 0)
		return TAKE_PTR(text), -ENOMEM;
	if (asprintf(&problem, "%s: %s%s%s", text, format, c ? " " : "", c ? c : "") < 0)
		return -ENOMEM;
	free(given->problem);
	given->problem = problem;
	return -EINVAL;
}

static void environment_name(const char *name, char *buffer, size_t size)
{
	int length = snprintf(buffer, size, "LEAT_%s", name);
	for (int i = 0; i < length && (size_t)i < size - 1; i++)
		buffer[i] = buffer[i] == '-' ? '_' : (char)toupper((unsigned char)buffer[i]);
}

static int take_flag(struct given *given, char **argv, int *index)
{
	const char *text = argv[*index];
	if (strcmp(text, "-h") == 0)
		text = "--help";
	if (strncmp(text, "--", 2) != 0)
		return refuse(given, "unexpected argument; see --help", text, NULL, NULL);
	size_t length = strcspn(text + 2, "=");
	int row = leat_option_find(text + 2, length);
	if (row < 0)
		return refuse(given, "no such option; see --help", text, NULL, NULL);
	const char *value = text[2 + length] == '=' ? text + 2 + length + 1 : NULL;
	if (leat_option_rows[row].type == OPTION_ACTION) {
		if (value)
			return refuse(given, "takes no value", text, NULL, NULL);
		given->action = (enum leat_action)leat_option_rows[row].least;
		return 0;
	}
	if (!value && !(value = argv[*index + 1]))
		return refuse(given, "value is missing", text, NULL, NULL);
	else if (value == argv[*index + 1])
		(*index)++;
	return leat_strings_add(&given->values[row][FROM_FLAG], value, strlen(value));
}

static int take_flags(struct given *given, int argc, char **argv)
{
	int err = 0;
	for (int i = 1; !err && i < argc; i++)
		err = take_flag(given, argv, &i);
	return err;
}

static const char *environment_get(char **environment, const char *name)
{
	size_t length = strlen(name);
	for (char **item = environment; *item; item++)
		if (strncmp(*item, name, length) == 0 && (*item)[length] == '=')
			return *item + length + 1;
	return NULL;
}

static int take_environment(struct given *given, char **environment)
{
	int err = 0;
	for (size_t i = 0; !err && i < leat_option_row_count; i++) {
		char name[64];
		environment_name(leat_option_rows[i].name, name, sizeof(name));
		const char *value = environment_get(environment, name);
		if (value && *value && leat_option_rows[i].type != OPTION_ACTION)
			err = leat_strings_add(&given->values[i][FROM_ENVIRONMENT], value,
					       strlen(value));
	}
	return err;
}

static int take_file_value(void *context, const char *name, const char *value)
{
	struct given *given = context;
	int row = leat_option_find(name, strlen(name));
	if (row < 0 || leat_option_rows[row].type == OPTION_ACTION ||
	    leat_option_rows[row].type == OPTION_CONFIG)
		return -ENOENT;
	return leat_strings_add(&given->values[row][FROM_FILE], value, strlen(value));
}

static int take_file(struct given *given)
{
	int row = leat_option_find("config", strlen("config"));
	for (int source = FROM_FLAG; source > FROM_FILE; source--) {
		struct leat_strings *paths = &given->values[row][source];
		if (paths->count)
			return leat_config_read(paths->items[paths->count - 1], take_file_value,
						given, &given->problem);
	}
	return 0;
}

static int take_defaults(struct given *given)
{
	int err = 0;
	for (size_t i = 0; !err && i < leat_option_row_count; i++) {
		const char *value = leat_option_rows[i].fallback;
		if (value)
			err = leat_strings_add(&given->values[i][FROM_DEFAULT], value,
					       strlen(value));
	}
	return err;
}

static const char *source_text(enum source source, const char *name, char *buffer, size_t size)
{
	if (source == FROM_ENVIRONMENT) {
		environment_name(name, buffer, size);
		return buffer;
	}
	snprintf(buffer, size, "%s%s", source == FROM_FLAG ? "--" : "config file: ", name);
	return buffer;
}

static int settle_row(struct given *given, size_t index, struct leat_options *options)
{
	const struct option_row *row = &leat_option_rows[index];
	int source = FROM_FLAG;
	while (source > FROM_DEFAULT && !given->values[index][source].count)
		source--;
	const char *value = "", *why = "";
	char name[96];
	int err = leat_option_set(options, row, &given->values[index][source], &value, &why);
	if (err == -EINVAL)
		return refuse(given, why,
			      source_text((enum source)source, row->name, name, sizeof(name)),
			      value, NULL);
	return err;
}

static int settle(struct given *given, struct leat_options *options)
{
	int err = 0;
	options->action = given->action;
	for (size_t i = 0; !err && i < leat_option_row_count; i++)
		err = settle_row(given, i, options);
	return err;
}

static int check(struct given *given, const struct leat_options *options)
{
	if (options->action != LEAT_RUN)
		return 0;
	if (!options->node_name)
		return refuse(given, "must be given", "--node-name", NULL, NULL);
	if (!options->manifests)
		return refuse(given, "must be given", "--manifests", NULL, NULL);
	if (options->mtu && options->mtu < 1280)
		return refuse(given, "less than IPv6 needs (1280)", "--mtu", NULL, NULL);
	return 0;
}

static void given_free(struct given *given)
{
	for (size_t i = 0; given->values && i < leat_option_row_count; i++)
		for (int source = 0; source < SOURCE_COUNT; source++)
			leat_strings_free(&given->values[i][source]);
	free(given->values);
}

int leat_options_read(int argc, char **argv, char **environment, struct leat_options *ret_options,
		      char **ret_problem)
{
	struct given given = { .values = calloc(leat_option_row_count, sizeof(*given.values)) };
	struct leat_options options = { 0 };
	int err = given.values ? 0 : -ENOMEM;
	err = err ?: take_defaults(&given);
	err = err ?: take_flags(&given, argc, argv);
	err = err ?: take_environment(&given, environment);
	err = err ?: take_file(&given);
	err = err ?: settle(&given, &options);
	err = err ?: check(&given, &options);
	given_free(&given);
	if (err) {
		leat_options_free(&options);
		*ret_problem = given.problem;
		return err;
	}
	*ret_options = options;
	return 0;
}

void leat_options_free(struct leat_options *options)
{
	for (size_t i = 0; i < leat_option_row_count; i++)
		leat_option_clear(options, &leat_option_rows[i]);
}

void leat_options_print(const struct leat_options *options, FILE *stream)
{
	for (size_t i = 0; i < leat_option_row_count; i++)
		leat_option_print(options, &leat_option_rows[i], stream);
}

void leat_options_help(FILE *stream)
{
	fputs("Usage: leat-agent --node-name NAME --manifests DIR [OPTION...]\n"
	      "The node daemon of leat. Each option is also read from the environment\n"
	      "(LEAT_NODE_NAME for --node-name) and from a config file (node-name: ...).\n\n",
	      stream);
	for (size_t i = 0; i < leat_option_row_count; i++) {
		const struct option_row *row = &leat_option_rows[i];
		char left[64];
		snprintf(left, sizeof(left), "--%s%s%s", row->name, row->metavar ? " " : "",
			 row->metavar ? row->metavar : "");
		fprintf(stream, "  %-36s %s", left, row->help);
		if (row->fallback && *row->fallback && strcmp(row->fallback, "0") != 0)
			fprintf(stream, " (default: %s)", row->fallback);
		fputc('\n', stream);
	}
}
