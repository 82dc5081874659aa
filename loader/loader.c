// SPDX-License-Identifier: Apache-2.0
/*
 * The loader: all objects or none. Nothing under BPFFS changes before everything is verified;
 * then tables and programs are pinned, and only attaching changes what packets meet.
 */
#include "loader/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "loader/attach.h"
#include "loader/capture.h"
#include "loader/object.h"
#include "loader/pins.h"
#include "maps/problem.h"

enum { MOST_OBJECTS = 8 };

struct leat_loader {
	char *bpffs;
	struct leat_features features;
	struct leat_tables tables;
	struct bpf_object *objects[MOST_OBJECTS];
	int programs[LEAT_PROG_COUNT]; /* owned by the objects */
	char *warnings;
};

static const char *const program_names[LEAT_PROG_COUNT] = {
	[LEAT_PROG_FROM_POD] = "leat_from_pod",		[LEAT_PROG_TO_POD] = "leat_to_pod",
	[LEAT_PROG_FROM_NET] = "leat_from_net",		[LEAT_PROG_FROM_HOST] = "leat_from_host",
	[LEAT_PROG_FROM_OVERLAY] = "leat_from_overlay",
};

const char *leat_program_name(enum leat_program program)
{
	return program_names[program];
}

void leat_loader_close(struct leat_loader *loader)
{
	if (!loader)
		return;
	for (size_t i = 0; i < MOST_OBJECTS; i++)
		bpf_object__close(loader->objects[i]);
	leat_tables_close(&loader->tables);
	free(loader->bpffs);
	free(loader->warnings);
	free(loader);
}

static void loader_cleanup(struct leat_loader **loader)
{
	leat_loader_close(*loader);
}

static struct leat_loader *loader_new(const char *bpffs)
{
	struct leat_loader *loader = calloc(1, sizeof(*loader));

	if (!loader)
		return NULL;
	for (int program = 0; program < LEAT_PROG_COUNT; program++)
		loader->programs[program] = -1;
	for (int table = 0; table < LEAT_TABLE_COUNT; table++)
		loader->tables.fds[table] = -1;
	loader->bpffs = strdup(bpffs);
	if (loader->bpffs)
		return loader;
	free(loader);
	return NULL;
}

static int check_features(struct leat_loader *loader, char **ret_problem)
{
	int err = leat_features_probe(&loader->features);

	if (err < 0)
		return leat_problem_set(ret_problem, err,
					"BPF programs cannot be loaded here: %s%s", strerror(-err),
					err == -EPERM ? " (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON "
							"are needed)"
						      : "");
	if (!loader->features.has_ringbuf)
		return leat_problem_set(ret_problem, -EOPNOTSUPP,
					"this kernel has no BPF ring buffer (Linux 5.8)");
	return 0;
}

static struct leat_config config_for(const struct leat_config *config,
				     const struct leat_features *features)
{
	struct leat_config set = *config;

	set.flags &= ~(__u32)(LEAT_CFG_KTIME_COARSE | LEAT_CFG_REDIRECT_PEER);
	if (features->has_ktime_coarse)
		set.flags |= LEAT_CFG_KTIME_COARSE;
	if (features->has_redirect_peer)
		set.flags |= LEAT_CFG_REDIRECT_PEER;
	return set;
}

static void find_programs(struct leat_loader *loader, const struct bpf_object *object)
{
	for (int i = 0; i < LEAT_PROG_COUNT; i++) {
		const struct bpf_program *program =
			bpf_object__find_program_by_name(object, program_names[i]);

		if (program)
			loader->programs[i] = bpf_program__fd(program);
	}
}

static int load_objects(struct leat_loader *loader, const struct leat_embedded *objects,
			size_t object_count, const struct leat_config *config,
			const struct leat_sizes *sizes, char **ret_problem)
{
	struct leat_config set = config_for(config, &loader->features);

	if (object_count > MOST_OBJECTS)
		return -E2BIG;
	for (size_t i = 0; i < object_count; i++) {
		int err = leat_object_load(&objects[i], &set, sizes, &loader->tables,
					   &loader->objects[i], ret_problem);

		if (err < 0)
			return err;
		find_programs(loader, loader->objects[i]);
	}
	return 0;
}

static int pin_programs(const struct leat_loader *loader, char **ret_problem)
{
	char path[PATH_MAX];

	for (int program = 0; program < LEAT_PROG_COUNT; program++) {
		int err =
			leat_pin_path(path, loader->bpffs, LEAT_PIN_PROGS, program_names[program]);

		if (loader->programs[program] < 0)
			continue;
		err = err ?: leat_pin_replace(loader->programs[program], path);
		if (err < 0)
			return leat_problem_set(ret_problem, err,
						"program %s: cannot be pinned at %s: %s",
						program_names[program], path, strerror(-err));
	}
	return 0;
}

