// SPDX-License-Identifier: Apache-2.0
/* Links: what they are, making veth pairs and the VXLAN device, changing, waiting. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "cleanup.h"
#include "netlink_talk.h"

static void copy_text(char *to, size_t size, const struct nlattr *attr)
{
	if (attr)
		nla_strlcpy(to, attr, size);
}

static void read_kind(const struct nlattr *info, struct leat_link *link)
{
	struct nlattr *attrs[IFLA_INFO_MAX + 1];

	if (info && nla_parse_nested(attrs, IFLA_INFO_MAX, (struct nlattr *)info, NULL) >= 0)
		copy_text(link->kind, sizeof(link->kind), attrs[IFLA_INFO_KIND]);
}

static int read_link(const struct nlmsghdr *header, struct leat_link *ret_link)
{
	struct ifinfomsg *info = nlmsg_data(header);
	struct nlattr *attrs[IFLA_MAX + 1];
	struct leat_link link = {};

	if (nlmsg_parse((struct nlmsghdr *)header, sizeof(*info), attrs, IFLA_MAX, NULL) < 0)
		return -EIO;
	link.ifindex = info->ifi_index;
	link.flags = info->ifi_flags;
	copy_text(link.name, sizeof(link.name), attrs[IFLA_IFNAME]);
	if (attrs[IFLA_MTU])
		link.mtu = nla_get_u32(attrs[IFLA_MTU]);
	if (attrs[IFLA_LINK])
		link.peer_ifindex = (int)nla_get_u32(attrs[IFLA_LINK]);
	if (attrs[IFLA_ADDRESS] && nla_len(attrs[IFLA_ADDRESS]) == LEAT_MAC_SIZE)
		memcpy(link.mac, nla_data(attrs[IFLA_ADDRESS]), LEAT_MAC_SIZE);
	link.has_peer_elsewhere = attrs[IFLA_LINK_NETNSID] != NULL;
	read_kind(attrs[IFLA_LINKINFO], &link);
	*ret_link = link;
	return 0;
}

static int on_one_link(const struct nlmsghdr *header, void *context)
{
	return header->nlmsg_type == RTM_NEWLINK ? read_link(header, context) : 0;
}

static int on_listed_link(const struct nlmsghdr *header, void *context)
{
	struct leat_link link;
	int err;

	if (header->nlmsg_type != RTM_NEWLINK)
		return 0;
	err = read_link(header, &link);
	return err < 0 ? err : leat_netlink_list_add(context, &link);
}

static int get_link(struct leat_netlink *netlink, struct nl_msg *msg, struct leat_link *ret_link)
{
	struct leat_link link = {};
	int err;

	err = leat_netlink_call(netlink, msg, on_one_link, &link);
	if (err < 0)
		return err;
	if (!link.ifindex)
		return -ENODEV;
	*ret_link = link;
	return 0;
}

int leat_link_get_by_name(struct leat_netlink *netlink, const char *name,
			  struct leat_link *ret_link)
{
	const struct ifinfomsg info = {};
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(RTM_GETLINK, 0, &info, sizeof(info));

	if (!name[0] || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	if (!msg || nla_put_string(msg, IFLA_IFNAME, name) < 0)
		return -ENOMEM;
	return get_link(netlink, msg, ret_link);
}

int leat_link_get_by_index(struct leat_netlink *netlink, int ifindex, struct leat_link *ret_link)
{
	const struct ifinfomsg info = { .ifi_index = ifindex };
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(RTM_GETLINK, 0, &info, sizeof(info));

	if (ifindex <= 0)
		return -ENODEV;
	return get_link(netlink, msg, ret_link);
}

int leat_link_list(struct leat_netlink *netlink, struct leat_link **ret_links, size_t *ret_count)
{
	const struct ifinfomsg info = {};
	const struct leat_netlink_dump dump = { RTM_GETLINK, &info, sizeof(info), on_listed_link };
	struct leat_netlink_list list = { .item_size = sizeof(struct leat_link) };
	int err;

	err = leat_netlink_list_fill(netlink, &dump, &list);
	if (err < 0) {
		free(list.items);
		return err;
	}
	*ret_links = list.items;
	*ret_count = list.count;
	return 0;
}

/* What is common to both ends of a pair and to any other new device. */
static bool put_identity(struct nl_msg *msg, const char *name, const __u8 *mac, __u32 mtu)
{
	return nla_put_string(msg, IFLA_IFNAME, name) >= 0 &&
	       (!mac || nla_put(msg, IFLA_ADDRESS, LEAT_MAC_SIZE, mac) >= 0) &&
	       (!mtu || nla_put_u32(msg, IFLA_MTU, mtu) >= 0);
}

