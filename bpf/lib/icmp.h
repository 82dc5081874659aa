/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * ICMP that we say ourselves: errors about packets that are dropped, and answers to echo
 * requests for Service addresses. Only to those whose traffic starts here, local pods
 * (from_pod) and the node (from_host); at other hooks a drop is silent.
 *
 * An error grows in front of the packet it is about, so that a checksum which the sender left
 * to be filled in (CHECKSUM_PARTIAL) still points into the quoted packet.
 */
#include "forward.h"
#include "scratch.h"

struct icmp_head {
	__u8 type;
	__u8 code;
	__u16 check;
	__be32 word;
};

struct error4 {
	struct iphdr ip;
	struct icmp_head icmp;
};

struct error6 {
	struct ipv6hdr ip;
	struct icmp_head icmp;
};

/* Back out of where it came from. */
inline_ int redirect_back(struct __sk_buff *skb, const struct slow *s)
{
	const struct leat_endpoint *ep;
	__u32 slot = s->in_slot;

	if (s->hook == LEAT_HOOK_FROM_HOST) {
		if (!eth_write(skb, host_mac, net_mac))
			return TC_ACT_SHOT;
		return bpf_redirect(leat_config.host_ifindex, 0);
	}
	ep = bpf_map_lookup_elem(&leat_ep_v1, &slot);
	if (!ep || !slot || !eth_write(skb, ep->mac, gateway_mac))
		return TC_ACT_SHOT;
	return redirect_to_pod(skb, ep->ifindex);
}

inline_ bool answer_is_due(const struct slow *s)
{
	return (s->hook == LEAT_HOOK_FROM_POD || s->hook == LEAT_HOOK_FROM_HOST) &&
	       s->pkt.fragment != PKT_LATER_FRAGMENT && !s->pkt.is_icmp_error;
}

struct icmp_kind {
	__u8 type;
	__u8 code;
};

/* By enum slow_answer: RFC 792 and RFC 1191, RFC 4443 */
static const struct icmp_kind answers4[8] = {
	[ANSWER_PORT] = { 3, 3 },
	[ANSWER_ROUTE] = { 3, 0 },
	[ANSWER_TTL] = { 11, 0 },
	[ANSWER_TOO_BIG] = { 3, 4 },
};

static const struct icmp_kind answers6[8] = {
	[ANSWER_PORT] = { 1, 4 },
	[ANSWER_ROUTE] = { 1, 0 },
	[ANSWER_TTL] = { 3, 0 },
	[ANSWER_TOO_BIG] = { 2, 0 },
};

inline_ void answer_head(const struct slow *s, const struct icmp_kind *kinds,
			 struct icmp_head *icmp)
{
	const struct icmp_kind *kind = &kinds[s->answer & 7];

	icmp->type = kind->type;
	icmp->code = kind->code;
	icmp->word = bpf_htonl(s->answer_mtu);
}

/* A refusal comes from whoever was asked, everything else from the pod's next hop. */
inline_ void answer_source(const struct slow *s, struct leat_addr *source)
{
	if (s->answer == ANSWER_PORT)
		addr_copy(source, &s->pkt.key.daddr);
	else
		addr_set_gateway(source, s->pkt.is_v6);
}

/* Cuts the packet down to what is quoted; its bytes, zero padded, are in s->bytes then. */
stage_ int slow_quote(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	__u32 size;

	if (!s)
		return 0;
	size = s->pkt.length;
	if (size > QUOTE_MAX)
		size = QUOTE_MAX;
	if (size < IP4_SIZE)
		return 0;
	if (skb->len != size + ETH_HLEN && bpf_skb_change_tail(skb, size + ETH_HLEN, 0))
		return 0;
	__builtin_memset(s->bytes, 0, QUOTE_MAX);
	return bpf_skb_load_bytes(skb, ETH_HLEN, s->bytes, size) ? 0 : size;
}

stage_ int slow_answer4(struct __sk_buff *skb, __u32 quoted)
{
	struct slow *s = slow_get();
	struct error4 error = {};
	struct leat_addr source;

	if (!s)
		return -1;
	answer_source(s, &source);
	answer_head(s, answers4, &error.icmp);
	*(__u8 *)&error.ip = 0x45;
	error.ip.tot_len = bpf_htons(sizeof(error) + quoted);
	error.ip.ttl = 64;
	error.ip.protocol = IPPROTO_ICMP;
	error.ip.saddr = addr_v4(&source);
	error.ip.daddr = addr_v4(&s->pkt.key.saddr);
	error.ip.check = csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&error.ip, IP4_SIZE, 0));
	error.icmp.check =
		csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&error.icmp, sizeof(error.icmp),
					bpf_csum_diff(NULL, 0, (__be32 *)s->bytes, QUOTE_MAX, 0)));
	if (bpf_skb_adjust_room(skb, sizeof(error), BPF_ADJ_ROOM_MAC, 0))
		return -1;
	return bpf_skb_store_bytes(skb, ETH_HLEN, &error, sizeof(error), BPF_F_RECOMPUTE_CSUM);
}

