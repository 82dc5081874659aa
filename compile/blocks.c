// SPDX-License-Identifier: Apache-2.0
/*
 * Blocks to regions. Marks say what begins to hold at a block, or ceases to (an except); sorted,
 * they are walked once from outside to inside.
 */
#include "compile/blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum mark_what { /* in the order of their effect at one block */
		 MARK_ROOT,
		 MARK_PEER,
		 MARK_EXCEPT,
		 MARK_POD_RANGE,
		 MARK_SERVICE,
};

struct mark {
	struct leat_cidr cidr;
	enum mark_what what;
	__u32 value; /* peer, or node slot */
	__u32 order;
};

struct marks {
	struct leat_arena *arena;
	struct mark *items;
	size_t count;
	size_t allocated;
};

static int add_mark(struct marks *marks, const struct leat_cidr *cidr, enum mark_what what,
		    __u32 value)
{
	if (marks->count == marks->allocated) {
		size_t more = marks->allocated ? marks->allocated * 2 : 64;
		struct mark *grown =
			leat_arena_resize(marks->arena, marks->items, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		marks->items = grown;
		marks->allocated = more;
	}
	marks->items[marks->count] = (struct mark){
		.cidr = *cidr, .what = what, .value = value, .order = (__u32)marks->count
	};
	marks->count++;
	return 0;
}

static int mark_roots(struct marks *marks)
{
	struct leat_cidr ipv6 = { .prefixlen = 0 };
	struct leat_cidr ipv4 = { .addr.b = { [10] = 0xff, [11] = 0xff }, .prefixlen = 96 };

	return add_mark(marks, &ipv6, MARK_ROOT, 0) ?: add_mark(marks, &ipv4, MARK_ROOT, 0);
}

static int mark_peers(struct marks *marks, const struct leat_peers *peers)
{
	for (__u32 i = 0; i < peers->peer_ids.count; i++) {
		const struct kube_policy_peer *source = peers->peers[i].source;

		if (!source->is_block || peers->peers[i].is_void)
			continue;
		if (add_mark(marks, &source->block, MARK_PEER, i) < 0)
			return -ENOMEM;
		for (size_t j = 0; j < source->except_count; j++)
			if (add_mark(marks, &source->excepts[j], MARK_EXCEPT, i) < 0)
				return -ENOMEM;
	}
	return 0;
}

/* This node's own ranges come first: of two nodes that claim one, it keeps it. */
static int mark_nodes(struct marks *marks, const struct leat_nodes *nodes, bool are_own)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct leat_place *place = &nodes->places[i];

		for (size_t j = 0; place->is_own == are_own && j < place->node->pod_cidr_count; j++)
			if (add_mark(marks, &place->node->pod_cidrs[j], MARK_POD_RANGE, (__u32)i) <
			    0)
				return -ENOMEM;
	}
	return 0;
}

static int mark_services(struct marks *marks, const struct leat_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->service_cidr_count; i++)
		if (add_mark(marks, &snapshot->service_cidrs[i], MARK_SERVICE, 0) < 0)
			return -ENOMEM;
	return 0;
}

static int compare_cidrs(const struct leat_cidr *a, const struct leat_cidr *b)
{
	int order = (int)leat_cidr_is_ipv4(a) - (int)leat_cidr_is_ipv4(b);

	order = order ? order : leat_addr_compare(&a->addr, &b->addr);
	return order ? order : (a->prefixlen > b->prefixlen) - (a->prefixlen < b->prefixlen);
}

