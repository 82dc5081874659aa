// SPDX-License-Identifier: Apache-2.0
/* Routes with one next hop or none. Multipath routes and other tables are not listed. */
#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "cleanup.h"
#include "netlink_talk.h"

static struct rtmsg route_header(const struct leat_route *route)
{
	const struct leat_netlink_addr dst = leat_netlink_addr(&route->dst.addr);

	return (struct rtmsg){
		.rtm_family = (__u8)dst.family,
		.rtm_dst_len = leat_netlink_prefixlen(&route->dst),
		.rtm_table = RT_TABLE_UNSPEC,
		.rtm_protocol = route->protocol ? route->protocol : LEAT_ROUTE_PROTOCOL,
		.rtm_scope = route->scope,
		.rtm_type = route->type ? route->type : RTN_UNICAST,
		.rtm_flags = route->is_onlink ? RTNH_F_ONLINK : 0,
	};
}

static bool put_addr(struct nl_msg *msg, int attribute, const struct leat_addr *addr)
{
	const struct leat_netlink_addr wire = leat_netlink_addr(addr);

	return leat_addr_is_zero(addr) || nla_put(msg, attribute, wire.size, wire.bytes) >= 0;
}

/* An IPv4 route with an IPv6 next hop goes by RTA_VIA: struct rtvia, then the address. */
static bool put_gateway(struct nl_msg *msg, const struct leat_route *route)
{
	const sa_family_t family = AF_INET6;
	__u8 via[sizeof(family) + sizeof(route->gateway.b)];

	if (!leat_addr_is_ipv4(&route->dst.addr) || leat_addr_is_zero(&route->gateway) ||
	    leat_addr_is_ipv4(&route->gateway))
		return put_addr(msg, RTA_GATEWAY, &route->gateway);
	memcpy(via, &family, sizeof(family));
	memcpy(via + sizeof(family), route->gateway.b, sizeof(route->gateway.b));
	return nla_put(msg, RTA_VIA, sizeof(via), via) >= 0;
}

static bool put_mtu(struct nl_msg *msg, __u32 mtu)
{
	struct nlattr *metrics = nla_nest_start(msg, RTA_METRICS);

	if (!metrics || nla_put_u32(msg, RTAX_MTU, mtu) < 0)
		return false;
	nla_nest_end(msg, metrics);
	return true;
}

static bool put_route(struct nl_msg *msg, const struct leat_route *route)
{
	const struct leat_netlink_addr dst = leat_netlink_addr(&route->dst.addr);

	return (!leat_netlink_prefixlen(&route->dst) ||
		nla_put(msg, RTA_DST, dst.size, dst.bytes) >= 0) &&
	       nla_put_u32(msg, RTA_TABLE, route->table ? route->table : RT_TABLE_MAIN) >= 0 &&
	       put_gateway(msg, route) && put_addr(msg, RTA_PREFSRC, &route->src) &&
	       (!route->ifindex || nla_put_u32(msg, RTA_OIF, (__u32)route->ifindex) >= 0) &&
	       (!route->metric || nla_put_u32(msg, RTA_PRIORITY, route->metric) >= 0) &&
	       (!route->mtu || put_mtu(msg, route->mtu));
}

static int change_route(struct leat_netlink *netlink, int type, int flags,
			const struct leat_route *route)
{
	const struct rtmsg header = route_header(route);
	_cleanup_nlmsg_ struct nl_msg *msg =
		leat_netlink_request(type, flags, &header, sizeof(header));

	if (!msg || !put_route(msg, route))
		return -ENOMEM;
	return leat_netlink_call(netlink, msg, NULL, NULL);
}

