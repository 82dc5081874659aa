// SPDX-License-Identifier: Apache-2.0
/*
 * Collects the peers of the rules that matter on this node. Which pods they match: match.c;
 * which blocks: blocks.c.
 */
#include "compile/peers.h"

#include <errno.h>

#include "compile/canonical.h"
#include "lib/text.h"

/* What is left of the block is nothing: an except as large as itself. */
static bool is_void_peer(const struct kube_policy_peer *peer)
{
	if (!peer->is_block)
		return !peer->has_namespace_selector && !peer->has_pod_selector;
	for (size_t i = 0; i < peer->except_count; i++)
		if (leat_cidr_covers(&peer->excepts[i], &peer->block))
			return true;
	return false;
}

static int append_peer(struct leat_world *world, struct leat_peers *peers, __u32 namespace,
		       const struct kube_policy_peer *source)
{
	size_t count = peers->peer_ids.count;

	if (count > peers->peer_allocated) {
		struct leat_peer *grown =
			leat_arena_resize(world->arena, peers->peers, count * 2, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		peers->peers = grown;
		peers->peer_allocated = count * 2;
	}
	peers->peers[count - 1] = (struct leat_peer){
		.source = source,
		.namespace = namespace,
		.is_void = is_void_peer(source),
	};
	return 0;
}

static int find_peer(struct leat_world *world, struct leat_peers *peers, __u32 namespace,
		     const struct kube_policy_peer *source, __u32 *ret_peer)
{
	bool is_new;

	peers->scratch.size = 0;
	if (leat_canonical_peer(world->arena, &peers->scratch, world->namespaces[namespace].name,
				source) < 0 ||
	    leat_intern_put(&peers->peer_ids, peers->scratch.data, peers->scratch.size, ret_peer,
			    &is_new) < 0)
		return -ENOMEM;
	return is_new ? append_peer(world, peers, namespace, source) : 0;
}

/* Independent of the order in which peers were met: the sum of well mixed hashes. */
static __u64 hash_group(const struct leat_peers *peers, const struct leat_ids *ids)
{
	__u64 sum = 0;

	for (size_t i = 0; i < ids->count; i++) {
		__u64 hash = peers->peer_ids.items[ids->items[i]].hash;

		sum += leat_hash64(&hash, sizeof(hash), LEAT_HASH_SEED);
	}
	return leat_hash64(&sum, sizeof(sum), LEAT_HASH_SEED);
}

static int append_group(struct leat_world *world, struct leat_peers *peers, __u32 group,
			const struct leat_ids *ids)
{
	size_t count = peers->group_ids.count;

	if (count > peers->group_allocated) {
		struct leat_group *grown =
			leat_arena_resize(world->arena, peers->groups, count * 2, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		peers->groups = grown;
		peers->group_allocated = count * 2;
	}
	peers->groups[group].hash = hash_group(peers, ids);
	for (size_t i = 0; i < ids->count; i++)
		if (leat_ids_add(world->arena, &peers->peers[ids->items[i]].groups, group) < 0)
			return -ENOMEM;
	return 0;
}

int leat_peers_group(struct leat_world *world, struct leat_peers *peers, __u32 namespace,
		     const struct kube_policy_rule *rule, __u32 *ret_group)
{
	struct leat_ids ids = { 0 };
	__u32 group = LEAT_GROUP_ANY;
	bool is_new = false;

	for (size_t i = 0; i < rule->peer_count; i++) {
		__u32 peer;

		if (find_peer(world, peers, namespace, &rule->peers[i], &peer) < 0 ||
		    leat_ids_add(world->arena, &ids, peer) < 0)
			return -ENOMEM;
	}
	leat_ids_normalize(&ids);
	if (ids.count && leat_intern_put(&peers->group_ids, ids.items,
					 ids.count * sizeof(*ids.items), &group, &is_new) < 0)
		return -ENOMEM;
	if (is_new && append_group(world, peers, group, &ids) < 0)
		return -ENOMEM;
	*ret_group = group;
	return 0;
}
