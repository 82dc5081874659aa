// SPDX-License-Identifier: Apache-2.0
/*
 * See wiring.h. Routes and neighbours go with the device, so removing a pod is removing its
 * device; only the pins of the programs' links must go by themselves.
 */
#include "wiring.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include <leat/config.h>

#include "lib/cleanup.h"

static const __u8 gateway_mac[] = LEAT_GATEWAY_MAC;

int leat_wiring_check(struct leat_devices *devices, const struct leat_ep *ep, __u32 ifindex,
		      const char **ret_problem)
{
	struct leat_link link;
	int err = leat_link_get_by_index(devices->netlink, (int)ifindex, &link);
	if (err)
		return *ret_problem = "host side device is gone", err;
	if (strcmp(link.name, ep->host_ifname) != 0 || strcmp(link.kind, "veth") != 0)
		return *ret_problem = "host side device has another name or kind", -EINVAL;
	if (memcmp(link.mac, gateway_mac, sizeof(link.mac)) != 0)
		return *ret_problem = "host side device has another MAC address", -EINVAL;
	return 0;
}

static int set_neighbour(struct leat_devices *devices, const struct leat_ep *ep,
			 const struct leat_addr *addr)
{
	return leat_neigh_set(devices->netlink, (int)ep->ifindex, addr, ep->mac);
}

static int set_route(struct leat_devices *devices, const struct leat_ep *ep,
		     const struct leat_addr *addr)
{
	const struct leat_route route = {
		.dst = leat_cidr_host(addr),
		.ifindex = (int)ep->ifindex,
		.scope = leat_addr_is_ipv4(addr) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
	};
	return leat_route_replace(devices->netlink, &route);
}

typedef int addr_fn(struct leat_devices *devices, const struct leat_ep *ep,
		    const struct leat_addr *addr);

static int for_addrs(struct leat_devices *devices, const struct leat_ep *ep, addr_fn *function)
{
	int err = leat_addr_is_zero(&ep->addr4) ? 0 : function(devices, ep, &ep->addr4);
	if (!err && !leat_addr_is_zero(&ep->addr6))
		err = function(devices, ep, &ep->addr6);
	return err;
}

int leat_wiring_make(struct leat_devices *devices, struct leat_loader *loader,
		     const struct leat_ep *ep, const char **ret_step)
{
	*ret_step = "settings of the host side device";
	int err = leat_link_set_autoconf(devices->netlink, (int)ep->ifindex, false);
	err = err ?: leat_devices_tune(ep->host_ifname);
	if (err)
		return err;
	*ret_step = "program leat_from_pod";
	err = leat_loader_attach(loader, LEAT_PROG_FROM_POD, (int)ep->ifindex);
	if (err)
		return err;
	*ret_step = "program leat_to_pod";
	err = leat_loader_attach(loader, LEAT_PROG_TO_POD, (int)ep->ifindex);
	if (err)
		return err;
	*ret_step = "neighbour of the pod";
	return for_addrs(devices, ep, set_neighbour);
}

int leat_wiring_up(struct leat_devices *devices, const struct leat_ep *ep)
{
	int err = leat_link_set_up(devices->netlink, (int)ep->ifindex);
	return err ?: for_addrs(devices, ep, set_route); /* a route needs its device up */
}

static int delete_device(struct leat_netlink *netlink, const struct leat_ep *ep)
{
	struct leat_link link;
	if (leat_link_get_by_name(netlink, ep->host_ifname, &link) < 0)
		return 0;
	int err = leat_link_delete(netlink, link.ifindex);
	return err == -ENODEV ? 0 : err;
}

/* The device first: its links go with it, and detaching them one by one before would wait for
 * an RCU grace period each. */
int leat_wiring_remove(struct leat_netlink *netlink, const char *bpffs, const struct leat_ep *ep)
{
	int err = delete_device(netlink, ep);
	if (!ep->ifindex)
		return err;
	int detached = leat_loader_detach(bpffs, LEAT_PROG_FROM_POD, (int)ep->ifindex);
	err = err ?: detached;
	detached = leat_loader_detach(bpffs, LEAT_PROG_TO_POD, (int)ep->ifindex);
	return err ?: detached;
}
