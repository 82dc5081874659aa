// SPDX-License-Identifier: Apache-2.0
/*
 * The policy half of a flow's first packet, over rows in memory. bpf/lib's policy lookup is the
 * other copy of this: the two must agree.
 */
#include "compile/explain.h"

#include <arpa/inet.h>
#include <string.h>

#include <leat/endpoint.h>

static struct leat_addr mask_addr(const struct leat_addr *addr, __u32 prefixlen)
{
	struct leat_addr masked = { 0 };
	__u32 bytes = prefixlen / 8;

	memcpy(masked.b, addr->b, bytes);
	if (prefixlen % 8)
		masked.b[bytes] = addr->b[bytes] & (__u8)(0xff00 >> prefixlen % 8);
	return masked;
}

struct leat_ipinfo leat_ipinfo_find(const struct leat_desired *desired,
				    const struct leat_addr *addr)
{
	const struct leat_ipinfo *info = leat_rows_find(&desired->ipcache, addr);

	for (int prefixlen = 128; !info && prefixlen >= 0; prefixlen--) {
		struct leat_cidr_key key = { .prefixlen = (__u32)prefixlen };

		key.addr = mask_addr(addr, key.prefixlen);
		info = leat_rows_find(&desired->cidrs, &key);
	}
	return info ? *info : (struct leat_ipinfo){ .identity = LEAT_ID_NONE };
}

/* What an LPM trie does: the longest entry that is a prefix of the full key. */
static const struct leat_policy *find_longest(const struct leat_rows *rows,
					      const struct leat_policy_key *full)
{
	for (int bits = 16; bits >= -1; bits--) {
		struct leat_policy_key key = *full;
		const struct leat_policy *policy;

		key.prefixlen = bits < 0 ? LEAT_POLICY_PREFIX_PEER
					 : LEAT_POLICY_PREFIX_PORT((__u32)bits);
		if (bits < 0)
			key.proto = 0;
		key.port = bits <= 0 ? 0 : htons(ntohs(full->port) & (__u16)(0xffff0000 >> bits));
		policy = leat_rows_find(rows, &key);
		if (policy)
			return policy;
	}
	return NULL;
}

const struct leat_policy *leat_policy_find(const struct leat_desired *desired, __u32 set,
					   enum leat_dir dir, __u32 identity,
					   const struct leat_tuple *tuple)
{
	struct leat_policy_key key = { .set = set,
				       .identity = identity,
				       .dir = (__u8)dir,
				       .proto = tuple->proto,
				       .port = htons(tuple->port) };
	const struct leat_policy *of_peer = find_longest(&desired->policy, &key), *of_any;

	key.identity = LEAT_ID_ANY;
	of_any = find_longest(&desired->policy, &key);
	if (!of_peer || !of_any)
		return of_peer ? of_peer : of_any;
	return of_any->precedence > of_peer->precedence ? of_any : of_peer;
}

static const struct leat_verdicts *find_pod(const struct leat_desired *desired, __u32 slot)
{
	for (size_t i = 0; i < desired->pod_count; i++)
		if (desired->pods[i].slot == slot)
			return &desired->pods[i];
	return NULL;
}

static struct leat_side judge_side(const struct leat_desired *desired, enum leat_dir dir,
				   __u32 slot, const struct leat_ipinfo *peer,
				   const struct leat_tuple *tuple)
{
	const struct leat_verdicts *pod = slot ? find_pod(desired, slot) : NULL;
	struct leat_side side = { .slot = slot,
				  .verdict = LEAT_VERDICT_ALLOW,
				  .identity = peer->identity };
	__u16 flag = dir == LEAT_EGRESS ? LEAT_EP_EGRESS_ISOLATED : LEAT_EP_INGRESS_ISOLATED;
	const struct leat_policy *policy;

	if (!pod || !(pod->flags & flag))
		return side;
	side.is_isolated = true;
	side.set = dir == LEAT_EGRESS ? pod->egress_set : pod->ingress_set;
	policy = leat_policy_find(desired, side.set, dir, peer->identity, tuple);
	side.verdict = policy ? (enum leat_verdict)policy->verdict : LEAT_VERDICT_DENY;
	side.rule = policy ? policy->rule : LEAT_RULE_NONE;
	return side;
}

void leat_evaluate(const struct leat_desired *desired, const struct leat_tuple *tuple,
		   struct leat_explanation *ret_explanation)
{
	struct leat_ipinfo src = leat_ipinfo_find(desired, &tuple->src);
	struct leat_ipinfo dst = leat_ipinfo_find(desired, &tuple->dst);
	struct leat_explanation result = { .verdict = LEAT_VERDICT_ALLOW };

	if (src.slot && src.slot == dst.slot) {
		result.egress = (struct leat_side){ .slot = src.slot,
						    .rule = LEAT_RULE_SELF,
						    .verdict = LEAT_VERDICT_ALLOW,
						    .identity = dst.identity };
		result.ingress = result.egress;
		*ret_explanation = result;
		return;
	}
	result.egress = judge_side(desired, LEAT_EGRESS, src.slot, &dst, tuple);
	result.ingress = judge_side(desired, LEAT_INGRESS, dst.slot, &src, tuple);
	if (src.kind == LEAT_IP_HOST && dst.slot) {
		result.ingress.verdict = LEAT_VERDICT_ALLOW;
		result.ingress.rule = LEAT_RULE_NODE;
	}
	if (result.egress.verdict != LEAT_VERDICT_ALLOW ||
	    result.ingress.verdict != LEAT_VERDICT_ALLOW)
		result.verdict = LEAT_VERDICT_DENY;
	*ret_explanation = result;
}
