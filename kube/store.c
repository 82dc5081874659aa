// SPDX-License-Identifier: Apache-2.0
/*
 * Objects of each kind in one sorted list, cut into chunks: a place is found by two binary
 * searches, and what an insertion moves is bounded by a chunk. Two words an object, no hash
 * beside it: the order is wanted anyway, and 100,000 objects are 17 comparisons.
 */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "equal.h"

#define CHUNK_ITEMS 256

struct chunk {
	size_t count; /* never 0 */
	struct kube_object *items[CHUNK_ITEMS];
};

struct list {
	struct chunk **chunks;
	size_t chunk_count;
	size_t allocated;
	size_t count;
};

struct place {
	size_t chunk;
	size_t item;
};

struct kube_store {
	struct list lists[KUBE_KIND_COUNT];
	__u64 generation;
};

struct key {
	const char *namespace;
	const char *name;
};

static int compare(const struct key *key, const struct kube_object *object)
{
	int order = strcmp(key->namespace, object->meta.namespace);

	return order ? order : strcmp(key->name, object->meta.name);
}

static struct key key_of(const struct kube_object *object)
{
	return (struct key){ object->meta.namespace, object->meta.name };
}

/* The last chunk that starts at or before the key; 0 when all start behind it. */
static size_t find_chunk(const struct list *list, const struct key *key)
{
	size_t low = 0, high = list->chunk_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (compare(key, list->chunks[middle]->items[0]) < 0)
			high = middle;
		else
			low = middle;
	}
	return low;
}

/* Where the key is or would be inserted; true when it is there. */
static bool find(const struct list *list, const struct key *key, struct place *ret_place)
{
	struct place place = { .chunk = list->chunk_count ? find_chunk(list, key) : 0 };
	size_t high = list->chunk_count ? list->chunks[place.chunk]->count : 0;

	while (place.item < high) {
		size_t middle = place.item + (high - place.item) / 2;
		int order = compare(key, list->chunks[place.chunk]->items[middle]);

		if (order == 0) {
			place.item = middle;
			*ret_place = place;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			place.item = middle + 1;
	}
	*ret_place = place;
	return false;
}

/* Room for an empty chunk at `index`, which the caller fills. */
static int add_chunk(struct list *list, size_t index, struct chunk **ret_chunk)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk));

	if (!chunk)
		return -ENOMEM;
	if (list->chunk_count == list->allocated) {
		size_t allocated = list->allocated ? list->allocated * 2 : 4;
		struct chunk **chunks = realloc(list->chunks, allocated * sizeof(struct chunk *));

		if (!chunks) {
			free(chunk);
			return -ENOMEM;
		}
		list->chunks = chunks;
		list->allocated = allocated;
	}
	memmove(&list->chunks[index + 1], &list->chunks[index],
		(list->chunk_count - index) * sizeof(struct chunk *));
	list->chunks[index] = chunk;
	list->chunk_count++;
	*ret_chunk = chunk;
	return 0;
}

/* Makes room at `place` in a full chunk. Behind everything a new chunk begins, so that sorted
 * input fills its chunks; elsewhere the chunk is cut in half. */
static int split(struct list *list, struct place *place)
{
	bool is_append = place->chunk + 1 == list->chunk_count && place->item == CHUNK_ITEMS;
	size_t keep = is_append ? CHUNK_ITEMS : CHUNK_ITEMS / 2;
	struct chunk *from, *to;

	if (add_chunk(list, place->chunk + 1, &to) < 0)
		return -ENOMEM;
	from = list->chunks[place->chunk];
	to->count = from->count - keep;
	memcpy(to->items, &from->items[keep], to->count * sizeof(to->items[0]));
	from->count = keep;
	if (place->item > keep || is_append) {
		place->chunk++;
		place->item -= keep;
	}
	return 0;
}

