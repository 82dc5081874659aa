/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The thorough reader: whatever is allowed in front of the ports, and every reason for which a
 * packet is none. Works on copies (bpf_skb_load_bytes), so it does not matter how the buffer
 * is cut up.
 */
#include "parse.h"
#include "scratch.h"

#define EXT_HEADERS_MAX 8

#ifndef NEXTHDR_HOP
#define NEXTHDR_HOP	 0
#define NEXTHDR_ROUTING	 43
#define NEXTHDR_FRAGMENT 44
#define NEXTHDR_AUTH	 51
#define NEXTHDR_DEST	 60
#define NEXTHDR_MOBILITY 135
#define NEXTHDR_HIP	 139
#define NEXTHDR_SHIM6	 140
#endif

inline_ bool proto_is_extension(__u8 proto)
{
	return proto == NEXTHDR_HOP || proto == NEXTHDR_ROUTING || proto == NEXTHDR_FRAGMENT ||
	       proto == NEXTHDR_AUTH || proto == NEXTHDR_DEST || proto == NEXTHDR_MOBILITY ||
	       proto == NEXTHDR_HIP || proto == NEXTHDR_SHIM6;
}

/* `offset` in bytes; `proto`: what all fragments of the datagram say. */
inline_ void fragment_note(struct slow *s, __u32 offset, bool has_more, __be32 id, __u8 proto)
{
	if (!offset && !has_more)
		return;
	s->pkt.fragment = offset ? PKT_LATER_FRAGMENT : PKT_FIRST_FRAGMENT;
	s->frag_offset = offset;
	s->frag_id = id;
	s->frag_proto = proto;
}

inline_ int parse_ip4(struct __sk_buff *skb, struct slow *s, struct cursor *at)
{
	struct iphdr ip;
	__u32 words, length;
	__u16 frag;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
		return DROP(TRUNCATED);
	words = *(__u8 *)&ip & 0xf;
	length = bpf_ntohs(ip.tot_len);
	if (*(__u8 *)&ip >> 4 != 4 || words < 5 || length < words * 4 ||
	    length + ETH_HLEN > skb->len)
		return DROP(MALFORMED);
	s->pkt.length = length;
	frag = bpf_ntohs(ip.frag_off);
	s->pkt.ttl = ip.ttl;
	s->pkt.has_df = !!(frag & IP4_DF);
	addr_set4(&s->pkt.key.saddr, ip.saddr);
	addr_set4(&s->pkt.key.daddr, ip.daddr);
	fragment_note(s, (frag & IP4_OFFSET) * 8, frag & IP4_MF, bpf_htonl(bpf_ntohs(ip.id)),
		      ip.protocol);
	at->off = ETH_HLEN + words * 4;
	s->frag_start = at->off;
	at->end = ETH_HLEN + s->pkt.length;
	at->proto = ip.protocol;
	return STAGE_NEXT;
}

inline_ int parse_ip6(struct __sk_buff *skb, struct slow *s, struct cursor *at)
{
	struct ipv6hdr ip;
	__u32 length;

	if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
		return DROP(TRUNCATED);
	length = bpf_ntohs(ip.payload_len) + IP6_SIZE;
	if (*(__u8 *)&ip >> 4 != 6)
		return DROP(MALFORMED);
	s->pkt.is_v6 = true;
	s->pkt.ttl = ip.hop_limit;
	addr_set6(&s->pkt.key.saddr, &ip.saddr);
	addr_set6(&s->pkt.key.daddr, &ip.daddr);
	if (length + ETH_HLEN > skb->len)
		return DROP(MALFORMED);
	s->pkt.length = length;
	if (addr_is_v4(&s->pkt.key.saddr) || addr_is_v4(&s->pkt.key.daddr))
		return DROP(ADDR_MAPPED);
	at->off = ETH_HLEN + IP6_SIZE;
	at->end = ETH_HLEN + s->pkt.length;
	at->proto = ip.nexthdr;
	return STAGE_NEXT;
}

/* `head`: the extension header's first eight bytes. */
inline_ int parse_extension(struct slow *s, struct cursor *at, const __u8 *head)
{
	__u32 size = (head[1] + 1) * 8;
	__u32 frag;

	switch (at->proto) {
	case NEXTHDR_HOP:
		if (at->off != ETH_HLEN + IP6_SIZE)
			return DROP(EXT_HEADERS);
		break;
	case NEXTHDR_DEST:
		break;
	case NEXTHDR_ROUTING:
		/* with segments left the packet's real destination is another one */
		if (head[3])
			return DROP(EXT_HEADERS);
		break;
	case NEXTHDR_AUTH:
		size = (head[1] + 2) * 4;
		break;
	case NEXTHDR_FRAGMENT:
		size = 8;
		frag = head[2] << 8 | head[3];
		if (s->pkt.fragment)
			return DROP(EXT_HEADERS);
		fragment_note(s, frag & 0xfff8, frag & 1, *(const word *)(head + 4), head[0]);
		s->frag_start = at->off + size;
		break;
	default:
		return DROP(EXT_HEADERS);
	}
	at->off += size;
	at->proto = head[0];
	return at->off > at->end ? DROP(TRUNCATED) : STAGE_NEXT;
}

stage_ int slow_parse_extension(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	__u8 head[8] __attribute__((aligned(4)));

	if (!s)
		return DROP(INTERNAL);
	if (bpf_skb_load_bytes(skb, s->at.off, head, sizeof(head)))
		return DROP(TRUNCATED);
	return parse_extension(s, &s->at, head);
}

