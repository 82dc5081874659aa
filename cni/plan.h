/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the agent answered to "add", checked: everything that the pod's wiring needs to know. */
#include <stddef.h>

#include <jansson.h>

#include "conf.h"
#include "lib/mac.h"
#include "lib/netlink.h"

struct leat_cni_plan {
	char host_ifname[IFNAMSIZ];
	__u32 mtu;
	__u8 mac[LEAT_MAC_SIZE]; /* the pod's */
	__u8 gateway_mac[LEAT_MAC_SIZE];
	struct leat_cidr addresses[LEAT_CNI_ADDRESSES_MAX];
	struct leat_addr gateways[LEAT_CNI_ADDRESSES_MAX]; /* of addresses[i]'s family */
	size_t address_count;
};

/* LEAT_CNI_INTERNAL for an answer that cannot be used. */
int leat_cni_plan_read(const json_t *answer, const struct leat_cni_env *env,
		       const struct leat_cni_conf *conf, struct leat_cni_plan *ret_plan,
		       struct leat_cni_error *error);
