// SPDX-License-Identifier: Apache-2.0
/*
 * Files of manifests. The text is cut at its document markers first, so that a mistake costs
 * its own document only; lists are taken apart, so that a bad item costs only itself.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "decode_parts.h"
#include "lib/cleanup.h"
#include "lib/text.h"
#include "tree.h"

#define PROBLEMS_MOST 1000 /* told of one file */

struct reader {
	const char *file;
	const struct kube_manifest_handlers *handlers;
	int problems;
	size_t parts;
	int err; /* -ENOMEM, which ends the reading */
};

static void tell(struct reader *reader, kube_problem_fn *on_text, int line, const char *text)
{
	_cleanup_free_ char *file = leat_text_escape(reader->file);
	_cleanup_free_ char *shown = leat_text_escape(text);
	struct leat_text message LEAT_CLEANUP(leat_text_free) = {};

	if (!file || !shown) {
		reader->err = -ENOMEM;
		return;
	}
	leat_text_add(&message, "%s:", file);
	if (line)
		leat_text_add(&message, "%d:", line);
	leat_text_add(&message, " %s", shown);
	if (!message.data) {
		reader->err = -ENOMEM;
		return;
	}
	on_text(reader->handlers->context, message.data);
}

static void report_to(struct reader *reader, kube_problem_fn *on_text, int line, const char *text)
{
	if (++reader->problems < PROBLEMS_MOST)
		tell(reader, on_text, line, text);
	else if (reader->problems == PROBLEMS_MOST)
		tell(reader, reader->handlers->on_problem, line,
		     "has more problems, which are not listed");
}

static void report(struct reader *reader, int line, const char *text)
{
	report_to(reader, reader->handlers->on_problem, line, text);
}

static int line_of(const cJSON *at, const cJSON *item)
{
	return at ? at->valueint : item->valueint;
}

static void read_item(struct reader *reader, const cJSON *json, const char *kind,
		      const char *version)
{
	const struct kube_manifest_handlers *handlers = reader->handlers;
	struct kube_verdict verdict LEAT_CLEANUP(kube_verdict_free) = {};
	struct kube_object *object = NULL;
	int err = kube_decode_item(json, kind, version, &object, &verdict);

	if (err == -ENOMEM)
		reader->err = err;
	if (verdict.problem)
		report(reader, line_of(verdict.problem_at, json), verdict.problem);
	if (verdict.note)
		report_to(reader, handlers->on_note ?: handlers->on_problem,
			  line_of(verdict.note_at, json), verdict.note);
	if (err == -EINVAL && verdict.is_refused && handlers->on_refused)
		handlers->on_refused(handlers->context, verdict.kind, verdict.namespace,
				     verdict.name);
	if (!err && object)
		handlers->on_object(handlers->context, object);
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

#define KIND_TEXT 64 /* longer names are no kind of ours, also when cut */

/* "PodList" has items of kind Pod, "List" has any: `item_kind` is "" then. */
static bool is_list(const cJSON *json, char item_kind[KIND_TEXT])
{
	const char *kind = text_of(json, "kind");
	size_t length = kind ? strlen(kind) : 0;

	if (length < 4 || strcmp(kind + length - 4, "List") != 0)
		return false;
	snprintf(item_kind, KIND_TEXT, "%.*s", (int)(length - 4), kind);
	return cJSON_GetObjectItemCaseSensitive(json, "items");
}

/* Lists in lists end where trees end: at their greatest depth. */
static void read_value(struct reader *reader, const cJSON *json, const char *kind,
		       const char *version)
{
	const cJSON *items, *item;
	char item_kind[KIND_TEXT];

	if (!is_list(json, item_kind)) {
		read_item(reader, json, kind, version);
		return;
	}
	items = cJSON_GetObjectItemCaseSensitive(json, "items");
	if (!cJSON_IsArray(items) && !cJSON_IsNull(items))
		report(reader, items->valueint, "items: must be a list");
	if (!cJSON_IsArray(items))
		return;
	cJSON_ArrayForEach (item, items) {
		if (reader->err)
			return;
		if (*item_kind)
			read_value(reader, item, item_kind, text_of(json, "apiVersion"));
		else
			read_value(reader, item, NULL, NULL);
	}
}

static void read_documents(struct reader *reader, const cJSON *documents)
{
	const cJSON *document;

	cJSON_ArrayForEach (document, documents)
		if (!reader->err && !cJSON_IsNull(document))
			read_value(reader, document, NULL, NULL);
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text), suffix_length = strlen(suffix);

	return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

/* Behind a "---" of its own. */
static bool looks_like_json(const struct kube_text *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (!strchr(" \t\r\n", text->data[i]))
			return text->data[i] == '{' || text->data[i] == '[';
	return false;
}

/* Flow style YAML begins like JSON: what is not JSON may still be that, but not in .json. */
static int parse_part(const struct reader *reader, const struct kube_text *text,
		      cJSON **ret_documents, struct kube_tree_error *ret_error)
{
	bool must_be_json = has_suffix(reader->file, ".json");
	int err;

	if (!must_be_json && !looks_like_json(text))
		return kube_tree_from_yaml(text, ret_documents, ret_error);
	err = kube_tree_from_json(text, ret_documents, ret_error);
	if (err != -EINVAL || must_be_json)
		return err;
	cJSON_Delete(*ret_documents);
	*ret_documents = NULL;
	return kube_tree_from_yaml(text, ret_documents, ret_error);
}

static void delete_tree(cJSON **tree)
{
	cJSON_Delete(*tree);
}

static void read_part(struct reader *reader, const struct kube_text *text)
{
	cJSON *documents LEAT_CLEANUP(delete_tree) = NULL;
	struct kube_tree_error error = {};
	int err = parse_part(reader, text, &documents, &error);

	if (err == -ENOMEM) {
		reader->err = err;
		return;
	}
	read_documents(reader, documents);
	if (err)
		report(reader, error.line, error.text);
}

static const char *line_end(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? newline + 1 : end;
}

/* "---" at the start of a line is always a document's start, "..." its end, also in quotes. */
static bool is_marker(const char *at, const char *end, const char *marker)
{
	return end - at >= 3 && memcmp(at, marker, 3) == 0 &&
	       (end - at == 3 || strchr(" \t\r\n", at[3]));
}

/* Blank, a comment or a directive: what may stand in front of the first marker. */
static bool is_preamble(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at))
		at++;
	return at == end || *at == '#' || *at == '%';
}

