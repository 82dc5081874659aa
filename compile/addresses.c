// SPDX-License-Identifier: Apache-2.0
/*
 * Who each address and each block is, as rows. See addresses.h.
 */
#include "compile/addresses.h"

#include <errno.h>

int leat_addresses_identify(struct leat_addresses *addresses, struct leat_identities *identities)
{
	struct leat_arena *arena = addresses->world->arena;
	size_t owner_count = addresses->owners->count, region_count = addresses->blocks->count;

	addresses->owner_contents = leat_arena_take(arena, owner_count + 1, sizeof(__u32));
	addresses->region_contents = leat_arena_take(arena, region_count, sizeof(__u32));
	if (!addresses->owner_contents || !addresses->region_contents)
		return -ENOMEM;
	for (size_t i = 0; i < owner_count; i++) {
		const struct leat_owner *owner = &addresses->owners->items[i];

		if (leat_identity_find(identities, owner->pod ? owner->pod->class : LEAT_CLASS_NONE,
				       leat_blocks_find(addresses->blocks, &owner->addr),
				       &addresses->owner_contents[i]) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < region_count; i++)
		if (leat_identity_find(identities, LEAT_CLASS_NONE, &addresses->blocks->regions[i],
				       &addresses->region_contents[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* The slot of the node to which packets for the pod go; 0: nowhere, or it should be here. */
static int locate_pod(const struct leat_addresses *addresses, const struct leat_owner *owner,
		      __u32 *ret_node)
{
	const struct leat_pod *pod = owner->pod;
	const struct leat_place *place = leat_nodes_find(addresses->nodes, pod->object->node_name);
	const struct leat_region *region;
	char text[LEAT_ADDR_TEXT];

	if (place) {
		*ret_node = place->slot;
		return 0;
	}
	region = leat_blocks_find(addresses->blocks, &owner->addr);
	*ret_node = region->node;
	if (region->kind == LEAT_IP_POD_RANGE)
		return 0;
	return leat_problem_add(addresses->world->problems,
				"Pod %s/%s: address %s: node \"%s\" is not known and no node has "
				"it in its pod range: it cannot be reached",
				pod->namespace, pod->name, leat_addr_format(&owner->addr, text),
				pod->object->node_name);
}

static int describe_owner(const struct leat_addresses *addresses, const struct leat_owner *owner,
			  struct leat_ipinfo *info)
{
	switch (owner->rank) {
	case LEAT_OWNER_LOCAL_POD:
		info->kind = LEAT_IP_POD;
		info->slot = owner->pod->local->slot;
		return 0;
	case LEAT_OWNER_HOST:
		info->kind = LEAT_IP_HOST;
		return 0;
	case LEAT_OWNER_NODE:
		info->kind = LEAT_IP_NODE;
		info->node = owner->place->slot;
		return 0;
	case LEAT_OWNER_SERVICE:
		info->kind = LEAT_IP_SERVICE;
		return 0;
	case LEAT_OWNER_POD:
	case LEAT_OWNER_LEAVING_POD:
		info->kind = LEAT_IP_POD;
		return locate_pod(addresses, owner, &info->node);
	}
	return 0;
}

static int write_owners(const struct leat_addresses *addresses,
			const struct leat_identities *identities, struct leat_rows *rows)
{
	for (size_t i = 0; i < addresses->owners->count; i++) {
		const struct leat_owner *owner = &addresses->owners->items[i];
		struct leat_ipinfo info = {
			.identity = identities->numbers[addresses->owner_contents[i]],
		};

		if (describe_owner(addresses, owner, &info) < 0 ||
		    leat_rows_add(rows, &owner->addr, &info) < 0)
			return -ENOMEM;
	}
	leat_rows_sort(rows, NULL);
	return 0;
}

static int write_regions(const struct leat_addresses *addresses,
			 const struct leat_identities *identities, struct leat_rows *rows)
{
	for (size_t i = 0; i < addresses->blocks->count; i++) {
		const struct leat_region *region = &addresses->blocks->regions[i];
		struct leat_cidr_key key = { .prefixlen = region->cidr.prefixlen,
					     .addr = region->cidr.addr };
		struct leat_ipinfo info = {
			.identity = identities->numbers[addresses->region_contents[i]],
			.node = region->node,
			.kind = region->kind,
		};

		if (leat_rows_add(rows, &key, &info) < 0)
			return -ENOMEM;
	}
	leat_rows_sort(rows, NULL);
	return 0;
}

int leat_addresses_write(const struct leat_addresses *addresses,
			 const struct leat_identities *identities, struct leat_desired *desired)
{
	return write_owners(addresses, identities, &desired->ipcache)
		       ?: write_regions(addresses, identities, &desired->cidrs);
}
