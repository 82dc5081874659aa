/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What all programs have in common. The fast path: one lookup, a few array reads, out. Any
 * doubt is left to slow.h.
 */
#include "slow.h"

/* Hands over to the slow path what is known by now. */
inline_ int hook_leave(struct __sk_buff *skb, const struct pkt *pkt, __u8 hook,
		       const struct flow_hit *hit)
{
	struct slow *s = slow_get();

	if (!s)
		return TC_ACT_SHOT;
	__builtin_memset(s, 0, offsetof(struct slow, reply));
	s->hook = hook;
	if (pkt) {
		s->pkt = *pkt;
		s->is_read = true;
		s->is_missed = hit->state == FLOW_NONE;
		s->is_absent = !hit->flow;
	}
	return slow_path(skb);
}

/* The packet may be rewritten by half: no answer, only the count. */
inline_ int hook_drop(struct __sk_buff *skb, const struct pkt *pkt, __u8 hook, __u32 reason)
{
	struct slow *s = slow_get();

	if (!s)
		return TC_ACT_SHOT;
	__builtin_memset(s, 0, offsetof(struct slow, reply));
	s->hook = hook;
	s->pkt = *pkt;
	return slow_drop(skb, reason);
}

/* Most of what an uplink receives is the node's own: out of here with it. */
inline_ bool hook_is_host_traffic(const struct pkt *pkt)
{
	const struct leat_ipinfo *info = bpf_map_lookup_elem(&leat_ipcache_v1, &pkt->key.daddr);

	return info && info->kind == LEAT_IP_HOST;
}

inline_ int hook_run(struct __sk_buff *skb, __u8 hook)
{
	struct pkt pkt = {};
	struct flow_hit hit;
	__u32 mtu;
	int action;

	if (!parse_plain(skb, &pkt))
		return hook_leave(skb, NULL, hook, NULL);
	flow_find(skb, &pkt, hook, &hit);
	if (hook == LEAT_HOOK_FROM_NET && hit.state == FLOW_NONE && hook_is_host_traffic(&pkt))
		return TC_ACT_OK;
	if (hit.state != FLOW_CURRENT)
		return hook_leave(skb, &pkt, hook, &hit);
	if (forward_problem(skb, &pkt, hit.flow, hook, &mtu))
		return hook_leave(skb, &pkt, hook, &hit);
	flow_account(&pkt, hit.flow);
	action = forward(skb, &pkt, hit.flow, hit.dst, hook);
	return action < 0 ? hook_drop(skb, &pkt, hook, -action) : action;
}