/* New tables keep no pin when something fails: the next start begins clean. */
static int pin_all(struct leat_loader *loader, char **ret_problem)
{
	bool was_pinned[LEAT_TABLE_COUNT];
	int err;

	memcpy(was_pinned, loader->tables.is_pinned, sizeof(was_pinned));
	err = leat_tables_pin(&loader->tables, loader->bpffs, ret_problem);
	err = err ?: pin_programs(loader, ret_problem);
	if (err < 0)
		leat_tables_unpin_new(&loader->tables, was_pinned, loader->bpffs);
	return err;
}

static int prepare_bpffs(const char *bpffs, char **ret_problem)
{
	int err;

	if (!leat_bpffs_is_at(bpffs))
		return leat_problem_set(ret_problem, -EINVAL,
					"%s: not on a bpf filesystem (mount -t bpf bpf PLACE)",
					bpffs);
	err = leat_pin_make_folders(bpffs);
	if (err < 0)
		return leat_problem_set(ret_problem, err, "%s: folders cannot be made: %s", bpffs,
					strerror(-err));
	return 0;
}

int leat_loader_open_objects(const char *bpffs, const struct leat_embedded *objects,
			     size_t object_count, const struct leat_config *config,
			     const struct leat_sizes *sizes, struct leat_loader **ret_loader,
			     char **ret_problem)
{
	LEAT_CLEANUP(loader_cleanup) struct leat_loader *loader = loader_new(bpffs);
	int err;

	if (!loader)
		return -ENOMEM;
	err = prepare_bpffs(bpffs, ret_problem);
	err = err ?: check_features(loader, ret_problem);
	err = err
		      ?: leat_tables_open(&loader->tables, bpffs, sizes, &loader->warnings,
					  ret_problem);
	err = err ?: load_objects(loader, objects, object_count, config, sizes, ret_problem);
	err = err ?: pin_all(loader, ret_problem);
	if (err < 0)
		return err;
	*ret_loader = TAKE_PTR(loader);
	return 0;
}

int leat_loader_open(const char *bpffs, const struct leat_config *config,
		     const struct leat_sizes *sizes, struct leat_loader **ret_loader,
		     char **ret_problem)
{
	size_t count;
	const struct leat_embedded *objects = leat_embedded_objects(&count);

	return leat_loader_open_objects(bpffs, objects, count, config, sizes, ret_loader,
					ret_problem);
}

int leat_loader_attach(struct leat_loader *loader, enum leat_program program, int ifindex)
{
	LEAT_CLEANUP(leat_capture_end) struct leat_capture capture = { 0 };

	leat_capture_begin(&capture);
	if (loader->programs[program] < 0)
		return -ENOENT;
	return leat_attach_put(loader->bpffs, program, ifindex, loader->programs[program],
			       loader->features.has_tcx);
}

int leat_loader_is_attached(struct leat_loader *loader, enum leat_program program, int ifindex)
{
	LEAT_CLEANUP(leat_capture_end) struct leat_capture capture = { 0 };
	struct leat_program_stats stats;
	__u32 attached;
	int err;

	leat_capture_begin(&capture);
	err = leat_loader_stats(loader, program, &stats);
	err = err ?: leat_attach_get(loader->bpffs, program, ifindex, &attached);
	if (err < 0)
		return err == -ENOENT ? 0 : err;
	return attached == stats.id;
}

int leat_loader_stats(const struct leat_loader *loader, enum leat_program program,
		      struct leat_program_stats *ret_stats)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int err;

	if (loader->programs[program] < 0)
		return -ENOENT;
	err = bpf_obj_get_info_by_fd(loader->programs[program], &info, &size);
	if (err < 0)
		return err;
	*ret_stats = (struct leat_program_stats){
		.id = info.id,
		.verified_insns = info.verified_insns,
		.xlated_insns = info.xlated_prog_len / (__u32)sizeof(struct bpf_insn),
		.jited_bytes = info.jited_prog_len,
	};
	return 0;
}

void leat_loader_force_clsact(struct leat_loader *loader)
{
	loader->features.has_tcx = false;
}

const char *leat_loader_warnings(const struct leat_loader *loader)
{
	return loader->warnings;
}

const struct leat_features *leat_loader_features(const struct leat_loader *loader)
{
	return &loader->features;
}

int leat_loader_program_fd(const struct leat_loader *loader, enum leat_program program)
{
	return loader->programs[program];
}