inline_ __u16 answer6_check(const struct error6 *error, struct slow *s)
{
	__be32 pseudo[2] = { bpf_htonl(bpf_ntohs(error->ip.payload_len)),
			     bpf_htonl(IPPROTO_ICMPV6) };
	__u32 sum = bpf_csum_diff(NULL, 0, (__be32 *)s->bytes, QUOTE_MAX, 0);

	sum = bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), sum);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&error->ip.saddr, 32, sum);
	sum = bpf_csum_diff(NULL, 0, (__be32 *)&error->icmp, sizeof(error->icmp), sum);
	return csum_fold(sum);
}

stage_ int slow_answer6(struct __sk_buff *skb, __u32 quoted)
{
	struct slow *s = slow_get();
	struct error6 error = {};

	if (!s)
		return -1;
	answer_source(s, (struct leat_addr *)&error.ip.saddr);
	addr_set6((struct leat_addr *)&error.ip.daddr, s->pkt.key.saddr.b);
	answer_head(s, answers6, &error.icmp);
	*(__u8 *)&error.ip = 0x60;
	error.ip.payload_len = bpf_htons(sizeof(error.icmp) + quoted);
	error.ip.nexthdr = IPPROTO_ICMPV6;
	error.ip.hop_limit = 64;
	error.icmp.check = answer6_check(&error, s);
	if (bpf_skb_adjust_room(skb, sizeof(error), BPF_ADJ_ROOM_MAC, 0))
		return -1;
	return bpf_skb_store_bytes(skb, ETH_HLEN, &error, sizeof(error), BPF_F_RECOMPUTE_CSUM);
}

/* Turns the packet into the ICMP error about it. TC_ACT_... */
stage_ int slow_error_answer(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	int quoted, err;

	if (!s)
		return TC_ACT_SHOT;
	quoted = slow_quote(skb);
	if (!quoted)
		return TC_ACT_SHOT;
	err = s->pkt.is_v6 ? slow_answer6(skb, quoted) : slow_answer4(skb, quoted);
	return err ? TC_ACT_SHOT : redirect_back(skb, s);
}

/* Source and destination change places; IPv4's checksum does not see that. */
inline_ int echo_swap_addresses(struct __sk_buff *skb, const struct slow *s)
{
	__u32 size = s->pkt.is_v6 ? 16 : 4, at = ETH_HLEN + (s->pkt.is_v6 ? 8 : 12);
	const __u8 *to = s->pkt.key.saddr.b + (s->pkt.is_v6 ? 0 : 12);
	const __u8 *from = s->pkt.key.daddr.b + (s->pkt.is_v6 ? 0 : 12);

	if (s->pkt.is_v6)
		return bpf_skb_store_bytes(skb, at, from, 16, 0)
			       ?: bpf_skb_store_bytes(skb, at + size, to, 16, 0);
	return bpf_skb_store_bytes(skb, at, from, 4, 0)
		       ?: bpf_skb_store_bytes(skb, at + size, to, 4, 0);
}

inline_ int echo_set_ttl(struct __sk_buff *skb, const struct slow *s)
{
	__u8 ttl = 64;

	if (s->pkt.is_v6)
		return bpf_skb_store_bytes(skb, ETH_HLEN + 7, &ttl, 1, 0);
	return bpf_skb_store_bytes(skb, ETH_HLEN + 8, &ttl, 1, 0)
		       ?: bpf_l3_csum_replace(skb, ETH_HLEN + 10, bpf_htons(s->pkt.ttl << 8),
					      bpf_htons(64 << 8), 2);
}

/* TC_ACT_... */
stage_ int slow_echo(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	__u8 type;
	int err;

	if (!s)
		return TC_ACT_SHOT;
	type = s->pkt.is_v6 ? 129 : 0;
	err = echo_swap_addresses(skb, s) ?: echo_set_ttl(skb, s);
	err = err ?: bpf_skb_store_bytes(skb, s->pkt.l4_off, &type, 1, 0);
	err = err
		      ?: bpf_l4_csum_replace(skb, s->pkt.l4_off + 2,
					     bpf_htons(s->pkt.icmp_type << 8), bpf_htons(type << 8),
					     2);
	return err ? TC_ACT_SHOT : redirect_back(skb, s);
}
