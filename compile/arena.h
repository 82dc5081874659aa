/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Memory of one compilation: everything that does not end up in its result is taken from here
 * and given back at once. Each piece is an allocation of its own, so that sanitizers see its
 * bounds.
 */
#include <stddef.h>

#include <linux/types.h>

struct leat_arena {
	struct leat_arena_piece *pieces;
};

void leat_arena_free(struct leat_arena *arena);
/* Zeroed; NULL when there is no memory. */
void *leat_arena_take(struct leat_arena *arena, size_t count, size_t size);
/* realloc(); what is new is not zeroed. `old` may be NULL. */
void *leat_arena_resize(struct leat_arena *arena, void *old, size_t count, size_t size);

/* An array of numbers that grows. */
struct leat_ids {
	__u32 *items;
	size_t count;
	size_t allocated;
};

int leat_ids_add(struct leat_arena *arena, struct leat_ids *ids, __u32 id);
/* Ascending, each once. */
void leat_ids_normalize(struct leat_ids *ids);

/* Bytes that grow: the canonical form of something, for hashing and comparing. */
struct leat_bytes {
	unsigned char *data;
	size_t size;
	size_t allocated;
};

int leat_bytes_add(struct leat_arena *arena, struct leat_bytes *bytes, const void *data,
		   size_t size);
/* With its terminating zero, so that texts in a row cannot run into each other. */
int leat_bytes_text(struct leat_arena *arena, struct leat_bytes *bytes, const char *text);
int leat_bytes_number(struct leat_arena *arena, struct leat_bytes *bytes, __u64 number);
