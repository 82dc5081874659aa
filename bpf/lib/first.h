/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* The first packet of a flow decides everything for those that follow; one function a hook. */
#include "admit.h"
#include "entry.h"
#include "icmp.h"
#include "judge.h"

/* What can open a flow at all. */
inline_ int first_is_opening(const struct slow *s)
{
	if (s->pkt.key.proto == IPPROTO_TCP && !pkt_is_bare_syn(&s->pkt))
		return DROP(TCP_NO_FLOW);
	return s->pkt.key.kind == LEAT_KIND_ECHO_REPLY ? DROP(ICMP_NO_FLOW) : STAGE_NEXT;
}

/* An echo request for a Service's address; everything else for it is refused by now. */
inline_ int first_echo(struct __sk_buff *skb, struct slow *s)
{
	if (s->is_service || s->server_info.kind != LEAT_IP_SERVICE)
		return STAGE_NEXT;
	return STAGE_DONE(slow_echo(skb));
}

/* from_pod and, with the node as client, from_host */
inline_ int first_outward(struct __sk_buff *skb, struct slow *s)
{
	return first_is_opening(s) ?: slow_service() ?: first_echo(skb, s) ?: slow_route(skb) ?:
	       judge();
}

inline_ int first_from_host(struct __sk_buff *skb, struct slow *s)
{
	if (slow_identify_client() != LEAT_IP_HOST)
		return DROP(SPOOFED_ADDR);
	return first_outward(skb, s);
}

inline_ int first_to_pod(struct slow *s)
{
	s->flow.action = LEAT_FWD_STACK;
	s->flow.dst_slot = s->server_slot;
	return first_is_opening(s) ?: judge();
}

inline_ bool server_is_local_pod(const struct slow *s)
{
	return s->server_info.kind == LEAT_IP_POD && s->server_info.slot;
}

inline_ int first_from_overlay(struct slow *s)
{
	int verdict = admit_node(s);

	if (verdict)
		return verdict;
	slow_identify_server();
	if (!server_is_local_pod(s))
		return DROP(TUNNEL_TARGET);
	s->flow.node = s->node;
	route_local(s);
	return first_is_opening(s) ?: judge();
}

/* The node's own traffic passes untouched; what is for our pods is judged. */
inline_ int first_from_net(struct slow *s)
{
	__u32 kind = slow_identify_client();

	if (kind == LEAT_IP_HOST || s->client_info.slot ||
	    (kind_is_pod(kind) && config_has(LEAT_CFG_TUNNEL)))
		return DROP(WRONG_WAY);
	route_local(s);
	return first_is_opening(s) ?: judge();
}

inline_ int first_decide(struct __sk_buff *skb, struct slow *s)
{
	switch (s->hook) {
	case LEAT_HOOK_FROM_POD:
		return first_outward(skb, s);
	case LEAT_HOOK_TO_POD:
		return first_to_pod(s);
	case LEAT_HOOK_FROM_NET:
		return first_from_net(s);
	case LEAT_HOOK_FROM_HOST:
		return first_from_host(skb, s);
	case LEAT_HOOK_FROM_OVERLAY:
		return first_from_overlay(s);
	}
	return DROP(INTERNAL);
}

stage_ int slow_first(struct __sk_buff *skb)
{
	struct slow *s = slow_get();

	return s ? first_decide(skb, s) : DROP(INTERNAL);
}
