// SPDX-License-Identifier: Apache-2.0
/*
 * The config file: one YAML mapping from option names to scalars or lists of scalars. Nothing
 * is interpreted here; options.c treats the values as it treats flags.
 */
#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "options_table.h"

#define CONFIG_LIMIT (1 << 20)

struct reader {
	const char *path;
	yaml_parser_t parser;
	config_value_fn *on_value;
	void *context;
	char *name; /* key whose value comes next, owned */
	int depth;  /* 0 outside, 1 in the mapping, 2 in a list */
	char *problem;
};

static int complain(struct reader *reader, const yaml_event_t *event, const char *what)
{
	size_t line = event ? event->start_mark.line : reader->parser.problem_mark.line;
	if (asprintf(&reader->problem, "%s:%zu: %s", reader->path, line + 1, what) < 0)
		return -ENOMEM;
	return -EINVAL;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	if (reader->depth == 0)
		return complain(reader, event, "not a mapping of option names to values");
	if (!reader->name)
		return (reader->name = strdup(text)) ? 0 : -ENOMEM;
	int err = reader->on_value(reader->context, reader->name, text);
	if (err == -ENOENT)
		return complain(reader, event, "no such option");
	if (reader->depth == 1) {
		free(reader->name);
		reader->name = NULL;
	}
	return err;
}

static int read_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event);
	case YAML_MAPPING_START_EVENT:
		if (reader->depth++ != 0)
			return complain(reader, event, "a mapping where a value is due");
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		if (reader->depth++ != 1 || !reader->name)
			return complain(reader, event, "a list where none is due");
		return 0;
	case YAML_SEQUENCE_END_EVENT:
		free(reader->name);
		reader->name = NULL;
		reader->depth--;
		return 0;
	case YAML_MAPPING_END_EVENT:
		reader->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return complain(reader, event, "aliases are not supported");
	default:
		return 0;
	}
}

static int read_events(struct reader *reader)
{
	bool is_done = false;
	int err = 0;
	while (!err && !is_done) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reader->parser, &event))
			return complain(reader, NULL,
					reader->parser.problem ? reader->parser.problem
							       : "bad YAML");
		is_done = event.type == YAML_STREAM_END_EVENT;
		err = read_event(reader, &event);
		yaml_event_delete(&event);
	}
	return err;
}

int leat_config_read(const char *path, config_value_fn *on_value, void *context, char **ret_problem)
{
	struct reader reader = { .path = path, .on_value = on_value, .context = context };
	_cleanup_free_ char *text = NULL;
	size_t size;
	int err = leat_file_read(path, CONFIG_LIMIT, &text, &size);
	if (err) {
		if (asprintf(ret_problem, "%s: %s", path, strerror(-err)) < 0)
			return -ENOMEM;
		return err;
	}
	if (!yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
	err = read_events(&reader);
	yaml_parser_delete(&reader.parser);
	free(reader.name);
	if (reader.problem)
		*ret_problem = reader.problem;
	return err;
}
