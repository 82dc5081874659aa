// SPDX-License-Identifier: Apache-2.0
/* Addresses of links, and permanent neighbours. */
#include <errno.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "cleanup.h"
#include "netlink_talk.h"

static struct nl_msg *ifaddr_request(int type, int flags, int ifindex, const struct leat_cidr *addr)
{
	const struct leat_netlink_addr wire = leat_netlink_addr(&addr->addr);
	const struct ifaddrmsg header = {
		.ifa_family = (__u8)wire.family,
		.ifa_prefixlen = leat_netlink_prefixlen(addr),
		.ifa_index = (__u32)ifindex,
	};
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(type, flags, &header, sizeof(header));

	if (!msg || nla_put(msg, IFA_LOCAL, wire.size, wire.bytes) < 0 ||
	    nla_put(msg, IFA_ADDRESS, wire.size, wire.bytes) < 0)
		return NULL;
	return TAKE_PTR(msg);
}

int leat_ifaddr_add(struct leat_netlink *netlink, int ifindex, const struct leat_cidr *addr,
		    __u32 flags)
{
	_cleanup_nlmsg_ struct nl_msg *msg =
		ifaddr_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, addr);

	if (!msg || nla_put_u32(msg, IFA_FLAGS, flags) < 0)
		return -ENOMEM;
	return leat_netlink_call(netlink, msg, NULL, NULL);
}

int leat_ifaddr_del(struct leat_netlink *netlink, int ifindex, const struct leat_cidr *addr)
{
	_cleanup_nlmsg_ struct nl_msg *msg = ifaddr_request(RTM_DELADDR, 0, ifindex, addr);

	return leat_netlink_call(netlink, msg, NULL, NULL);
}

static int on_ifaddr(const struct nlmsghdr *header, void *context)
{
	const struct ifaddrmsg *info = nlmsg_data(header);
	struct leat_ifaddr item = { .ifindex = (int)info->ifa_index, .scope = info->ifa_scope };
	struct nlattr *attrs[IFA_MAX + 1], *text;

	if (header->nlmsg_type != RTM_NEWADDR ||
	    (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return 0;
	if (nlmsg_parse((struct nlmsghdr *)header, sizeof(*info), attrs, IFA_MAX, NULL) < 0)
		return -EIO;
	text = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
	if (!text || leat_netlink_addr_read(text, &item.addr.addr) < 0)
		return 0;
	item.addr.prefixlen = leat_netlink_prefixlen_read(info->ifa_family, info->ifa_prefixlen);
	item.flags = attrs[IFA_FLAGS] ? nla_get_u32(attrs[IFA_FLAGS]) : info->ifa_flags;
	return leat_netlink_list_add(context, &item);
}

int leat_ifaddr_list(struct leat_netlink *netlink, int ifindex, struct leat_ifaddr **ret_addrs,
		     size_t *ret_count)
{
	const struct ifaddrmsg header = {};
	const struct leat_netlink_dump dump = { RTM_GETADDR, &header, sizeof(header), on_ifaddr };
	struct leat_netlink_list list = { .item_size = sizeof(struct leat_ifaddr) };
	struct leat_ifaddr *items;
	size_t kept = 0;
	int err;

	err = leat_netlink_list_fill(netlink, &dump, &list);
	if (err < 0) {
		free(list.items);
		return err;
	}
	items = list.items;
	for (size_t i = 0; i < list.count; i++)
		if (!ifindex || items[i].ifindex == ifindex)
			items[kept++] = items[i];
	*ret_addrs = items;
	*ret_count = kept;
	return 0;
}

static struct nl_msg *neigh_request(int type, int flags, int ifindex, const struct leat_addr *addr)
{
	const struct leat_netlink_addr wire = leat_netlink_addr(addr);
	const struct ndmsg header = {
		.ndm_family = (__u8)wire.family,
		.ndm_ifindex = ifindex,
		.ndm_state = NUD_PERMANENT,
	};
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(type, flags, &header, sizeof(header));

	if (!msg || nla_put(msg, NDA_DST, wire.size, wire.bytes) < 0)
		return NULL;
	return TAKE_PTR(msg);
}

int leat_neigh_set(struct leat_netlink *netlink, int ifindex, const struct leat_addr *addr,
		   const __u8 mac[LEAT_MAC_SIZE])
{
	_cleanup_nlmsg_ struct nl_msg *msg =
		neigh_request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, ifindex, addr);

	if (!msg || nla_put(msg, NDA_LLADDR, LEAT_MAC_SIZE, mac) < 0)
		return -ENOMEM;
	return leat_netlink_call(netlink, msg, NULL, NULL);
}

int leat_neigh_del(struct leat_netlink *netlink, int ifindex, const struct leat_addr *addr)
{
	_cleanup_nlmsg_ struct nl_msg *msg = neigh_request(RTM_DELNEIGH, 0, ifindex, addr);

	return leat_netlink_call(netlink, msg, NULL, NULL);
}

static int on_neigh(const struct nlmsghdr *header, void *context)
{
	const struct ndmsg *info = nlmsg_data(header);
	struct leat_neigh item = { .ifindex = info->ndm_ifindex, .state = info->ndm_state };
	struct nlattr *attrs[NDA_MAX + 1];

	if (header->nlmsg_type != RTM_NEWNEIGH || !(info->ndm_state & NUD_PERMANENT))
		return 0;
	if (nlmsg_parse((struct nlmsghdr *)header, sizeof(*info), attrs, NDA_MAX, NULL) < 0)
		return -EIO;
	if (!attrs[NDA_DST] || leat_netlink_addr_read(attrs[NDA_DST], &item.addr) < 0)
		return 0;
	if (attrs[NDA_LLADDR] && nla_len(attrs[NDA_LLADDR]) == LEAT_MAC_SIZE)
		memcpy(item.mac, nla_data(attrs[NDA_LLADDR]), LEAT_MAC_SIZE);
	return leat_netlink_list_add(context, &item);
}

int leat_neigh_list(struct leat_netlink *netlink, int ifindex, struct leat_neigh **ret_neighs,
		    size_t *ret_count)
{
	const struct ndmsg header = {};
	const struct leat_netlink_dump dump = { RTM_GETNEIGH, &header, sizeof(header), on_neigh };
	struct leat_netlink_list list = { .item_size = sizeof(struct leat_neigh) };
	struct leat_neigh *items;
	size_t kept = 0;
	int err;

	err = leat_netlink_list_fill(netlink, &dump, &list);
	if (err < 0) {
		free(list.items);
		return err;
	}
	items = list.items;
	for (size_t i = 0; i < list.count; i++)
		if (!ifindex || items[i].ifindex == ifindex)
			items[kept++] = items[i];
	*ret_neighs = items;
	*ret_count = kept;
	return 0;
}
