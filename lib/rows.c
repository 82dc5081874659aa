// SPDX-License-Identifier: Apache-2.0
/*
 * Records in one block of memory, sorted by key. The block has room behind the records for
 * their order, so that sorting needs no memory and cannot fail.
 */
#include "rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t stride(const struct leat_rows *rows)
{
	return (size_t)rows->key_size + rows->value_size;
}

static unsigned char *record(const struct leat_rows *rows, size_t index)
{
	return rows->data + index * stride(rows);
}

void leat_rows_init(struct leat_rows *rows, __u32 key_size, __u32 value_size)
{
	*rows = (struct leat_rows){ .key_size = key_size, .value_size = value_size };
}

void leat_rows_free(struct leat_rows *rows)
{
	free(rows->data);
	leat_rows_init(rows, rows->key_size, rows->value_size);
}

/* The order's place: behind all records, aligned for its type. */
static size_t order_offset(const struct leat_rows *rows, size_t allocated)
{
	return (allocated * stride(rows) + sizeof(__u32) - 1) / sizeof(__u32) * sizeof(__u32);
}

static int grow(struct leat_rows *rows)
{
	size_t allocated = rows->allocated ? rows->allocated * 2 : 16;
	unsigned char *data;

	if (allocated > UINT32_MAX || allocated > SIZE_MAX / 2 / (stride(rows) + sizeof(__u32)))
		return -ENOMEM;
	data = realloc(rows->data, order_offset(rows, allocated) + allocated * sizeof(__u32));
	if (!data)
		return -ENOMEM;
	rows->data = data;
	rows->allocated = allocated;
	return 0;
}

int leat_rows_add(struct leat_rows *rows, const void *key, const void *value)
{
	if (rows->count == rows->allocated && grow(rows) < 0)
		return -ENOMEM;
	memcpy(record(rows, rows->count), key, rows->key_size);
	if (rows->value_size)
		memcpy(record(rows, rows->count) + rows->key_size, value, rows->value_size);
	rows->count++;
	return 0;
}

static int compare_keys(const struct leat_rows *rows, size_t a, size_t b)
{
	return memcmp(record(rows, a), record(rows, b), rows->key_size);
}

static bool is_sorted(const struct leat_rows *rows)
{
	for (size_t i = 1; i < rows->count; i++)
		if (compare_keys(rows, i - 1, i) >= 0)
			return false;
	return true;
}

/* Equal keys keep the order they were added in. */
static int compare_order(const void *a, const void *b, void *context)
{
	__u32 left = *(const __u32 *)a, right = *(const __u32 *)b;
	int order = compare_keys(context, left, right);

	return order ? order : (left > right) - (left < right);
}

static void swap_bytes(unsigned char *a, unsigned char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char kept = a[i];

		a[i] = b[i];
		b[i] = kept;
	}
}

/* Record order[i] goes to place i; each cycle of the permutation is walked once. */
static void permute(struct leat_rows *rows, __u32 *order)
{
	for (__u32 start = 0; start < rows->count; start++) {
		__u32 place = start;

		while (order[place] != start) {
			__u32 from = order[place];

			swap_bytes(record(rows, place), record(rows, from), stride(rows));
			order[place] = place;
			place = from;
		}
		order[place] = place;
	}
}

static size_t drop_repeats(struct leat_rows *rows)
{
	size_t kept = 0, count = rows->count;

	for (size_t i = 0; i < count; i++) {
		if (kept && compare_keys(rows, kept - 1, i) == 0)
			continue;
		if (kept != i)
			memcpy(record(rows, kept), record(rows, i), stride(rows));
		kept++;
	}
	rows->count = kept;
	return count - kept;
}

void leat_rows_sort(struct leat_rows *rows, size_t *ret_dropped)
{
	size_t dropped = 0;

	if (!is_sorted(rows)) {
		__u32 *order = (void *)(rows->data + order_offset(rows, rows->allocated));

		for (__u32 i = 0; i < rows->count; i++)
			order[i] = i;
		qsort_r(order, rows->count, sizeof(*order), compare_order, rows);
		permute(rows, order);
		dropped = drop_repeats(rows);
	}
	if (ret_dropped)
		*ret_dropped = dropped;
}

const void *leat_rows_key(const struct leat_rows *rows, size_t index)
{
	return record(rows, index);
}

const void *leat_rows_value(const struct leat_rows *rows, size_t index)
{
	return record(rows, index) + rows->key_size;
}

const void *leat_rows_find(const struct leat_rows *rows, const void *key)
{
	size_t low = 0, high = rows->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(key, record(rows, middle), rows->key_size);

		if (order == 0)
			return leat_rows_value(rows, middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
