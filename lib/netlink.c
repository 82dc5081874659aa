// SPDX-License-Identifier: Apache-2.0
/*
 * The netlink socket itself: open it in a namespace, send one request, read the whole answer.
 * libnl keeps its own error numbers, so the kernel's error is caught in a callback instead.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>

#include "cleanup.h"
#include "netlink_talk.h"
#include "netns.h"

#define DUMP_TRIES 10

struct leat_netlink {
	struct nl_sock *socket;
	struct nl_cb *callbacks;
	leat_netlink_on_message *on_message;
	void *context;
	int error;
	bool is_done;
};

static int on_kernel_error(struct sockaddr_nl *from, struct nlmsgerr *message, void *arg)
{
	struct leat_netlink *netlink = arg;

	(void)from;
	netlink->error = message->error;
	netlink->is_done = true;
	return NL_STOP;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct leat_netlink *netlink = arg;

	(void)msg;
	netlink->is_done = true;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct leat_netlink *netlink = arg;
	int err;

	if (!netlink->on_message)
		return NL_OK;
	err = netlink->on_message(nlmsg_hdr(msg), netlink->context);
	if (err < 0 && !netlink->error)
		netlink->error = err;
	return NL_OK; /* the rest must be read all the same */
}

static int set_up_callbacks(struct leat_netlink *netlink)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return -ENOMEM;
	netlink->callbacks = cb;
	nl_cb_err(cb, NL_CB_CUSTOM, on_kernel_error, netlink);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, netlink);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, netlink);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, netlink);
	return 0;
}

/* Opens in the calling thread's namespace. The kernel answers at once: 10 s means broken. */
static int connect_here(void *context)
{
	struct leat_netlink *netlink = context;
	const struct timeval limit = { .tv_sec = 10 };
	int fd;

	netlink->socket = nl_socket_alloc();
	if (!netlink->socket)
		return -ENOMEM;
	nl_socket_set_msg_buf_size(netlink->socket, 32768); /* the largest piece of a dump */
	if (nl_connect(netlink->socket, NETLINK_ROUTE) < 0)
		return errno ? -errno : -EIO;
	fd = nl_socket_get_fd(netlink->socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	return 0;
}

int leat_netlink_open(int netns_fd, struct leat_netlink **ret_netlink)
{
	_cleanup_netlink_ struct leat_netlink *netlink = calloc(1, sizeof(*netlink));
	int err;

	if (!netlink)
		return -ENOMEM;
	err = set_up_callbacks(netlink);
	if (err < 0)
		return err;
	err = netns_fd < 0 ? connect_here(netlink)
			   : leat_netns_call(netns_fd, connect_here, netlink);
	if (err < 0)
		return err;
	*ret_netlink = TAKE_PTR(netlink);
	return 0;
}

int leat_netlink_open_links(int netns_fd, struct leat_netlink **ret_netlink)
{
	_cleanup_netlink_ struct leat_netlink *netlink = NULL;
	int err;

	err = leat_netlink_open(netns_fd, &netlink);
	if (err < 0)
		return err;
	nl_socket_disable_seq_check(netlink->socket);
	if (nl_socket_add_memberships(netlink->socket, RTNLGRP_LINK, 0) < 0)
		return errno ? -errno : -EIO;
	*ret_netlink = TAKE_PTR(netlink);
	return 0;
}

int leat_netlink_fd(const struct leat_netlink *netlink)
{
	return nl_socket_get_fd(netlink->socket);
}

void leat_netlink_close(struct leat_netlink *netlink)
{
	if (!netlink)
		return;
	nl_socket_free(netlink->socket);
	nl_cb_put(netlink->callbacks);
	free(netlink);
}

struct nl_msg *leat_netlink_request(int type, int flags, const void *header, size_t size)
{
	_cleanup_nlmsg_ struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (!msg || nlmsg_append(msg, (void *)header, size, NLMSG_ALIGNTO) < 0)
		return NULL;
	return TAKE_PTR(msg);
}

/* libnl's own errors, those that can happen while reading. */
static int read_error(int nl_error)
{
	switch (-nl_error) {
	case NLE_AGAIN:
		return -ETIMEDOUT;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_DUMP_INTR:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

static int call_once(struct leat_netlink *netlink, struct nl_msg *msg)
{
	int err;

	netlink->error = 0;
	netlink->is_done = false;
	if (nl_send_auto(netlink->socket, msg) < 0)
		return errno ? -errno : -EIO;
	while (!netlink->is_done) {
		err = nl_recvmsgs(netlink->socket, netlink->callbacks);
		if (err == -NLE_DUMP_INTR)
			return -EAGAIN;
		if (err < 0 && !netlink->is_done)
			return read_error(err);
	}
	return netlink->error;
}

int leat_netlink_call(struct leat_netlink *netlink, struct nl_msg *msg,
		      leat_netlink_on_message *on_message, void *context)
{
	int err;

	if (!msg)
		return -ENOMEM;
	netlink->on_message = on_message;
	netlink->context = context;
	if (!(nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP))
		nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_ACK;
	err = call_once(netlink, msg);
	netlink->on_message = NULL;
	netlink->context = NULL;
	return err;
}

int leat_netlink_list_add(struct leat_netlink_list *list, const void *item)
{
	if (list->count == list->allocated) {
		size_t wanted = list->allocated ? list->allocated * 2 : 16;
		void *items = reallocarray(list->items, wanted, list->item_size);

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->allocated = wanted;
	}
	memcpy((char *)list->items + list->count * list->item_size, item, list->item_size);
	list->count++;
	return 0;
}

int leat_netlink_list_fill(struct leat_netlink *netlink, const struct leat_netlink_dump *dump,
			   struct leat_netlink_list *list)
{
	int err = -EAGAIN;

	for (int i = 0; i < DUMP_TRIES && err == -EAGAIN; i++) {
		_cleanup_nlmsg_ struct nl_msg *msg = leat_netlink_request(
			dump->type, NLM_F_DUMP, dump->header, dump->header_size);

		list->count = 0;
		err = leat_netlink_call(netlink, msg, dump->on_message, list);
	}
	return err;
}

struct leat_netlink_addr leat_netlink_addr(const struct leat_addr *addr)
{
	if (leat_addr_is_ipv4(addr))
		return (struct leat_netlink_addr){ AF_INET, 4, addr->b + 12 };
	return (struct leat_netlink_addr){ AF_INET6, 16, addr->b };
}

int leat_netlink_addr_read(const struct nlattr *attr, struct leat_addr *ret_addr)
{
	struct leat_addr addr = { .b = { [10] = 0xff, [11] = 0xff } };

	if (nla_len(attr) == 4)
		memcpy(addr.b + 12, nla_data(attr), 4);
	else if (nla_len(attr) == 16)
		memcpy(addr.b, nla_data(attr), 16);
	else
		return -EINVAL;
	*ret_addr = addr;
	return 0;
}

__u8 leat_netlink_prefixlen(const struct leat_cidr *cidr)
{
	__u32 bits = leat_addr_is_ipv4(&cidr->addr) ? 96 : 0;

	return cidr->prefixlen > bits ? cidr->prefixlen - bits : 0;
}

__u32 leat_netlink_prefixlen_read(int family, __u8 prefixlen)
{
	return family == AF_INET ? 96u + prefixlen : prefixlen;
}
