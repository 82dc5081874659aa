/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Writes a flow's two entries: the reply's first, because it may lose the race for a port,
 * then the one that later packets of this direction find.
 */
#include "flow.h"
#include "route.h"
#include "service.h"

#define PORT_TRIES 16

enum port_result {		   /* beside a negated drop reason */
		   PORT_TAKEN = 0, /* the entry is written */
		   PORT_IS_USED = 1,
};

/* The node's own traffic is not limited: its probes decide about the lives of pods. */
inline_ bool half_open_is_limited(const struct slow *s)
{
	return leat_config.half_open_max && s->hook != LEAT_HOOK_TO_POD &&
	       s->hook != LEAT_HOOK_FROM_HOST;
}

/* An entry is about to be written over. */
inline_ void entry_displace(struct leat_flow *old)
{
	if (!(old->flags & LEAT_FLOW_HALF_OPEN))
		return;
	old->flags &= ~LEAT_FLOW_HALF_OPEN;
	half_open_release(old->src_slot);
}

inline_ int half_open_check(struct slow *s)
{
	const struct leat_epstat *stat;
	__u32 slot = s->client_slot;
	struct leat_flow *old = NULL;

	if (!s->is_absent)
		old = bpf_map_lookup_elem(&leat_flow_v1, &s->pkt.key);
	if (old)
		entry_displace(old);
	stat = bpf_map_lookup_elem(&leat_epstat_v1, &slot);
	if (stat && half_open_is_limited(s) &&
	    read_once(stat->half_open) >= leat_config.half_open_max)
		return DROP(HALF_OPEN);
	return STAGE_NEXT;
}

inline_ void half_open_count(struct slow *s)
{
	__u32 slot = s->client_slot;
	struct leat_epstat *stat = bpf_map_lookup_elem(&leat_epstat_v1, &slot);

	if (stat)
		__sync_fetch_and_add(&stat->half_open, 1);
}

inline_ __u8 reply_hook(const struct slow *s)
{
	switch (s->flow.action) {
	case LEAT_FWD_TUNNEL:
		return LEAT_HOOK_FROM_OVERLAY;
	case LEAT_FWD_NEIGH:
		return LEAT_HOOK_FROM_NET;
	case LEAT_FWD_HOSTDEV:
		return LEAT_HOOK_FROM_HOST;
	case LEAT_FWD_STACK:
		if (s->hook == LEAT_HOOK_FROM_POD)
			return LEAT_HOOK_TO_POD;
	}
	return LEAT_HOOK_FROM_POD;
}

/* from_net: the route back to the client has been asked for, see slow_route_back(). */
inline_ __u8 reply_action(const struct slow *s)
{
	switch (s->hook) {
	case LEAT_HOOK_FROM_POD:
		return s->flow.action == LEAT_FWD_STACK ? LEAT_FWD_STACK : LEAT_FWD_LOCAL;
	case LEAT_HOOK_FROM_HOST:
		return LEAT_FWD_HOSTDEV;
	case LEAT_HOOK_FROM_OVERLAY:
		return LEAT_FWD_TUNNEL;
	case LEAT_HOOK_FROM_NET:
		return s->reply.action;
	}
	return LEAT_FWD_STACK;
}

inline_ void entry_fill_forward(struct slow *s)
{
	struct leat_flow *flow = &s->flow;

	if (s->client_slot && s->client_slot == s->server_slot && s->is_service) {
		flow->flags |= LEAT_FLOW_HAIRPIN;
		addr_set_gateway(&flow->nat_saddr, s->pkt.is_v6);
	}
	if (addr_is_zero(&flow->nat_saddr))
		addr_copy(&flow->nat_saddr, &s->client);
	addr_copy(&flow->nat_daddr, &s->server);
	flow->nat_dport = s->server_port;
	flow->src_slot = s->client_slot;
	flow->src_epoch = s->client_epoch;
	flow->dst_epoch = s->server_epoch;
	flow->egress_rule = s->egress_rule;
	flow->ingress_rule = s->ingress_rule;
	flow->service = s->service;
	flow->seen_tick = now_tick();
	flow->created_tick = flow->seen_tick;
	flow->hook = s->hook;
	flow->tcp = s->pkt.tcp;
	flow->flags |= LEAT_FLOW_HALF_OPEN;
	flow->packets = 1;
	flow->bytes = s->pkt.length;
	if (s->is_masqueraded)
		flow->flags |= LEAT_FLOW_MASQUERADE;
	if (!addr_is_equal(&s->server, &s->pkt.key.daddr) || s->server_port != s->pkt.key.dport)
		flow->flags |= LEAT_FLOW_NAT_DST;
}

