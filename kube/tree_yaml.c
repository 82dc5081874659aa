// SPDX-License-Identifier: Apache-2.0
/*
 * YAML text by libyaml's events. Aliases are refused, so a small text stays a small tree; depth
 * and number of values have limits all the same. Types are those that kubectl would see.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/cleanup.h"
#include "scalar.h"
#include "tree.h"

struct level {
	cJSON *container; /* in the tree already, or the root */
	char *key;	  /* object: the member whose value comes next, owned */
};

struct builder {
	struct level levels[KUBE_TREE_DEPTH];
	size_t depth;
	size_t values;
	cJSON *root; /* owned */
	int base_line;
	struct kube_tree_error *ret_error;
};

static int line_of(const struct builder *builder, const yaml_mark_t *mark)
{
	return builder->base_line + (int)mark->line;
}

static int fail(struct builder *builder, const yaml_event_t *event, const char *text)
{
	return kube_tree_fail(builder->ret_error, line_of(builder, &event->start_mark), "%s", text);
}

/* Puts the value where the next one belongs; owns it, also on failure. */
static int attach(struct builder *builder, const yaml_event_t *event, cJSON *value)
{
	struct level *level = builder->depth ? &builder->levels[builder->depth - 1] : NULL;
	bool is_attached = true;

	if (!value)
		return -ENOMEM;
	value->valueint = line_of(builder, &event->start_mark);
	if (!level) {
		builder->root = value;
	} else if (cJSON_IsArray(level->container)) {
		is_attached = cJSON_AddItemToArray(level->container, value);
	} else {
		is_attached = cJSON_AddItemToObject(level->container, level->key, value);
		free(TAKE_PTR(level->key));
	}
	if (!is_attached)
		cJSON_Delete(value);
	if (!is_attached)
		return -ENOMEM;
	return ++builder->values > KUBE_TREE_VALUES ? fail(builder, event, "has too many values")
						    : 0;
}

static bool wants_key(const struct builder *builder)
{
	const struct level *level = builder->depth ? &builder->levels[builder->depth - 1] : NULL;

	return level && cJSON_IsObject(level->container) && !level->key;
}

static int open_container(struct builder *builder, const yaml_event_t *event, cJSON *container)
{
	int err;

	if (wants_key(builder) || builder->depth == KUBE_TREE_DEPTH) {
		cJSON_Delete(container);
		return fail(builder, event,
			    wants_key(builder) ? "a key must be a plain word"
					       : "is nested too deeply");
	}
	err = attach(builder, event, container);
	if (!err)
		builder->levels[builder->depth++] = (struct level){ .container = container };
	return err;
}

/* How a scalar without quotes is typed; by a tag that says so, or by how it looks. */
static int scalar_type(struct builder *builder, const yaml_event_t *event, double *ret_number,
		       enum kube_scalar *ret_type)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;

	*ret_type = KUBE_SCALAR_TEXT;
	if (tag && strcmp(tag, "!") != 0 && strcmp(tag, YAML_STR_TAG) != 0)
		return fail(builder, event, "tags like this one are not understood");
	if (!tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		*ret_type = kube_scalar_resolve(text, ret_number);
	return 0;
}

static int take_key(struct builder *builder, const yaml_event_t *event, enum kube_scalar type,
		    double number)
{
	struct level *level = &builder->levels[builder->depth - 1];
	const char *text = (const char *)event->data.scalar.value;

	if (type == KUBE_SCALAR_NULL)
		return fail(builder, event, "a key must not be null");
	if (strcmp(text, "<<") == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return fail(builder, event, "merge keys (<<) are not supported");
	if (type == KUBE_SCALAR_BOOL) /* JSON has text only */
		text = number != 0 ? "true" : "false";
	level->key = strdup(text);
	return level->key ? 0 : -ENOMEM;
}

static int add_scalar(struct builder *builder, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	enum kube_scalar type;
	double number = 0;
	int err = scalar_type(builder, event, &number, &type);

	if (err)
		return err;
	if (strlen(text) != event->data.scalar.length)
		return fail(builder, event, "a string must not have a zero byte in it");
	if (wants_key(builder))
		return take_key(builder, event, type, number);
	switch (type) {
	case KUBE_SCALAR_NULL:
		return attach(builder, event, cJSON_CreateNull());
	case KUBE_SCALAR_BOOL:
		return attach(builder, event, cJSON_CreateBool(number != 0));
	case KUBE_SCALAR_NUMBER:
		return attach(builder, event, cJSON_CreateNumber(number));
	case KUBE_SCALAR_TEXT:
		break;
	}
	return attach(builder, event, cJSON_CreateString(text));
}

static void reset(struct builder *builder)
{
	while (builder->depth)
		free(builder->levels[--builder->depth].key);
	cJSON_Delete(TAKE_PTR(builder->root));
	builder->values = 0;
}

static int finish_document(struct builder *builder, cJSON *documents)
{
	int err = kube_tree_check_keys(builder->root, builder->ret_error);

	if (!err && !cJSON_AddItemToArray(documents, builder->root))
		err = -ENOMEM;
	if (!err)
		builder->root = NULL;
	reset(builder);
	return err;
}

static int take_event(struct builder *builder, const yaml_event_t *event, cJSON *documents)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(builder, event);
	case YAML_MAPPING_START_EVENT:
		return open_container(builder, event, cJSON_CreateObject());
	case YAML_SEQUENCE_START_EVENT:
		return open_container(builder, event, cJSON_CreateArray());
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		builder->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return fail(builder, event, "aliases (*name) are not supported");
	case YAML_DOCUMENT_END_EVENT:
		return finish_document(builder, documents);
	default:
		return 0;
	}
}

static int syntax_error(const struct builder *builder, const yaml_parser_t *parser)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	return kube_tree_fail(builder->ret_error, line_of(builder, &parser->problem_mark),
			      "is not valid YAML: %s%s%s", parser->context ? parser->context : "",
			      parser->context ? ": " : "",
			      parser->problem ? parser->problem : "unknown");
}

static int parse(struct builder *builder, yaml_parser_t *parser, cJSON *documents)
{
	bool has_ended = false;
	int err = 0;

	while (!err && !has_ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return syntax_error(builder, parser);
		has_ended = event.type == YAML_STREAM_END_EVENT;
		err = take_event(builder, &event, documents);
		yaml_event_delete(&event);
	}
	return err;
}

int kube_tree_from_yaml(const struct kube_text *text, cJSON **ret_documents,
			struct kube_tree_error *ret_error)
{
	struct builder builder = { .base_line = text->line, .ret_error = ret_error };
	cJSON *documents = cJSON_CreateArray();
	yaml_parser_t parser;
	int err;

	if (!documents || !yaml_parser_initialize(&parser)) {
		cJSON_Delete(documents);
		return -ENOMEM;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->data, text->size);
	err = parse(&builder, &parser, documents);
	yaml_parser_delete(&parser);
	reset(&builder);
	*ret_documents = documents;
	return err;
}
