// SPDX-License-Identifier: Apache-2.0
/*
 * The pod's end: a host address of each family, the gateway as a link-local next hop that has
 * a permanent neighbour entry, so that neither ARP nor neighbour discovery is ever needed.
 */
#include <errno.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "lib/netns.h"
#include "lib/sysctl.h"
#include "wire_pod.h"

#define LOOPBACK_IFINDEX 1
#define METRIC_SECOND	 2048 /* a pod's further interfaces stand back behind the first one */

static bool has_ipv6(const struct leat_cni_plan *plan)
{
	for (size_t i = 0; i < plan->address_count; i++)
		if (!leat_addr_is_ipv4(&plan->addresses[i].addr))
			return true;
	return false;
}

/* No advertisement is believed; no duplicate detection, because nobody is there to answer. */
static int write_sysctls(void *context)
{
	const char *ifname = context;
	static const struct {
		const char *key;
		long value;
	} wanted[] = {
		{ "disable_ipv6", 0 },
		{ "accept_ra", 0 },
		{ "accept_dad", 0 },
		{ "autoconf", 0 },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int err = leat_sysctl_write_if(LEAT_SYSCTL_IPV6, ifname, wanted[i].key,
					       wanted[i].value);

		if (err < 0)
			return err;
	}
	return 0;
}

static int set_ipv6(const struct leat_cni_wire *wire, const struct leat_cni_plan *plan,
		    const char *ifname)
{
	int err = leat_netns_call(wire->netns_fd, write_sysctls, (void *)ifname);

	return has_ipv6(plan) ? err : 0; /* a kernel without IPv6 will do for an IPv4 pod */
}

static int set_up(const struct leat_cni_wire *wire)
{
	int err = leat_link_set_up(wire->pod, LOOPBACK_IFINDEX);

	return err < 0 ? err : leat_link_set_up(wire->pod, wire->pod_ifindex);
}

/* The same route of another interface is older and stays the first choice. */
static int add_route(const struct leat_cni_wire *wire, struct leat_route *route)
{
	int err;

	route->ifindex = wire->pod_ifindex;
	route->protocol = RTPROT_BOOT;
	err = leat_route_add(wire->pod, route);
	if (err != -EEXIST)
		return err;
	route->metric = METRIC_SECOND + (__u32)wire->pod_ifindex;
	return leat_route_add(wire->pod, route);
}

/* IPv6 knows that fe80::/10 is on the link, IPv4 has to be told. */
static int add_gateway_route(const struct leat_cni_wire *wire, const struct leat_addr *gateway)
{
	struct leat_route route = { .dst = leat_cidr_host(gateway), .scope = RT_SCOPE_LINK };

	return leat_addr_is_ipv4(gateway) ? add_route(wire, &route) : 0;
}

static int add_default_route(const struct leat_cni_wire *wire, const struct leat_addr *gateway)
{
	struct leat_route route = { .gateway = *gateway };

	if (leat_addr_is_ipv4(gateway)) {
		route.dst.addr.b[10] = route.dst.addr.b[11] = 0xff;
		route.dst.prefixlen = 96;
	}
	return add_route(wire, &route);
}

static int add_address(const struct leat_cni_wire *wire, const struct leat_cni_plan *plan, size_t i)
{
	const struct leat_addr *gateway = &plan->gateways[i];
	int err;

	err = leat_ifaddr_add(wire->pod, wire->pod_ifindex, &plan->addresses[i], IFA_F_NODAD);
	err = err ?: leat_neigh_set(wire->pod, wire->pod_ifindex, gateway, plan->gateway_mac);
	err = err ?: add_gateway_route(wire, gateway);
	return err ?: add_default_route(wire, gateway);
}

int leat_cni_wire_configure_pod(const struct leat_cni_wire *wire, const struct leat_cni_plan *plan,
				const char *ifname, struct leat_cni_error *error)
{
	const char *what = "IPv6 settings";
	int err;

	err = set_ipv6(wire, plan, ifname);
	if (!err) {
		what = "link state";
		err = set_up(wire);
	}
	for (size_t i = 0; i < plan->address_count && !err; i++) {
		what = "addresses and routes";
		err = add_address(wire, plan, i);
	}
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "%s of the pod's interface %s cannot be set", what,
					   ifname);
	return 0;
}
