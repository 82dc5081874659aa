// SPDX-License-Identifier: Apache-2.0
/*
 * Open addressing over an array of byte strings. See intern.h.
 */
#include "compile/intern.h"

#include <errno.h>
#include <string.h>

#include "lib/text.h"

static __u32 *find_slot(const struct leat_intern *intern, const void *data, size_t size, __u64 hash)
{
	size_t mask = intern->slot_count - 1;
	size_t at = (size_t)(hash ^ hash >> 32) & mask;

	for (; intern->slots[at]; at = (at + 1) & mask) {
		const struct leat_interned *item = &intern->items[intern->slots[at] - 1];

		if (item->hash == hash && item->size == size &&
		    (!size || !memcmp(item->data, data, size)))
			break;
	}
	return &intern->slots[at];
}

static int grow_slots(struct leat_intern *intern)
{
	struct leat_intern grown = *intern;

	if ((intern->count + 1) * 2 <= intern->slot_count)
		return 0;
	grown.slot_count = intern->slot_count ? intern->slot_count * 2 : 16;
	grown.slots = leat_arena_take(intern->arena, grown.slot_count, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < intern->count; i++) {
		const struct leat_interned *item = &intern->items[i];

		*find_slot(&grown, item->data, item->size, item->hash) = (__u32)i + 1;
	}
	*intern = grown;
	return 0;
}

static int grow_items(struct leat_intern *intern)
{
	size_t more = intern->allocated ? intern->allocated * 2 : 16;
	struct leat_interned *items;

	if (intern->count < intern->allocated)
		return 0;
	items = leat_arena_resize(intern->arena, intern->items, more, sizeof(*items));
	if (!items)
		return -ENOMEM;
	intern->items = items;
	intern->allocated = more;
	return 0;
}

int leat_intern_put(struct leat_intern *intern, const void *data, size_t size, __u32 *ret_id,
		    bool *ret_is_new)
{
	__u64 hash = leat_hash64(data, size, LEAT_HASH_SEED);
	bool is_new;
	__u32 *slot;
	void *copy;

	if (grow_slots(intern) < 0 || grow_items(intern) < 0)
		return -ENOMEM;
	slot = find_slot(intern, data, size, hash);
	is_new = !*slot;
	if (is_new) {
		copy = leat_arena_resize(intern->arena, NULL, size ? size : 1, 1);
		if (!copy)
			return -ENOMEM;
		if (size)
			memcpy(copy, data, size);
		intern->items[intern->count] = (struct leat_interned){ copy, size, hash };
		*slot = (__u32)++intern->count;
	}
	*ret_id = *slot - 1;
	if (ret_is_new)
		*ret_is_new = is_new;
	return 0;
}

__u32 leat_intern_find(const struct leat_intern *intern, const void *data, size_t size)
{
	__u32 slot;

	if (!intern->slot_count)
		return LEAT_ID_ABSENT;
	slot = *find_slot(intern, data, size, leat_hash64(data, size, LEAT_HASH_SEED));
	return slot ? slot - 1 : LEAT_ID_ABSENT;
}
