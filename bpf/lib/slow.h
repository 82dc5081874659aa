/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The slow path: whatever the fast path of hook.h did not send on at once. First packets, but
 * also all those that are not plain, and those whose verdict is too old.
 */
#include "drop.h"
#include "first.h"
#include "frag.h"
#include "icmp_error.h"

/* The headers that are rewritten have to be in the linear part of the buffer. */
inline_ bool headers_are_linear(struct __sk_buff *skb, const struct slow *s)
{
	__u32 need = s->pkt.l4_off + (s->pkt.has_l4 ? UDP_SIZE : 0);

	return need <= skb->data_end - skb->data || !bpf_skb_pull_data(skb, need);
}

/* Sends the packet as s->flow says. */
stage_ int slow_send(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	__u32 slot;
	int action;

	if (!s || !headers_are_linear(skb, s))
		return DROP(INTERNAL);
	slot = s->flow.dst_slot;
	action = forward(skb, &s->pkt, &s->flow, slot ? endpoint_find(slot) : NULL, s->hook);
	return action < 0 ? action : STAGE_DONE(action);
}

/* May a packet of s->flow go its way at all? */
stage_ int slow_check_way(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	__u32 mtu = 0;
	int verdict;

	if (!s)
		return DROP(INTERNAL);
	verdict = forward_problem(skb, &s->pkt, &s->flow, s->hook, &mtu);
	if (verdict == DROP(TTL))
		s->answer = ANSWER_TTL;
	if (verdict == DROP(TOO_BIG)) {
		s->answer = ANSWER_TOO_BIG;
		s->answer_mtu = mtu;
	}
	return verdict;
}

/* The tuple that policies see, from an entry of either direction. */
inline_ void known_set_tuple(struct slow *s, const struct leat_flow_key *key,
			     const struct leat_flow *flow)
{
	bool is_reply = flow->flags & LEAT_FLOW_REPLY;

	addr_copy(&s->client, is_reply ? &flow->nat_daddr : &key->saddr);
	addr_copy(&s->server, is_reply ? &key->saddr : &flow->nat_daddr);
	s->server_port = is_reply ? key->sport : flow->nat_dport;
	s->client_slot = is_reply ? flow->dst_slot : flow->src_slot;
	s->server_slot = is_reply ? flow->src_slot : flow->dst_slot;
	s->service = flow->service;
	s->is_known = true;
}

/* A slot that has changed hands: its flows were another pod's, or of a pod that is gone. */
inline_ bool slot_has(__u32 slot, const struct leat_addr *addr)
{
	const struct leat_endpoint *ep = slot ? endpoint_find(slot) : NULL;

	return !slot || (ep && ep->ifindex && endpoint_has(ep, addr));
}

/* Only policy is asked anew; translation and way stay. */
inline_ int known_judge(struct slow *s, const struct leat_flow_key *key, struct leat_flow *flow)
{
	bool is_reply = flow->flags & LEAT_FLOW_REPLY;
	int verdict;

	if (!slot_has(flow->src_slot, &key->saddr) || !slot_has(flow->dst_slot, &flow->nat_daddr))
		return STAGE_NO_FLOW;
	known_set_tuple(s, key, flow);
	verdict = judge();
	if (verdict)
		return verdict;
	flow->src_epoch = is_reply ? s->server_epoch : s->client_epoch;
	flow->dst_epoch = is_reply ? s->client_epoch : s->server_epoch;
	flow->egress_rule = s->egress_rule;
	flow->ingress_rule = s->ingress_rule;
	return STAGE_NEXT;
}

