/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Rows of leat_ipcache_v1 and leat_cidr_v1: owners and regions with their identities. */
#include "compile/identity.h"
#include "compile/owners.h"

struct leat_addresses {
	const struct leat_world *world;
	const struct leat_nodes *nodes;
	const struct leat_owners *owners;
	const struct leat_blocks *blocks;
	__u32 *owner_contents;	/* of identities, by owner */
	__u32 *region_contents; /* by region */
};

/* Finds the content of each owner and region; afterwards identities can be numbered. */
int leat_addresses_identify(struct leat_addresses *addresses, struct leat_identities *identities);
int leat_addresses_write(const struct leat_addresses *addresses,
			 const struct leat_identities *identities, struct leat_desired *desired);
