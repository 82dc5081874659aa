/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Part of targets.h: a policy's rules, with ports as prefixes and peers as a group. */
#include "compile/targets.h"

/* Appends the rules of target->dir of target->policy and fills in the rest of the target. */
int leat_rules_append(struct leat_world *world, struct leat_peers *peers, __u32 namespace,
		      struct leat_targets *targets, struct leat_target *target);
