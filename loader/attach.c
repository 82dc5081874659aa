// SPDX-License-Identifier: Apache-2.0
/*
 * Attaching. In place wherever something of ours is there already; otherwise the new way first,
 * then the old one goes: no moment without a program.
 */
#include "loader/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "loader/capture.h"
#include "loader/clsact.h"
#include "loader/pins.h"
#include "loader/tcx.h"

static bool is_egress(enum leat_program program)
{
	return program == LEAT_PROG_TO_POD;
}

/* The pinned link if it is one on this device; -ENOENT: none; -ENOLINK: its device is gone. */
static int open_link(const char *path, int ifindex, struct leat_tcx_info *ret_info)
{
	_cleanup_close_ int fd = bpf_obj_get(path);
	int err;

	if (fd < 0)
		return fd;
	err = leat_tcx_info(fd, ret_info);
	if (err < 0)
		return err;
	if (ret_info->ifindex != (__u32)ifindex)
		return -ENOLINK;
	return TAKE_FD(fd);
}

static int create_link(const char *path, enum leat_program program, int ifindex, int program_fd)
{
	enum leat_tcx_side side = is_egress(program) ? LEAT_TCX_EGRESS : LEAT_TCX_INGRESS;
	_cleanup_close_ int fd = leat_tcx_attach(program_fd, ifindex, side);

	return fd < 0 ? fd : bpf_obj_pin(fd, path);
}

static int put_tcx(const char *path, enum leat_program program, int ifindex, int program_fd)
{
	struct leat_tcx_info info;
	_cleanup_close_ int fd = open_link(path, ifindex, &info);
	int err;

	if (fd >= 0)
		return leat_tcx_update(fd, program_fd);
	if (fd != -ENOENT) {
		err = leat_pin_remove(path);
		if (err < 0)
			return err;
	}
	return create_link(path, program, ifindex, program_fd);
}

static int make_mark(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

/* The mark comes first: a filter that nobody remembers would stay for ever. */
static int put_clsact(const char *bpffs, const char *mark, enum leat_program program, int ifindex,
		      int program_fd)
{
	char qdisc_mark[PATH_MAX];
	bool made_qdisc;
	int err = make_mark(mark);

	err = err ?: leat_pin_qdisc_path(qdisc_mark, bpffs, ifindex);
	err = err ?: leat_clsact_attach(program_fd, ifindex, is_egress(program), &made_qdisc);
	if (!err && made_qdisc)
		err = make_mark(qdisc_mark);
	return err;
}

/* Detaching explicitly, because another process may hold the link open. */
static int remove_tcx(const char *path)
{
	_cleanup_close_ int fd = bpf_obj_get(path);
	struct leat_tcx_info info;

	if (fd >= 0 && leat_tcx_info(fd, &info) == 0 && info.ifindex)
		leat_tcx_detach(fd);
	return leat_pin_remove(path);
}

/* True when the filter with our handle runs a program of that name, cut as the kernel cuts it. */
static bool is_our_filter(enum leat_program program, int ifindex)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info), id;
	_cleanup_close_ int fd = -1;

	if (leat_clsact_query(ifindex, is_egress(program), &id) < 0)
		return false;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return false;
	return !strncmp(info.name, leat_program_name(program), sizeof(info.name) - 1);
}

static bool has_device(int ifindex)
{
	char name[IF_NAMESIZE];

	return if_indextoname((unsigned int)ifindex, name);
}

/* The qdisc goes with the last filter, if we made it. */
static int remove_clsact(const char *bpffs, const char *mark, enum leat_program program,
			 int ifindex)
{
	char qdisc_mark[PATH_MAX];
	int err = leat_pin_qdisc_path(qdisc_mark, bpffs, ifindex);

	if (err < 0)
		return err;
	if (access(mark, F_OK) < 0)
		return 0;
	if (is_our_filter(program, ifindex))
		err = leat_clsact_detach(ifindex, is_egress(program));
	if (!err && access(qdisc_mark, F_OK) == 0)
		err = leat_clsact_remove_empty(ifindex);
	return err ?: leat_pin_remove(mark);
}

/* Forgets the qdisc when none of our filters is left on the device. */
static int forget_qdisc(const char *bpffs, int ifindex)
{
	char path[PATH_MAX];

	for (int program = 0; program < LEAT_PROG_COUNT; program++) {
		int err = leat_pin_attach_path(path, bpffs, LEAT_PIN_CLSACT,
					       (enum leat_program)program, ifindex);

		if (err < 0 || access(path, F_OK) == 0)
			return err;
	}
	return leat_pin_qdisc_path(path, bpffs, ifindex) ?: leat_pin_remove(path);
}

int leat_attach_put(const char *bpffs, enum leat_program program, int ifindex, int program_fd,
		    bool has_tcx)
{
	char link[PATH_MAX], mark[PATH_MAX];
	int err = leat_pin_attach_path(link, bpffs, LEAT_PIN_LINKS, program, ifindex);

	err = err ?: leat_pin_attach_path(mark, bpffs, LEAT_PIN_CLSACT, program, ifindex);
	if (err < 0)
		return err;
	if (!has_device(ifindex))
		return -ENODEV;
	if (!has_tcx)
		return put_clsact(bpffs, mark, program, ifindex, program_fd) ?: remove_tcx(link);
	err = put_tcx(link, program, ifindex, program_fd);
	err = err ?: remove_clsact(bpffs, mark, program, ifindex);
	return err ?: forget_qdisc(bpffs, ifindex);
}

int leat_attach_get(const char *bpffs, enum leat_program program, int ifindex,
		    __u32 *ret_program_id)
{
	struct leat_tcx_info info;
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int err = leat_pin_attach_path(path, bpffs, LEAT_PIN_LINKS, program, ifindex);

	if (err < 0)
		return err;
	fd = open_link(path, ifindex, &info);
	if (fd >= 0) {
		*ret_program_id = info.program_id;
		return 0;
	}
	if (fd != -ENOENT && fd != -ENOLINK)
		return fd;
	return leat_clsact_query(ifindex, is_egress(program), ret_program_id);
}

int leat_loader_detach(const char *bpffs, enum leat_program program, int ifindex)
{
	LEAT_CLEANUP(leat_capture_end) struct leat_capture capture = { 0 };
	char link[PATH_MAX], mark[PATH_MAX];
	int err = leat_pin_attach_path(link, bpffs, LEAT_PIN_LINKS, program, ifindex);
	int other;

	leat_capture_begin(&capture);
	err = err ?: leat_pin_attach_path(mark, bpffs, LEAT_PIN_CLSACT, program, ifindex);
	if (err < 0)
		return err;
	err = remove_tcx(link);
	other = remove_clsact(bpffs, mark, program, ifindex);
	return err ?: other ?: forget_qdisc(bpffs, ifindex);
}
