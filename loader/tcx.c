// SPDX-License-Identifier: Apache-2.0
/*
 * BPF_LINK_CREATE, _UPDATE, _DETACH and link information for TCX. Kernel: kernel/bpf/tcx.c,
 * since 6.6. A classifier needs no expected_attach_type for it: the kernel insists on one only
 * if the program was loaded with one, and without it the same program serves clsact, too.
 */
#include "loader/tcx.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* enum bpf_link_type since Linux 6.6. */
#define LINK_TYPE_TCX 11

static int bpf_call(enum bpf_cmd command, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : (int)result;
}

int leat_tcx_attach(int program_fd, int ifindex, enum leat_tcx_side side)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (__u32)program_fd;
	attr.link_create.target_ifindex = (__u32)ifindex;
	attr.link_create.attach_type = side;
	return bpf_call(BPF_LINK_CREATE, &attr);
}

/* A kernel with TCX looks for the device (-ENODEV), one without it refuses the attach type. */
bool leat_tcx_is_there(int program_fd)
{
	_cleanup_close_ int ingress = leat_tcx_attach(program_fd, INT32_MAX, LEAT_TCX_INGRESS);
	_cleanup_close_ int egress = leat_tcx_attach(program_fd, INT32_MAX, LEAT_TCX_EGRESS);

	return ingress == -ENODEV && egress == -ENODEV;
}

int leat_tcx_update(int link_fd, int program_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_update.link_fd = (__u32)link_fd;
	attr.link_update.new_prog_fd = (__u32)program_fd;
	return bpf_call(BPF_LINK_UPDATE, &attr);
}

int leat_tcx_detach(int link_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = (__u32)link_fd;
	return bpf_call(BPF_LINK_DETACH, &attr);
}

/* struct bpf_link_info as of 6.6, which the headers we build with do not know. */
struct tcx_link_info {
	__u32 type;
	__u32 id;
	__u32 program_id;
	__u32 zero;
	__u32 ifindex;
	__u32 side;
};

int leat_tcx_info(int link_fd, struct leat_tcx_info *ret_info)
{
	struct tcx_link_info info = { 0 };
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (__u32)link_fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (__u64)(uintptr_t)&info;
	err = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (err < 0)
		return err;
	if (info.type != LINK_TYPE_TCX)
		return -EINVAL;
	*ret_info = (struct leat_tcx_info){
		.program_id = info.program_id,
		.ifindex = info.ifindex,
		.side = info.side,
	};
	return 0;
}
