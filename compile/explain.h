/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the tables say about a first packet, looked up as the BPF programs do: identity of the
 * peer by leat_ipcache_v1, then leat_cidr_v1; verdict by leat_policy_v1 with that identity and
 * with LEAT_ID_ANY. No Services here: the destination is the real one.
 */
#include <leat/ipcache.h>
#include <leat/policy.h>

#include "compile/compile.h"

struct leat_tuple {
	struct leat_addr src;
	struct leat_addr dst;
	__u8 proto; /* IPPROTO_* */
	__u16 port; /* destination's, host byte order; 0 for protocols without ports */
};

struct leat_side {  /* one end of it */
	__u32 slot; /* of the local endpoint; 0: this end is not here, nothing is asked */
	bool is_isolated;
	enum leat_verdict verdict;
	__u32 rule;	/* enum leat_rule_special, or the rule that decided; 0 also: none allows */
	__u32 set;	/* 0: not isolated */
	__u32 identity; /* of the other end */
};

struct leat_explanation {
	enum leat_verdict verdict;
	struct leat_side egress;  /* at the source */
	struct leat_side ingress; /* at the destination */
};

/* Exact entry, else the longest block that holds the address. */
struct leat_ipinfo leat_ipinfo_find(const struct leat_desired *desired,
				    const struct leat_addr *addr);
/* NULL: no entry, which is the default deny. */
const struct leat_policy *leat_policy_find(const struct leat_desired *desired, __u32 set,
					   enum leat_dir dir, __u32 identity,
					   const struct leat_tuple *tuple);
void leat_evaluate(const struct leat_desired *desired, const struct leat_tuple *tuple,
		   struct leat_explanation *ret_explanation);
