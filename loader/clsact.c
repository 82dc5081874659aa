// SPDX-License-Identifier: Apache-2.0
/*
 * clsact by libbpf's netlink calls, and one question it has no call for: whether the qdisc
 * holds anybody's filters still.
 */
#include "loader/clsact.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"

static enum bpf_tc_attach_point side(bool is_egress)
{
	return is_egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
}

int leat_clsact_attach(int program_fd, int ifindex, bool is_egress, bool *ret_made_qdisc)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = side(is_egress));
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = LEAT_FILTER_HANDLE,
		    .priority = LEAT_FILTER_PRIORITY, .prog_fd = program_fd,
		    .flags = BPF_TC_F_REPLACE);
	int err = bpf_tc_hook_create(&hook);
	bool made_qdisc = err == 0;

	if (err < 0 && err != -EEXIST)
		return err;
	err = bpf_tc_attach(&hook, &opts);
	if (err < 0)
		return err;
	*ret_made_qdisc = made_qdisc;
	return 0;
}

/* What the kernel says for a device, a qdisc or a filter that is not there. */
static int gone_error(int err)
{
	return err == -EINVAL || err == -ENODEV ? -ENOENT : err;
}

int leat_clsact_query(int ifindex, bool is_egress, __u32 *ret_program_id)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = side(is_egress));
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = LEAT_FILTER_HANDLE,
		    .priority = LEAT_FILTER_PRIORITY);
	int err = bpf_tc_query(&hook, &opts);

	if (err < 0)
		return gone_error(err);
	*ret_program_id = opts.prog_id;
	return 0;
}

int leat_clsact_detach(int ifindex, bool is_egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = side(is_egress));
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = LEAT_FILTER_HANDLE,
		    .priority = LEAT_FILTER_PRIORITY);
	int err = gone_error(bpf_tc_detach(&hook, &opts));

	return err == -ENOENT ? 0 : err;
}

struct filter_request {
	struct nlmsghdr header;
	struct tcmsg tc;
};

/* 1 when an answer to the dump shows a filter, 0 at its end, -EAGAIN: read on, or -errno. */
static int find_filter(const void *answer, size_t size)
{
	const struct nlmsghdr *message = answer;

	for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
		if (message->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == RTM_NEWTFILTER)
			return 1;
	}
	return -EAGAIN;
}

/* 1 yes, 0 no, -errno. Filters of one parent (ingress or egress). */
static int has_filters(int ifindex, __u32 parent)
{
	struct filter_request request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = RTM_GETTFILTER,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.tc = { .tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent },
	};
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	_Alignas(struct nlmsghdr) char answer[16384];
	int found = -EAGAIN;

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	while (found == -EAGAIN) {
		ssize_t size = recv(fd, answer, sizeof(answer), 0);

		if (size < 0 && errno != EINTR)
			return -errno;
		found = size < 0 ? -EAGAIN : find_filter(answer, (size_t)size);
	}
	return found;
}

int leat_clsact_remove_empty(int ifindex)
{
	/* Both points at once mean the qdisc itself; libbpf's enumeration has no name for that.
	 * NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange) */
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int found = has_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
	int err;

	found = found ?: has_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	if (found != 0)
		return found > 0 || gone_error(found) == -ENOENT ? 0 : found;
	err = gone_error(bpf_tc_hook_destroy(&hook));
	return err == -ENOENT ? 0 : err;
}
