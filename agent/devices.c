// SPDX-License-Identifier: Apache-2.0
/*
 * See devices.h. Forwarding is switched on for our devices one by one: bpf_fib_lookup() asks the
 * device a packet came in by, and pods reach the node itself without being forwarded, so the
 * global net.ipv4.ip_forward stays whatever the administrator made it.
 */
#include "devices.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include <leat/config.h>
#include <leat/node.h>

#include "lib/cleanup.h"
#include "lib/sysctl.h"

#define OVERHEAD4      50 /* IPv4, UDP, VXLAN, inner Ethernet */
#define OVERHEAD6      70
#define IPV6_MTU_LEAST 1280

int leat_devices_open(struct leat_devices *devices)
{
	*devices = (struct leat_devices){ 0 };
	return leat_netlink_open(-1, &devices->netlink);
}

void leat_devices_close(struct leat_devices *devices)
{
	leat_netlink_close(devices->netlink);
	leat_strings_free(&devices->problems);
	free(devices->uplinks);
	free(devices->host_addrs);
}

const struct leat_addr *leat_devices_node_addr(const struct leat_options *options,
					       const struct kube_node *node, bool is_ipv6)
{
	for (size_t i = 0; i < options->node_ips.count; i++)
		if (leat_addr_is_ipv4(&options->node_ips.items[i]) != is_ipv6)
			return &options->node_ips.items[i];
	for (size_t i = 0; !options->node_ips.count && i < node->addr_count; i++)
		if (leat_addr_is_ipv4(&node->addrs[i]) != is_ipv6)
			return &node->addrs[i];
	return NULL;
}

/* ---- uplinks and addresses ------------------------------------------------------------------ */

static bool is_default(const struct leat_route *route)
{
	return route->dst.prefixlen == (leat_addr_is_ipv4(&route->dst.addr) ? 96U : 0U) &&
	       route->ifindex && (route->type == RTN_UNICAST || route->type == 0);
}

static int add_uplink(struct leat_devices *devices, const struct leat_link *link)
{
	for (size_t i = 0; i < devices->uplink_count; i++)
		if (devices->uplinks[i].ifindex == link->ifindex)
			return 0;
	struct leat_uplink *uplinks =
		reallocarray(devices->uplinks, devices->uplink_count + 1, sizeof(*uplinks));
	if (!uplinks)
		return -ENOMEM;
	devices->uplinks = uplinks;
	struct leat_uplink *uplink = &uplinks[devices->uplink_count++];
	*uplink = (struct leat_uplink){ .ifindex = link->ifindex, .mtu = link->mtu };
	snprintf(uplink->name, sizeof(uplink->name), "%s", link->name);
	return 0;
}

static int find_named_uplinks(struct leat_devices *devices, const struct leat_options *options)
{
	int err = 0;
	for (size_t i = 0; !err && i < options->devices.count; i++) {
		struct leat_link link;
		const char *name = options->devices.items[i];
		int missing = leat_link_get_by_name(devices->netlink, name, &link);
		if (missing)
			leat_strings_print(&devices->problems, "uplink %s: %s", name,
					   strerror(-missing));
		else
			err = add_uplink(devices, &link);
	}
	return err;
}

static int find_default_uplinks(struct leat_devices *devices)
{
	_cleanup_free_ struct leat_route *routes = NULL;
	size_t count = 0;
	int err = leat_route_list(devices->netlink, 0, &routes, &count);
	for (size_t i = 0; !err && i < count; i++) {
		struct leat_link link;
		if (is_default(&routes[i]) &&
		    leat_link_get_by_index(devices->netlink, routes[i].ifindex, &link) == 0)
			err = add_uplink(devices, &link);
	}
	if (!err && !devices->uplink_count)
		leat_strings_print(&devices->problems,
				   "no uplink: no default route and no --devices");
	return err;
}

static bool is_ours(const struct leat_devices *devices, int ifindex)
{
	return ifindex == devices->host_ifindex || ifindex == devices->net_ifindex ||
	       ifindex == devices->vxlan_ifindex;
}