static bool put_peer(struct nl_msg *msg, const struct leat_veth *veth)
{
	struct ifinfomsg info = {};
	struct nlattr *peer = nla_nest_start(msg, VETH_INFO_PEER);

	if (!peer || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
	    !put_identity(msg, veth->peer_name, veth->peer_mac, veth->mtu))
		return false;
	if (veth->peer_netns_fd >= 0 &&
	    nla_put_u32(msg, IFLA_NET_NS_FD, (__u32)veth->peer_netns_fd) < 0)
		return false;
	nla_nest_end(msg, peer);
	return true;
}

static bool put_veth(struct nl_msg *msg, const struct leat_veth *veth)
{
	struct nlattr *info, *data;

	if (!put_identity(msg, veth->name, veth->mac, veth->mtu))
		return false;
	info = nla_nest_start(msg, IFLA_LINKINFO);
	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "veth") < 0)
		return false;
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data || !put_peer(msg, veth))
		return false;
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return true;
}

static struct nl_msg *new_link(void)
{
	const struct ifinfomsg info = {};

	return leat_netlink_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
}

int leat_link_make_veth(struct leat_netlink *netlink, const struct leat_veth *veth)
{
	_cleanup_nlmsg_ struct nl_msg *msg = new_link();

	if (!msg || !put_veth(msg, veth))
		return -ENOMEM;
	return leat_netlink_call(netlink, msg, NULL, NULL);
}

static bool put_vxlan(struct nl_msg *msg, const struct leat_vxlan *vxlan)
{
	struct nlattr *info, *data;

	if (!put_identity(msg, vxlan->name, vxlan->mac, vxlan->mtu))
		return false;
	info = nla_nest_start(msg, IFLA_LINKINFO);
	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "vxlan") < 0)
		return false;
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	if (!data || nla_put_u8(msg, IFLA_VXLAN_COLLECT_METADATA, 1) < 0 ||
	    nla_put_u8(msg, IFLA_VXLAN_LEARNING, 0) < 0 ||
	    nla_put_u16(msg, IFLA_VXLAN_PORT, htons(vxlan->port)) < 0 ||
	    nla_put_u8(msg, IFLA_VXLAN_UDP_ZERO_CSUM6_RX, 1) < 0 ||
	    nla_put_u8(msg, IFLA_VXLAN_UDP_ZERO_CSUM6_TX, 1) < 0)
		return false;
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return true;
}

int leat_link_make_vxlan(struct leat_netlink *netlink, const struct leat_vxlan *vxlan)
{
	_cleanup_nlmsg_ struct nl_msg *msg = new_link();

	if (!msg || !put_vxlan(msg, vxlan))
		return -ENOMEM;
	return leat_netlink_call(netlink, msg, NULL, NULL);
}

/* A change of one attribute. */
static int set_attribute(struct leat_netlink *netlink, int ifindex, int attribute, const void *data,
			 int size)
{
	const struct ifinfomsg info = { .ifi_index = ifindex };
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(RTM_NEWLINK, 0, &info, sizeof(info));

	if (ifindex <= 0)
		return -ENODEV;
	if (!msg || nla_put(msg, attribute, size, data) < 0)
		return -ENOMEM;
	return leat_netlink_call(netlink, msg, NULL, NULL);
}

