// SPDX-License-Identifier: Apache-2.0
/*
 * Typed reading of JSON fields. The way to a field is a list of struct kube_field on the C
 * stack, so it costs nothing until something is wrong and the way has to be told.
 */
#include "field.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/text.h"

#define VALUE_SHOWN 80 /* bytes of a refused value that a complaint repeats */

struct kube_field kube_field_member(const struct kube_field *parent, const char *name)
{
	const cJSON *json = parent->json ? cJSON_GetObjectItemCaseSensitive(parent->json, name)
					 : NULL;

	return (struct kube_field){
		.parent = parent,
		.name = name,
		.json = cJSON_IsNull(json) ? NULL : json,
		.decoder = parent->decoder,
	};
}

static void add_path(struct leat_text *text, const struct kube_field *field)
{
	if (!field->parent)
		return;
	add_path(text, field->parent);
	if (field->name)
		leat_text_add(text, "%s%.80s", text->size ? "." : "", field->name);
	else
		leat_text_add(text, "[%zu]", field->index);
}

static void add_string(struct leat_text *text, const char *value)
{
	_cleanup_free_ char *shown = strndup(value, VALUE_SHOWN);
	_cleanup_free_ char *escaped = shown ? leat_text_escape(shown) : NULL;

	if (!escaped)
		return;
	leat_text_add(text, "%s%s: ", *escaped ? escaped : "\"\"",
		      strlen(value) > VALUE_SHOWN ? "..." : "");
}

/* Objects and lists are not repeated. */
static void add_value(struct leat_text *text, const cJSON *json)
{
	if (cJSON_IsString(json))
		add_string(text, json->valuestring);
	else if (cJSON_IsNumber(json))
		leat_text_add(text, "%.15g: ", json->valuedouble);
	else if (cJSON_IsBool(json))
		leat_text_add(text, "%s: ", cJSON_IsTrue(json) ? "true" : "false");
}

/* What is missing is where its parent is. */
static const cJSON *nearest_json(const struct kube_field *field)
{
	while (field && !field->json)
		field = field->parent;
	return field ? field->json : NULL;
}

__attribute__((format(printf, 2, 0))) static char *complain(const struct kube_field *field,
							    const char *format, va_list args)
{
	struct leat_text text = {};
	_cleanup_free_ char *reason = NULL;

	if (vasprintf(&reason, format, args) < 0) {
		reason = NULL;
		return NULL;
	}
	add_path(&text, field);
	if (text.size)
		leat_text_add(&text, ": ");
	add_value(&text, field->json);
	leat_text_add(&text, "%s", reason);
	return text.data;
}

int kube_field_refuse(const struct kube_field *field, const char *format, ...)
{
	struct kube_decoder *decoder = field->decoder;
	va_list args;

	if (decoder->problem)
		return -EINVAL;
	va_start(args, format);
	decoder->problem = complain(field, format, args);
	va_end(args);
	decoder->problem_at = nearest_json(field);
	return decoder->problem ? -EINVAL : -ENOMEM;
}

int kube_field_note(const struct kube_field *field, const char *format, ...)
{
	struct kube_decoder *decoder = field->decoder;
	va_list args;

	if (decoder->note_count++)
		return 0;
	va_start(args, format);
	decoder->note = complain(field, format, args);
	va_end(args);
	decoder->note_at = nearest_json(field);
	return decoder->note ? 0 : -ENOMEM;
}

int kube_field_expect_object(const struct kube_field *field)
{
	return !field->json || cJSON_IsObject(field->json)
		       ? 0
		       : kube_field_refuse(field, "must be an object");
}

int kube_field_expect(const struct kube_field *field)
{
	return field->json ? 0 : kube_field_refuse(field, "is required");
}

int kube_field_string(const struct kube_field *field, const char **ret_text)
{
	if (field->json && !cJSON_IsString(field->json))
		return kube_field_refuse(field, "must be a string%s",
					 cJSON_IsNumber(field->json) || cJSON_IsBool(field->json)
						 ? " (in YAML: put it in quotes)"
						 : "");
	*ret_text = field->json ? field->json->valuestring : NULL;
	return 0;
}

int kube_field_copy(const struct kube_field *field, const char *fallback, char **ret_text)
{
	const char *text = NULL;
	char *copy;
	int err = kube_field_string(field, &text);

	if (err)
		return err;
	copy = kube_arena_copy(&field->decoder->arena, text ? text : fallback);
	if (!copy)
		return -ENOMEM;
	*ret_text = copy;
	return 0;
}

