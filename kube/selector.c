// SPDX-License-Identifier: Apache-2.0
/* Label selectors against sorted labels. */
#include "selector.h"

#include <string.h>

const char *kube_labels_get(const struct kube_labels *labels, const char *key)
{
	size_t low = 0, high = labels->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(key, labels->items[middle].key);

		if (order == 0)
			return labels->items[middle].value;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static bool has_value(const struct kube_requirement *requirement, const char *value)
{
	for (size_t i = 0; i < requirement->value_count; i++)
		if (strcmp(requirement->values[i], value) == 0)
			return true;
	return false;
}

static bool is_met(const struct kube_requirement *requirement, const struct kube_labels *labels)
{
	const char *value = kube_labels_get(labels, requirement->key);

	switch (requirement->op) {
	case KUBE_IN:
		return value && has_value(requirement, value);
	case KUBE_NOT_IN:
		return !value || !has_value(requirement, value);
	case KUBE_EXISTS:
		return value;
	case KUBE_NOT_EXISTS:
		return !value;
	}
	return false;
}

bool kube_selector_matches(const struct kube_selector *selector, const struct kube_labels *labels)
{
	for (size_t i = 0; i < selector->count; i++)
		if (!is_met(&selector->items[i], labels))
			return false;
	return true;
}
