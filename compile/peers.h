/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Peers of policy rules, each different one once, and groups: the whole peer list of a rule.
 * Groups are what identities are made of: addresses of the same groups are treated alike by
 * every rule, so a rule with 5,000 blocks costs one identity and not 5,000.
 */
#include "compile/world.h"

#define LEAT_GROUP_ANY 0xffffffffu /* a rule without peers */

struct leat_peer {
	const struct kube_policy_peer *source;
	__u32 namespace;	/* of its policy: for selectors without a namespaceSelector */
	bool is_void;		/* matches nobody: the excepts leave nothing */
	struct leat_ids groups; /* that contain it */
};

struct leat_group {
	__u64 hash; /* of its peers' canonical forms, sorted */
};

struct leat_peers {
	struct leat_intern peer_ids; /* canonical forms */
	struct leat_peer *peers;
	size_t peer_allocated;
	struct leat_intern group_ids; /* sorted numbers of peers */
	struct leat_group *groups;
	size_t group_allocated;
	struct leat_bytes scratch;
};

/* Group of a rule's peers in a policy of `namespace`; LEAT_GROUP_ANY when it has none. -ENOMEM. */
int leat_peers_group(struct leat_world *world, struct leat_peers *peers, __u32 namespace,
		     const struct kube_policy_rule *rule, __u32 *ret_group);
/* Groups whose selectors match, for every class: an array by class, each sorted. */
int leat_peers_match(const struct leat_world *world, const struct leat_peers *peers,
		     struct leat_ids **ret_class_groups);
/* The requirement of the selector that the fewest classes can meet, by the index of labels (see
 * leat_world_labelled); NULL: the index does not help. */
const struct kube_requirement *leat_selector_rarest(const struct leat_world *world,
						    const struct kube_selector *selector);
