// SPDX-License-Identifier: Apache-2.0
/*
 * JSON text by cJSON, which knows no lines: they are found by going over the text once more in
 * the order of the tree. The text is known to be JSON by then, so the second reading is simple.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tree.h"

struct scan {
	const char *at;
	const char *end;
	int line;
	struct kube_tree_error *ret_error;
};

/* To the next token; also over what is between two values. cJSON takes all up to 32 as blank. */
static void skip(struct scan *scan, const char *more)
{
	while (scan->at < scan->end) {
		if (*scan->at == '\n')
			scan->line++;
		else if ((unsigned char)*scan->at > ' ' && !strchr(more, *scan->at))
			return;
		scan->at++;
	}
}

static int skip_string(struct scan *scan)
{
	for (scan->at++; scan->at < scan->end && *scan->at != '"'; scan->at++) {
		if (*scan->at == '\n')
			scan->line++;
		if (*scan->at != '\\')
			continue;
		scan->at++;
		if (scan->end - scan->at >= 5 && memcmp(scan->at, "u0000", 5) == 0)
			return kube_tree_fail(scan->ret_error, scan->line,
					      "a string must not have a zero byte in it");
	}
	scan->at++;
	return 0;
}

static int set_lines(struct scan *scan, cJSON *node, size_t depth)
{
	int err = 0;

	skip(scan, ",]}");
	if (node->string) {
		err = skip_string(scan);
		skip(scan, ":");
	}
	if (err)
		return err;
	if (depth > KUBE_TREE_DEPTH)
		return kube_tree_fail(scan->ret_error, scan->line, "is nested deeper than %u",
				      KUBE_TREE_DEPTH);
	node->valueint = scan->line;
	if (cJSON_IsString(node))
		return skip_string(scan);
	if (!cJSON_IsObject(node) && !cJSON_IsArray(node)) {
		while (scan->at < scan->end && (unsigned char)*scan->at > ' ' &&
		       !strchr(",]}", *scan->at))
			scan->at++;
		return 0;
	}
	scan->at++;
	for (cJSON *child = node->child; child && !err; child = child->next)
		err = set_lines(scan, child, depth + 1);
	return err;
}

/* An upper bound of the values, before any memory is taken for them. */
static bool is_too_large(const struct kube_text *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->size; i++)
		count += text->data[i] == ',' || text->data[i] == '[' || text->data[i] == '{';
	return count > KUBE_TREE_VALUES;
}

static int count_lines(const char *from, const char *to)
{
	int lines = 0;

	for (; from < to; from++)
		lines += *from == '\n';
	return lines;
}

/* One value from scan->at on, which is moved behind it. */
static int parse_value(struct scan *scan, cJSON *documents)
{
	struct scan lines = *scan;
	const char *end = NULL;
	cJSON *value =
		cJSON_ParseWithLengthOpts(scan->at, (size_t)(scan->end - scan->at), &end, false);
	int err;

	scan->line += count_lines(scan->at, end);
	scan->at = end;
	if (!value)
		return kube_tree_fail(scan->ret_error, scan->line, "is not valid JSON");
	err = set_lines(&lines, value, 1);
	err = err ?: kube_tree_check_keys(value, scan->ret_error);
	if (err || !cJSON_AddItemToArray(documents, value)) {
		cJSON_Delete(value);
		return err ? err : -ENOMEM;
	}
	return 0;
}

int kube_tree_from_json(const struct kube_text *text, cJSON **ret_documents,
			struct kube_tree_error *ret_error)
{
	struct scan scan = { .at = text->data,
			     .end = text->data + text->size,
			     .line = text->line,
			     .ret_error = ret_error };
	cJSON *documents = cJSON_CreateArray();
	size_t count = 0;
	int err = 0;

	if (!documents)
		return -ENOMEM;
	if (is_too_large(text))
		err = kube_tree_fail(ret_error, text->line, "has more than %u values",
				     KUBE_TREE_VALUES);
	skip(&scan, "");
	while (!err && scan.at < scan.end) {
		err = parse_value(&scan, documents);
		skip(&scan, "");
		if (!err && ++count == KUBE_TREE_DOCUMENTS && scan.at < scan.end)
			err = kube_tree_fail(ret_error, scan.line, "has more than %u documents",
					     KUBE_TREE_DOCUMENTS);
	}
	*ret_documents = documents;
	return err;
}
