/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Local pods. leat_ep_v1 is an array by slot; leat_ifep_v1 finds the slot of a host side veth.
 * A slot that is free has ifindex 0. Slot numbers are re-used, epochs are not: a new owner
 * starts above the last one's epoch, so every flow of the earlier owner is judged again.
 */
#include "types.h"

#define LEAT_MAP_EP	"leat_ep_v1"	 /* BPF_MAP_TYPE_ARRAY */
#define LEAT_MAP_IFEP	"leat_ifep_v1"	 /* BPF_MAP_TYPE_HASH: __u32 ifindex -> __u32 slot */
#define LEAT_MAP_EPSTAT "leat_epstat_v1" /* BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE */

enum leat_endpoint_flags {
	LEAT_EP_EGRESS_ISOLATED = 1 << 0,  /* some policy selects it for egress */
	LEAT_EP_INGRESS_ISOLATED = 1 << 1, /* ... for ingress */
};

struct leat_endpoint {
	__u32 ifindex;	  /* of the host side veth; 0: the slot is free */
	__u32 epoch;	  /* raised when verdicts of this endpoint may have changed */
	__u8 mac[6];	  /* of the pod's interface */
	__u16 flags;	  /* enum leat_endpoint_flags */
	__u32 egress_set; /* policy set, key of leat_policy_v1 */
	__u32 ingress_set;
	struct leat_addr addr4; /* all zero: the pod has none of this family */
	struct leat_addr addr6;
};

struct leat_epstat {
	__u32 half_open; /* flows this slot opened that nobody answered; slot 0: the rest */
	__u32 zero;
};
