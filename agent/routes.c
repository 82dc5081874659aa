// SPDX-License-Identifier: Apache-2.0
/*
 * Routes of the node: Services and, through the tunnel, other nodes' pods go into leat_host; the
 * node's own pod range is unreachable but for the pods that are there. Brought by difference:
 * a route carries our protocol number, and only such routes are ever removed. Pods' own routes
 * are wiring.c's: they are left alone here.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <leat/config.h>

#include "agent/devices.h"
#include "lib/cleanup.h"

/* Neighbours that stand for leat_net; addresses that nothing else has on that link. */
#define NEXT_HOP4   "169.254.1.2"
#define NEXT_HOP6   "fe80::2"
#define METRIC_LAST 4278198272U /* behind every route that a person makes */

struct route_list {
	struct leat_route *items;
	size_t count;
};

static int add_route(struct route_list *list, const struct leat_route *route)
{
	struct leat_route *items = reallocarray(list->items, list->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count++] = *route;
	return 0;
}

/* The last hop's address: a constant of ours, so it parses. */
static struct leat_addr next_hop(bool is_ipv4)
{
	struct leat_addr addr = { { 0 } };
	(void)leat_addr_parse(is_ipv4 ? NEXT_HOP4 : NEXT_HOP6, &addr);
	return addr;
}

static int want_by_host(const struct leat_devices *devices, const struct leat_options *options,
			const struct kube_node *own, const struct leat_cidr *dst,
			struct route_list *list)
{
	bool is_ipv4 = leat_addr_is_ipv4(&dst->addr);
	const struct leat_addr *src = leat_devices_node_addr(options, own, !is_ipv4);
	if (!src)
		return 0; /* the node does not speak this family */
	const struct leat_route route = {
		.dst = *dst,
		.gateway = next_hop(is_ipv4),
		.src = *src,
		.ifindex = devices->host_ifindex,
		.is_onlink = true,
	};
	return add_route(list, &route);
}

static int want_direct(const struct leat_devices *devices, const struct kube_node *other,
		       const struct leat_cidr *dst, struct route_list *list)
{
	bool is_ipv4 = leat_addr_is_ipv4(&dst->addr);
	for (size_t i = 0; i < other->addr_count; i++) {
		if (leat_addr_is_ipv4(&other->addrs[i]) != is_ipv4)
			continue;
		const struct leat_route route = {
			.dst = *dst,
			.gateway = other->addrs[i],
			.ifindex = devices->uplink_count ? devices->uplinks[0].ifindex : 0,
		};
		return add_route(list, &route);
	}
	return 0;
}

static int want_routes(const struct leat_devices *devices, const struct leat_options *options,
		       const struct kube_node *own, const struct kube_node *const *others,
		       size_t other_count, struct route_list *list)
{
	int err = 0;
	for (size_t i = 0; !err && i < options->service_cidrs.count; i++)
		err = want_by_host(devices, options, own, &options->service_cidrs.items[i], list);
	for (size_t i = 0; !err && i < own->pod_cidr_count; i++) {
		const struct leat_route route = {
			.dst = own->pod_cidrs[i],
			.type = RTN_UNREACHABLE,
			.metric = METRIC_LAST,
		};
		err = add_route(list, &route);
	}
	for (size_t i = 0; !err && i < other_count; i++)
		for (size_t j = 0; !err && j < others[i]->pod_cidr_count; j++) {
			const struct leat_cidr *dst = &others[i]->pod_cidrs[j];
			err = options->has_tunnel ? want_by_host(devices, options, own, dst, list)
						  : want_direct(devices, others[i], dst, list);
		}
	return err;
}

/* Compared by what identifies a route to the kernel and what we choose of it. */
static bool is_same(const struct leat_route *a, const struct leat_route *b)
{
	__u8 type_a = a->type ? a->type : RTN_UNICAST, type_b = b->type ? b->type : RTN_UNICAST;
	return a->dst.prefixlen == b->dst.prefixlen &&
	       leat_addr_compare(&a->dst.addr, &b->dst.addr) == 0 && type_a == type_b &&
	       leat_addr_compare(&a->gateway, &b->gateway) == 0 &&
	       leat_addr_compare(&a->src, &b->src) == 0 &&
	       (type_a == RTN_UNREACHABLE || a->ifindex == b->ifindex);
}

static bool has_route(const struct route_list *list, const struct leat_route *route)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_same(&list->items[i], route))
			return true;
	return false;
}

