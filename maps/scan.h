/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Walks through a table a chunk at a time, beside whoever changes it. Every entry that is there
 * from beginning to end is seen at least once; one that comes or goes meanwhile may be seen, and
 * one may be seen twice.
 */
#include "maps.h"

struct leat_scan {
	const struct leat_table *table;
	unsigned char *keys;   /* of the chunk found last, table->key_size bytes each */
	unsigned char *values; /* value_stride bytes each */
	size_t value_stride;   /* per-CPU tables: the values of all CPUs */
	size_t chunk;	       /* entries that keys and values have room for */
	/* inside */
	unsigned char *cursor;
	unsigned char *next;
	size_t budget; /* entries and steps after which a table that never ends is given up */
	bool is_started;
	bool is_finished;
	bool has_batch; /* the kernel reads many entries of this type by one call */
};

/* The caller frees with leat_scan_free(), also after a failure. -ENOMEM, -EOPNOTSUPP (ring
 * buffer). */
int leat_scan_init(struct leat_scan *scan, const struct leat_table *table, size_t chunk);
void leat_scan_free(struct leat_scan *scan);
/* 1: *ret_count entries (0 is possible) are in keys and values; 0: that was all; -EAGAIN: the
 * table changed so fast that no end is in sight; or another -errno. */
int leat_scan_next(struct leat_scan *scan, size_t *ret_count);

bool leat_table_is_per_cpu(const struct leat_table *table);
/* Bytes that the kernel reads and writes for one value. */
size_t leat_table_value_stride(const struct leat_table *table);
