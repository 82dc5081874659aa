// SPDX-License-Identifier: Apache-2.0
/* See check_pod.h. Subset checks: more addresses, routes and neighbours may be there. */
#include <string.h>

#include <linux/rtnetlink.h>

#include "check_pod.h"
#include "lib/cleanup.h"

static int differs(struct leat_cni_error *error, const char *ifname, const char *what,
		   const char *text)
{
	return leat_cni_fail(error, LEAT_CNI_DATAPATH, "interface %s in the pod: %s %s", ifname,
			     what, text);
}

/* An address without interface index is taken for ours. */
static bool is_ours(const struct leat_cni_expected *expected, const json_t *ip)
{
	const json_t *index = json_object_get(ip, "interface");

	return !index || json_integer_value(index) == expected->interface;
}

json_t *leat_cni_expected_addresses(const struct leat_cni_expected *expected)
{
	json_t *addresses = json_array();
	const json_t *ip;
	size_t i;

	json_array_foreach (json_object_get(expected->prev, "ips"), i, ip)
		if (is_ours(expected, ip))
			json_array_append(addresses, json_object_get(ip, "address"));
	return addresses;
}

static int check_link(const struct leat_cni_wire *wire, const struct leat_cni_expected *expected,
		      int *ret_ifindex, struct leat_cni_error *error)
{
	struct leat_link link;

	if (leat_link_get_by_name(wire->pod, expected->ifname, &link) < 0)
		return differs(error, expected->ifname, "is", "gone");
	if (!(link.flags & IFF_UP))
		return differs(error, expected->ifname, "is", "down");
	if (memcmp(link.mac, expected->mac, LEAT_MAC_SIZE))
		return differs(error, expected->ifname, "has", "another MAC");
	*ret_ifindex = link.ifindex;
	return 0;
}

static bool has_address(const struct leat_ifaddr *addrs, size_t count, const char *text)
{
	char buffer[LEAT_CIDR_TEXT];

	for (size_t i = 0; i < count; i++)
		if (!strcmp(leat_cidr_format(&addrs[i].addr, buffer), text))
			return true;
	return false;
}

static int check_addresses(const struct leat_cni_wire *wire, int ifindex,
			   const struct leat_cni_expected *expected, struct leat_cni_error *error)
{
	_cleanup_free_ struct leat_ifaddr *addrs = NULL;
	const json_t *ip;
	size_t count, i;
	int err;

	err = leat_ifaddr_list(wire->pod, ifindex, &addrs, &count);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "addresses cannot be listed");
	json_array_foreach (json_object_get(expected->prev, "ips"), i, ip) {
		const char *address = json_string_value(json_object_get(ip, "address"));

		if (is_ours(expected, ip) && !has_address(addrs, count, address))
			return differs(error, expected->ifname, "has lost address", address);
	}
	return 0;
}

static bool has_route(const struct leat_route *routes, size_t count,
		      const struct leat_route *wanted)
{
	for (size_t i = 0; i < count; i++) {
		const struct leat_route *route = &routes[i];

		if (!leat_addr_compare(&route->dst.addr, &wanted->dst.addr) &&
		    route->dst.prefixlen == wanted->dst.prefixlen &&
		    !leat_addr_compare(&route->gateway, &wanted->gateway) &&
		    (!wanted->ifindex || route->ifindex == wanted->ifindex))
			return true;
	}
	return false;
}

static struct leat_addr gateway_of(const json_t *item, const char *key)
{
	const char *text = json_string_value(json_object_get(item, key));
	struct leat_addr addr = {};

	if (text && text[0])
		leat_addr_parse(text, &addr);
	return addr;
}

/* Is it by one of our gateways? Those of other plugins we only look for, on any interface. */
static bool is_our_gateway(const struct leat_cni_expected *expected, const struct leat_addr *addr)
{
	const json_t *ip;
	size_t i;

	json_array_foreach (json_object_get(expected->prev, "ips"), i, ip) {
		const struct leat_addr gateway = gateway_of(ip, "gateway");

		if (is_ours(expected, ip) && !leat_addr_is_zero(&gateway) &&
		    !leat_addr_compare(&gateway, addr))
			return true;
	}
	return false;
}

static int check_routes(const struct leat_cni_wire *wire, int ifindex,
			const struct leat_cni_expected *expected, struct leat_cni_error *error)
{
	_cleanup_free_ struct leat_route *routes = NULL;
	const json_t *item;
	size_t count, i;
	int err;

	err = leat_route_list(wire->pod, 0, &routes, &count);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "routes cannot be listed");
	json_array_foreach (json_object_get(expected->prev, "routes"), i, item) {
		const char *dst = json_string_value(json_object_get(item, "dst"));
		struct leat_route wanted = { .gateway = gateway_of(item, "gw") };

		if (!is_our_gateway(expected, &wanted.gateway))
			continue;
		wanted.ifindex = ifindex;
		if (leat_cidr_parse(dst, &wanted.dst, NULL) < 0 ||
		    !has_route(routes, count, &wanted))
			return differs(error, expected->ifname, "has lost the route to", dst);
	}
	return 0;
}

static bool has_neigh(const struct leat_neigh *neighs, size_t count, const struct leat_addr *addr,
		      const __u8 *mac)
{
	for (size_t i = 0; i < count; i++)
		if (!leat_addr_compare(&neighs[i].addr, addr) &&
		    !memcmp(neighs[i].mac, mac, LEAT_MAC_SIZE))
			return true;
	return false;
}

static int check_neighs(const struct leat_cni_wire *wire, int ifindex,
			const struct leat_cni_expected *expected, struct leat_cni_error *error)
{
	_cleanup_free_ struct leat_neigh *neighs = NULL;
	char text[LEAT_ADDR_TEXT];
	const json_t *ip;
	size_t count, i;
	int err;

	err = leat_neigh_list(wire->pod, ifindex, &neighs, &count);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "neighbours cannot be listed");
	json_array_foreach (json_object_get(expected->prev, "ips"), i, ip) {
		const struct leat_addr gateway = gateway_of(ip, "gateway");

		if (is_ours(expected, ip) && !leat_addr_is_zero(&gateway) &&
		    !has_neigh(neighs, count, &gateway, expected->gateway_mac))
			return differs(error, expected->ifname, "has lost the neighbour",
				       leat_addr_format(&gateway, text));
	}
	return 0;
}

int leat_cni_check_pod(const struct leat_cni_wire *wire, const struct leat_cni_expected *expected,
		       struct leat_cni_error *error)
{
	int code, ifindex = 0;

	code = check_link(wire, expected, &ifindex, error);
	code = code ?: check_addresses(wire, ifindex, expected, error);
	code = code ?: check_routes(wire, ifindex, expected, error);
	return code ?: check_neighs(wire, ifindex, expected, error);
}
