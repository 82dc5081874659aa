/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * May the packet have come from where it came? Before it is read: the device, the frame, the
 * tunnel. After: its addresses.
 */
#include "flow.h"
#include "identity.h"

inline_ int admit_pod(struct __sk_buff *skb, struct slow *s)
{
	__u32 ifindex = skb->ifindex;
	const __u32 *slot = bpf_map_lookup_elem(&leat_ifep_v1, &ifindex);
	const struct ethhdr *eth = (const void *)(long)skb->data;
	const struct leat_endpoint *ep;

	if (!slot)
		return DROP(ENDPOINT_UNKNOWN);
	s->in_slot = *slot;
	ep = endpoint_find(*slot);
	if (!ep || ep->ifindex != ifindex)
		return DROP(ENDPOINT_UNKNOWN);
	if (s->hook != LEAT_HOOK_FROM_POD)
		return STAGE_NEXT;
	if ((const void *)(eth + 1) > (const void *)(long)skb->data_end)
		return DROP(TRUNCATED);
	return mac_is_equal(eth->h_source, ep->mac) ? STAGE_NEXT : DROP(SPOOFED_MAC);
}

inline_ int admit_overlay(struct __sk_buff *skb, struct slow *s)
{
	__u32 vni;

	if (!tunnel_read(skb, false, &s->remote, &vni) && !tunnel_read(skb, true, &s->remote, &vni))
		return DROP(TUNNEL_SOURCE);
	return vni == leat_config.vni ? STAGE_NEXT : DROP(TUNNEL_VNI);
}

stage_ int slow_admit(struct __sk_buff *skb)
{
	struct slow *s = slow_get();

	if (!s)
		return DROP(INTERNAL);
	switch (s->hook) {
	case LEAT_HOOK_FROM_POD:
	case LEAT_HOOK_TO_POD:
		return admit_pod(skb, s);
	case LEAT_HOOK_FROM_OVERLAY:
		return admit_overlay(skb, s);
	}
	return STAGE_NEXT;
}

inline_ bool endpoint_has(const struct leat_endpoint *ep, const struct leat_addr *addr)
{
	return addr_is_equal(addr_is_v4(addr) ? &ep->addr4 : &ep->addr6, addr);
}

/* The pod's own address: its source at from_pod, the destination at to_pod. */
inline_ int admit_pod_address(struct slow *s)
{
	__u32 slot = s->in_slot;
	const struct leat_endpoint *ep = endpoint_find(slot);

	if (!ep)
		return DROP(ENDPOINT_UNKNOWN);
	if (s->hook == LEAT_HOOK_TO_POD) {
		s->server_slot = slot;
		return endpoint_has(ep, &s->pkt.key.daddr) ? STAGE_NEXT : DROP(ENDPOINT_UNKNOWN);
	}
	s->client_slot = slot;
	return endpoint_has(ep, &s->pkt.key.saddr) ? STAGE_NEXT : DROP(SPOOFED_ADDR);
}

stage_ int slow_admit_address(void)
{
	struct slow *s = slow_get();

	if (!s)
		return DROP(INTERNAL);
	if (s->hook == LEAT_HOOK_FROM_POD || s->hook == LEAT_HOOK_TO_POD)
		return admit_pod_address(s);
	return STAGE_NEXT;
}

/* A new flow from another node: its source has to be of that node. */
inline_ int admit_node(struct slow *s)
{
	const struct leat_node *node;
	__u32 slot;

	identify_client(s);
	slot = s->client_info.node;
	if (!slot || (s->client_info.kind != LEAT_IP_NODE && !kind_is_pod(s->client_info.kind)))
		return DROP(TUNNEL_SOURCE);
	node = bpf_map_lookup_elem(&leat_node_v1, &slot);
	if (!node || !addr_is_equal(&node->tunnel, &s->remote))
		return DROP(TUNNEL_SOURCE);
	s->node = slot;
	return STAGE_NEXT;
}
