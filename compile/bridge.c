// SPDX-License-Identifier: Apache-2.0
/*
 * Which identity became which, and the old sets' rows under the new names. See bridge.h.
 */
#include "compile/bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <leat/ipcache.h>
#include <leat/policy.h>

#include "compile/arena.h"
#include "compile/explain.h"

struct change {
	__u32 after;
	__u32 before;
};

struct changes {
	struct leat_arena arena;
	struct change *items;
	size_t count;
	size_t allocated;
};

static int add_change(struct changes *changes, __u32 before, __u32 after)
{
	if (changes->count == changes->allocated) {
		size_t more = changes->allocated ? changes->allocated * 2 : 256;
		struct change *grown =
			leat_arena_resize(&changes->arena, changes->items, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		changes->items = grown;
		changes->allocated = more;
	}
	changes->items[changes->count++] = (struct change){ .after = after, .before = before };
	return 0;
}

static int compare_changes(const void *a, const void *b)
{
	const struct change *left = a, *right = b;

	if (left->after != right->after)
		return left->after < right->after ? -1 : 1;
	return (left->before > right->before) - (left->before < right->before);
}

/* What a whole block is by the blocks around it, itself included. */
static __u32 block_identity(const struct leat_desired *desired, const struct leat_cidr_key *block)
{
	struct leat_cidr cidr = { .addr = block->addr, .prefixlen = block->prefixlen };
	const struct leat_ipinfo *info = NULL;
	__u32 shortest = leat_cidr_is_ipv4(&cidr) ? 96 : 0;

	for (__u32 bits = block->prefixlen + 1; !info && bits-- > shortest;) {
		struct leat_cidr_key key = { .prefixlen = bits };

		memcpy(key.addr.b, block->addr.b, bits / 8);
		if (bits % 8)
			key.addr.b[bits / 8] = block->addr.b[bits / 8] & (__u8)(0xff00 >> bits % 8);
		info = leat_rows_find(&desired->cidrs, &key);
	}
	return info ? info->identity : LEAT_ID_NONE;
}

static int note_blocks(struct changes *changes, const struct leat_rows *blocks,
		       const struct leat_desired *before, const struct leat_desired *after)
{
	for (size_t i = 0; i < blocks->count; i++) {
		const struct leat_cidr_key *key = leat_rows_key(blocks, i);

		if (add_change(changes, block_identity(before, key), block_identity(after, key)) <
		    0)
			return -ENOMEM;
	}
	return 0;
}

static int note_changes(struct changes *changes, const struct leat_desired *before,
			const struct leat_desired *after)
{
	for (size_t i = 0; i < after->ipcache.count; i++) {
		const struct leat_addr *addr = leat_rows_key(&after->ipcache, i);
		const struct leat_ipinfo *info = leat_rows_value(&after->ipcache, i);

		if (add_change(changes, leat_ipinfo_find(before, addr).identity, info->identity) <
		    0)
			return -ENOMEM;
	}
	if (note_blocks(changes, &after->cidrs, before, after) < 0 ||
	    note_blocks(changes, &before->cidrs, before, after) < 0)
		return -ENOMEM;
	if (changes->count)
		qsort(changes->items, changes->count, sizeof(*changes->items), compare_changes);
	return 0;
}

/* Keeps one entry for each identity that is new to all its addresses and was one before. */
static void keep_renames(struct changes *changes)
{
	size_t kept = 0;

	for (size_t at = 0, next; at < changes->count; at = next) {
		struct change first = changes->items[at], last;

		for (next = at + 1; next < changes->count; next++)
			if (changes->items[next].after != first.after)
				break;
		last = changes->items[next - 1];
		if (first.before == last.before && first.before != first.after)
			changes->items[kept++] = first;
	}
	changes->count = kept;
}

static bool has_set(const struct leat_desired *desired, __u32 set)
{
	size_t low = 0, high = desired->set_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (desired->sets[middle].set == set)
			return true;
		if (set < desired->sets[middle].set)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static int copy_row(const struct changes *changes, const struct leat_policy_key *key,
		    const struct leat_policy *policy, const struct leat_desired *before,
		    struct leat_rows *rows)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct leat_policy_key renamed = *key;

		if (changes->items[i].before != key->identity)
			continue;
		renamed.identity = changes->items[i].after;
		if (!leat_rows_find(&before->policy, &renamed) &&
		    leat_rows_add(rows, &renamed, policy) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int write_rows(const struct changes *changes, const struct leat_desired *before,
		      const struct leat_desired *after, struct leat_rows *rows)
{
	for (size_t i = 0; changes->count && i < before->policy.count; i++) {
		const struct leat_policy_key *key = leat_rows_key(&before->policy, i);

		if (key->identity != LEAT_ID_ANY && !has_set(after, key->set) &&
		    copy_row(changes, key, leat_rows_value(&before->policy, i), before, rows) < 0)
			return -ENOMEM;
	}
	leat_rows_sort(rows, NULL);
	return 0;
}

int leat_bridge_write(const struct leat_desired *before, const struct leat_desired *after,
		      struct leat_rows *ret_rows)
{
	struct changes changes = { 0 };
	struct leat_rows rows;
	int error;

	leat_rows_init(&rows, sizeof(struct leat_policy_key), sizeof(struct leat_policy));
	error = note_changes(&changes, before, after);
	if (!error) {
		keep_renames(&changes);
		error = write_rows(&changes, before, after, &rows);
	}
	leat_arena_free(&changes.arena);
	if (error)
		leat_rows_free(&rows);
	else
		*ret_rows = rows;
	return error;
}
