/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where an object's parts are put while it is decoded. Decoding runs twice: into scratch
 * memory, which counts the bytes, and then into one block of just that size. So an object is
 * one allocation, however many strings it has, and a half-decoded one leaves nothing behind.
 */
#include <stddef.h>

struct kube_arena_chunk;

struct kube_arena {
	struct kube_arena_chunk *chunks; /* scratch memory; none when `data` is the caller's */
	unsigned char *data;
	size_t used;
	size_t allocated;
	size_t total; /* bytes that all of it takes in one block */
};

/* Scratch: grows as needed. */
void kube_arena_init(struct kube_arena *arena);
/* In `size` bytes at `data`, which stay the caller's: never more. */
void kube_arena_init_fixed(struct kube_arena *arena, void *data, size_t size);
void kube_arena_free(struct kube_arena *arena);
/* Zeroed memory for `count` items, NULL when there is none. `align` is a power of two up to 8. */
void *kube_arena_take(struct kube_arena *arena, size_t count, size_t size, size_t align);
char *kube_arena_copy(struct kube_arena *arena, const char *text);
