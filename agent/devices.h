/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The node's own devices: the pair leat_host/leat_net, leat_vxlan, the uplinks as they are, the
 * routes that lead the node's own traffic to Services and to pods of other nodes. Settings are
 * made on our devices only; what is wrong with others is named.
 */
#include "agent/options.h"
#include "agent/strings.h"
#include "kube/object.h"
#include "lib/netlink.h"
#include "lib/rows.h"

struct leat_uplink {
	char name[IFNAMSIZ];
	int ifindex;
	__u32 mtu;
	struct leat_addr addr4; /* masquerade addresses; all zero: none */
	struct leat_addr addr6;
};

struct leat_devices {
	struct leat_netlink *netlink;
	int host_ifindex;  /* leat_host */
	int net_ifindex;   /* leat_net */
	int vxlan_ifindex; /* leat_vxlan; 0: no tunnel */
	__u32 pod_mtu;
	struct leat_uplink *uplinks;
	size_t uplink_count;
	struct leat_addr *host_addrs; /* of all devices but ours */
	size_t host_addr_count;
	struct leat_strings problems; /* of the last look */
};

int leat_devices_open(struct leat_devices *devices);
void leat_devices_close(struct leat_devices *devices);
/* Looks at uplinks and addresses. 1: something differs from the last look, 0: nothing. */
int leat_devices_look(struct leat_devices *devices, const struct leat_options *options,
		      const struct kube_node *node);
/* Are our devices still there? */
bool leat_devices_have_ours(const struct leat_devices *devices);
/* Makes ours, or makes them right. *ret_problem (owned by the caller) names the step. */
int leat_devices_make(struct leat_devices *devices, const struct leat_options *options,
		      char **ret_problem);
/* struct leat_device by ifindex, sorted. */
int leat_devices_rows(const struct leat_devices *devices, struct leat_rows *ret_rows);
/* The node's address that others know it by; NULL: none of that family. */
const struct leat_addr *leat_devices_node_addr(const struct leat_options *options,
					       const struct kube_node *node, bool is_ipv6);
/* Routes as they should be now; those of ours that should not be are removed. */
int leat_routes_sync(struct leat_devices *devices, const struct leat_options *options,
		     const struct kube_node *own, const struct kube_node *const *others,
		     size_t other_count);
/* All routes with our protocol number. */
int leat_routes_remove(struct leat_netlink *netlink);
/* Loose rp_filter, forwarding, no router advertisements, no autoconf: for a device of ours. */
int leat_devices_tune(const char *name);
/* Removes our routes and devices: what `--cleanup` needs. Pods' devices are not ours. */
int leat_devices_remove(struct leat_netlink *netlink, struct leat_strings *problems);
