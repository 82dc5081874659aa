/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * ICMP errors that others say about our flows. The quoted packet went the other way, so its
 * tuple turned round is the key of the flow entry of the error's own direction; that entry
 * says how to translate outside and inside, and where to.
 */
#include "parse_full.h"
#include "csum.h"
#include "flow.h"

#define INNER_EXTENSIONS_MAX 4

inline_ int inner_read_ip4(struct __sk_buff *skb, struct slow *s, struct cursor *at)
{
	struct iphdr ip;
	__u32 words;

	if (bpf_skb_load_bytes(skb, at->off, &ip, sizeof(ip)))
		return DROP(TRUNCATED);
	words = *(__u8 *)&ip & 0xf;
	if (*(__u8 *)&ip >> 4 != 4 || words < 5)
		return DROP(MALFORMED);
	if (ip.frag_off & bpf_htons(IP4_OFFSET))
		return DROP(ICMP_NO_FLOW);
	addr_set4(&s->inner.saddr, ip.daddr);
	addr_set4(&s->inner.daddr, ip.saddr);
	at->off += words * 4;
	at->proto = ip.protocol;
	return STAGE_NEXT;
}

inline_ int inner_skip_extensions(struct __sk_buff *skb, struct cursor *at)
{
	__u8 head[4] __attribute__((aligned(4)));

	for (int i = 0; i < INNER_EXTENSIONS_MAX; i++) {
		if (!proto_is_extension(at->proto))
			return STAGE_NEXT;
		if (bpf_skb_load_bytes(skb, at->off, head, sizeof(head)))
			return DROP(TRUNCATED);
		if (at->proto == NEXTHDR_FRAGMENT && (head[2] || head[3] & 0xf8))
			return DROP(ICMP_NO_FLOW);
		if (at->proto == NEXTHDR_FRAGMENT)
			at->off += 8;
		else
			at->off += at->proto == NEXTHDR_AUTH ? (head[1] + 2) * 4
							     : (head[1] + 1) * 8;
		at->proto = head[0];
	}
	return proto_is_extension(at->proto) ? DROP(EXT_HEADERS) : STAGE_NEXT;
}

inline_ int inner_read_ip6(struct __sk_buff *skb, struct slow *s, struct cursor *at)
{
	struct ipv6hdr ip;

	if (bpf_skb_load_bytes(skb, at->off, &ip, sizeof(ip)))
		return DROP(TRUNCATED);
	if (*(__u8 *)&ip >> 4 != 6)
		return DROP(MALFORMED);
	addr_set6(&s->inner.saddr, &ip.daddr);
	addr_set6(&s->inner.daddr, &ip.saddr);
	if (addr_is_v4(&s->inner.saddr) || addr_is_v4(&s->inner.daddr))
		return DROP(ADDR_MAPPED);
	at->off += IP6_SIZE;
	at->proto = ip.nexthdr;
	return inner_skip_extensions(skb, at);
}

/* A request's error travels as its reply would, and the other way round. */
inline_ int inner_read_echo(struct slow *s, const __u8 *l4)
{
	__u8 request = s->pkt.is_v6 ? 128 : 8, reply = s->pkt.is_v6 ? 129 : 0;

	if (l4[0] == request) {
		s->inner.kind = LEAT_KIND_ECHO_REPLY;
		s->inner.dport = *(const half *)(l4 + 4);
		return STAGE_NEXT;
	}
	s->inner.kind = LEAT_KIND_ECHO_REQUEST;
	s->inner.sport = *(const half *)(l4 + 4);
	return l4[0] == reply ? STAGE_NEXT : DROP(ICMP_NO_FLOW);
}

inline_ int inner_read_l4(struct __sk_buff *skb, struct slow *s, const struct cursor *at)
{
	__u8 l4[8] __attribute__((aligned(4)));

	s->inner.proto = at->proto;
	s->inner_l4_off = at->off;
	if (!l4_size(at->proto, s->pkt.is_v6))
		return STAGE_NEXT;
	if (bpf_skb_load_bytes(skb, at->off, l4, sizeof(l4)))
		return DROP(TRUNCATED);
	if (at->proto == pkt_icmp_proto(&s->pkt))
		return inner_read_echo(s, l4);
	s->inner.sport = *(half *)(l4 + 2);
	s->inner.dport = *(half *)l4;
	return STAGE_NEXT;
}

/* Fills in s->inner. The error has to be for the one who sent what it is about. */
stage_ int slow_inner_read(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	struct cursor at = {};
	int verdict;

	if (!s)
		return DROP(INTERNAL);
	at.off = s->pkt.l4_off + ICMP_SIZE;
	s->inner_off = at.off;
	verdict = s->pkt.is_v6 ? inner_read_ip6(skb, s, &at) : inner_read_ip4(skb, s, &at);
	verdict = verdict ?: inner_read_l4(skb, s, &at);
	if (verdict)
		return verdict;
	return addr_is_equal(&s->inner.daddr, &s->pkt.key.daddr) ? STAGE_NEXT : DROP(ICMP_NO_FLOW);
}

