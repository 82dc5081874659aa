/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The policies that select pods of this node, their rules, and the sets that these pods share.
 * Policies that select only other nodes' pods cost this node nothing.
 */
#include <leat/policy.h>

#include "compile/peers.h"
#include "compile/ranges.h"

struct leat_rule_port {
	__u8 proto;
	__u8 bits; /* of `port` that count; 0: every port of the protocol */
	__u16 port;
	const char *name; /* NULL: by number. Resolved on the destination pod */
};

struct leat_rule {
	const struct kube_policy *policy;
	enum leat_dir dir;
	__u32 index;	  /* in spec.ingress or spec.egress */
	__u32 group;	  /* LEAT_GROUP_ANY: no peers */
	bool is_any_port; /* any protocol too */
	struct leat_rule_port *ports;
	size_t port_count;
	__u32 number;
};

/* One direction of a policy that isolates some pod of this node. */
struct leat_target {
	const struct kube_policy *policy;
	enum leat_dir dir;
	size_t rule_first; /* in leat_targets.rules */
	size_t rule_count;
	__u64 hash; /* of namespace, name and the rules */
};

struct leat_set {
	enum leat_dir dir;
	struct leat_ids targets; /* by namespace and name of the policy */
	__u32 class;		 /* of a pod that has it: ingress resolves named ports there */
	__u64 hash;
	__u32 number;
};

#define LEAT_SET_NONE 0xffffffffu /* not isolated */

struct leat_targets {
	struct leat_target *items;
	size_t count;
	size_t allocated;
	struct leat_rule *rules;
	size_t rule_count;
	size_t rule_allocated;
	struct leat_intern set_ids;
	struct leat_set *sets;
	size_t set_allocated;
	__u32 (*class_sets)[2]; /* by class and direction; only classes of wired pods are filled */
};

int leat_targets_build(struct leat_world *world, struct leat_peers *peers,
		       struct leat_targets *ret_targets);