static int compare_marks(const void *a, const void *b)
{
	const struct mark *left = a, *right = b;
	int order = compare_cidrs(&left->cidr, &right->cidr);

	if (order)
		return order;
	if (left->what != right->what)
		return left->what < right->what ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

static __u32 find_parent(const struct leat_region *regions, __u32 last,
			 const struct leat_cidr *cidr)
{
	while (last != LEAT_REGION_NONE && !leat_cidr_covers(&regions[last].cidr, cidr))
		last = regions[last].parent;
	return last;
}

static int inherit(struct leat_arena *arena, const struct leat_region *regions,
		   struct leat_region *region)
{
	const struct leat_region *parent;

	if (region->parent == LEAT_REGION_NONE)
		return 0;
	parent = &regions[region->parent];
	region->kind = parent->kind;
	region->node = parent->node;
	for (size_t i = 0; i < parent->peers.count; i++)
		if (leat_ids_add(arena, &region->peers, parent->peers.items[i]) < 0)
			return -ENOMEM;
	return 0;
}

static void remove_peer(struct leat_ids *peers, __u32 peer)
{
	for (size_t i = 0; i < peers->count; i++)
		if (peers->items[i] == peer) {
			memmove(&peers->items[i], &peers->items[i + 1],
				(peers->count - i - 1) * sizeof(*peers->items));
			peers->count--;
			return;
		}
}

static int report_shared_range(const struct leat_world *world, const struct leat_nodes *nodes,
			       const struct mark *first, const struct mark *second)
{
	char text[LEAT_CIDR_TEXT];

	return leat_problem_add(world->problems, "Node %s: spec.podCIDRs: %s: node %s has it",
				nodes->places[second->value].node->meta.name,
				leat_cidr_format(&second->cidr, text),
				nodes->places[first->value].node->meta.name);
}

/* marks[first..first+count) are all of one block. */
static int apply_marks(const struct leat_world *world, const struct leat_nodes *nodes,
		       const struct mark *marks, size_t count, struct leat_region *region)
{
	const struct mark *range = NULL;
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		const struct mark *mark = &marks[i];

		if (mark->what == MARK_PEER) {
			error = leat_ids_add(world->arena, &region->peers, mark->value);
		} else if (mark->what == MARK_EXCEPT) {
			remove_peer(&region->peers, mark->value);
		} else if (mark->what == MARK_POD_RANGE && range) {
			error = range->value == mark->value
					? 0
					: report_shared_range(world, nodes, range, mark);
		} else if (mark->what == MARK_POD_RANGE) {
			range = mark;
			region->kind = LEAT_IP_POD_RANGE;
			region->node = nodes->places[mark->value].slot;
		} else if (mark->what == MARK_SERVICE) {
			region->kind = LEAT_IP_SERVICE;
			region->node = LEAT_SLOT_NONE;
		}
	}
	return error;
}

static int fold_groups(const struct leat_world *world, const struct leat_peers *peers,
		       struct leat_region *region)
{
	for (size_t i = 0; i < region->peers.count; i++) {
		const struct leat_ids *groups = &peers->peers[region->peers.items[i]].groups;

		for (size_t j = 0; j < groups->count; j++)
			if (leat_ids_add(world->arena, &region->groups, groups->items[j]) < 0)
				return -ENOMEM;
	}
	leat_ids_normalize(&region->groups);
	return 0;
}

static int build_regions(const struct leat_world *world, const struct leat_nodes *nodes,
			 const struct leat_peers *peers, const struct marks *marks,
			 struct leat_blocks *blocks)
{
	for (size_t at = 0, next; at < marks->count; at = next) {
		const struct leat_cidr *cidr = &marks->items[at].cidr;
		__u32 last = blocks->count ? (__u32)blocks->count - 1 : LEAT_REGION_NONE;
		struct leat_region *region = &blocks->regions[blocks->count];

		next = at + 1;
		while (next < marks->count && !compare_cidrs(cidr, &marks->items[next].cidr))
			next++;
		region->cidr = *cidr;
		region->parent = find_parent(blocks->regions, last, cidr);
		if (inherit(world->arena, blocks->regions, region) < 0 ||
		    apply_marks(world, nodes, &marks->items[at], next - at, region) < 0 ||
		    fold_groups(world, peers, region) < 0)
			return -ENOMEM;
		blocks->count++;
	}
	return 0;
}

int leat_blocks_build(const struct leat_world *world, const struct leat_nodes *nodes,
		      const struct leat_peers *peers, struct leat_blocks *ret_blocks)
{
	struct marks marks = { .arena = world->arena };
	struct leat_blocks blocks = { 0 };

	if (mark_roots(&marks) < 0 || mark_peers(&marks, peers) < 0 ||
	    mark_nodes(&marks, nodes, true) < 0 || mark_nodes(&marks, nodes, false) < 0 ||
	    mark_services(&marks, world->snapshot) < 0)
		return -ENOMEM;
	qsort(marks.items, marks.count, sizeof(*marks.items), compare_marks);
	blocks.regions = leat_arena_take(world->arena, marks.count, sizeof(*blocks.regions));
	if (!blocks.regions || build_regions(world, nodes, peers, &marks, &blocks) < 0)
		return -ENOMEM;
	*ret_blocks = blocks;
	return 0;
}

const struct leat_region *leat_blocks_find(const struct leat_blocks *blocks,
					   const struct leat_addr *addr)
{
	struct leat_cidr host = leat_cidr_host(addr);
	size_t low = 0, high = blocks->count;
	__u32 at;

	/* The last region that does not come after the address, then outwards. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_cidrs(&blocks->regions[middle].cidr, &host) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	at = find_parent(blocks->regions, (__u32)low - 1, &host);
	return &blocks->regions[at];
}
