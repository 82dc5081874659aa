// SPDX-License-Identifier: Apache-2.0
/*
 * One table's entries, single and all together. Knows the differences between map types that
 * nobody else should care for: per-CPU values are sums, array slots are never removed but
 * zeroed, a full table is -E2BIG whatever the type calls it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "maps/maps.h"
#include "maps/scan.h"

enum { READ_CHUNK = 512 };

static bool is_array(const struct leat_table *table)
{
	return table->type == BPF_MAP_TYPE_ARRAY || table->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool is_zero(const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		if (byte[i])
			return false;
	return true;
}

/* Values of all CPUs to one, in place: word by word, so all fields must be 64 bits, or 32 bits
 * in pairs whose lower sum does not run over. */
static void sum_cpus(const struct leat_table *table, unsigned char *values)
{
	size_t words = (table->value_size + 7UL) / 8;
	size_t total_words = leat_table_value_stride(table) / 8;

	for (size_t i = words; i < total_words; i++) {
		__u64 sum, word;

		memcpy(&sum, values + i % words * 8, sizeof(sum));
		memcpy(&word, values + i * 8, sizeof(word));
		sum += word;
		memcpy(values + i % words * 8, &sum, sizeof(sum));
	}
}

static int add_chunk(struct leat_scan *scan, size_t count, struct leat_rows *rows)
{
	const struct leat_table *table = scan->table;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		unsigned char *value = scan->values + i * scan->value_stride;

		if (leat_table_is_per_cpu(table))
			sum_cpus(table, value);
		if (!is_array(table) || !is_zero(value, table->value_size))
			err = leat_rows_add(rows, scan->keys + i * table->key_size, value);
	}
	return err;
}

int leat_table_read(const struct leat_table *table, struct leat_rows *ret_rows)
{
	LEAT_CLEANUP(leat_scan_free) struct leat_scan scan = { 0 };
	LEAT_CLEANUP(leat_rows_free) struct leat_rows rows = { 0 };
	size_t count;
	int err;

	leat_rows_init(&rows, table->key_size, table->value_size);
	err = leat_scan_init(&scan, table, READ_CHUNK);
	if (err < 0)
		return err;
	while ((err = leat_scan_next(&scan, &count)) > 0) {
		err = add_chunk(&scan, count, &rows);
		if (err < 0)
			return err;
	}
	if (err < 0)
		return err;
	leat_rows_sort(&rows, NULL);
	*ret_rows = rows;
	leat_rows_init(&rows, table->key_size, table->value_size);
	return 0;
}

int leat_table_get(const struct leat_table *table, const void *key, void *ret_value)
{
	_cleanup_free_ unsigned char *values = calloc(1, leat_table_value_stride(table) + 1);
	int err;

	if (!values)
		return -ENOMEM;
	err = bpf_map_lookup_elem(table->fd, key, values);
	if (err < 0)
		return err;
	if (leat_table_is_per_cpu(table))
		sum_cpus(table, values);
	memcpy(ret_value, values, table->value_size);
	return 0;
}

/* Hashes say E2BIG when they are full, LPM tries ENOSPC. */
static int write_error(int err)
{
	return err == -ENOSPC ? -E2BIG : err;
}

int leat_table_put(const struct leat_table *table, const void *key, const void *value)
{
	_cleanup_free_ unsigned char *values = NULL;

	if (!leat_table_is_per_cpu(table))
		return write_error(bpf_map_update_elem(table->fd, key, value, BPF_ANY));
	/* The first CPU has it all, so that the sum is what was asked for. */
	values = calloc(1, leat_table_value_stride(table));
	if (!values)
		return -ENOMEM;
	memcpy(values, value, table->value_size);
	return write_error(bpf_map_update_elem(table->fd, key, values, BPF_ANY));
}

int leat_table_remove(const struct leat_table *table, const void *key)
{
	_cleanup_free_ unsigned char *zeros = NULL;
	int err;

	if (!is_array(table)) {
		err = bpf_map_delete_elem(table->fd, key);
		return err == -ENOENT ? 0 : err;
	}
	zeros = calloc(1, leat_table_value_stride(table));
	if (!zeros)
		return -ENOMEM;
	return bpf_map_update_elem(table->fd, key, zeros, BPF_ANY);
}

char *leat_table_problem(const struct leat_table *table, int error)
{
	char *text;
	int size;

	if (error == -E2BIG && is_array(table))
		size = asprintf(&text, "table %s has no such slot: it has %u", table->name,
				table->max_entries);
	else if (error == -E2BIG)
		size = asprintf(&text, "table %s is full: it has room for %u entries", table->name,
				table->max_entries);
	else
		size = asprintf(&text, "table %s: %s", table->name, strerror(-error));
	return size < 0 ? NULL : text;
}
