/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Where a flow goes, by who its server is: fills in the forward entry's action. */
#include "identity.h"

inline_ int route_local(struct slow *s)
{
	s->flow.action = LEAT_FWD_LOCAL;
	s->flow.dst_slot = s->server_info.slot;
	s->server_slot = s->server_info.slot;
	return STAGE_NEXT;
}

inline_ int route_unreachable(struct slow *s)
{
	s->answer = ANSWER_ROUTE;
	return DROP(NO_ROUTE);
}

inline_ int route_tunnel(struct slow *s)
{
	__u32 slot = s->server_info.node;
	const struct leat_node *node = bpf_map_lookup_elem(&leat_node_v1, &slot);

	if (!node || addr_is_zero(&node->tunnel))
		return route_unreachable(s);
	s->flow.action = LEAT_FWD_TUNNEL;
	s->flow.node = slot;
	return STAGE_NEXT;
}

inline_ void fib_ask(struct bpf_fib_lookup *fib, __u32 ifindex, const struct leat_addr *from,
		     const struct leat_addr *to)
{
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->ifindex = ifindex;
	if (addr_is_v4(to)) {
		fib->family = AF_INET;
		fib->ipv4_src = addr_v4(from);
		fib->ipv4_dst = addr_v4(to);
	} else {
		fib->family = AF_INET6;
		addr_set6((struct leat_addr *)fib->ipv6_src, from->b);
		addr_set6((struct leat_addr *)fib->ipv6_dst, to->b);
	}
}

/* BPF_FIB_LKUP_RET_...; kernels before 6.3 refuse the flag. A missing neighbour is no matter. */
inline_ int fib_lookup(struct __sk_buff *skb, struct slow *s, const struct leat_addr *from,
		       const struct leat_addr *to)
{
	/* As seen from leat_net, which the agent lets forward: the kernel gives no route to what
	 * comes in by a device that does not, and an uplink need not. */
	__u32 ifindex = leat_config.host_ifindex ? leat_config.host_ifindex : skb->ifindex;
	long result;

	fib_ask(&s->fib, ifindex, from, to);
	result = bpf_fib_lookup(skb, &s->fib, sizeof(s->fib), BPF_FIB_LOOKUP_SKIP_NEIGH);
	if (result < 0) {
		fib_ask(&s->fib, ifindex, from, to);
		result = bpf_fib_lookup(skb, &s->fib, sizeof(s->fib), 0);
	}
	return result == BPF_FIB_LKUP_RET_NO_NEIGH ? BPF_FIB_LKUP_RET_SUCCESS : result;
}

inline_ bool fib_says_no(int result)
{
	return result == BPF_FIB_LKUP_RET_BLACKHOLE || result == BPF_FIB_LKUP_RET_UNREACHABLE ||
	       result == BPF_FIB_LKUP_RET_PROHIBIT;
}

/* Action, device and next hop of an entry whose packets leave by one of our uplinks. */
inline_ void route_set_neighbour(struct leat_flow *flow, const struct bpf_fib_lookup *fib)
{
	flow->action = LEAT_FWD_NEIGH;
	flow->ifindex = fib->ifindex;
	if (fib->family == AF_INET)
		addr_set4(&flow->nexthop, fib->ipv4_dst);
	else
		addr_set6(&flow->nexthop, fib->ipv6_dst);
}

/* The node's address of the packet's family replaces the pod's. */
inline_ void route_masquerade(struct slow *s, const struct leat_device *device)
{
	const struct leat_addr *own = s->pkt.is_v6 ? &device->addr6 : &device->addr4;

	if (!config_has(s->pkt.is_v6 ? LEAT_CFG_MASQUERADE6 : LEAT_CFG_MASQUERADE4))
		return;
	if (addr_is_zero(own))
		return;
	s->is_masqueraded = true;
	addr_copy(&s->flow.nat_saddr, own);
}

/* Not one of our uplinks, or the node itself: its stack knows. Only a pod's packet is where
 * the stack can go on with it. */
inline_ int route_stack(struct slow *s)
{
	if (s->hook != LEAT_HOOK_FROM_POD)
		return route_unreachable(s);
	s->flow.action = LEAT_FWD_STACK;
	return STAGE_NEXT;
}

inline_ int route_out(struct __sk_buff *skb, struct slow *s)
{
	int result = fib_lookup(skb, s, &s->client, &s->server);
	const struct leat_device *device;
	__u32 ifindex;

	if (fib_says_no(result))
		return route_unreachable(s);
	if (result != BPF_FIB_LKUP_RET_SUCCESS)
		return route_stack(s);
	ifindex = s->fib.ifindex;
	device = bpf_map_lookup_elem(&leat_device_v1, &ifindex);
	if (!device)
		return route_stack(s);
	route_set_neighbour(&s->flow, &s->fib);
	if (s->hook == LEAT_HOOK_FROM_POD && !kind_is_pod(s->server_info.kind))
		route_masquerade(s, device);
	return STAGE_NEXT;
}

/*
 * A pod meets a process of its node in the stack. When the node reaches itself through a
 * Service, the server must not answer past us: it sees the gateway as its client.
 */
inline_ int route_host(struct slow *s)
{
	if (s->hook == LEAT_HOOK_FROM_POD) {
		s->flow.action = LEAT_FWD_STACK;
		return STAGE_NEXT;
	}
	s->flow.action = LEAT_FWD_HOSTDEV;
	s->flow.flags |= LEAT_FLOW_HAIRPIN;
	addr_set_gateway(&s->flow.nat_saddr, s->pkt.is_v6);
	return STAGE_NEXT;
}

inline_ int route_pod(struct __sk_buff *skb, struct slow *s)
{
	if (s->server_info.kind == LEAT_IP_POD && s->server_info.slot)
		return route_local(s);
	if (!s->server_info.node)
		return DROP(ENDPOINT_UNKNOWN);
	return config_has(LEAT_CFG_TUNNEL) ? route_tunnel(s) : route_out(skb, s);
}

/* from_pod and from_host */
stage_ int slow_route(struct __sk_buff *skb)
{
	struct slow *s = slow_get();

	if (!s)
		return DROP(INTERNAL);
	if (addr_is_bad(&s->server))
		return DROP(ADDR_BAD);
	identify_server(s);
	if (kind_is_pod(s->server_info.kind))
		return route_pod(skb, s);
	if (s->server_info.kind == LEAT_IP_HOST)
		return route_host(s);
	if (s->server_info.kind == LEAT_IP_SERVICE)
		return DROP(SVC_NO_PORT); /* a Service behind a Service */
	return route_out(skb, s);
}

/* The way back to a client that came in by an uplink. */
stage_ int slow_route_back(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	const struct leat_device *device;
	__u32 ifindex;

	if (!s)
		return DROP(INTERNAL);
	s->reply.action = LEAT_FWD_STACK;
	if (fib_lookup(skb, s, &s->server, &s->client) != BPF_FIB_LKUP_RET_SUCCESS)
		return STAGE_NEXT;
	ifindex = s->fib.ifindex;
	device = bpf_map_lookup_elem(&leat_device_v1, &ifindex);
	if (device)
		route_set_neighbour(&s->reply, &s->fib);
	return STAGE_NEXT;
}