static int add_host_addr(struct leat_devices *devices, const struct leat_ifaddr *item)
{
	if (item->scope != RT_SCOPE_UNIVERSE || is_ours(devices, item->ifindex))
		return 0;
	struct leat_addr *addrs =
		reallocarray(devices->host_addrs, devices->host_addr_count + 1, sizeof(*addrs));
	if (!addrs)
		return -ENOMEM;
	devices->host_addrs = addrs;
	addrs[devices->host_addr_count++] = item->addr.addr;
	return 0;
}

static bool is_among(const struct leat_addr *addr, const struct leat_ifaddr *items, size_t count,
		     int ifindex)
{
	for (size_t i = 0; addr && i < count; i++)
		if (items[i].ifindex == ifindex &&
		    leat_addr_compare(&items[i].addr.addr, addr) == 0)
			return true;
	return false;
}

static bool is_usable(const struct leat_ifaddr *item)
{
	return item->scope == RT_SCOPE_UNIVERSE &&
	       !(item->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED));
}

/* The node's known address where the uplink has it, else the uplink's first. */
static void choose_masquerade(struct leat_uplink *uplink, const struct leat_addr *preferred,
			      bool is_ipv6, const struct leat_ifaddr *items, size_t count)
{
	struct leat_addr *chosen = is_ipv6 ? &uplink->addr6 : &uplink->addr4;
	if (is_among(preferred, items, count, uplink->ifindex)) {
		*chosen = *preferred;
		return;
	}
	for (size_t i = 0; i < count && leat_addr_is_zero(chosen); i++)
		if (items[i].ifindex == uplink->ifindex && is_usable(&items[i]) &&
		    leat_addr_is_ipv4(&items[i].addr.addr) != is_ipv6)
			*chosen = items[i].addr.addr;
}

static int find_addrs(struct leat_devices *devices, const struct leat_options *options,
		      const struct kube_node *node)
{
	_cleanup_free_ struct leat_ifaddr *items = NULL;
	size_t count = 0;
	int err = leat_ifaddr_list(devices->netlink, 0, &items, &count);
	for (size_t i = 0; !err && i < count; i++)
		err = add_host_addr(devices, &items[i]);
	for (size_t i = 0; !err && i < devices->uplink_count; i++)
		for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++)
			choose_masquerade(&devices->uplinks[i],
					  leat_devices_node_addr(options, node, is_ipv6), is_ipv6,
					  items, count);
	return err;
}

static void check_forwarding(struct leat_devices *devices)
{
	for (size_t i = 0; i < devices->uplink_count; i++) {
		long value;
		const char *name = devices->uplinks[i].name;
		if (leat_sysctl_read_if(LEAT_SYSCTL_IPV4, name, "rp_filter", &value) == 0 &&
		    value == 1)
			leat_strings_print(&devices->problems,
					   "uplink %s: net.ipv4.conf.%s.rp_filter is 1 (strict): "
					   "2 or 0 is needed where routes are not symmetric",
					   name, name);
	}
}

static __u32 uplink_mtu(const struct leat_devices *devices)
{
	__u32 least = 0;
	for (size_t i = 0; i < devices->uplink_count; i++)
		if (!least || devices->uplinks[i].mtu < least)
			least = devices->uplinks[i].mtu;
	return least ? least : 1500;
}

static void choose_mtu(struct leat_devices *devices, const struct leat_options *options,
		       const struct kube_node *node)
{
	bool is_outer_ipv6 = node->addr_count && !leat_addr_is_ipv4(&node->addrs[0]);
	__u32 overhead = !options->has_tunnel ? 0 : is_outer_ipv6 ? OVERHEAD6 : OVERHEAD4;
	__u32 most = uplink_mtu(devices) - overhead;
	devices->pod_mtu = options->mtu && options->mtu < most ? options->mtu : most;
	if (options->mtu > most)
		leat_strings_print(&devices->problems, "--mtu %u: the uplink leaves %u: used",
				   options->mtu, most);
	if (devices->pod_mtu < IPV6_MTU_LEAST)
		leat_strings_print(&devices->problems, "MTU %u of pods is less than IPv6 needs",
				   devices->pod_mtu);
}