/* The rest of the text from `text` on; the part in front of the next marker goes to *ret_part. */
static void cut_part(struct kube_text *text, struct kube_text *ret_part)
{
	const char *at = text->data, *end = text->data + text->size;
	bool has_content = false;

	*ret_part = *text;
	for (; at < end; at = line_end(at, end), text->line++) {
		const char *next = line_end(at, end);

		if (is_marker(at, end, "...") || (has_content && is_marker(at, end, "---")))
			break;
		has_content |= !is_preamble(at, next);
	}
	ret_part->size = (size_t)(at - ret_part->data);
	if (at < end && is_marker(at, end, "...")) { /* belongs to neither */
		at = line_end(at, end);
		text->line++;
	}
	text->data = at;
	text->size = (size_t)(end - at);
}

/* JSON does not know markers: a marker that is alone in its line is taken off. */
static void drop_marker(struct kube_text *part)
{
	const char *end = part->data + part->size;
	struct kube_text rest = { .data = line_end(part->data, end), .line = part->line + 1 };

	rest.size = (size_t)(end - rest.data);
	if (is_marker(part->data, end, "---") && is_preamble(part->data + 3, rest.data) &&
	    looks_like_json(&rest))
		*part = rest;
}

int kube_manifest_read(const char *file, const char *text, size_t size,
		       const struct kube_manifest_handlers *handlers)
{
	struct reader reader = { .file = file, .handlers = handlers };
	struct kube_text rest = { .data = text, .size = size, .line = 1 }, part;

	if (size > KUBE_MANIFEST_BYTES)
		report(&reader, 0, "is larger than 4 MiB");
	else if (memchr(text, '\0', size))
		report(&reader, 0, "has zero bytes in it: is not text");
	if (reader.problems)
		return reader.err ? reader.err : reader.problems;
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		rest.data += 3;
		rest.size -= 3;
	}
	while (rest.size && !reader.err) {
		if (++reader.parts > KUBE_TREE_DOCUMENTS) {
			report(&reader, rest.line,
			       "has too many documents: the rest is passed over");
			break;
		}
		cut_part(&rest, &part);
		drop_marker(&part);
		read_part(&reader, &part);
	}
	return reader.err ? reader.err : reader.problems;
}
