/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text to cJSON trees that know their lines. cJSON does not use `valueint` of anything but
 * numbers, and nothing here uses it of numbers: in these trees it is the line, from 1.
 */
#include <stddef.h>

struct cJSON;

#define KUBE_TREE_DEPTH	    64
#define KUBE_TREE_VALUES    (1U << 19)
#define KUBE_TREE_DOCUMENTS (1U << 16)

struct kube_text {
	const char *data; /* no zero bytes in it */
	size_t size;
	int line; /* of its first byte */
};

struct kube_tree_error {
	int line;
	char text[160];
};

/*
 * All documents of the text as items of one array, which the caller deletes; also when it
 * fails: then those in front of the mistake. -EINVAL with *ret_error, or -ENOMEM. Keys that
 * are there twice, trees too deep or too large, zero bytes in strings: refused.
 */
int kube_tree_from_yaml(const struct kube_text *text, struct cJSON **ret_documents,
			struct kube_tree_error *ret_error);
int kube_tree_from_json(const struct kube_text *text, struct cJSON **ret_documents,
			struct kube_tree_error *ret_error);

/* -EINVAL: some object in it has a key twice. Of trees that are not too deep. */
int kube_tree_check_keys(const struct cJSON *root, struct kube_tree_error *ret_error);
int kube_tree_fail(struct kube_tree_error *ret_error, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
