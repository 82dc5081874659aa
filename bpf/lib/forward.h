/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The last stage: rewrites the packet and sends it where its flow goes. Whoever calls has made
 * sure that TTL and size allow it (forward_problem()).
 */
#include "nat.h"

/* Every link an IP packet can meet carries this much: no need to ask the device. */
#define MTU_SURE 1280

/* This node acts as a router for what it hands from one network to another. */
inline_ bool forward_is_hop(__u8 hook, __u8 action)
{
	if (action == LEAT_FWD_LOCAL)
		return hook != LEAT_HOOK_FROM_HOST;
	if (action == LEAT_FWD_TUNNEL || action == LEAT_FWD_NEIGH)
		return hook == LEAT_HOOK_FROM_POD || hook == LEAT_HOOK_FROM_NET;
	return false;
}

/* Size of the largest IP packet that this one becomes on the wire. */
inline_ __u32 forward_size(struct __sk_buff *skb, const struct pkt *pkt)
{
	__u8 tcp_words = TCP_SIZE / 4;
	__u32 header;

	if (!skb->gso_size)
		return pkt->length;
	header = pkt->l4_off - ETH_HLEN;
	if (pkt->key.proto != IPPROTO_TCP)
		return header + UDP_SIZE + skb->gso_size;
	if (bpf_skb_load_bytes(skb, pkt->l4_off + 12, &tcp_words, 1))
		return pkt->length;
	return header + (tcp_words >> 4) * 4 + skb->gso_size;
}

inline_ __u32 forward_mtu(const struct leat_flow *flow)
{
	const struct leat_device *device;
	__u32 ifindex = flow->ifindex;

	if (flow->action == LEAT_FWD_TUNNEL)
		return leat_config.overlay_mtu;
	device = bpf_map_lookup_elem(&leat_device_v1, &ifindex);
	return device ? device->mtu : 0;
}

/* The limit that the packet is above, or 0. */
inline_ __u32 forward_excess(struct __sk_buff *skb, const struct pkt *pkt,
			     const struct leat_flow *flow)
{
	__u32 mtu;

	if (flow->action != LEAT_FWD_TUNNEL && flow->action != LEAT_FWD_NEIGH)
		return 0;
	if (pkt->length <= MTU_SURE)
		return 0;
	mtu = forward_mtu(flow);
	return mtu && forward_size(skb, pkt) > mtu ? mtu : 0;
}

/* 0 or the negated reason for which the packet may not take this way; `*ret_mtu`: TOO_BIG. */
inline_ int forward_problem(struct __sk_buff *skb, const struct pkt *pkt,
			    const struct leat_flow *flow, __u8 hook, __u32 *ret_mtu)
{
	__u32 mtu;

	if (forward_is_hop(hook, flow->action) && pkt->ttl <= 1)
		return DROP(TTL);
	mtu = forward_excess(skb, pkt, flow);
	if (mtu) {
		*ret_mtu = mtu;
		return DROP(TOO_BIG);
	}
	return 0;
}

inline_ bool eth_write(struct __sk_buff *skb, const __u8 *dst, const __u8 *src)
{
	half *to = (void *)(long)skb->data;
	const half *d = (const half *)dst, *s = (const half *)src;

	if ((void *)(to + 6) > (void *)(long)skb->data_end)
		return false;
	to[0] = d[0];
	to[1] = d[1];
	to[2] = d[2];
	to[3] = s[0];
	to[4] = s[1];
	to[5] = s[2];
	return true;
}

/* Into the pod behind this host side device, past the host's stack. */
inline_ int redirect_to_pod(struct __sk_buff *skb, __u32 ifindex)
{
	if (config_has(LEAT_CFG_REDIRECT_PEER))
		return bpf_redirect_peer(ifindex, 0);
	skb->mark = LEAT_MARK_JUDGED;
	return bpf_redirect(ifindex, 0);
}

inline_ void tunnel_key_set(struct bpf_tunnel_key *key, const struct leat_addr *remote)
{
	const word *w = addr_words_const(remote);

	if (addr_is_v4(remote)) {
		key->remote_ipv4 = bpf_ntohl(w[3]);
		return;
	}
	key->remote_ipv6[0] = w[0];
	key->remote_ipv6[1] = w[1];
	key->remote_ipv6[2] = w[2];
	key->remote_ipv6[3] = w[3];
}

static __noinline int redirect_to_node(struct __sk_buff *skb, __u32 slot)
{
	struct bpf_tunnel_key key = { .tunnel_id = leat_config.vni, .tunnel_ttl = 64 };
	const struct leat_node *node = bpf_map_lookup_elem(&leat_node_v1, &slot);
	__u64 flags = BPF_F_TUNINFO_IPV6;

	if (!node || addr_is_zero(&node->tunnel))
		return DROP(NO_ROUTE);
	if (addr_is_v4(&node->tunnel))
		flags = BPF_F_ZERO_CSUM_TX;
	tunnel_key_set(&key, &node->tunnel);
	if (bpf_skb_set_tunnel_key(skb, &key, sizeof(key), flags))
		return DROP(INTERNAL);
	return bpf_redirect(leat_config.overlay_ifindex, 0);
}

static __noinline int redirect_to_neighbour(const struct leat_flow *flow)
{
	struct bpf_redir_neigh nexthop = {};
	const word *w = addr_words_const(&flow->nexthop);

	if (addr_is_v4(&flow->nexthop)) {
		nexthop.nh_family = AF_INET;
		nexthop.ipv4_nh = w[3];
	} else {
		nexthop.nh_family = AF_INET6;
		nexthop.ipv6_nh[0] = w[0];
		nexthop.ipv6_nh[1] = w[1];
		nexthop.ipv6_nh[2] = w[2];
		nexthop.ipv6_nh[3] = w[3];
	}
	return bpf_redirect_neigh(flow->ifindex, &nexthop, sizeof(nexthop), 0);
}

inline_ bool forward_write_eth(struct __sk_buff *skb, const struct leat_flow *flow,
			       const struct leat_endpoint *dst)
{
	switch (flow->action) {
	case LEAT_FWD_LOCAL:
		return dst && dst->ifindex && eth_write(skb, dst->mac, gateway_mac);
	case LEAT_FWD_TUNNEL:
		/* not its own: VXLAN devices refuse frames that seem to come from themselves */
		return eth_write(skb, overlay_mac, gateway_mac);
	case LEAT_FWD_HOSTDEV:
		return eth_write(skb, host_mac, net_mac);
	}
	return true;
}

/* TC_ACT_... or a negated drop reason. `dst`: the endpoint in flow->dst_slot, or NULL. */
inline_ int forward(struct __sk_buff *skb, const struct pkt *pkt, const struct leat_flow *flow,
		    const struct leat_endpoint *dst, __u8 hook)
{
	int err;

	if (!forward_write_eth(skb, flow, dst))
		return DROP(ENDPOINT_UNKNOWN);
	err = nat_apply(skb, pkt, flow, forward_is_hop(hook, flow->action));
	if (err)
		return err;
	switch (flow->action) {
	case LEAT_FWD_LOCAL:
		return dst ? redirect_to_pod(skb, dst->ifindex) : DROP(ENDPOINT_UNKNOWN);
	case LEAT_FWD_TUNNEL:
		return redirect_to_node(skb, flow->node);
	case LEAT_FWD_NEIGH:
		return redirect_to_neighbour(flow);
	case LEAT_FWD_STACK:
		return TC_ACT_OK;
	case LEAT_FWD_HOSTDEV:
		return bpf_redirect(leat_config.host_ifindex, 0);
	}
	return DROP(INTERNAL);
}
