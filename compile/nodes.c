// SPDX-License-Identifier: Apache-2.0
/*
 * Node slots and tunnel addresses. A slot comes from the hash of the name, so that it is the
 * same whatever other nodes come and go, collisions aside.
 */
#include "compile/nodes.h"

#include <errno.h>
#include <string.h>

#include <leat/node.h>

#include "lib/text.h"

const char *leat_addr_refusal(const struct leat_addr *addr)
{
	const __u8 *b = addr->b;

	if (leat_addr_is_ipv4(addr)) {
		if (b[12] == 0)
			return "unspecified";
		if (b[12] == 127)
			return "loopback";
		if (b[12] == 169 && b[13] == 254)
			return "link-local";
		return b[12] < 224 ? NULL : b[12] < 240 ? "multicast" : "reserved or broadcast";
	}
	if (leat_addr_is_zero(addr))
		return "unspecified";
	if (!memcmp(b, (const __u8[15]){ 0 }, 15) && b[15] == 1)
		return "loopback";
	if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		return "link-local";
	return b[0] == 0xff ? "multicast" : NULL;
}

static void note_family(struct leat_nodes *nodes, const struct leat_addr *addr)
{
	if (leat_addr_refusal(addr))
		return;
	if (leat_addr_is_ipv4(addr))
		nodes->has_ipv4 = true;
	else
		nodes->has_ipv6 = true;
}

/* What this node can send outer packets from. */
static void note_families(const struct leat_snapshot *snapshot, struct leat_nodes *nodes)
{
	for (size_t i = 0; i < snapshot->host_addr_count; i++)
		note_family(nodes, &snapshot->host_addrs[i]);
	for (size_t i = 0; i < nodes->count; i++) {
		const struct leat_place *place = &nodes->places[i];

		for (size_t j = 0; place->is_own && j < place->node->addr_count; j++)
			note_family(nodes, &place->node->addrs[j]);
	}
}

static const struct leat_addr *first_addr(const struct kube_node *node, bool is_ipv4)
{
	for (size_t i = 0; i < node->addr_count; i++)
		if (leat_addr_is_ipv4(&node->addrs[i]) == is_ipv4 &&
		    !leat_addr_refusal(&node->addrs[i]))
			return &node->addrs[i];
	return NULL;
}

static const struct leat_addr *tunnel_addr(const struct leat_nodes *nodes,
					   const struct kube_node *node)
{
	const struct leat_addr *addr = nodes->has_ipv4 ? first_addr(node, true) : NULL;

	return addr || !nodes->has_ipv6 ? addr : first_addr(node, false);
}

static __u32 free_slot(const char *name, const bool *is_taken)
{
	__u64 hash = leat_hash64(name, strlen(name), LEAT_HASH_SEED);
	__u32 slot = (__u32)(hash % LEAT_NODE_SLOTS) + 1;

	for (size_t i = 0; i < LEAT_NODE_SLOTS; i++) {
		if (!is_taken[slot])
			return slot;
		slot = slot % LEAT_NODE_SLOTS + 1;
	}
	return LEAT_SLOT_NONE;
}

static int place_node(const struct leat_world *world, const struct leat_nodes *nodes,
		      struct leat_place *place, bool *is_taken)
{
	const struct leat_addr *addr = tunnel_addr(nodes, place->node);

	if (place->is_own)
		return 0;
	if (!addr)
		return leat_problem_add(world->problems,
					"Node %s: status.addresses: none of a family that this "
					"node has: its pods cannot be reached",
					place->node->meta.name);
	place->slot = free_slot(place->node->meta.name, is_taken);
	if (!place->slot)
		return leat_problem_add(world->problems,
					"Node %s: more than %u nodes: its pods cannot be reached",
					place->node->meta.name, LEAT_NODE_SLOTS);
	is_taken[place->slot] = true;
	place->tunnel = *addr;
	return 0;
}

int leat_nodes_build(const struct leat_world *world, struct leat_nodes *ret_nodes)
{
	const struct leat_snapshot *snapshot = world->snapshot;
	bool *is_taken = leat_arena_take(world->arena, LEAT_NODE_SLOTS + 1, sizeof(*is_taken));
	const struct kube_object *object = NULL;
	struct leat_nodes nodes = { 0 };

	nodes.places = leat_arena_take(world->arena,
				       kube_store_count(snapshot->store, KUBE_NODE) + 1,
				       sizeof(*nodes.places));
	if (!is_taken || !nodes.places)
		return -ENOMEM;
	while ((object = kube_store_next(snapshot->store, KUBE_NODE, object)))
		nodes.places[nodes.count++] = (struct leat_place){
			.node = &object->node,
			.is_own = !strcmp(object->meta.name, snapshot->node_name),
		};
	note_families(snapshot, &nodes);
	for (size_t i = 0; i < nodes.count; i++)
		if (place_node(world, &nodes, &nodes.places[i], is_taken) < 0)
			return -ENOMEM;
	*ret_nodes = nodes;
	return 0;
}

const struct leat_place *leat_nodes_find(const struct leat_nodes *nodes, const char *name)
{
	size_t low = 0, high = nodes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, nodes->places[middle].node->meta.name);

		if (order == 0)
			return &nodes->places[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int leat_nodes_write(const struct leat_nodes *nodes, struct leat_rows *rows)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct leat_place *place = &nodes->places[i];
		struct leat_node value = { .tunnel = place->tunnel };

		if (place->slot && leat_rows_add(rows, &place->slot, &value) < 0)
			return -ENOMEM;
	}
	leat_rows_sort(rows, NULL);
	return 0;
}
