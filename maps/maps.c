// SPDX-License-Identifier: Apache-2.0
/*
 * Finds the pinned tables and refuses those that are not what this program was built for: a
 * layout that differs without another name would be read as nonsense.
 */
#include "maps/maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "maps/problem.h"
#include "maps/shape.h"

static void maps_cleanup(struct leat_maps **maps)
{
	leat_maps_close(*maps);
}

void leat_maps_close(struct leat_maps *maps)
{
	if (!maps)
		return;
	for (size_t i = 0; i < LEAT_TABLE_COUNT; i++)
		leat_cleanup_close(&maps->tables[i].fd);
	free(maps);
}

/* A reader of the ring buffer writes how far it has come, so that one is never read-only. */
static int open_pin(const char *path, enum leat_table_id id, bool is_read_only)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts);

	if (is_read_only && id != LEAT_TABLE_EVENT)
		opts.file_flags = BPF_F_RDONLY;
	return bpf_obj_get_opts(path, &opts);
}

static int check_shape(const struct leat_shape *shape, int fd, struct leat_table *ret_table,
		       char **ret_problem)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &size);

	if (err < 0)
		return leat_problem_set(ret_problem, err, "table %s: cannot be asked: %s",
					shape->name, strerror(-err));
	if (info.type != shape->type || info.key_size != shape->key_size ||
	    info.value_size != shape->value_size)
		return leat_problem_set(ret_problem, -EPROTO,
					"table %s: is of type %u with keys of %u and values of %u "
					"bytes, this program knows type %u, %u and %u: another "
					"version of leat made it",
					shape->name, info.type, info.key_size, info.value_size,
					shape->type, shape->key_size, shape->value_size);
	ret_table->key_size = info.key_size;
	ret_table->value_size = info.value_size;
	ret_table->max_entries = info.max_entries;
	ret_table->type = info.type;
	return 0;
}

static int open_table(const char *bpffs, enum leat_table_id id, bool is_read_only,
		      struct leat_table *table, char **ret_problem)
{
	const struct leat_shape *shape = &leat_shapes[id];
	char path[PATH_MAX];
	int err;

	if (snprintf(path, sizeof(path), "%s/maps/%s", bpffs, shape->name) >= (int)sizeof(path))
		return leat_problem_set(ret_problem, -ENAMETOOLONG, "%s: path too long", bpffs);
	table->name = shape->name;
	table->fd = open_pin(path, id, is_read_only);
	if (table->fd < 0) {
		err = table->fd;
		return leat_problem_set(ret_problem, err, "table %s: cannot be opened at %s: %s%s",
					shape->name, path, strerror(-err),
					err == -ENOENT ? " (was leat-agent ever started here?)"
						       : "");
	}
	return check_shape(shape, table->fd, table, ret_problem);
}

int leat_maps_open(const char *bpffs, bool is_read_only, struct leat_maps **ret_maps,
		   char **ret_problem)
{
	LEAT_CLEANUP(maps_cleanup) struct leat_maps *maps = calloc(1, sizeof(*maps));
	int err = 0;

	if (!maps)
		return -ENOMEM;
	for (size_t i = 0; i < LEAT_TABLE_COUNT; i++)
		maps->tables[i].fd = -1;
	for (size_t i = 0; i < LEAT_TABLE_COUNT && !err; i++)
		err = open_table(bpffs, i, is_read_only, &maps->tables[i], ret_problem);
	if (err < 0)
		return err;
	*ret_maps = TAKE_PTR(maps);
	return 0;
}
