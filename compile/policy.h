/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Sets and identities to rows of leat_policy_v1.
 *
 * Precedence, high bits first: tier (2 bits: 1 is networking.k8s.io/v1; 2 and 3 are for tiers
 * above it, 0 for those below), how exactly protocol and port are named (5 bits), and how early
 * the rule comes in the order of namespace, policy and index (9 bits, saturating).
 */
#include "compile/identity.h"

#define LEAT_TIER_NETWORK_POLICY 1

/* `bits`: of the port that count; -1: any protocol. `order`: rules of the set before this one. */
__u16 leat_policy_precedence(int bits, size_t order);
int leat_policy_write(const struct leat_identities *identities, const struct leat_targets *targets,
		      struct leat_rows *rows);
/* What the tables say of each pod of the snapshot, by slot. */
int leat_verdicts_write(const struct leat_world *world, const struct leat_targets *targets,
			struct leat_desired *desired);
