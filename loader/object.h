/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * BPF objects from memory into the kernel: configuration into .rodata, tables shared between
 * objects and with what is pinned. Pins nothing: the caller does when all objects are in.
 */
#include <bpf/libbpf.h>

#include "loader/loader.h"
#include "maps/maps.h"

struct leat_embedded { /* an object file in memory */
	const char *name;
	const void *bytes;
	size_t size;
};

/* The shipped objects, for leat_loader_open(); *ret_count of them. */
const struct leat_embedded *leat_embedded_objects(size_t *ret_count);

/* Tables that live already, by table number: pinned earlier, or made by an earlier object. */
struct leat_tables {
	int fds[LEAT_TABLE_COUNT]; /* owned; -1: not there yet */
	bool is_pinned[LEAT_TABLE_COUNT];
};

/* Finds what is pinned. -EPROTO when a pin has another shape; another size only is a line in
 * *warnings (owned by the caller). */
int leat_tables_open(struct leat_tables *tables, const char *bpffs, const struct leat_sizes *sizes,
		     char **warnings, char **ret_problem);
int leat_tables_pin(struct leat_tables *tables, const char *bpffs, char **ret_problem);
/* Takes the pins that this struct made away again. */
void leat_tables_unpin_new(const struct leat_tables *tables, const bool *was_pinned,
			   const char *bpffs);
void leat_tables_close(struct leat_tables *tables);
__u32 leat_table_size(enum leat_table_id table, const struct leat_sizes *sizes);

/* Opens, configures and loads one object; adds the tables it made to `tables`. */
int leat_object_load(const struct leat_embedded *embedded, const struct leat_config *config,
		     const struct leat_sizes *sizes, struct leat_tables *tables,
		     struct bpf_object **ret_object, char **ret_problem);

/* As leat_loader_open(), with other objects than the shipped ones: for tests. */
int leat_loader_open_objects(const char *bpffs, const struct leat_embedded *objects,
			     size_t object_count, const struct leat_config *config,
			     const struct leat_sizes *sizes, struct leat_loader **ret_loader,
			     char **ret_problem);
