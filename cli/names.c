// SPDX-License-Identifier: Apache-2.0
/*
 * The agent's state.json, indexed: by number for what the tables number, by address for pods
 * and nodes. The file is read as it is: a field that is missing or odd is one without a name.
 */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "lib/file.h"
#include "names.h"

#define STATE_LIMIT (128U << 20)

struct numbered {
	__u32 number;
	const cJSON *object; /* in root */
};

struct addressed {
	struct leat_addr addr;
	char *name; /* owned */
};

struct leat_names {
	cJSON *root;
	struct numbered *numbered[LEAT_NAME_KINDS];
	size_t numbered_counts[LEAT_NAME_KINDS];
	struct addressed *pods;
	size_t pod_count;
	struct addressed *nodes;
	size_t node_count;
};

static const struct {
	const char *array;
	const char *field;
} kinds[LEAT_NAME_KINDS] = {
	[LEAT_NAME_ENDPOINT] = { "endpoints", "slot" },
	[LEAT_NAME_RULE] = { "rules", "rule" },
	[LEAT_NAME_SET] = { "sets", "set" },
	[LEAT_NAME_IDENTITY] = { "identities", "identity" },
	[LEAT_NAME_SERVICE] = { "services", "service" },
	[LEAT_NAME_NODE] = { "nodes", "slot" },
};

const char *leat_names_text(const cJSON *object, const char *field)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, field));

	return text ? text : "";
}

__u32 leat_names_number(const cJSON *object, const char *field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > 0xffffffffU)
		return 0;
	return (__u32)item->valuedouble;
}

char *leat_names_full(const cJSON *object, const char *field)
{
	if (!object)
		return NULL;
	return leat_cli_format("%s/%s", leat_names_text(object, "namespace"),
			       leat_names_text(object, field));
}

static int compare_numbered(const void *a, const void *b)
{
	const struct numbered *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static int compare_addressed(const void *a, const void *b)
{
	const struct addressed *left = a, *right = b;

	return leat_addr_compare(&left->addr, &right->addr);
}

static void index_numbers(struct leat_names *names, enum leat_name_kind kind)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(names->root, kinds[kind].array);
	size_t size = cJSON_IsArray(array) ? (size_t)cJSON_GetArraySize(array) : 0;
	struct numbered *items = leat_cli_alloc(size * sizeof(*items));
	size_t count = 0;
	const cJSON *item;

	cJSON_ArrayForEach (item, array) {
		if (count == size || !cJSON_IsObject(item))
			continue;
		items[count].number = leat_names_number(item, kinds[kind].field);
		items[count++].object = item;
	}
	qsort(items, count, sizeof(*items), compare_numbered);
	names->numbered[kind] = items;
	names->numbered_counts[kind] = count;
}

/* Takes `name`; an address that is none is left out. */
static void add_address(struct addressed **items, size_t *count, const char *text, char *name)
{
	struct addressed item = { .name = name };

	if (!name || leat_addr_parse(text, &item.addr) < 0) {
		free(name);
		return;
	}
	if ((*count & (*count - 1)) == 0) /* room for the next power of two */
		*items = leat_cli_grow(*items, (*count ? *count * 2 : 1) * sizeof(item));
	(*items)[(*count)++] = item;
}

static void index_addresses(struct leat_names *names)
{
	const cJSON *object, *item;

	cJSON_ArrayForEach (object, cJSON_GetObjectItemCaseSensitive(names->root, "pods")) {
		add_address(&names->pods, &names->pod_count, leat_names_text(object, "address"),
			    leat_names_full(object, "name"));
	}
	cJSON_ArrayForEach (object, cJSON_GetObjectItemCaseSensitive(names->root, "endpoints")) {
		cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, "addresses")) {
			const char *text = cJSON_GetStringValue(item);

			add_address(&names->pods, &names->pod_count, text ? text : "",
				    leat_names_full(object, "name"));
		}
	}
	cJSON_ArrayForEach (object, cJSON_GetObjectItemCaseSensitive(names->root, "nodes")) {
		cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, "addresses")) {
			const char *text = cJSON_GetStringValue(item);

			add_address(&names->nodes, &names->node_count, text ? text : "",
				    leat_cli_format("%s", leat_names_text(object, "name")));
		}
	}
	if (names->pod_count)
		qsort(names->pods, names->pod_count, sizeof(*names->pods), compare_addressed);
	if (names->node_count)
		qsort(names->nodes, names->node_count, sizeof(*names->nodes), compare_addressed);
}

