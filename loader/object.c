// SPDX-License-Identifier: Apache-2.0
/*
 * One object: opened from memory, configured, its tables bound to those that live, loaded. The
 * configuration's place in .rodata is found by BTF, so that no object's own constants matter.
 */
#include "loader/object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/cleanup.h"
#include "loader/capture.h"
#include "maps/problem.h"
#include "maps/shape.h"

#define CONFIG_NAME "leat_config"
enum { PROBLEM_LINES = 14 };

static void close_object(struct bpf_object **object)
{
	bpf_object__close(*object);
}

/* The variable's entry in .rodata; -ENOENT when the object does not use the configuration. */
static int find_config(const struct bpf_object *object, struct btf_var_secinfo *ret_place)
{
	const struct btf *btf = bpf_object__btf(object);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -ENOENT;
	const struct btf_var_secinfo *place;
	const struct btf_type *section;

	if (id < 0)
		return -ENOENT;
	section = btf__type_by_id(btf, (__u32)id);
	place = btf_var_secinfos(section);
	for (__u32 i = 0; i < btf_vlen(section); i++, place++) {
		const struct btf_type *variable = btf__type_by_id(btf, place->type);

		if (!strcmp(btf__name_by_offset(btf, variable->name_off), CONFIG_NAME)) {
			*ret_place = *place;
			return 0;
		}
	}
	return -ENOENT;
}

static struct bpf_map *find_rodata(const struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		const char *suffix = strrchr(bpf_map__name(map), '.');

		if (bpf_map__is_internal(map) && suffix && !strcmp(suffix, ".rodata"))
			return map;
	}
	return NULL;
}

static int set_config(const struct bpf_object *object, const struct leat_config *config)
{
	struct btf_var_secinfo place;
	struct bpf_map *rodata = find_rodata(object);
	unsigned char *bytes;
	size_t size;
	int err = find_config(object, &place);

	if (err < 0)
		return err == -ENOENT ? 0 : err;
	bytes = rodata ? (unsigned char *)bpf_map__initial_value(rodata, &size) : NULL;
	if (!bytes || place.size != sizeof(*config) || place.offset > size ||
	    size - place.offset < place.size)
		return -EPROTO;
	memcpy(bytes + place.offset, config, sizeof(*config));
	return 0;
}

static bool find_table(const struct bpf_map *map, enum leat_table_id *ret_table)
{
	for (int table = 0; table < LEAT_TABLE_COUNT; table++) {
		if (strcmp(bpf_map__name(map), leat_shapes[table].name))
			continue;
		*ret_table = (enum leat_table_id)table;
		return true;
	}
	return false;
}

/* Tables that live are re-used, the others get their size. Maps of other names are private. */
static int bind_tables(const struct bpf_object *object, const struct leat_sizes *sizes,
		       const struct leat_tables *tables)
{
	enum leat_table_id table;
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, object)
	{
		if (err < 0 || !find_table(map, &table))
			continue;
		if (tables->fds[table] >= 0)
			err = bpf_map__reuse_fd(map, tables->fds[table]);
		else
			err = bpf_map__set_max_entries(map, leat_table_size(table, sizes));
	}
	return err;
}

static int collect_tables(const struct bpf_object *object, struct leat_tables *tables)
{
	enum leat_table_id table;
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		if (!find_table(map, &table) || tables->fds[table] >= 0)
			continue;
		tables->fds[table] = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0);
		if (tables->fds[table] < 0)
			return -errno;
	}
	return 0;
}

static int problem(char **ret_problem, int err, const char *name, const char *what,
		   const struct leat_capture *capture)
{
	return leat_problem_set(ret_problem, err, "object %s: cannot be %s: %s\n%s", name, what,
				strerror(-err), leat_capture_last(capture, PROBLEM_LINES));
}

int leat_object_load(const struct leat_embedded *embedded, const struct leat_config *config,
		     const struct leat_sizes *sizes, struct leat_tables *tables,
		     struct bpf_object **ret_object, char **ret_problem)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = embedded->name);
	LEAT_CLEANUP(leat_capture_end) struct leat_capture capture = { 0 };
	LEAT_CLEANUP(close_object) struct bpf_object *object = NULL;
	int err;

	leat_capture_begin(&capture);
	object = bpf_object__open_mem(embedded->bytes, embedded->size, &opts);
	if (!object)
		return problem(ret_problem, -errno, embedded->name, "opened", &capture);
	err = set_config(object, config);
	if (err < 0)
		return problem(ret_problem, err, embedded->name, "configured", &capture);
	err = bind_tables(object, sizes, tables);
	if (err < 0)
		return problem(ret_problem, err, embedded->name, "given its tables", &capture);
	err = bpf_object__load(object);
	if (err < 0)
		return problem(ret_problem, err, embedded->name, "loaded", &capture);
	err = collect_tables(object, tables);
	if (err < 0)
		return err;
	*ret_object = TAKE_PTR(object);
	return 0;
}
