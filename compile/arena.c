// SPDX-License-Identifier: Apache-2.0
/*
 * A doubly linked list of allocations. See arena.h.
 */
#include "compile/arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct leat_arena_piece {
	struct leat_arena_piece *next;
	struct leat_arena_piece *previous;
	max_align_t data[];
};

void leat_arena_free(struct leat_arena *arena)
{
	struct leat_arena_piece *piece = arena->pieces;

	while (piece) {
		struct leat_arena_piece *next = piece->next;

		free(piece);
		piece = next;
	}
	arena->pieces = NULL;
}

static void link_piece(struct leat_arena *arena, struct leat_arena_piece *piece)
{
	piece->previous = NULL;
	piece->next = arena->pieces;
	if (piece->next)
		piece->next->previous = piece;
	arena->pieces = piece;
}

static void unlink_piece(struct leat_arena *arena, struct leat_arena_piece *piece)
{
	if (piece->next)
		piece->next->previous = piece->previous;
	if (piece->previous)
		piece->previous->next = piece->next;
	else
		arena->pieces = piece->next;
}

void *leat_arena_resize(struct leat_arena *arena, void *old, size_t count, size_t size)
{
	struct leat_arena_piece *piece = NULL, *grown;

	if (size && count > (SIZE_MAX - sizeof(*piece)) / size)
		return NULL;
	if (old) {
		piece = (void *)((char *)old - offsetof(struct leat_arena_piece, data));
		unlink_piece(arena, piece);
	}
	grown = realloc(piece, sizeof(*piece) + count * size);
	if (!grown) {
		if (piece)
			link_piece(arena, piece);
		return NULL;
	}
	link_piece(arena, grown);
	return grown->data;
}

void *leat_arena_take(struct leat_arena *arena, size_t count, size_t size)
{
	void *data = leat_arena_resize(arena, NULL, count, size);

	if (data)
		memset(data, 0, count * size);
	return data;
}

int leat_ids_add(struct leat_arena *arena, struct leat_ids *ids, __u32 id)
{
	if (ids->count == ids->allocated) {
		size_t more = ids->allocated ? ids->allocated * 2 : 4;
		__u32 *items = leat_arena_resize(arena, ids->items, more, sizeof(*items));

		if (!items)
			return -ENOMEM;
		ids->items = items;
		ids->allocated = more;
	}
	ids->items[ids->count++] = id;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	__u32 left = *(const __u32 *)a, right = *(const __u32 *)b;

	return (left > right) - (left < right);
}

void leat_ids_normalize(struct leat_ids *ids)
{
	size_t kept = 0;

	if (ids->count < 2)
		return;
	qsort(ids->items, ids->count, sizeof(*ids->items), compare_ids);
	for (size_t i = 0; i < ids->count; i++)
		if (!kept || ids->items[kept - 1] != ids->items[i])
			ids->items[kept++] = ids->items[i];
	ids->count = kept;
}

int leat_bytes_add(struct leat_arena *arena, struct leat_bytes *bytes, const void *data,
		   size_t size)
{
	if (size > bytes->allocated - bytes->size) {
		size_t more = (bytes->size + size) * 2;
		unsigned char *grown = leat_arena_resize(arena, bytes->data, more, 1);

		if (!grown)
			return -ENOMEM;
		bytes->data = grown;
		bytes->allocated = more;
	}
	if (size)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
	return 0;
}

int leat_bytes_text(struct leat_arena *arena, struct leat_bytes *bytes, const char *text)
{
	return leat_bytes_add(arena, bytes, text, strlen(text) + 1);
}

int leat_bytes_number(struct leat_arena *arena, struct leat_bytes *bytes, __u64 number)
{
	unsigned char big_endian[8];

	/* One form on every machine: numbers in tables derive from these bytes. */
	for (int i = 0; i < 8; i++)
		big_endian[i] = (unsigned char)(number >> (56 - 8 * i));
	return leat_bytes_add(arena, bytes, big_endian, sizeof(big_endian));
}
