// SPDX-License-Identifier: Apache-2.0
/* Taking away: what belongs to devices that are gone, and everything. */
#include <bpf/bpf.h>
#include <errno.h>

#include "lib/cleanup.h"
#include "loader/capture.h"
#include "loader/clsact.h"
#include "loader/loader.h"
#include "loader/pins.h"
#include "loader/tcx.h"

/* A link knows its device; without one, the link is defunct. */
static bool is_link_defunct(const char *bpffs, const char *name, int ifindex)
{
	_cleanup_close_ int fd = -1;
	struct leat_tcx_info info;
	char path[PATH_MAX];

	if (leat_pin_path(path, bpffs, LEAT_PIN_LINKS, name) < 0)
		return false;
	fd = bpf_obj_get(path);
	return fd >= 0 && leat_tcx_info(fd, &info) == 0 && info.ifindex != (__u32)ifindex;
}

static int prune_link(const char *bpffs, const char *folder, const char *name, void *context)
{
	enum leat_program program;
	size_t *removed = context;
	char path[PATH_MAX];
	int ifindex, err;

	if (!leat_pin_parse(name, &program, &ifindex) || !is_link_defunct(bpffs, name, ifindex))
		return 0;
	err = leat_pin_path(path, bpffs, folder, name);
	err = err ?: leat_pin_remove(path);
	*removed += err == 0;
	return err;
}

/* A filter goes with its device; what remains of it is the mark. */
static int prune_mark(const char *bpffs, const char *folder, const char *name, void *context)
{
	enum leat_program program;
	size_t *removed = context;
	__u32 program_id;
	int ifindex, err;

	(void)folder;
	if (!leat_pin_parse(name, &program, &ifindex) ||
	    leat_clsact_query(ifindex, program == LEAT_PROG_TO_POD, &program_id) != -ENOENT)
		return 0;
	err = leat_loader_detach(bpffs, program, ifindex);
	*removed += err == 0;
	return err;
}

int leat_loader_prune(const char *bpffs, size_t *ret_removed)
{
	LEAT_CLEANUP(leat_capture_end) struct leat_capture capture = { 0 };
	size_t removed = 0;
	int err, other;

	leat_capture_begin(&capture);
	err = leat_pin_each(bpffs, LEAT_PIN_LINKS, "leat_", prune_link, &removed);
	other = leat_pin_each(bpffs, LEAT_PIN_CLSACT, "leat_", prune_mark, &removed);

	if (ret_removed)
		*ret_removed = removed;
	return err ?: other;
}

static int detach_named(const char *bpffs, const char *folder, const char *name, void *context)
{
	enum leat_program program;
	int ifindex;

	(void)folder;
	(void)context;
	if (!leat_pin_parse(name, &program, &ifindex))
		return 0;
	return leat_loader_detach(bpffs, program, ifindex);
}

static int remove_named(const char *bpffs, const char *folder, const char *name, void *context)
{
	char path[PATH_MAX];
	int err = leat_pin_path(path, bpffs, folder, name);

	(void)context;
	return err ?: leat_pin_remove(path);
}

int leat_loader_remove_all(const char *bpffs)
{
	const struct {
		const char *folder;
		const char *prefix;
		leat_pin_visit_fn *visit;
	} steps[] = {
		{ LEAT_PIN_LINKS, "leat_", detach_named },
		{ LEAT_PIN_CLSACT, "leat_", detach_named },
		{ LEAT_PIN_LINKS, "leat_", remove_named },
		{ LEAT_PIN_CLSACT, "qdisc_", remove_named },
		{ LEAT_PIN_PROGS, "leat_", remove_named },
		{ LEAT_PIN_MAPS, "leat_", remove_named },
	};
	LEAT_CLEANUP(leat_capture_end) struct leat_capture capture = { 0 };
	int first = 0;

	if (!leat_bpffs_is_at(bpffs))
		return 0;
	leat_capture_begin(&capture);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int err = leat_pin_each(bpffs, steps[i].folder, steps[i].prefix, steps[i].visit,
					NULL);

		first = first ?: err;
	}
	leat_pin_remove_folders(bpffs);
	return first;
}
