// SPDX-License-Identifier: Apache-2.0
/*
 * A bump allocator. What `total` counts does not depend on where scratch chunks end, so that
 * the same calls in the same order fit into one block of `total` bytes.
 */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 16384

struct kube_arena_chunk {
	struct kube_arena_chunk *next;
	unsigned char data[] __attribute__((aligned(8)));
};

void kube_arena_init(struct kube_arena *arena)
{
	*arena = (struct kube_arena){};
}

void kube_arena_init_fixed(struct kube_arena *arena, void *data, size_t size)
{
	*arena = (struct kube_arena){ .data = data, .allocated = size };
}

void kube_arena_free(struct kube_arena *arena)
{
	while (arena->chunks) {
		struct kube_arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	kube_arena_init(arena);
}

static int add_chunk(struct kube_arena *arena, size_t size)
{
	struct kube_arena_chunk *chunk;

	if (arena->data && !arena->chunks)
		return -1; /* the caller's block is full */
	if (size < CHUNK_BYTES)
		size = CHUNK_BYTES;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return -1;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->data = chunk->data;
	arena->allocated = size;
	arena->used = 0;
	return 0;
}

static size_t align_up(size_t value, size_t align)
{
	return (value + align - 1) & ~(align - 1);
}

void *kube_arena_take(struct kube_arena *arena, size_t count, size_t size, size_t align)
{
	size_t bytes, start = align_up(arena->used, align);

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4)
		return NULL;
	if (!arena->data || start > arena->allocated || bytes > arena->allocated - start) {
		if (add_chunk(arena, bytes) < 0)
			return NULL;
		start = 0;
	}
	arena->used = start + bytes;
	arena->total = align_up(arena->total, align) + bytes;
	return memset(arena->data + start, 0, bytes);
}

char *kube_arena_copy(struct kube_arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = kube_arena_take(arena, size, 1, 1);

	return copy ? memcpy(copy, text, size) : NULL;
}
