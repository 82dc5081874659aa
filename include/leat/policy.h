/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * leat_policy_v1: (policy set, direction, identity, protocol, port) to rule, flattened by the
 * compiler. A set is asked twice: with the peer's identity and with LEAT_ID_ANY (rules that
 * name no peer). Of two hits the one with the higher precedence counts; no hit, from a pod
 * that is isolated in this direction, is the default deny.
 *
 * All numbers (sets, identities, rules) are derived from the content that they stand for, so
 * that a restarted agent finds the same ones and an edited policy makes a new set beside the
 * old one: a pod's change-over is the one write of its endpoint entry.
 */
#include "types.h"

#define LEAT_MAP_POLICY "leat_policy_v1" /* BPF_MAP_TYPE_LPM_TRIE */

#define LEAT_ID_ANY   0 /* in policy keys: whoever the peer is */
#define LEAT_ID_NONE  1 /* of addresses that no selector and no block of this node matches */
#define LEAT_ID_FIRST 16

/* Rule numbers that name no policy. */
enum leat_rule_special {
	LEAT_RULE_NONE = 0, /* the pod is not isolated in this direction, or not local */
	LEAT_RULE_NODE = 1, /* a node to its own pod is always allowed */
	LEAT_RULE_SELF = 2, /* a pod to itself is always allowed */
	LEAT_RULE_FIRST = 16,
};

struct leat_policy_key {
	__u32 prefixlen; /* bits of what follows; see LEAT_POLICY_PREFIX_* */
	__u32 set;
	__u32 identity;
	__u8 dir;    /* enum leat_dir */
	__u8 proto;  /* IPPROTO_* */
	__be16 port; /* destination port; a range is several prefixes */
};

#define LEAT_POLICY_PREFIX_PEER	      72	    /* any protocol, any port */
#define LEAT_POLICY_PREFIX_PROTO      80	    /* this protocol, any port */
#define LEAT_POLICY_PREFIX_PORT(bits) (80 + (bits)) /* bits: 1 to 16 */

enum leat_verdict {
	LEAT_VERDICT_DENY = 0,
	LEAT_VERDICT_ALLOW = 1,
};

struct leat_policy {
	__u32 rule;	  /* which rule decided; names are in the agent's state file */
	__u16 precedence; /* of two hits the higher counts */
	__u8 verdict;	  /* enum leat_verdict */
	__u8 zero;
};
