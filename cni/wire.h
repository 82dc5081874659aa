/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The pair of devices between node and pod. Its host side stays down here: the agent sets it
 * up when programs and tables are in place, so a pod never has an unguarded wire.
 */
#include "error.h"
#include "lib/netlink.h"
#include "plan.h"

struct leat_cni_wire {
	int netns_fd;
	struct leat_netlink *host, *pod;
	int host_ifindex; /* 0: not made by us */
	int pod_ifindex;
};

#define LEAT_CNI_WIRE_NONE { .netns_fd = -1 }

/*
 * Opens the pod's namespace and sockets on both sides. LEAT_CNI_INVALID_NETNS when the path is
 * no network namespace or the one we are in.
 */
int leat_cni_wire_open(const char *netns, struct leat_cni_wire *ret_wire,
		       struct leat_cni_error *error);
/* LEAT_CNI_EXISTS when the pod's namespace has an interface of that name. */
int leat_cni_wire_check_free(const struct leat_cni_wire *wire, const char *ifname,
			     struct leat_cni_error *error);
/* Makes the pair and all of the pod's side: addresses, routes, neighbours, up. */
int leat_cni_wire_make(struct leat_cni_wire *wire, const struct leat_cni_plan *plan,
		       const char *ifname, struct leat_cni_error *error);
/* Until the pod's side has a carrier, that is, until the agent has set the host's side up. */
int leat_cni_wire_wait(struct leat_cni_wire *wire, int timeout_ms, struct leat_cni_error *error);
/* Undoes leat_cni_wire_make(); nothing when it made nothing. */
void leat_cni_wire_undo(struct leat_cni_wire *wire);
void leat_cni_wire_close(struct leat_cni_wire *wire);
#define _cleanup_wire_ __attribute__((cleanup(leat_cni_wire_close)))

/* Deletes the veth of that name in our own namespace; fine when there is none. -errno. */
int leat_cni_wire_remove(const char *host_ifname);
