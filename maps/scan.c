// SPDX-License-Identifier: Apache-2.0
/*
 * Walking a table: by BPF_MAP_LOOKUP_BATCH where the kernel has it for the type (hashes 5.6,
 * LPM tries and per-CPU arrays 5.13), else key by key. A batch of a hash goes by bucket, so
 * nothing can derail it. The others go on from a key: when that one vanished the kernel starts
 * again at the first, hence entries seen twice and the budget.
 */
#include "maps/scan.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

/* What kernels answer to a batch they do not know; 524 is their ENOTSUPP, which has no name here.
 */
#define KERNEL_ENOTSUPP 524

bool leat_table_is_per_cpu(const struct leat_table *table)
{
	return table->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       table->type == BPF_MAP_TYPE_PERCPU_HASH ||
	       table->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

size_t leat_table_value_stride(const struct leat_table *table)
{
	int cpus = libbpf_num_possible_cpus();

	if (!leat_table_is_per_cpu(table))
		return table->value_size;
	return (table->value_size + 7UL) / 8 * 8 * (cpus > 0 ? (size_t)cpus : 1);
}

int leat_scan_init(struct leat_scan *scan, const struct leat_table *table, size_t chunk)
{
	size_t token = table->key_size < sizeof(__u64) ? sizeof(__u64) : table->key_size;

	*scan = (struct leat_scan){
		.table = table,
		.value_stride = leat_table_value_stride(table),
		.chunk = chunk,
		.budget = (size_t)table->max_entries * 4 + 4096,
		.has_batch = true,
	};
	if (!table->key_size)
		return -EOPNOTSUPP;
	scan->keys = calloc(chunk, table->key_size);
	scan->values = calloc(chunk, scan->value_stride);
	scan->cursor = calloc(1, token);
	scan->next = calloc(1, token);
	if (!scan->keys || !scan->values || !scan->cursor || !scan->next)
		return -ENOMEM;
	return 0;
}

void leat_scan_free(struct leat_scan *scan)
{
	free(scan->keys);
	free(scan->values);
	free(scan->cursor);
	free(scan->next);
	*scan = (struct leat_scan){ 0 };
}

static int spend(struct leat_scan *scan, size_t amount)
{
	if (amount > scan->budget)
		return -EAGAIN;
	scan->budget -= amount;
	return 0;
}

/* A bucket of a hash has more entries than fit a chunk. */
static int grow(struct leat_scan *scan)
{
	size_t chunk = scan->chunk * 2;
	unsigned char *keys = realloc(scan->keys, chunk * scan->table->key_size);
	unsigned char *values;

	if (!keys)
		return -ENOMEM;
	scan->keys = keys;
	values = realloc(scan->values, chunk * scan->value_stride);
	if (!values)
		return -ENOMEM;
	scan->values = values;
	scan->chunk = chunk;
	return 0;
}

static void advance(struct leat_scan *scan)
{
	unsigned char *cursor = scan->cursor;

	scan->cursor = scan->next;
	scan->next = cursor;
	scan->is_started = true;
}

static int next_by_key(struct leat_scan *scan, size_t *ret_count)
{
	const struct leat_table *table = scan->table;
	size_t count = 0;
	int err;

	if (!scan->is_started) {
		err = bpf_map_get_next_key(table->fd, NULL, scan->next);
		if (err < 0)
			return err == -ENOENT ? 0 : err;
		advance(scan);
	}
	/* The way on is asked before the caller sees the entry and may remove it. */
	while (count < scan->chunk && !scan->is_finished) {
		unsigned char *key = scan->keys + count * table->key_size;

		memcpy(key, scan->cursor, table->key_size);
		err = bpf_map_get_next_key(table->fd, scan->cursor, scan->next);
		if (err < 0 && err != -ENOENT)
			return err;
		scan->is_finished = err == -ENOENT;
		if (!scan->is_finished)
			advance(scan);
		err = bpf_map_lookup_elem(table->fd, key,
					  scan->values + count * scan->value_stride);
		if (err < 0 && err != -ENOENT)
			return err;
		count += err == 0;
		if (spend(scan, 1) < 0)
			return -EAGAIN;
	}
	*ret_count = count;
	return 1;
}

static bool is_unsupported(int err)
{
	return err == -KERNEL_ENOTSUPP || err == -EOPNOTSUPP || err == -EINVAL;
}

static int next_by_batch(struct leat_scan *scan, size_t *ret_count)
{
	__u32 count = (__u32)scan->chunk;
	int err;

	err = bpf_map_lookup_batch(scan->table->fd, scan->is_started ? scan->cursor : NULL,
				   scan->next, scan->keys, scan->values, &count, NULL);
	if (spend(scan, 1) < 0)
		return -EAGAIN;
	if (err == -ENOSPC) {
		*ret_count = 0;
		err = grow(scan);
		return err < 0 ? err : 1;
	}
	if (!scan->is_started && is_unsupported(err)) {
		scan->has_batch = false;
		return next_by_key(scan, ret_count);
	}
	/* -EINTR: an entry vanished under the kernel's hands; what was found before it counts. */
	if (err < 0 && err != -ENOENT && err != -EINTR)
		return err;
	scan->is_finished = err == -ENOENT;
	if (count > scan->chunk || spend(scan, count) < 0)
		return -EAGAIN;
	if (!scan->is_finished && (err == 0 || count))
		advance(scan);
	*ret_count = count;
	return 1;
}

int leat_scan_next(struct leat_scan *scan, size_t *ret_count)
{
	if (scan->is_finished)
		return 0;
	return scan->has_batch ? next_by_batch(scan, ret_count) : next_by_key(scan, ret_count);
}
