// SPDX-License-Identifier: Apache-2.0
/* See wire.h. What goes on inside the pod's namespace is in wire_pod.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/netns.h"
#include "wire.h"
#include "wire_pod.h"

static int open_netns(const char *path, int *ret_fd, struct leat_cni_error *error)
{
	_cleanup_close_ int fd = -1;
	int err;

	err = leat_netns_open(path, &fd);
	if (err == -EBADF)
		return leat_cni_fail(error, LEAT_CNI_INVALID_NETNS,
				     "CNI_NETNS is no network namespace: %.100s", path);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_INVALID_NETNS, err,
					   "CNI_NETNS cannot be opened: %.100s", path);
	err = leat_netns_is_own(fd);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_INVALID_NETNS, err,
					   "CNI_NETNS cannot be looked at: %.100s", path);
	if (err)
		return leat_cni_fail(error, LEAT_CNI_INVALID_NETNS,
				     "CNI_NETNS is the node's own namespace: %.100s", path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int leat_cni_wire_open(const char *netns, struct leat_cni_wire *ret_wire,
		       struct leat_cni_error *error)
{
	_cleanup_wire_ struct leat_cni_wire wire = LEAT_CNI_WIRE_NONE;
	int code, err;

	code = open_netns(netns, &wire.netns_fd, error);
	if (code)
		return code;
	err = leat_netlink_open(-1, &wire.host);
	if (!err)
		err = leat_netlink_open(wire.netns_fd, &wire.pod);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "netlink socket cannot be opened");
	ret_wire->netns_fd = TAKE_FD(wire.netns_fd);
	ret_wire->host = TAKE_PTR(wire.host);
	ret_wire->pod = TAKE_PTR(wire.pod);
	return 0;
}

int leat_cni_wire_check_free(const struct leat_cni_wire *wire, const char *ifname,
			     struct leat_cni_error *error)
{
	struct leat_link link;
	int err;

	err = leat_link_get_by_name(wire->pod, ifname, &link);
	if (err == -ENODEV)
		return 0;
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "interface %s cannot be looked up", ifname);
	return leat_cni_fail(error, LEAT_CNI_EXISTS,
			     "interface %s is in the pod's namespace already", ifname);
}

static int remove_veth(struct leat_netlink *netlink, const char *name)
{
	struct leat_link link;
	int err;

	err = leat_link_get_by_name(netlink, name, &link);
	if (err == -ENODEV)
		return 0;
	if (err < 0)
		return err;
	if (strcmp(link.kind, "veth"))
		return -EEXIST;
	err = leat_link_delete(netlink, link.ifindex);
	return err == -ENODEV ? 0 : err;
}

int leat_cni_wire_remove(const char *host_ifname)
{
	_cleanup_netlink_ struct leat_netlink *netlink = NULL;
	int err;

	err = leat_netlink_open(-1, &netlink);
	return err < 0 ? err : remove_veth(netlink, host_ifname);
}

/* The agent just reserved this attachment, so a device of its name is a killed ADD's leftover. */
static int make_pair(struct leat_cni_wire *wire, const struct leat_cni_plan *plan,
		     const char *ifname)
{
	const struct leat_veth veth = {
		.name = plan->host_ifname,
		.mac = plan->gateway_mac,
		.peer_name = ifname,
		.peer_mac = plan->mac,
		.peer_netns_fd = wire->netns_fd,
		.mtu = plan->mtu,
	};
	struct leat_link link = {};
	int err;

	err = remove_veth(wire->host, plan->host_ifname);
	if (!err)
		err = leat_link_make_veth(wire->host, &veth);
	if (!err)
		err = leat_link_get_by_name(wire->host, plan->host_ifname, &link);
	if (err < 0)
		return err;
	wire->host_ifindex = link.ifindex;
	err = leat_link_get_by_name(wire->pod, ifname, &link);
	if (!err)
		wire->pod_ifindex = link.ifindex;
	return err;
}

/* No link-local address of its own; a kernel without IPv6 has none to begin with. */
static int calm_host_side(struct leat_cni_wire *wire)
{
	int err = leat_link_set_autoconf(wire->host, wire->host_ifindex, false);

	return err == -EAFNOSUPPORT || err == -EOPNOTSUPP ? 0 : err;
}

int leat_cni_wire_make(struct leat_cni_wire *wire, const struct leat_cni_plan *plan,
		       const char *ifname, struct leat_cni_error *error)
{
	int err;

	err = make_pair(wire, plan, ifname);
	if (!err)
		err = calm_host_side(wire);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "veth pair %s, %s cannot be made", plan->host_ifname,
					   ifname);
	return leat_cni_wire_configure_pod(wire, plan, ifname, error);
}

int leat_cni_wire_wait(struct leat_cni_wire *wire, int timeout_ms, struct leat_cni_error *error)
{
	_cleanup_netlink_ struct leat_netlink *links = NULL;
	const __u32 carrier = IFF_UP | IFF_RUNNING;
	int err;

	err = leat_netlink_open_links(wire->netns_fd, &links);
	if (!err)
		err = leat_link_wait(wire->pod, links, wire->pod_ifindex, carrier, timeout_ms);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "the pod's interface got no carrier");
	return 0;
}

void leat_cni_wire_undo(struct leat_cni_wire *wire)
{
	if (wire->host_ifindex)
		leat_link_delete(wire->host, wire->host_ifindex);
	wire->host_ifindex = wire->pod_ifindex = 0;
}

void leat_cni_wire_close(struct leat_cni_wire *wire)
{
	leat_netlink_close(wire->host);
	leat_netlink_close(wire->pod);
	leat_cleanup_close(&wire->netns_fd);
	*wire = (struct leat_cni_wire)LEAT_CNI_WIRE_NONE;
}
