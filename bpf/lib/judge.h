/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * NetworkPolicy: may this client talk to this server? Asked once a flow, and again when an
 * endpoint's epoch moved. Epochs are read before what they vouch for, and the agent writes
 * them last, so a verdict is never taken for newer than it is.
 */
#include "identity.h"

inline_ bool proto_has_ports(__u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

struct policy_question {
	__u32 set;
	__u8 dir;
	__u8 proto;
	__be16 port;
};

inline_ const struct leat_policy *policy_find(const struct policy_question *asked, __u32 identity)
{
	struct leat_policy_key key = {
		.prefixlen = LEAT_POLICY_PREFIX_PORT(16),
		.set = asked->set,
		.identity = identity,
		.dir = asked->dir,
		.proto = asked->proto,
		.port = asked->port,
	};

	/* Rules that name ports say nothing about protocols that have none. */
	if (!proto_has_ports(asked->proto))
		key.prefixlen = LEAT_POLICY_PREFIX_PROTO;
	return bpf_map_lookup_elem(&leat_policy_v1, &key);
}

/* Notes in `s` what denied it, and who both are. `*ret_rule` is untouched then. */
inline_ bool policy_allows(struct slow *s, const struct policy_question *asked, __u32 identity,
			   __u32 *ret_rule)
{
	const struct leat_policy *hit = policy_find(asked, identity);
	const struct leat_policy *any = policy_find(asked, LEAT_ID_ANY);

	if (any && (!hit || any->precedence > hit->precedence))
		hit = any;
	s->denied_set = asked->set;
	s->denied_rule = hit ? hit->rule : LEAT_RULE_NONE;
	if (!hit || hit->verdict != LEAT_VERDICT_ALLOW) {
		identify_client(s);
		identify_server(s);
		return false;
	}
	s->denied_set = 0;
	s->denied_rule = 0;
	*ret_rule = hit->rule;
	return true;
}

inline_ void policy_ask_about(struct policy_question *asked, const struct slow *s)
{
	asked->proto = s->pkt.key.proto;
	asked->port = proto_has_ports(asked->proto) ? s->server_port : 0;
}

inline_ int judge_egress(struct slow *s, const struct leat_endpoint *ep)
{
	struct policy_question asked = { .dir = LEAT_EGRESS };

	if (!(read_once(ep->flags) & LEAT_EP_EGRESS_ISOLATED))
		return STAGE_NEXT;
	identify_server(s);
	policy_ask_about(&asked, s);
	asked.set = read_once(ep->egress_set);
	return policy_allows(s, &asked, s->server_info.identity, &s->egress_rule)
		       ? STAGE_NEXT
		       : DROP(POLICY_EGRESS);
}

/* The node of the pod; who has a slot is a pod. */
inline_ bool judge_is_node(struct slow *s)
{
	if (s->client_slot)
		return false;
	identify_client(s);
	return s->client_info.kind == LEAT_IP_HOST;
}

inline_ int judge_ingress(struct slow *s, const struct leat_endpoint *ep)
{
	struct policy_question asked = { .dir = LEAT_INGRESS };

	if (judge_is_node(s)) {
		s->ingress_rule = LEAT_RULE_NODE;
		return STAGE_NEXT;
	}
	if (!(read_once(ep->flags) & LEAT_EP_INGRESS_ISOLATED))
		return STAGE_NEXT;
	identify_client(s);
	policy_ask_about(&asked, s);
	asked.set = read_once(ep->ingress_set);
	return policy_allows(s, &asked, s->client_info.identity, &s->ingress_rule)
		       ? STAGE_NEXT
		       : DROP(POLICY_INGRESS);
}

stage_ int slow_judge_egress(void)
{
	struct slow *s = slow_get();
	const struct leat_endpoint *ep;
	__u32 slot;

	if (!s)
		return DROP(INTERNAL);
	slot = s->client_slot;
	ep = bpf_map_lookup_elem(&leat_ep_v1, &slot);
	if (!ep || !slot)
		return STAGE_NEXT;
	s->client_epoch = read_once(ep->epoch);
	if (slot == s->server_slot) {
		s->egress_rule = LEAT_RULE_SELF;
		return STAGE_NEXT;
	}
	return judge_egress(s, ep);
}

stage_ int slow_judge_ingress(void)
{
	struct slow *s = slow_get();
	const struct leat_endpoint *ep;
	__u32 slot;

	if (!s)
		return DROP(INTERNAL);
	slot = s->server_slot;
	ep = bpf_map_lookup_elem(&leat_ep_v1, &slot);
	if (!ep || !slot)
		return STAGE_NEXT;
	s->server_epoch = read_once(ep->epoch);
	if (slot == s->client_slot) {
		s->ingress_rule = LEAT_RULE_SELF;
		return STAGE_NEXT;
	}
	return judge_ingress(s, ep);
}

inline_ int judge(void)
{
	return slow_judge_egress() ?: slow_judge_ingress();
}