static int insert(struct list *list, struct place place, struct kube_object *object)
{
	struct chunk *chunk;

	if (!list->chunk_count && add_chunk(list, 0, &chunk) < 0)
		return -ENOMEM;
	if (list->chunks[place.chunk]->count == CHUNK_ITEMS && split(list, &place) < 0)
		return -ENOMEM;
	chunk = list->chunks[place.chunk];
	memmove(&chunk->items[place.item + 1], &chunk->items[place.item],
		(chunk->count - place.item) * sizeof(chunk->items[0]));
	chunk->items[place.item] = object;
	chunk->count++;
	list->count++;
	return 0;
}

static void remove_at(struct list *list, struct place place)
{
	struct chunk *chunk = list->chunks[place.chunk];

	chunk->count--;
	list->count--;
	memmove(&chunk->items[place.item], &chunk->items[place.item + 1],
		(chunk->count - place.item) * sizeof(chunk->items[0]));
	if (chunk->count)
		return;
	free(chunk);
	list->chunk_count--;
	memmove(&list->chunks[place.chunk], &list->chunks[place.chunk + 1],
		(list->chunk_count - place.chunk) * sizeof(struct chunk *));
}

int kube_store_new(struct kube_store **ret_store)
{
	struct kube_store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	*ret_store = store;
	return 0;
}

static void free_list(struct list *list)
{
	for (size_t i = 0; i < list->chunk_count; i++) {
		for (size_t j = 0; j < list->chunks[i]->count; j++)
			kube_object_free(list->chunks[i]->items[j]);
		free(list->chunks[i]);
	}
	free(list->chunks);
}

void kube_store_free(struct kube_store *store)
{
	if (!store)
		return;
	for (size_t kind = 0; kind < KUBE_KIND_COUNT; kind++)
		free_list(&store->lists[kind]);
	free(store);
}

/* True when the stored object was replaced; the other one is freed. */
static bool replace(struct kube_object **stored, struct kube_object *object)
{
	if (*stored == object)
		return false;
	if (kube_object_equals(*stored, object)) {
		kube_object_free(object);
		return false;
	}
	kube_object_free(*stored);
	*stored = object;
	return true;
}

int kube_store_put(struct kube_store *store, struct kube_object *object, bool *ret_changed)
{
	struct list *list = &store->lists[object->kind];
	struct key key = key_of(object);
	struct place place;
	bool has_changed = true;

	if (find(list, &key, &place)) {
		has_changed = replace(&list->chunks[place.chunk]->items[place.item], object);
	} else if (insert(list, place, object) < 0) {
		kube_object_free(object);
		return -ENOMEM;
	}
	store->generation += has_changed;
	if (ret_changed)
		*ret_changed = has_changed;
	return 0;
}

int kube_store_remove(struct kube_store *store, enum kube_kind kind, const char *namespace,
		      const char *name)
{
	struct list *list = &store->lists[kind];
	struct key key = { namespace, name };
	struct kube_object *object;
	struct place place;

	if (!find(list, &key, &place))
		return -ENOENT;
	object = list->chunks[place.chunk]->items[place.item];
	remove_at(list, place);
	kube_object_free(object); /* last: the key may be the object's own */
	store->generation++;
	return 0;
}

const struct kube_object *kube_store_get(const struct kube_store *store, enum kube_kind kind,
					 const char *namespace, const char *name)
{
	const struct list *list = &store->lists[kind];
	struct key key = { namespace, name };
	struct place place;

	return find(list, &key, &place) ? list->chunks[place.chunk]->items[place.item] : NULL;
}

size_t kube_store_count(const struct kube_store *store, enum kube_kind kind)
{
	return store->lists[kind].count;
}

const struct kube_object *kube_store_next(const struct kube_store *store, enum kube_kind kind,
					  const struct kube_object *after)
{
	const struct list *list = &store->lists[kind];
	struct place place = {};
	struct key key;

	if (after) {
		key = key_of(after);
		place.item = find(list, &key, &place) ? place.item + 1 : place.item;
	}
	if (place.chunk < list->chunk_count && place.item == list->chunks[place.chunk]->count)
		place = (struct place){ .chunk = place.chunk + 1 };
	return place.chunk < list->chunk_count ? list->chunks[place.chunk]->items[place.item]
					       : NULL;
}

__u64 kube_store_generation(const struct kube_store *store)
{
	return store->generation;
}