int leat_route_add(struct leat_netlink *netlink, const struct leat_route *route)
{
	return change_route(netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

int leat_route_replace(struct leat_netlink *netlink, const struct leat_route *route)
{
	return change_route(netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
}

int leat_route_del(struct leat_netlink *netlink, const struct leat_route *route)
{
	return change_route(netlink, RTM_DELROUTE, 0, route);
}

static int read_metrics(struct nlattr *metrics, struct leat_route *route)
{
	struct nlattr *attrs[RTAX_MAX + 1];

	if (nla_parse_nested(attrs, RTAX_MAX, metrics, NULL) < 0)
		return -EIO;
	if (attrs[RTAX_MTU])
		route->mtu = nla_get_u32(attrs[RTAX_MTU]);
	return 0;
}

/* IPv4-mapped zero for the IPv4 default, so that the family can be told from dst. */
static struct leat_addr zero_addr(int family)
{
	struct leat_addr addr = {};

	if (family == AF_INET)
		addr.b[10] = addr.b[11] = 0xff;
	return addr;
}

static int read_via(const struct nlattr *attr, struct leat_addr *ret_addr)
{
	const struct rtvia *via = nla_data(attr);

	if (nla_len(attr) != (int)sizeof(*via) + 16)
		return -EINVAL;
	memcpy(ret_addr->b, via->rtvia_addr, 16);
	return 0;
}

static int read_addrs(struct nlattr **attrs, struct leat_route *route)
{
	int err = 0;

	if (attrs[RTA_DST])
		err = leat_netlink_addr_read(attrs[RTA_DST], &route->dst.addr);
	if (!err && attrs[RTA_GATEWAY])
		err = leat_netlink_addr_read(attrs[RTA_GATEWAY], &route->gateway);
	if (!err && attrs[RTA_VIA])
		err = read_via(attrs[RTA_VIA], &route->gateway);
	if (!err && attrs[RTA_PREFSRC])
		err = leat_netlink_addr_read(attrs[RTA_PREFSRC], &route->src);
	if (!err && attrs[RTA_METRICS])
		err = read_metrics(attrs[RTA_METRICS], route);
	return err;
}

static int on_route(const struct nlmsghdr *header, void *context)
{
	const struct rtmsg *info = nlmsg_data(header);
	struct nlattr *attrs[RTA_MAX + 1];
	struct leat_route route = {
		.type = info->rtm_type,
		.scope = info->rtm_scope,
		.protocol = info->rtm_protocol,
		.is_onlink = info->rtm_flags & RTNH_F_ONLINK,
	};

	if (header->nlmsg_type != RTM_NEWROUTE || info->rtm_flags & RTM_F_CLONED ||
	    (info->rtm_family != AF_INET && info->rtm_family != AF_INET6))
		return 0;
	if (nlmsg_parse((struct nlmsghdr *)header, sizeof(*info), attrs, RTA_MAX, NULL) < 0)
		return -EIO;
	route.table = attrs[RTA_TABLE] ? nla_get_u32(attrs[RTA_TABLE]) : info->rtm_table;
	if (route.table != RT_TABLE_MAIN || attrs[RTA_MULTIPATH])
		return 0;
	route.dst.addr = zero_addr(info->rtm_family);
	route.dst.prefixlen = leat_netlink_prefixlen_read(info->rtm_family, info->rtm_dst_len);
	if (read_addrs(attrs, &route) < 0)
		return 0;
	if (attrs[RTA_OIF])
		route.ifindex = (int)nla_get_u32(attrs[RTA_OIF]);
	if (attrs[RTA_PRIORITY])
		route.metric = nla_get_u32(attrs[RTA_PRIORITY]);
	return leat_netlink_list_add(context, &route);
}

int leat_route_list(struct leat_netlink *netlink, __u8 protocol, struct leat_route **ret_routes,
		    size_t *ret_count)
{
	const struct rtmsg header = {};
	const struct leat_netlink_dump dump = { RTM_GETROUTE, &header, sizeof(header), on_route };
	struct leat_netlink_list list = { .item_size = sizeof(struct leat_route) };
	struct leat_route *items;
	size_t kept = 0;
	int err;

	err = leat_netlink_list_fill(netlink, &dump, &list);
	if (err < 0) {
		free(list.items);
		return err;
	}
	items = list.items;
	for (size_t i = 0; i < list.count; i++)
		if (!protocol || items[i].protocol == protocol)
			items[kept++] = items[i];
	*ret_routes = items;
	*ret_count = kept;
	return 0;
}
