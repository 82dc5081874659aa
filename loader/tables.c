// SPDX-License-Identifier: Apache-2.0
/*
 * Tables that outlive a loader: found by their pins, refused when their shape is not ours,
 * pinned when new. A size that differs is no reason to lose every flow: the table is used as it
 * is and a warning says so.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "loader/object.h"
#include "loader/pins.h"
#include "maps/problem.h"
#include "maps/shape.h"

static __u32 configured_size(enum leat_table_id table, const struct leat_sizes *sizes)
{
	switch (table) {
	case LEAT_TABLE_FLOW:
		return sizes->flows;
	case LEAT_TABLE_FRAG:
		return sizes->frags;
	case LEAT_TABLE_EP:
	case LEAT_TABLE_IFEP:
	case LEAT_TABLE_EPSTAT:
		return sizes->endpoints;
	case LEAT_TABLE_IPCACHE:
		return sizes->ipcache;
	case LEAT_TABLE_CIDR:
		return sizes->cidrs;
	case LEAT_TABLE_POLICY:
		return sizes->policy;
	case LEAT_TABLE_SVC:
		return sizes->services;
	case LEAT_TABLE_BACKEND:
		return sizes->backends;
	case LEAT_TABLE_NODE:
		return sizes->nodes;
	case LEAT_TABLE_DROP:
		return sizes->drops;
	case LEAT_TABLE_EVENT:
		return sizes->events_bytes;
	default:
		return 0;
	}
}

__u32 leat_table_size(enum leat_table_id table, const struct leat_sizes *sizes)
{
	__u32 size = sizes ? configured_size(table, sizes) : 0;

	return size ?: leat_shapes[table].default_entries;
}

/* The flags that the objects declare and the kernel keeps. */
static __u32 flags_of(enum leat_table_id table)
{
	switch (table) {
	case LEAT_TABLE_EPSTAT:
		return BPF_F_MMAPABLE;
	case LEAT_TABLE_IPCACHE:
	case LEAT_TABLE_CIDR:
	case LEAT_TABLE_POLICY:
	case LEAT_TABLE_SVC:
		return BPF_F_NO_PREALLOC;
	default:
		return 0;
	}
}

/* libbpf rounds a ring buffer up to a power of two of pages; the pin shows the rounded size. */
static bool is_size_as_asked(enum leat_table_id table, __u32 has, __u32 asked)
{
	if (table != LEAT_TABLE_EVENT)
		return has == asked;
	return has >= asked && (has / 2 < asked || has == 4096);
}

static int add_warning(char **warnings, const char *name, __u32 has, __u32 asked)
{
	char *longer;

	if (asprintf(&longer,
		     "%s%stable %s: is pinned with room for %u and used as it is; the %u that are "
		     "configured take effect after leat-agent --cleanup",
		     *warnings ? *warnings : "", *warnings ? "\n" : "", name, has, asked) < 0)
		return -ENOMEM;
	free(*warnings);
	*warnings = longer;
	return 0;
}

static int check_pin(enum leat_table_id table, int fd, __u32 asked, char **warnings,
		     char **ret_problem)
{
	const struct leat_shape *shape = &leat_shapes[table];
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (err < 0)
		return leat_problem_set(ret_problem, err, "table %s: cannot be asked: %s",
					shape->name, strerror(-err));
	if (info.type != shape->type || info.key_size != shape->key_size ||
	    info.value_size != shape->value_size || info.map_flags != flags_of(table))
		return leat_problem_set(ret_problem, -EPROTO,
					"table %s: is pinned as %s, key %u, value %u bytes, flags "
					"0x%x; this version "
					"needs %s, key %u, value %u bytes, flags 0x%x: run "
					"leat-agent --cleanup (ends "
					"all flows), or go back to the version that made it",
					shape->name, leat_map_type_name(info.type), info.key_size,
					info.value_size, info.map_flags,
					leat_map_type_name(shape->type), shape->key_size,
					shape->value_size, flags_of(table));
	if (!is_size_as_asked(table, info.max_entries, asked))
		return add_warning(warnings, shape->name, info.max_entries, asked);
	return 0;
}

int leat_tables_open(struct leat_tables *tables, const char *bpffs, const struct leat_sizes *sizes,
		     char **warnings, char **ret_problem)
{
	char path[PATH_MAX];
	int err;

	for (int table = 0; table < LEAT_TABLE_COUNT; table++)
		tables->fds[table] = -1;
	for (int table = 0; table < LEAT_TABLE_COUNT; table++) {
		const char *name = leat_shapes[table].name;
		int fd;

		err = leat_pin_path(path, bpffs, LEAT_PIN_MAPS, name);
		if (err < 0)
			return err;
		fd = bpf_obj_get(path);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return leat_problem_set(ret_problem, fd, "table %s: cannot be opened: %s",
						name, strerror(-fd));
		tables->fds[table] = fd;
		tables->is_pinned[table] = true;
		err = check_pin((enum leat_table_id)table, fd,
				leat_table_size((enum leat_table_id)table, sizes), warnings,
				ret_problem);
		if (err < 0)
			return err;
	}
	return 0;
}

int leat_tables_pin(struct leat_tables *tables, const char *bpffs, char **ret_problem)
{
	char path[PATH_MAX];

	for (int table = 0; table < LEAT_TABLE_COUNT; table++) {
		int err = leat_pin_path(path, bpffs, LEAT_PIN_MAPS, leat_shapes[table].name);

		if (tables->fds[table] < 0 || tables->is_pinned[table])
			continue;
		err = err ?: bpf_obj_pin(tables->fds[table], path);
		if (err < 0)
			return leat_problem_set(ret_problem, err,
						"table %s: cannot be pinned at %s: %s",
						leat_shapes[table].name, path, strerror(-err));
		tables->is_pinned[table] = true;
	}
	return 0;
}

void leat_tables_unpin_new(const struct leat_tables *tables, const bool *was_pinned,
			   const char *bpffs)
{
	char path[PATH_MAX];

	for (int table = 0; table < LEAT_TABLE_COUNT; table++)
		if (tables->is_pinned[table] && !was_pinned[table] &&
		    leat_pin_path(path, bpffs, LEAT_PIN_MAPS, leat_shapes[table].name) == 0)
			leat_pin_remove(path);
}

void leat_tables_close(struct leat_tables *tables)
{
	for (int table = 0; table < LEAT_TABLE_COUNT; table++) {
		leat_cleanup_close(&tables->fds[table]);
		tables->fds[table] = -1;
	}
}
