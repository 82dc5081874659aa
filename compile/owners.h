/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Who owns each address: local pods, this node, other nodes, pods, Services, in this order. */
#include "compile/nodes.h"

enum leat_owner_rank { /* of two claims the lower one gets the address */
		       LEAT_OWNER_LOCAL_POD,
		       LEAT_OWNER_HOST,
		       LEAT_OWNER_NODE,
		       LEAT_OWNER_POD,
		       LEAT_OWNER_LEAVING_POD, /* terminating: its address may be another's already
						*/
		       LEAT_OWNER_SERVICE,
};

struct leat_owner {
	struct leat_addr addr;
	enum leat_owner_rank rank;
	__u32 order;			    /* of claims of one rank the lower one gets it */
	const struct leat_pod *pod;	    /* *_POD */
	const struct leat_place *place;	    /* NODE; HOST: may be NULL */
	const struct kube_service *service; /* SERVICE: the first that has it */
};

struct leat_owners { /* by address, each once */
	struct leat_owner *items;
	size_t count;
	size_t allocated;
};

int leat_owners_build(const struct leat_world *world, const struct leat_nodes *nodes,
		      struct leat_owners *ret_owners);
/* NULL: nobody. */
const struct leat_owner *leat_owners_find(const struct leat_owners *owners,
					  const struct leat_addr *addr);
/* Has an address of its own that leat serves: neither headless nor another proxy's. */
bool leat_service_is_served(const struct kube_service *service);
