// SPDX-License-Identifier: Apache-2.0
/* metadata, labels and label selectors. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#include "decode_parts.h"
#include "lib/cleanup.h"
#include "names.h"

static int compare_labels(const void *a, const void *b)
{
	return strcmp(((const struct kube_label *)a)->key, ((const struct kube_label *)b)->key);
}

static int decode_label(const struct kube_field *field, struct kube_label *label)
{
	const char *value = NULL;
	int err;

	if (!kube_is_label_key(field->name))
		return kube_field_refuse(field, "is not a label's key");
	if (!field->json)
		return kube_field_refuse(field, "a label needs a value");
	err = kube_field_string(field, &value);
	if (err)
		return err;
	if (!kube_is_label_value(value))
		return kube_field_refuse(field, "is not a label's value (63 of A-Z a-z 0-9 - _ .)");
	label->key = kube_arena_copy(&field->decoder->arena, field->name);
	label->value = kube_arena_copy(&field->decoder->arena, value);
	return label->key && label->value ? 0 : -ENOMEM;
}

/* Of equal keys the last one counts, as in Go. */
static size_t drop_repeats(struct kube_label *items, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept && strcmp(items[kept - 1].key, items[i].key) == 0)
			items[kept - 1] = items[i];
		else
			items[kept++] = items[i];
	}
	return kept;
}

int kube_decode_labels(const struct kube_field *field, struct kube_labels *labels)
{
	size_t count = field->json ? (size_t)cJSON_GetArraySize(field->json) : 0;
	struct kube_label *items;
	int err = kube_field_expect_object(field);

	if (err || !count)
		return err;
	items = kube_arena_take(&field->decoder->arena, count, sizeof(*items), 8);
	if (!items)
		return -ENOMEM;
	count = 0;
	for (const cJSON *json = field->json->child; json; json = json->next) {
		struct kube_field label = { .parent = field,
					    .name = json->string,
					    .json = cJSON_IsNull(json) ? NULL : json,
					    .decoder = field->decoder };

		err = decode_label(&label, &items[count++]);
		if (err)
			return err;
	}
	qsort(items, count, sizeof(*items), compare_labels);
	*labels = (struct kube_labels){ .items = items, .count = drop_repeats(items, count) };
	return 0;
}

static int decode_value(const struct kube_field *field, void *ret_item)
{
	char **value = ret_item;
	int err = kube_field_expect(field);

	err = err ?: kube_field_copy(field, "", value);
	if (err)
		return err;
	return kube_is_label_value(*value) ? 0 : kube_field_refuse(field, "is not a label's value");
}

static int check_values(const struct kube_field *values, const struct kube_requirement *requirement)
{
	bool needs_values = requirement->op == KUBE_IN || requirement->op == KUBE_NOT_IN;

	if (needs_values && !requirement->value_count)
		return kube_field_refuse(values, "must not be empty with In and NotIn");
	if (!needs_values && requirement->value_count)
		return kube_field_refuse(values, "must be empty with Exists and DoesNotExist");
	return 0;
}

static int decode_requirement(const struct kube_field *field, void *ret_item)
{
	static const char *const names[] = {
		[KUBE_IN] = "In",
		[KUBE_NOT_IN] = "NotIn",
		[KUBE_EXISTS] = "Exists",
		[KUBE_NOT_EXISTS] = "DoesNotExist",
	};
	struct kube_requirement *requirement = ret_item;
	struct kube_field key = kube_field_member(field, "key");
	struct kube_field op = kube_field_member(field, "operator");
	struct kube_field values = kube_field_member(field, "values");
	size_t index = 0;
	int err = kube_field_expect_object(field);

	err = err ?: kube_field_expect(&key);
	err = err ?: kube_field_copy(&key, "", &requirement->key);
	if (!err && !kube_is_label_key(requirement->key))
		err = kube_field_refuse(&key, "is not a label's key");
	err = err ?: kube_field_expect(&op);
	err = err ?: kube_field_choice(&op, names, ARRAY_SIZE(names), ARRAY_SIZE(names), &index);
	if (!err && index == ARRAY_SIZE(names))
		err = kube_field_refuse(&op, "must be In, NotIn, Exists or DoesNotExist");
	if (!err && index < ARRAY_SIZE(names))
		requirement->op = (enum kube_operator)index;
	err = err
		      ?: kube_field_each(&values, decode_value, sizeof(char *),
					 &requirement->values, &requirement->value_count);
	return err ?: check_values(&values, requirement);
}

/* Each label becomes "key In (value)", in order of the keys. */
static int put_labels(struct kube_arena *arena, const struct kube_labels *labels,
		      struct kube_requirement *items)
{
	for (size_t i = 0; i < labels->count; i++) {
		char **value = kube_arena_take(arena, 1, sizeof(char *), 8);

		if (!value)
			return -ENOMEM;
		*value = labels->items[i].value;
		items[i] = (struct kube_requirement){ .key = labels->items[i].key,
						      .op = KUBE_IN,
						      .values = value,
						      .value_count = 1 };
	}
	return 0;
}

/* matchLabels' requirements in front of matchExpressions'. */
static int join(struct kube_arena *arena, const struct kube_labels *labels,
		const struct kube_selector *expressions, struct kube_selector *ret_selector)
{
	size_t count = labels->count + expressions->count;
	struct kube_requirement *items;
	int err;

	if (!labels->count) {
		*ret_selector = *expressions;
		return 0;
	}
	items = kube_arena_take(arena, count, sizeof(*items), 8);
	if (!items)
		return -ENOMEM;
	err = put_labels(arena, labels, items);
	if (err)
		return err;
	if (expressions->count)
		memcpy(items + labels->count, expressions->items,
		       expressions->count * sizeof(*items));
	*ret_selector = (struct kube_selector){ .items = items, .count = count };
	return 0;
}

int kube_decode_selector(const struct kube_field *field, struct kube_selector *selector)
{
	struct kube_field match_labels = kube_field_member(field, "matchLabels");
	struct kube_field match_expressions = kube_field_member(field, "matchExpressions");
	struct kube_selector expressions = {};
	struct kube_labels labels = {};
	int err = kube_field_expect_object(field);

	err = err ?: kube_decode_labels(&match_labels, &labels);
	err = err
		      ?: kube_field_each(&match_expressions, decode_requirement,
					 sizeof(struct kube_requirement), &expressions.items,
					 &expressions.count);
	return err ?: join(&field->decoder->arena, &labels, &expressions, selector);
}

int kube_decode_map_selector(const struct kube_field *field, struct kube_selector *selector)
{
	struct kube_selector none = {};
	struct kube_labels labels = {};
	int err = kube_decode_labels(field, &labels);

	return err ?: join(&field->decoder->arena, &labels, &none, selector);
}