int kube_field_bool(const struct kube_field *field, bool fallback, bool *ret_value)
{
	if (field->json && !cJSON_IsBool(field->json))
		return kube_field_refuse(field, "must be true or false");
	*ret_value = field->json ? cJSON_IsTrue(field->json) : fallback;
	return 0;
}

int kube_field_number(const struct kube_field *field, __u32 least, __u32 most, __u32 fallback,
		      __u32 *ret_number)
{
	double value;

	if (!field->json) {
		*ret_number = fallback;
		return 0;
	}
	if (!cJSON_IsNumber(field->json))
		return kube_field_refuse(field, "must be a number");
	value = field->json->valuedouble; /* not valueint: trees of manifests have lines there */
	/* the range first: the conversion of what is outside of it is undefined */
	if (!(value >= least && value <= most))
		return kube_field_refuse(field, "must be between %u and %u", least, most);
	if (value != (double)(__u32)value)
		return kube_field_refuse(field, "must be a whole number");
	*ret_number = (__u32)value;
	return 0;
}

int kube_field_port(const struct kube_field *field, __u16 *ret_port)
{
	__u32 number = 0;
	int err = kube_field_expect(field);

	err = err ?: kube_field_number(field, 1, 65535, 0, &number);
	if (!err)
		*ret_port = (__u16)number;
	return err;
}

int kube_field_choice(const struct kube_field *field, const char *const *names, size_t count,
		      size_t fallback, size_t *ret_index)
{
	struct leat_text known LEAT_CLEANUP(leat_text_free) = {};
	const char *text = NULL;
	int err = kube_field_string(field, &text);

	if (err)
		return err;
	if (!text || !*text) {
		*ret_index = fallback;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_index = i;
			return 0;
		}
		leat_text_add(&known, "%s%s", i ? ", " : "", names[i]);
	}
	return kube_field_refuse(field, "must be one of %s", known.data ? known.data : "few");
}

int kube_field_proto(const struct kube_field *field, __u8 *ret_proto)
{
	static const char *const names[] = { "TCP", "UDP", "SCTP" };
	static const __u8 numbers[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	size_t index = 0;
	int err = kube_field_choice(field, names, ARRAY_SIZE(names), 0, &index);

	if (!err)
		*ret_proto = numbers[index];
	return err;
}

int kube_field_cidr(const struct kube_field *field, struct leat_cidr *ret_cidr)
{
	char shown[LEAT_CIDR_TEXT];
	struct leat_cidr cidr;
	const char *text = NULL;
	bool was_masked;
	int err = kube_field_expect(field);

	err = err ?: kube_field_string(field, &text);
	if (err)
		return err;
	if (leat_cidr_parse(text, &cidr, &was_masked) < 0)
		return kube_field_refuse(field, "is not a block like 10.0.0.0/8 or fd00::/64 "
						"(no leading zeros, no IPv4-mapped IPv6)");
	*ret_cidr = cidr;
	return was_masked ? kube_field_note(field, "host bits are ignored, it means %s",
					    leat_cidr_format(&cidr, shown))
			  : 0;
}

size_t kube_field_count(const struct kube_field *list)
{
	return cJSON_IsArray(list->json) ? (size_t)cJSON_GetArraySize(list->json) : 0;
}

int kube_field_each(const struct kube_field *list, kube_item_fn *decode, size_t item_size,
		    void *ret_items, size_t *ret_count)
{
	struct kube_field item = { .parent = list, .decoder = list->decoder };
	size_t count = 0, most = kube_field_count(list);
	char *items;

	if (list->json && !cJSON_IsArray(list->json))
		return kube_field_refuse(list, "must be a list");
	if (!list->json || !most)
		return 0;
	items = kube_arena_take(&list->decoder->arena, most, item_size, 8);
	if (!items)
		return -ENOMEM;
	for (item.json = list->json->child; item.json; item.json = item.json->next) {
		int result = decode(&item, items + count * item_size);

		if (result < 0)
			return result;
		if (result > 0)
			memset(items + count * item_size, 0, item_size);
		count += result == 0;
		item.index++;
	}
	memcpy(ret_items, &items, sizeof(items));
	*ret_count = count;
	return 0;
}