/* The quoted source is this direction's destination, and the other way round. */
inline_ int inner_write_ip4(struct __sk_buff *skb, struct slow *s)
{
	struct iphdr ip;
	__u64 diff;

	if (bpf_skb_load_bytes(skb, s->inner_off, &ip, sizeof(ip)))
		return DROP(INTERNAL);
	diff = csum_diff_addr(&s->inner.saddr, &s->flow.nat_saddr) +
	       csum_diff_addr(&s->inner.daddr, &s->flow.nat_daddr);
	ip.saddr = addr_v4(&s->flow.nat_daddr);
	ip.daddr = addr_v4(&s->flow.nat_saddr);
	ip.check = csum_apply(ip.check, diff);
	return bpf_skb_store_bytes(skb, s->inner_off, &ip, sizeof(ip), 0) ? DROP(INTERNAL) : 0;
}

inline_ int inner_write_ip6(struct __sk_buff *skb, struct slow *s)
{
	int err = bpf_skb_store_bytes(skb, s->inner_off + 8, s->flow.nat_daddr.b, 16, 0);

	err = err ?: bpf_skb_store_bytes(skb, s->inner_off + 24, s->flow.nat_saddr.b, 16, 0);
	return err ? DROP(INTERNAL) : STAGE_NEXT;
}

inline_ int inner_write_ports(struct __sk_buff *skb, struct slow *s)
{
	__be16 ports[2] = { s->flow.nat_dport, s->flow.nat_sport };
	__be16 id = s->flow.nat_sport | s->flow.nat_dport;
	int err;

	if (s->inner.kind == LEAT_KIND_PLAIN)
		err = bpf_skb_store_bytes(skb, s->inner_l4_off, ports, sizeof(ports), 0);
	else
		err = bpf_skb_store_bytes(skb, s->inner_l4_off + 4, &id, sizeof(id), 0);
	return err ? DROP(INTERNAL) : STAGE_NEXT;
}

inline_ __u32 inner_check_offset(const struct slow *s)
{
	if (s->inner.proto == IPPROTO_TCP)
		return 16;
	if (s->inner.proto == IPPROTO_UDP)
		return 6;
	return s->inner.proto == pkt_icmp_proto(&s->pkt) ? 2 : 0;
}

/* The quoted packet's own checksum, if so much was quoted; `*diff`: what the quote gained. */
inline_ int inner_write_check(struct __sk_buff *skb, struct slow *s, __u64 change, __u64 *diff)
{
	__u32 offset = inner_check_offset(s);
	__u16 old, check;

	if (!offset || s->inner_l4_off + offset + 2 > ETH_HLEN + s->pkt.length)
		return STAGE_NEXT;
	offset += s->inner_l4_off;
	if (bpf_skb_load_bytes(skb, offset, &old, sizeof(old)))
		return STAGE_NEXT;
	if (s->inner.proto == IPPROTO_UDP && !old)
		return STAGE_NEXT;
	check = csum_apply(old, change);
	if (s->inner.proto == IPPROTO_UDP && !check)
		check = 0xffff;
	*diff += csum_diff16(old, check);
	return bpf_skb_store_bytes(skb, offset, &check, sizeof(check), 0) ? DROP(INTERNAL) : 0;
}

inline_ int inner_translate(struct __sk_buff *skb, struct slow *s)
{
	__u64 addr = csum_diff_addr(&s->inner.saddr, &s->flow.nat_saddr) +
		     csum_diff_addr(&s->inner.daddr, &s->flow.nat_daddr);
	__u64 ports = csum_diff16(s->inner.sport, s->flow.nat_sport) +
		      csum_diff16(s->inner.dport, s->flow.nat_dport);
	bool has_ports = l4_size(s->inner.proto, s->pkt.is_v6);
	bool has_pseudo = s->inner.proto != IPPROTO_ICMP;
	__u64 diff = s->pkt.is_v6 ? addr : 0; /* IPv4's own checksum makes up for it */
	int verdict;

	verdict = s->pkt.is_v6 ? inner_write_ip6(skb, s) : inner_write_ip4(skb, s);
	if (!verdict && has_ports) {
		diff += ports;
		verdict = inner_write_ports(skb, s);
	}
	if (!verdict && has_ports)
		verdict = inner_write_check(skb, s, has_pseudo ? addr + ports : ports, &diff);
	if (!verdict && bpf_l4_csum_replace(skb, s->pkt.l4_off + 2, 0, csum_fold64(diff), 0))
		verdict = DROP(INTERNAL);
	return verdict;
}

/*
 * Translates inside by s->flow, a copy of the entry, and makes of that what slow_send() needs
 * for the outside: the source stays where a router between the two speaks.
 */
stage_ int slow_inner_write(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	int verdict = STAGE_NEXT;

	if (!s)
		return DROP(INTERNAL);
	if (s->flow.flags & (LEAT_FLOW_NAT_SRC | LEAT_FLOW_NAT_DST))
		verdict = inner_translate(skb, s);
	if (!addr_is_equal(&s->pkt.key.saddr, &s->inner.saddr))
		addr_copy(&s->flow.nat_saddr, &s->pkt.key.saddr);
	s->flow.nat_sport = 0;
	s->flow.nat_dport = 0;
	return verdict;
}