inline_ int parse_extensions(struct __sk_buff *skb, struct slow *s)
{
	int verdict;

	for (int i = 0; i < EXT_HEADERS_MAX; i++) {
		if (!proto_is_extension(s->at.proto) || s->pkt.fragment == PKT_LATER_FRAGMENT)
			return STAGE_NEXT;
		verdict = slow_parse_extension(skb);
		if (verdict)
			return verdict;
	}
	return proto_is_extension(s->at.proto) ? DROP(EXT_HEADERS) : STAGE_NEXT;
}

inline_ int parse_icmp4(struct slow *s, const __u8 *l4)
{
	switch (l4[0]) {
	case 3:	 /* destination unreachable */
	case 11: /* time exceeded */
	case 12: /* parameter problem */
		s->pkt.is_icmp_error = true;
		return STAGE_NEXT;
	case 8:
		s->pkt.key.kind = LEAT_KIND_ECHO_REQUEST;
		s->pkt.key.sport = *(const half *)(l4 + 4);
		return STAGE_NEXT;
	case 0:
		s->pkt.key.kind = LEAT_KIND_ECHO_REPLY;
		s->pkt.key.dport = *(const half *)(l4 + 4);
		return STAGE_NEXT;
	}
	return DROP(ICMP_TYPE);
}

inline_ int parse_icmp6(struct slow *s, const __u8 *l4)
{
	__u8 type = l4[0];

	if (type >= 1 && type <= 4) {
		s->pkt.is_icmp_error = true;
		return STAGE_NEXT;
	}
	if (type == 128) {
		s->pkt.key.kind = LEAT_KIND_ECHO_REQUEST;
		s->pkt.key.sport = *(const half *)(l4 + 4);
		return STAGE_NEXT;
	}
	if (type == 129) {
		s->pkt.key.kind = LEAT_KIND_ECHO_REPLY;
		s->pkt.key.dport = *(const half *)(l4 + 4);
		return STAGE_NEXT;
	}
	/* multicast listeners, routers, neighbours, redirects */
	if ((type >= 130 && type <= 137) || type == 143)
		return DROP(NEIGHBOUR);
	return DROP(ICMP_TYPE);
}

inline_ int parse_icmp(struct slow *s, const __u8 *l4)
{
	s->pkt.icmp_type = l4[0];
	s->pkt.icmp_code = l4[1];
	return s->pkt.is_v6 ? parse_icmp6(s, l4) : parse_icmp4(s, l4);
}

inline_ int parse_tcp(struct slow *s, const __u8 *l4, __u32 room)
{
	__u32 size = (l4[12] >> 4) * 4;

	s->pkt.tcp_flags = l4[13];
	s->pkt.tcp = tcp_shown(l4[13]);
	if (size < TCP_SIZE || (size > room && !s->pkt.fragment))
		return DROP(MALFORMED);
	return tcp_flags_are_valid(l4[13]) ? STAGE_NEXT : DROP(TCP_FLAGS);
}

/* Bytes of the header that must be in the first fragment; 0: a protocol without ports. */
inline_ __u32 l4_size(__u8 proto, bool is_v6)
{
	if (proto == IPPROTO_TCP)
		return TCP_SIZE;
	if (proto == IPPROTO_UDP)
		return UDP_SIZE;
	if (proto == IPPROTO_SCTP)
		return SCTP_SIZE;
	return proto == (is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) ? ICMP_SIZE : 0;
}

stage_ int slow_parse_l4(struct __sk_buff *skb)
{
	__u8 l4[TCP_SIZE] __attribute__((aligned(4))) = {};
	struct slow *s = slow_get();
	__u32 size, room;
	int err;

	if (!s)
		return DROP(INTERNAL);
	size = l4_size(s->at.proto, s->pkt.is_v6);
	room = s->at.end - s->at.off;
	s->frag_head = s->at.off + size - s->frag_start;
	if (room < size)
		return s->pkt.fragment ? DROP(FRAG_TINY) : DROP(TRUNCATED);
	if (!size)
		return STAGE_NEXT;
	if (size == TCP_SIZE)
		err = bpf_skb_load_bytes(skb, s->at.off, l4, TCP_SIZE);
	else
		err = bpf_skb_load_bytes(skb, s->at.off, l4, UDP_SIZE);
	if (err)
		return DROP(TRUNCATED);
	s->pkt.has_l4 = true;
	if (s->at.proto == pkt_icmp_proto(&s->pkt))
		return parse_icmp(s, l4);
	s->pkt.key.sport = *(half *)l4;
	s->pkt.key.dport = *(half *)(l4 + 2);
	return s->at.proto == IPPROTO_TCP ? parse_tcp(s, l4, room) : STAGE_NEXT;
}

/* A later fragment that reaches into the first one's header would rewrite the ports. */
inline_ int parse_later_fragment(struct slow *s)
{
	__u32 head = s->frag_proto == IPPROTO_TCP ? TCP_SIZE : UDP_SIZE;

	return s->frag_offset < head ? DROP(FRAG_TINY) : STAGE_NEXT;
}

inline_ int parse_ip(struct __sk_buff *skb, struct slow *s)
{
	int verdict;

	if (skb->vlan_present)
		return DROP(NOT_IP);
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return parse_ip4(skb, s, &s->at);
	if (skb->protocol != bpf_htons(ETH_P_IPV6))
		return DROP(NOT_IP);
	verdict = parse_ip6(skb, s, &s->at);
	return verdict ?: parse_extensions(skb, s);
}

stage_ int slow_parse(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	int verdict;

	if (!s)
		return DROP(INTERNAL);
	s->pkt.tcp = LEAT_TCP_ACK;
	verdict = parse_ip(skb, s);
	s->pkt.key.proto = s->at.proto;
	s->pkt.l4_off = s->at.off;
	if (verdict)
		return verdict;
	if (s->pkt.fragment == PKT_LATER_FRAGMENT)
		return parse_later_fragment(s);
	return slow_parse_l4(skb);
}
