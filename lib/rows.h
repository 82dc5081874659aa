/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A table's content as plain bytes: key and value records, sorted by key (memcmp). What the
 * compilers say a BPF map should hold, and what a map was found to hold, have this one shape.
 */
#include <stddef.h>

#include <linux/types.h>

struct leat_rows {
	__u32 key_size;
	__u32 value_size;
	size_t count;
	size_t allocated;
	unsigned char *data; /* count records of key_size + value_size bytes, owned */
};

void leat_rows_init(struct leat_rows *rows, __u32 key_size, __u32 value_size);
void leat_rows_free(struct leat_rows *rows); /* also a cleanup function's body */
/* Appends a copy. -ENOMEM. */
int leat_rows_add(struct leat_rows *rows, const void *key, const void *value);
/* Sorts by key; of equal keys the one added first stays, *ret_dropped (may be NULL) counts the
 * rest. */
void leat_rows_sort(struct leat_rows *rows, size_t *ret_dropped);
const void *leat_rows_key(const struct leat_rows *rows, size_t index);
const void *leat_rows_value(const struct leat_rows *rows, size_t index);
/* Value of `key` in sorted rows, or NULL. */
const void *leat_rows_find(const struct leat_rows *rows, const void *key);
