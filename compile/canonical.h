/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One form for everything that means the same: the order of labels, values and excepts does
 * not count, nor does anything said twice. Equal forms share sets, identities and numbers.
 */
#include "compile/world.h"

/* Appends the form of a peer in a policy of the namespace. -ENOMEM. */
int leat_canonical_peer(struct leat_arena *arena, struct leat_bytes *bytes, const char *namespace,
			const struct kube_policy_peer *peer);
int leat_canonical_port(struct leat_arena *arena, struct leat_bytes *bytes,
			const struct kube_policy_port *port);