static struct leat_names *make(cJSON *root)
{
	struct leat_names *names = leat_cli_alloc(sizeof(*names));

	*names = (struct leat_names){ .root = root };
	for (int kind = 0; kind < LEAT_NAME_KINDS; kind++)
		index_numbers(names, (enum leat_name_kind)kind);
	index_addresses(names);
	return names;
}

struct leat_names *leat_names_empty(void)
{
	return make(cJSON_CreateObject());
}

int leat_names_parse(const char *text, struct leat_names **ret_names)
{
	cJSON *root = cJSON_Parse(text);

	if (!cJSON_IsObject(root)) {
		cJSON_Delete(root);
		return -EINVAL;
	}
	*ret_names = make(root);
	return 0;
}

int leat_names_load(const char *state_dir, struct leat_names **ret_names)
{
	_cleanup_free_ char *path = leat_cli_format("%s/state.json", state_dir);
	_cleanup_free_ char *text = NULL;
	size_t size;
	int err = leat_file_read(path, STATE_LIMIT, &text, &size);

	return err ? err : leat_names_parse(text, ret_names);
}

static void free_addressed(struct addressed *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(items[i].name);
	free(items);
}

void leat_names_free(struct leat_names *names)
{
	if (!names)
		return;
	for (int kind = 0; kind < LEAT_NAME_KINDS; kind++)
		free(names->numbered[kind]);
	free_addressed(names->pods, names->pod_count);
	free_addressed(names->nodes, names->node_count);
	cJSON_Delete(names->root);
	free(names);
}

const cJSON *leat_names_root(const struct leat_names *names)
{
	return names->root;
}

const cJSON *leat_names_find(const struct leat_names *names, enum leat_name_kind kind, __u32 number)
{
	const struct numbered key = { .number = number };
	const struct numbered *found = bsearch(&key, names->numbered[kind],
					       names->numbered_counts[kind], sizeof(key),
					       compare_numbered);

	return found ? found->object : NULL;
}

static const char *find_address(const struct addressed *items, size_t count,
				const struct leat_addr *addr)
{
	const struct addressed key = { .addr = *addr };
	const struct addressed *found =
		count ? bsearch(&key, items, count, sizeof(key), compare_addressed) : NULL;

	return found ? found->name : NULL;
}

const char *leat_names_pod(const struct leat_names *names, const struct leat_addr *addr)
{
	return find_address(names->pods, names->pod_count, addr);
}

const char *leat_names_node(const struct leat_names *names, const struct leat_addr *addr)
{
	return find_address(names->nodes, names->node_count, addr);
}

static bool is_called(const cJSON *endpoint, const char *text)
{
	_cleanup_free_ char *full = leat_names_full(endpoint, "name");

	return strcmp(strchr(text, '/') ? full : leat_names_text(endpoint, "name"), text) == 0;
}

int leat_names_endpoint_slot(const struct leat_names *names, const char *text, __u32 *ret_slot)
{
	const struct numbered *items = names->numbered[LEAT_NAME_ENDPOINT];
	size_t count = names->numbered_counts[LEAT_NAME_ENDPOINT];
	const struct numbered *found = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!is_called(items[i].object, text))
			continue;
		if (found)
			return -ENOTUNIQ;
		found = &items[i];
	}
	if (!found)
		return -ENOENT;
	*ret_slot = found->number;
	return 0;
}
