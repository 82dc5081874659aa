// SPDX-License-Identifier: Apache-2.0
/* What trees from YAML and from JSON have in common: keys that are unique, errors with lines. */
#include "tree.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

int kube_tree_fail(struct kube_tree_error *ret_error, int line, const char *format, ...)
{
	va_list args;

	ret_error->line = line;
	va_start(args, format);
	vsnprintf(ret_error->text, sizeof(ret_error->text), format, args);
	va_end(args);
	return -EINVAL;
}

static int compare_members(const void *a, const void *b)
{
	const cJSON *const *x = a, *const *y = b;
	int order = strcmp((*x)->string, (*y)->string);

	/* of equal keys the later one last: it is the one to complain about */
	return order ? order
		     : ((*x)->valueint > (*y)->valueint) - ((*x)->valueint < (*y)->valueint);
}

static int check_members(const cJSON *object, struct kube_tree_error *ret_error)
{
	size_t count = (size_t)cJSON_GetArraySize(object), done = 0;
	_cleanup_free_ const cJSON **members = calloc(count + 1, sizeof(*members));
	const cJSON *member;

	if (!members)
		return -ENOMEM;
	cJSON_ArrayForEach (member, object)
		members[done++] = member;
	qsort(members, count, sizeof(*members), compare_members);
	for (size_t i = 1; i < count; i++)
		if (strcmp(members[i - 1]->string, members[i]->string) == 0)
			return kube_tree_fail(ret_error, members[i]->valueint,
					      "key \"%.80s\" is there twice", members[i]->string);
	return 0;
}

int kube_tree_check_keys(const cJSON *root, struct kube_tree_error *ret_error)
{
	const cJSON *child;
	int err = cJSON_IsObject(root) && root->child && root->child->next
			  ? check_members(root, ret_error)
			  : 0;

	if (err)
		return err;
	cJSON_ArrayForEach (child, root) {
		err = kube_tree_check_keys(child, ret_error);
		if (err)
			return err;
	}
	return 0;
}