static bool is_equal(const struct leat_devices *a, const struct leat_devices *b)
{
	return a->uplink_count == b->uplink_count && a->host_addr_count == b->host_addr_count &&
	       (!a->uplink_count ||
		memcmp(a->uplinks, b->uplinks, a->uplink_count * sizeof(*a->uplinks)) == 0) &&
	       (!a->host_addr_count || memcmp(a->host_addrs, b->host_addrs,
					      a->host_addr_count * sizeof(*a->host_addrs)) == 0);
}

int leat_devices_look(struct leat_devices *devices, const struct leat_options *options,
		      const struct kube_node *node)
{
	struct leat_devices now = *devices;
	now.uplinks = NULL;
	now.host_addrs = NULL;
	now.uplink_count = now.host_addr_count = 0;
	now.problems = (struct leat_strings){ 0 };
	int err = options->devices.count ? find_named_uplinks(&now, options)
					 : find_default_uplinks(&now);
	err = err ?: find_addrs(&now, options, node);
	if (!err) {
		check_forwarding(&now);
		choose_mtu(&now, options, node);
	}
	if (err) {
		leat_strings_free(&now.problems);
		free(now.uplinks);
		free(now.host_addrs);
		return err;
	}
	bool is_same = is_equal(devices, &now);
	leat_strings_free(&devices->problems);
	free(devices->uplinks);
	free(devices->host_addrs);
	*devices = now;
	return is_same ? 0 : 1;
}

int leat_devices_rows(const struct leat_devices *devices, struct leat_rows *ret_rows)
{
	int err = 0;
	leat_rows_init(ret_rows, sizeof(__u32), sizeof(struct leat_device));
	for (size_t i = 0; !err && i < devices->uplink_count; i++) {
		const struct leat_uplink *uplink = &devices->uplinks[i];
		const __u32 ifindex = (__u32)uplink->ifindex;
		const struct leat_device device = {
			.addr4 = uplink->addr4,
			.addr6 = uplink->addr6,
			.mtu = uplink->mtu,
		};
		err = leat_rows_add(ret_rows, &ifindex, &device);
	}
	leat_rows_sort(ret_rows, NULL);
	return err;
}

/* ---- ours ------------------------------------------------------------------------------------ */

static int set_if(enum leat_sysctl_family family, const char *name, const char *key, long value)
{
	int err = leat_sysctl_write_if(family, name, key, value);
	return err == -ENOENT ? 0 : err; /* a kernel without IPv6 */
}

int leat_devices_tune(const char *name)
{
	int err = set_if(LEAT_SYSCTL_IPV4, name, "rp_filter", 2);
	err = err ?: set_if(LEAT_SYSCTL_IPV4, name, "forwarding", 1);
	err = err ?: set_if(LEAT_SYSCTL_IPV4, name, "accept_redirects", 0);
	err = err ?: set_if(LEAT_SYSCTL_IPV4, name, "send_redirects", 0);
	err = err ?: set_if(LEAT_SYSCTL_IPV6, name, "accept_ra", 0);
	err = err ?: set_if(LEAT_SYSCTL_IPV6, name, "autoconf", 0);
	err = err ?: set_if(LEAT_SYSCTL_IPV6, name, "accept_dad", 0);
	err = err ?: set_if(LEAT_SYSCTL_IPV6, name, "accept_redirects", 0);
	return err ?: set_if(LEAT_SYSCTL_IPV6, name, "forwarding", 1);
}

