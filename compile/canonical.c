// SPDX-License-Identifier: Apache-2.0
/*
 * Selectors, blocks and ports as comparable bytes. See canonical.h.
 */
#include "compile/canonical.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int write_requirement(struct leat_arena *arena, struct leat_bytes *bytes,
			     const struct kube_requirement *requirement)
{
	size_t count = requirement->value_count;
	const char **values = leat_arena_take(arena, count + 1, sizeof(*values));
	int error = values ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !error; i++)
		values[i] = requirement->values[i];
	if (!error && count)
		qsort(values, count, sizeof(*values), compare_texts);
	error = error ?: leat_bytes_text(arena, bytes, requirement->key);
	error = error ?: leat_bytes_number(arena, bytes, requirement->op);
	for (size_t i = 0; i < count && !error; i++)
		if (!i || strcmp(values[i - 1], values[i]))
			error = leat_bytes_text(arena, bytes, values[i]);
	return error;
}

static int compare_bytes(const void *a, const void *b)
{
	const struct leat_bytes *left = a, *right = b;
	size_t shorter = left->size < right->size ? left->size : right->size;
	int order = memcmp(left->data, right->data, shorter);

	return order ? order : (left->size > right->size) - (left->size < right->size);
}

static int write_selector(struct leat_arena *arena, struct leat_bytes *bytes,
			  const struct kube_selector *selector)
{
	struct leat_bytes *parts = leat_arena_take(arena, selector->count + 1, sizeof(*parts));
	int error = parts ? 0 : -ENOMEM;

	for (size_t i = 0; i < selector->count && !error; i++)
		error = write_requirement(arena, &parts[i], &selector->items[i]);
	if (error)
		return error;
	if (selector->count)
		qsort(parts, selector->count, sizeof(*parts), compare_bytes);
	for (size_t i = 0; i < selector->count && !error; i++) {
		if (i && !compare_bytes(&parts[i - 1], &parts[i]))
			continue;
		/* The length in front: no value can look like the next requirement. */
		error = leat_bytes_number(arena, bytes, parts[i].size);
		error = error ?: leat_bytes_add(arena, bytes, parts[i].data, parts[i].size);
	}
	return error ?: leat_bytes_number(arena, bytes, 0);
}

static int compare_cidrs(const void *a, const void *b)
{
	const struct leat_cidr *left = a, *right = b;
	int order = leat_addr_compare(&left->addr, &right->addr);

	return order ? order
		     : (left->prefixlen > right->prefixlen) - (left->prefixlen < right->prefixlen);
}

static int write_cidr(struct leat_arena *arena, struct leat_bytes *bytes,
		      const struct leat_cidr *cidr)
{
	int error = leat_bytes_add(arena, bytes, &cidr->addr, sizeof(cidr->addr));

	return error ?: leat_bytes_number(arena, bytes, cidr->prefixlen);
}

static int write_block(struct leat_arena *arena, struct leat_bytes *bytes,
		       const struct kube_policy_peer *peer)
{
	struct leat_cidr *excepts =
		leat_arena_take(arena, peer->except_count + 1, sizeof(*excepts));
	int error = excepts ? leat_bytes_text(arena, bytes, "block") : -ENOMEM;

	error = error ?: write_cidr(arena, bytes, &peer->block);
	if (error || !peer->except_count)
		return error;
	memcpy(excepts, peer->excepts, peer->except_count * sizeof(*excepts));
	qsort(excepts, peer->except_count, sizeof(*excepts), compare_cidrs);
	for (size_t i = 0; i < peer->except_count && !error; i++)
		if (!i || compare_cidrs(&excepts[i - 1], &excepts[i]))
			error = write_cidr(arena, bytes, &excepts[i]);
	return error;
}

int leat_canonical_peer(struct leat_arena *arena, struct leat_bytes *bytes, const char *namespace,
			const struct kube_policy_peer *peer)
{
	int error;

	if (peer->is_block)
		return write_block(arena, bytes, peer);
	if (peer->has_namespace_selector) {
		error = leat_bytes_text(arena, bytes, "namespaces");
		error = error ?: write_selector(arena, bytes, &peer->namespace_selector);
	} else {
		error = leat_bytes_text(arena, bytes, "namespace");
		error = error ?: leat_bytes_text(arena, bytes, namespace);
	}
	if (!error && !peer->has_pod_selector && !peer->has_namespace_selector)
		return leat_bytes_text(arena, bytes, "nobody");
	if (error || !peer->has_pod_selector || !peer->pod_selector.count)
		return error ?: leat_bytes_number(arena, bytes, 0);
	return write_selector(arena, bytes, &peer->pod_selector);
}

int leat_canonical_port(struct leat_arena *arena, struct leat_bytes *bytes,
			const struct kube_policy_port *port)
{
	__u64 numbers = (__u64)port->proto << 32 | (__u64)port->port << 16 | port->end_port;
	int error = leat_bytes_text(arena, bytes, port->name);

	return error ?: leat_bytes_number(arena, bytes, numbers);
}