inline_ void entry_fill_reply(struct slow *s)
{
	const struct leat_flow *flow = &s->flow;
	struct leat_flow *reply = &s->reply;

	addr_copy(&reply->nat_saddr, &s->pkt.key.daddr);
	addr_copy(&reply->nat_daddr, &s->pkt.key.saddr);
	reply->nat_sport = s->pkt.key.dport;
	reply->nat_dport = s->pkt.key.sport;
	reply->src_slot = flow->dst_slot;
	reply->dst_slot = flow->src_slot;
	reply->src_epoch = flow->dst_epoch;
	reply->dst_epoch = flow->src_epoch;
	reply->node = flow->node;
	reply->egress_rule = flow->egress_rule;
	reply->ingress_rule = flow->ingress_rule;
	reply->service = flow->service;
	reply->seen_tick = flow->seen_tick;
	reply->created_tick = flow->created_tick;
	reply->hook = reply_hook(s);
	reply->action = reply_action(s);
	reply->flags = LEAT_FLOW_REPLY | (flow->flags & (LEAT_FLOW_HAIRPIN | LEAT_FLOW_MASQUERADE));
	if (flow->flags & LEAT_FLOW_NAT_DST)
		reply->flags |= LEAT_FLOW_NAT_SRC;
}

inline_ void entry_mark_source(struct slow *s)
{
	bool is_new = s->flow.nat_sport != s->pkt.key.sport ||
		      !addr_is_equal(&s->flow.nat_saddr, &s->pkt.key.saddr);

	if (!is_new)
		return;
	s->flow.flags |= LEAT_FLOW_NAT_SRC;
	s->reply.flags |= LEAT_FLOW_NAT_DST;
}

/* `old` is what an earlier flow of the very same client left, or answers it. */
inline_ bool entry_is_own(const struct slow *s, const struct leat_flow *old)
{
	return addr_is_equal(&old->nat_daddr, &s->pkt.key.saddr) &&
	       addr_is_equal(&old->nat_saddr, &s->pkt.key.daddr) &&
	       old->nat_dport == s->pkt.key.sport && old->nat_sport == s->pkt.key.dport;
}

/* Writes the reply's entry with this source port, if no other flow has it. */
stage_ int slow_try_port(__u32 port)
{
	struct slow *s = slow_get();
	struct leat_flow *old;
	long err;

	if (!s)
		return DROP(INTERNAL);
	s->flow.nat_sport = port;
	entry_mark_source(s);
	flow_partner(&s->reply_key, &s->flow, s->pkt.key.proto, s->pkt.key.kind);
	err = bpf_map_update_elem(&leat_flow_v1, &s->reply_key, &s->reply, BPF_NOEXIST);
	if (!err)
		return PORT_TAKEN;
	if (err != -EEXIST)
		return DROP(FLOW_FULL);
	old = bpf_map_lookup_elem(&leat_flow_v1, &s->reply_key);
	if (!old || !entry_is_own(s, old))
		return PORT_IS_USED;
	entry_displace(old);
	err = bpf_map_update_elem(&leat_flow_v1, &s->reply_key, &s->reply, BPF_ANY);
	return err ? DROP(FLOW_FULL) : PORT_TAKEN;
}

/* TCP and UDP ports and echo identifiers are ours to choose. */
inline_ bool port_may_change(const struct slow *s)
{
	return (s->pkt.key.proto == IPPROTO_TCP || s->pkt.key.proto == IPPROTO_UDP ||
		s->pkt.key.kind == LEAT_KIND_ECHO_REQUEST) &&
	       leat_config.masq_port_min;
}

inline_ bool port_is_masquerade(__be16 port)
{
	__u16 number = bpf_ntohs(port);

	return number >= leat_config.masq_port_min && number <= leat_config.masq_port_max;
}

stage_ int slow_search_port(void)
{
	struct slow *s = slow_get();
	__u32 range = (__u32)leat_config.masq_port_max - leat_config.masq_port_min + 1;
	__u32 hash, step;
	int result = PORT_IS_USED;

	if (!s)
		return DROP(INTERNAL);
	if (!range || range > 65536)
		return DROP(NAT_PORTS);
	hash = flow_hash(&s->pkt.key);
	step = hash >> 16 | 1;
	for (int i = 0; i < PORT_TRIES && result == PORT_IS_USED; i++) {
		result = slow_try_port(bpf_htons(leat_config.masq_port_min + hash % range));
		hash += step;
	}
	return result == PORT_IS_USED ? DROP(NAT_PORTS) : result;
}

/* The client's own port where that does, else one of the node's range. */
inline_ int entry_put_reply(struct slow *s)
{
	int result = PORT_IS_USED;

	if (!s->is_masqueraded || !port_may_change(s) || port_is_masquerade(s->pkt.key.sport))
		result = slow_try_port(s->pkt.key.sport);
	if (result != PORT_IS_USED)
		return result;
	return port_may_change(s) ? slow_search_port() : DROP(NAT_PORTS);
}

stage_ int slow_entries(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	int verdict;

	if (!s)
		return DROP(INTERNAL);
	verdict = half_open_check(s);
	if (verdict)
		return verdict;
	__builtin_memset(&s->reply, 0, sizeof(s->reply));
	if (s->hook == LEAT_HOOK_FROM_NET)
		slow_route_back(skb);
	entry_fill_forward(s);
	entry_fill_reply(s);
	verdict = entry_put_reply(s);
	if (verdict)
		return verdict;
	if (bpf_map_update_elem(&leat_flow_v1, &s->pkt.key, &s->flow, BPF_ANY)) {
		bpf_map_delete_elem(&leat_flow_v1, &s->reply_key);
		return DROP(FLOW_FULL);
	}
	half_open_count(s);
	return STAGE_NEXT;
}
