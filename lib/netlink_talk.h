/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shared by the netlink_*.c files only: one request, its answer, and lists that grow. */
#include <netlink/msg.h>

#include "netlink.h"

static inline void leat_cleanup_nlmsg(struct nl_msg **msg)
{
	nlmsg_free(*msg);
}
#define _cleanup_nlmsg_ __attribute__((cleanup(leat_cleanup_nlmsg)))

/* A request with its fixed header; NULL on -ENOMEM. */
struct nl_msg *leat_netlink_request(int type, int flags, const void *header, size_t size);

/* Called for every message of an answer; a negative return becomes the call's result. */
typedef int leat_netlink_on_message(const struct nlmsghdr *header, void *context);

/* Sends, reads all of the answer. A NULL msg is -ENOMEM, so building needs no checks of its own. */
int leat_netlink_call(struct leat_netlink *netlink, struct nl_msg *msg,
		      leat_netlink_on_message *on_message, void *context);

/* An array of records that grows by one; frees nothing on failure. */
struct leat_netlink_list {
	void *items;
	size_t count;
	size_t allocated;
	size_t item_size;
};
int leat_netlink_list_add(struct leat_netlink_list *list, const void *item);

/* A dump: on_message gets the list as its context and adds what it wants. */
struct leat_netlink_dump {
	int type;
	const void *header;
	size_t header_size;
	leat_netlink_on_message *on_message;
};
/* Starts anew when the kernel says that the dump was interrupted by a change. */
int leat_netlink_list_fill(struct leat_netlink *netlink, const struct leat_netlink_dump *dump,
			   struct leat_netlink_list *list);

/* The wire's shape of an address: family, bytes and their number. */
struct leat_netlink_addr {
	int family;
	int size;
	const __u8 *bytes;
};
struct leat_netlink_addr leat_netlink_addr(const struct leat_addr *addr);
/* From an attribute of 4 or 16 bytes; -EINVAL. */
int leat_netlink_addr_read(const struct nlattr *attr, struct leat_addr *ret_addr);
/* prefixlen on the wire from and to the 128 bit form. */
__u8 leat_netlink_prefixlen(const struct leat_cidr *cidr);
__u32 leat_netlink_prefixlen_read(int family, __u8 prefixlen);