static bool is_dst_in(const struct route_list *list, const struct leat_route *route)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].dst.prefixlen == route->dst.prefixlen &&
		    leat_addr_compare(&list->items[i].dst.addr, &route->dst.addr) == 0)
			return true;
	return false;
}

/* A pod's own: one address by a device that is none of the node's. */
static bool is_pods(const struct leat_devices *devices, const struct leat_route *route)
{
	if (route->dst.prefixlen != 128 || !leat_addr_is_zero(&route->gateway) ||
	    route->type == RTN_UNREACHABLE)
		return false;
	return route->ifindex != devices->host_ifindex;
}

static void put_routes(struct leat_devices *devices, const struct route_list *wanted,
		       const struct route_list *present)
{
	for (size_t i = 0; i < wanted->count; i++) {
		char text[LEAT_CIDR_TEXT];
		if (has_route(present, &wanted->items[i]))
			continue;
		int err = leat_route_replace(devices->netlink, &wanted->items[i]);
		if (err)
			leat_strings_print(&devices->problems, "route to %s: %s",
					   leat_cidr_format(&wanted->items[i].dst, text),
					   strerror(-err));
	}
}

static void drop_routes(struct leat_devices *devices, const struct route_list *wanted,
			const struct route_list *present)
{
	for (size_t i = 0; i < present->count; i++) {
		const struct leat_route *route = &present->items[i];
		char text[LEAT_CIDR_TEXT];
		if (is_pods(devices, route) || is_dst_in(wanted, route))
			continue; /* replacing has changed it already */
		int err = leat_route_del(devices->netlink, route);
		if (err && err != -ESRCH)
			leat_strings_print(&devices->problems, "route to %s not removed: %s",
					   leat_cidr_format(&route->dst, text), strerror(-err));
	}
}

/* A node's own server that is a Service's backend sees the node as the gateway address: its
 * replies must come back by leat_host. */
static int want_gateways(const struct leat_devices *devices, struct route_list *list)
{
	static const char *const gateways[] = { LEAT_GATEWAY4, LEAT_GATEWAY6 };
	int err = 0;
	for (size_t i = 0; !err && i < ARRAY_SIZE(gateways); i++) {
		struct leat_addr addr;
		(void)leat_addr_parse(gateways[i], &addr);
		const struct leat_route route = {
			.dst = leat_cidr_host(&addr),
			.ifindex = devices->host_ifindex,
			.scope = leat_addr_is_ipv4(&addr) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		};
		err = add_route(list, &route);
	}
	return err;
}

static int set_next_hops(struct leat_devices *devices)
{
	static const __u8 mac[] = LEAT_NET_MAC;
	static const char *const hops[] = { NEXT_HOP4, LEAT_GATEWAY4, NEXT_HOP6, LEAT_GATEWAY6 };
	int err = 0;
	for (size_t i = 0; !err && i < ARRAY_SIZE(hops); i++) {
		struct leat_addr addr;
		(void)leat_addr_parse(hops[i], &addr);
		err = leat_neigh_set(devices->netlink, devices->host_ifindex, &addr, mac);
		if (!leat_addr_is_ipv4(&addr) && (err == -EOPNOTSUPP || err == -EAFNOSUPPORT))
			err = 0; /* a kernel without IPv6 */
	}
	return err;
}

int leat_routes_sync(struct leat_devices *devices, const struct leat_options *options,
		     const struct kube_node *own, const struct kube_node *const *others,
		     size_t other_count)
{
	struct route_list wanted = { 0 }, present = { 0 };
	int err = set_next_hops(devices);
	err = err ?: want_gateways(devices, &wanted);
	err = err ?: want_routes(devices, options, own, others, other_count, &wanted);
	err = err
		      ?: leat_route_list(devices->netlink, LEAT_ROUTE_PROTOCOL, &present.items,
					 &present.count);
	if (!err) {
		put_routes(devices, &wanted, &present);
		drop_routes(devices, &wanted, &present);
	}
	free(wanted.items);
	free(present.items);
	return err;
}

int leat_routes_remove(struct leat_netlink *netlink)
{
	_cleanup_free_ struct leat_route *routes = NULL;
	size_t count = 0;
	int first_error = leat_route_list(netlink, LEAT_ROUTE_PROTOCOL, &routes, &count);
	for (size_t i = 0; i < count; i++) {
		int err = leat_route_del(netlink, &routes[i]);
		if (err && err != -ESRCH && !first_error)
			first_error = err;
	}
	return first_error;
}