static int make_right(struct leat_netlink *netlink, const char *name, const __u8 *mac, __u32 mtu,
		      int *ret_ifindex)
{
	struct leat_link link;
	int err = leat_link_get_by_name(netlink, name, &link);
	if (!err && memcmp(link.mac, mac, sizeof(link.mac)) != 0)
		err = leat_link_set_mac(netlink, link.ifindex, mac);
	if (!err && link.mtu != mtu)
		err = leat_link_set_mtu(netlink, link.ifindex, mtu);
	err = err ?: leat_link_set_autoconf(netlink, link.ifindex, false);
	err = err ?: leat_devices_tune(name);
	err = err ?: leat_link_set_up(netlink, link.ifindex);
	if (!err)
		*ret_ifindex = link.ifindex;
	return err;
}

static const __u8 host_mac[] = LEAT_HOST_MAC;
static const __u8 net_mac[] = LEAT_NET_MAC;
static const __u8 overlay_mac[] = LEAT_OVERLAY_MAC;

static int make_pair(struct leat_devices *devices)
{
	const struct leat_veth veth = {
		.name = LEAT_DEV_HOST,
		.mac = host_mac,
		.peer_name = LEAT_DEV_NET,
		.peer_mac = net_mac,
		.peer_netns_fd = -1,
		.mtu = devices->pod_mtu,
	};
	struct leat_netlink *netlink = devices->netlink;
	int err = leat_link_make_veth(netlink, &veth);
	if (err == -EEXIST)
		err = 0;
	err = err
		      ?: make_right(netlink, LEAT_DEV_NET, net_mac, devices->pod_mtu,
				    &devices->net_ifindex);
	return err
		       ?: make_right(netlink, LEAT_DEV_HOST, host_mac, devices->pod_mtu,
				     &devices->host_ifindex);
}

static int make_vxlan(struct leat_devices *devices, const struct leat_options *options)
{
	const struct leat_vxlan vxlan = {
		.name = LEAT_DEV_VXLAN,
		.mac = overlay_mac,
		.mtu = devices->pod_mtu,
		.port = (__u16)options->vxlan_port,
	};
	int err = leat_link_make_vxlan(devices->netlink, &vxlan);
	if (err == -EEXIST)
		err = 0;
	return err
		       ?: make_right(devices->netlink, LEAT_DEV_VXLAN, overlay_mac,
				     devices->pod_mtu, &devices->vxlan_ifindex);
}

static bool is_there(const struct leat_devices *devices, int ifindex)
{
	struct leat_link link;
	return leat_link_get_by_index(devices->netlink, ifindex, &link) == 0;
}

bool leat_devices_have_ours(const struct leat_devices *devices)
{
	return is_there(devices, devices->host_ifindex) &&
	       is_there(devices, devices->net_ifindex) &&
	       (!devices->vxlan_ifindex || is_there(devices, devices->vxlan_ifindex));
}

static int delete_named(struct leat_netlink *netlink, const char *name)
{
	struct leat_link link;
	int err = leat_link_get_by_name(netlink, name, &link);
	if (err)
		return err == -ENODEV ? 0 : err;
	err = leat_link_delete(netlink, link.ifindex);
	return err == -ENODEV ? 0 : err;
}

int leat_devices_make(struct leat_devices *devices, const struct leat_options *options,
		      char **ret_problem)
{
	const char *what = LEAT_DEV_HOST;
	int err = make_pair(devices);
	if (!err) {
		what = LEAT_DEV_VXLAN;
		err = options->has_tunnel ? make_vxlan(devices, options)
					  : delete_named(devices->netlink, LEAT_DEV_VXLAN);
	}
	if (err && asprintf(ret_problem, "device %s: %s", what, strerror(-err)) < 0)
		return -ENOMEM;
	return err;
}

int leat_devices_remove(struct leat_netlink *netlink, struct leat_strings *problems)
{
	static const char *const names[] = { LEAT_DEV_VXLAN, LEAT_DEV_HOST, LEAT_DEV_NET };
	int first_error = leat_routes_remove(netlink);
	if (first_error)
		leat_strings_print(problems, "routes: %s", strerror(-first_error));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int err = delete_named(netlink, names[i]);
		if (err)
			leat_strings_print(problems, "device %s: %s", names[i], strerror(-err));
		first_error = first_error ?: err;
	}
	return first_error;
}