static int set_flags(struct leat_netlink *netlink, int ifindex, unsigned int flags)
{
	const struct ifinfomsg info = {
		.ifi_index = ifindex,
		.ifi_flags = flags,
		.ifi_change = IFF_UP,
	};
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(RTM_NEWLINK, 0, &info, sizeof(info));

	return ifindex <= 0 ? -ENODEV : leat_netlink_call(netlink, msg, NULL, NULL);
}

int leat_link_set_up(struct leat_netlink *netlink, int ifindex)
{
	return set_flags(netlink, ifindex, IFF_UP);
}

int leat_link_set_down(struct leat_netlink *netlink, int ifindex)
{
	return set_flags(netlink, ifindex, 0);
}

int leat_link_set_mtu(struct leat_netlink *netlink, int ifindex, __u32 mtu)
{
	return set_attribute(netlink, ifindex, IFLA_MTU, &mtu, sizeof(mtu));
}

int leat_link_set_mac(struct leat_netlink *netlink, int ifindex, const __u8 mac[LEAT_MAC_SIZE])
{
	return set_attribute(netlink, ifindex, IFLA_ADDRESS, mac, LEAT_MAC_SIZE);
}

int leat_link_set_name(struct leat_netlink *netlink, int ifindex, const char *name)
{
	if (!name[0] || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	return set_attribute(netlink, ifindex, IFLA_IFNAME, name, (int)strlen(name) + 1);
}

int leat_link_set_netns(struct leat_netlink *netlink, int ifindex, int netns_fd)
{
	__u32 fd = (__u32)netns_fd;

	return set_attribute(netlink, ifindex, IFLA_NET_NS_FD, &fd, sizeof(fd));
}

int leat_link_set_autoconf(struct leat_netlink *netlink, int ifindex, bool is_on)
{
	const struct ifinfomsg info = { .ifi_index = ifindex };
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(RTM_NEWLINK, 0, &info, sizeof(info));
	const __u8 mode = is_on ? IN6_ADDR_GEN_MODE_EUI64 : IN6_ADDR_GEN_MODE_NONE;
	struct nlattr *families, *inet6;

	if (ifindex <= 0)
		return -ENODEV;
	families = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;
	inet6 = families ? nla_nest_start(msg, AF_INET6) : NULL;
	if (!inet6 || nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, mode) < 0)
		return -ENOMEM;
	nla_nest_end(msg, inet6);
	nla_nest_end(msg, families);
	return leat_netlink_call(netlink, msg, NULL, NULL);
}

int leat_link_delete(struct leat_netlink *netlink, int ifindex)
{
	const struct ifinfomsg info = { .ifi_index = ifindex };
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(RTM_DELLINK, 0, &info, sizeof(info));

	return ifindex <= 0 ? -ENODEV : leat_netlink_call(netlink, msg, NULL, NULL);
}

static int milliseconds_left(const struct timespec *end)
{
	struct timespec now;
	long long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (end->tv_sec - now.tv_sec) * 1000LL + (end->tv_nsec - now.tv_nsec) / 1000000;
	return left > 0 ? (int)left : 0;
}

/* What a link message says is thrown away: it only tells that asking again makes sense. */
static void drain(struct leat_netlink *links)
{
	char buffer[8192];

	while (recv(leat_netlink_fd(links), buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
}

int leat_link_wait(struct leat_netlink *netlink, struct leat_netlink *links, int ifindex,
		   __u32 flags, int timeout_ms)
{
	struct pollfd news = { .fd = leat_netlink_fd(links), .events = POLLIN };
	struct timespec end;
	struct leat_link link;
	int err, left;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000L;
	do {
		drain(links);
		err = leat_link_get_by_index(netlink, ifindex, &link);
		if (err < 0)
			return err;
		if ((link.flags & flags) == flags)
			return 0;
		left = milliseconds_left(&end);
		if (poll(&news, 1, left) < 0 && errno != EINTR)
			return -errno;
	} while (left > 0);
	return -ETIMEDOUT;
}
