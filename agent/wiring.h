/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A pod's host side: settings, neighbours, routes and programs of its veth. */
#include "agent/devices.h"
#include "agent/endpoints.h"
#include "loader/loader.h"

/* Is this device there, and the one that leat-cni made for it? *ret_problem: static text. */
int leat_wiring_check(struct leat_devices *devices, const struct leat_ep *ep, __u32 ifindex,
		      const char **ret_problem);
/* All but "up". Idempotent. */
int leat_wiring_make(struct leat_devices *devices, struct leat_loader *loader,
		     const struct leat_ep *ep, const char **ret_step);
int leat_wiring_up(struct leat_devices *devices, const struct leat_ep *ep);
/* Links of programs and the device itself; nothing there is no error. */
int leat_wiring_remove(struct leat_netlink *netlink, const char *bpffs, const struct leat_ep *ep);