/* STAGE_NEXT: s->flow is a copy of the entry. STAGE_NO_FLOW: none, or none that counts. */
stage_ int slow_known(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	const struct leat_flow_key *key;
	struct flow_hit hit;
	int verdict = STAGE_NEXT;

	if (!s)
		return DROP(INTERNAL);
	key = s->pkt.is_icmp_error ? &s->inner : &s->pkt.key;
	hit.flow = bpf_map_lookup_elem(&leat_flow_v1, key);
	if (!hit.flow || flow_is_reopened(&s->pkt, hit.flow))
		return STAGE_NO_FLOW;
	flow_check(skb, &hit, s->hook);
	if (hit.state == FLOW_NONE)
		return STAGE_NO_FLOW;
	if (hit.state == FLOW_STALE)
		verdict = known_judge(s, key, hit.flow);
	if (verdict)
		return verdict;
	known_set_tuple(s, key, hit.flow);
	__builtin_memcpy(&s->flow, hit.flow, sizeof(s->flow));
	if (!s->pkt.is_icmp_error)
		flow_account(&s->pkt, hit.flow);
	return STAGE_NEXT;
}

/* What a packet without a flow says of client and server. */
inline_ void first_set_tuple(struct slow *s)
{
	addr_copy(&s->client, &s->pkt.key.saddr);
	addr_copy(&s->server, &s->pkt.key.daddr);
	s->server_port = s->pkt.key.dport;
}

/* from_net sees everything that comes to the node: is this any of our business? */
inline_ int net_is_ours(struct slow *s)
{
	if (s->hook != LEAT_HOOK_FROM_NET)
		return STAGE_NEXT;
	slow_identify_server();
	if (s->server_info.kind == LEAT_IP_SERVICE)
		return DROP(SVC_NO_PORT);
	return server_is_local_pod(s) ? STAGE_NEXT : STAGE_DONE(TC_ACT_OK);
}

inline_ int slow_new(struct __sk_buff *skb, struct slow *s)
{
	int verdict = net_is_ours(s) ?: slow_first(skb) ?: slow_check_way(skb);

	return verdict ?: slow_entries(skb);
}

/* A flow's packets, the first or a later one. */
inline_ int slow_flow(struct __sk_buff *skb, struct slow *s)
{
	int verdict = s->is_missed ? STAGE_NO_FLOW : slow_known(skb);

	if (verdict == STAGE_NO_FLOW)
		verdict = slow_new(skb, s);
	else
		verdict = verdict ?: slow_check_way(skb);
	if (!verdict && s->pkt.fragment == PKT_FIRST_FRAGMENT)
		verdict = slow_fragment_note();
	return verdict ?: slow_send(skb);
}

/* Errors never start a flow, and nobody is told when they are lost. */
inline_ int slow_error(struct __sk_buff *skb, struct slow *s)
{
	int verdict = slow_inner_read(skb) ?: slow_known(skb);

	if (verdict < 0)
		return s->is_known ? verdict : net_is_ours(s) ?: verdict;
	return slow_check_way(skb) ?: slow_inner_write(skb) ?: slow_send(skb);
}

stage_ int slow_decide(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	int verdict;

	if (!s)
		return DROP(INTERNAL);
	if (s->pkt.fragment == PKT_LATER_FRAGMENT) {
		verdict = slow_fragment_find();
		if (verdict)
			return net_is_ours(s) ?: verdict;
	}
	return s->pkt.is_icmp_error ? slow_error(skb, s) : slow_flow(skb, s);
}

inline_ int slow_read(struct __sk_buff *skb, struct slow *s)
{
	int verdict = s->is_read ? STAGE_NEXT : slow_parse(skb);

	first_set_tuple(s);
	/* Host's own affairs, also where they are broken: not ours to drop. */
	return verdict && s->hook == LEAT_HOOK_FROM_NET ? STAGE_DONE(TC_ACT_OK) : verdict;
}

/* TC_ACT_... */
stage_ int slow_path(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	int verdict;

	if (!s)
		return TC_ACT_SHOT;
	verdict = slow_admit(skb) ?: slow_read(skb, s) ?: slow_admit_address() ?: slow_decide(skb);
	if (verdict <= 0)
		return slow_drop(skb, -verdict);
	return verdict - 1;
}
