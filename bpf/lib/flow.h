/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The one lookup: finds a packet's entry and says whether it still counts. Entries are made in
 * entry.h, judged again in judge.h.
 */
#include "config.h"
#include "maps.h"
#include "pkt.h"

enum flow_state {
	FLOW_NONE,  /* no entry for this packet: it is a flow's first */
	FLOW_STALE, /* verdict older than an endpoint's epoch: judge again */
	FLOW_CURRENT,
};

/* An entry and what was looked up beside it. */
struct flow_hit {
	struct leat_flow *flow;
	struct leat_endpoint *dst; /* local receiver, or NULL */
	enum flow_state state;
};

inline_ struct leat_endpoint *endpoint_find(__u32 slot)
{
	return bpf_map_lookup_elem(&leat_ep_v1, &slot);
}

/* Key of the other direction's entry. */
inline_ void flow_partner(struct leat_flow_key *key, const struct leat_flow *flow, __u8 proto,
			  __u8 kind)
{
	addr_copy(&key->saddr, &flow->nat_daddr);
	addr_copy(&key->daddr, &flow->nat_saddr);
	key->sport = flow->nat_dport;
	key->dport = flow->nat_sport;
	key->proto = proto;
	/* PLAIN stays, requests and replies change places */
	key->kind = kind ? LEAT_KIND_ECHO_REQUEST + LEAT_KIND_ECHO_REPLY - kind : LEAT_KIND_PLAIN;
	key->zero = 0;
}

inline_ bool mac_is_equal(const __u8 *a, const __u8 *b)
{
	const half *x = (const half *)a, *y = (const half *)b;

	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2])) == 0;
}

/* The frame came in by this endpoint's device with its MAC address. */
inline_ bool endpoint_is_sender(struct __sk_buff *skb, const struct leat_endpoint *ep)
{
	const struct ethhdr *eth = (const void *)(long)skb->data;

	if ((const void *)(eth + 1) > (const void *)(long)skb->data_end)
		return false;
	return ep->ifindex == skb->ifindex && mac_is_equal(eth->h_source, ep->mac);
}

/* A bare SYN opens a connection; an entry that saw more than that is another one's. */
inline_ bool flow_is_reopened(const struct pkt *pkt, const struct leat_flow *flow)
{
	return pkt_is_bare_syn(pkt) && (flow->flags & LEAT_FLOW_REPLY ||
					flow->tcp & (LEAT_TCP_ACK | LEAT_TCP_FIN | LEAT_TCP_RST));
}

/* The address that a tunnel packet came from, and its network's number. */
inline_ bool tunnel_read(struct __sk_buff *skb, bool is_v6, struct leat_addr *ret_remote,
			 __u32 *ret_vni)
{
	struct bpf_tunnel_key key = {};

	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), is_v6 ? BPF_F_TUNINFO_IPV6 : 0))
		return false;
	if (is_v6)
		addr_set6(ret_remote, key.remote_ipv6);
	else
		addr_set4(ret_remote, bpf_htonl(key.remote_ipv4));
	*ret_vni = key.tunnel_id;
	return true;
}

/* The packet was sent by this very node: nobody else may send for its pods. */
stage_ int tunnel_is_from(struct __sk_buff *skb, __u32 slot)
{
	const struct leat_node *node = bpf_map_lookup_elem(&leat_node_v1, &slot);
	struct leat_addr remote;
	__u32 vni;

	if (!node || !slot || !tunnel_read(skb, !addr_is_v4(&node->tunnel), &remote, &vni))
		return false;
	return vni == leat_config.vni && addr_is_equal(&remote, &node->tunnel);
}

inline_ void flow_check(struct __sk_buff *skb, struct flow_hit *hit, __u8 hook)
{
	const struct leat_flow *flow = hit->flow;
	const struct leat_endpoint *src;

	hit->state = FLOW_NONE;
	hit->dst = NULL;
	if (flow->hook != hook)
		return;
	if (hook == LEAT_HOOK_FROM_OVERLAY && !tunnel_is_from(skb, flow->node))
		return;
	if (hook == LEAT_HOOK_FROM_POD || flow->src_slot) {
		src = endpoint_find(flow->src_slot);
		if (!src || (hook == LEAT_HOOK_FROM_POD && !endpoint_is_sender(skb, src)))
			return;
		if (src->epoch != flow->src_epoch)
			hit->state = FLOW_STALE;
	}
	if (flow->dst_slot) {
		hit->dst = endpoint_find(flow->dst_slot);
		if (!hit->dst)
			return;
		if (hit->dst->epoch != flow->dst_epoch)
			hit->state = FLOW_STALE;
	}
	if (hit->state == FLOW_NONE)
		hit->state = FLOW_CURRENT;
}

inline_ void flow_find(struct __sk_buff *skb, const struct pkt *pkt, __u8 hook,
		       struct flow_hit *hit)
{
	hit->state = FLOW_NONE;
	hit->flow = bpf_map_lookup_elem(&leat_flow_v1, &pkt->key);
	if (hit->flow && !flow_is_reopened(pkt, hit->flow))
		flow_check(skb, hit, hook);
}

/* One flow of `slot` has its answer, or is gone. */
inline_ void half_open_release(__u32 slot)
{
	struct leat_epstat *stat = bpf_map_lookup_elem(&leat_epstat_v1, &slot);

	if (stat && read_once(stat->half_open))
		__sync_fetch_and_add(&stat->half_open, -1);
}

/* First reply: the flow is not half open any more. Once a flow, so a second lookup is fine. */
static __noinline int flow_answered(const struct leat_flow *reply, __u8 proto, __u8 kind)
{
	struct leat_flow_key key;
	struct leat_flow *flow;

	flow_partner(&key, reply, proto, kind);
	flow = bpf_map_lookup_elem(&leat_flow_v1, &key);
	if (!flow || !(flow->flags & LEAT_FLOW_HALF_OPEN))
		return 0;
	flow->flags &= ~LEAT_FLOW_HALF_OPEN;
	half_open_release(flow->src_slot);
	return 0;
}

/* Counts and remembers; writes shared bytes only when they change. */
inline_ void flow_account(const struct pkt *pkt, struct leat_flow *flow)
{
	__u32 tick = now_tick();
	__u8 shown = flow->tcp;

	flow->packets++;
	flow->bytes += pkt->length;
	if (flow->seen_tick != tick)
		flow->seen_tick = tick;
	if (likely((shown & pkt->tcp) == pkt->tcp))
		return;
	flow->tcp = shown | pkt->tcp;
	if (flow->flags & LEAT_FLOW_REPLY && !(shown & LEAT_TCP_ACK))
		flow_answered(flow, pkt->key.proto, pkt->key.kind);
}
