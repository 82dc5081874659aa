/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The quick reader: TCP, UDP or ICMP echo right behind an IP header without options, whole and
 * in the linear part of the buffer. Whatever it does not take goes to parse_full.h; it never
 * judges.
 */
#include "pkt.h"

/* Flags that a connection's packets have; PSH, URG, ECE and CWR say nothing here. */
#define TCP_PLAIN                                                                                  \
	(1 << TCP_SYN | 1 << (TCP_SYN | TCP_ACK) | 1 << TCP_ACK | 1 << TCP_RST |                   \
	 1 << (TCP_RST | TCP_ACK) | 1 << (TCP_FIN | TCP_ACK))

inline_ bool tcp_flags_are_valid(__u8 flags)
{
	return TCP_PLAIN >> (flags & TCP_KIND) & 1;
}

inline_ bool parse_plain_tcp(struct pkt *pkt, const __u8 *l4, const void *end, __u32 room)
{
	const half *ports = (const half *)l4;

	if ((const void *)(l4 + TCP_SIZE) > end || room < TCP_SIZE)
		return false;
	pkt->key.sport = ports[0];
	pkt->key.dport = ports[1];
	pkt->tcp_flags = l4[13];
	pkt->tcp = tcp_shown(l4[13]);
	return (l4[12] >> 4) * 4 >= TCP_SIZE && (l4[12] >> 4) * 4 <= room &&
	       tcp_flags_are_valid(l4[13]);
}

inline_ bool parse_plain_udp(struct pkt *pkt, const __u8 *l4, const void *end, __u32 room)
{
	const half *ports = (const half *)l4;

	if ((const void *)(l4 + UDP_SIZE) > end || room < UDP_SIZE)
		return false;
	pkt->key.sport = ports[0];
	pkt->key.dport = ports[1];
	return true;
}

inline_ bool parse_plain_echo(struct pkt *pkt, const __u8 *l4, const void *end, __u32 room)
{
	const half *id = (const half *)(l4 + 4);
	__u8 request = pkt->is_v6 ? 128 : 8, reply = pkt->is_v6 ? 129 : 0;

	if ((const void *)(l4 + ICMP_SIZE) > end || room < ICMP_SIZE)
		return false;
	pkt->icmp_type = l4[0];
	pkt->icmp_code = l4[1];
	if (l4[0] == request) {
		pkt->key.kind = LEAT_KIND_ECHO_REQUEST;
		pkt->key.sport = *id;
		return true;
	}
	pkt->key.kind = LEAT_KIND_ECHO_REPLY;
	pkt->key.dport = *id;
	return l4[0] == reply;
}

inline_ bool parse_plain_l4(struct pkt *pkt, const __u8 *l4, const void *end, __u32 room)
{
	if (pkt->key.proto == IPPROTO_TCP)
		return parse_plain_tcp(pkt, l4, end, room);
	if (pkt->key.proto == IPPROTO_UDP)
		return parse_plain_udp(pkt, l4, end, room);
	if (pkt->key.proto == pkt_icmp_proto(pkt))
		return parse_plain_echo(pkt, l4, end, room);
	return false;
}

inline_ bool parse_plain4(struct __sk_buff *skb, struct pkt *pkt)
{
	const void *end = (const void *)(long)skb->data_end;
	const struct iphdr *ip = (const void *)(long)skb->data + ETH_HLEN;

	if ((const void *)(ip + 1) > end)
		return false;
	pkt->length = bpf_ntohs(ip->tot_len);
	if (*(const __u8 *)ip != 0x45 || ip->frag_off & bpf_htons(IP4_MF | IP4_OFFSET) ||
	    pkt->length < IP4_SIZE || pkt->length + ETH_HLEN > skb->len)
		return false;
	pkt->ttl = ip->ttl;
	pkt->has_df = !!(ip->frag_off & bpf_htons(IP4_DF));
	pkt->l4_off = ETH_HLEN + IP4_SIZE;
	pkt->key.proto = ip->protocol;
	addr_set4(&pkt->key.saddr, ip->saddr);
	addr_set4(&pkt->key.daddr, ip->daddr);
	return parse_plain_l4(pkt, (const __u8 *)(ip + 1), end, pkt->length - IP4_SIZE);
}

inline_ bool parse_plain6(struct __sk_buff *skb, struct pkt *pkt)
{
	const void *end = (const void *)(long)skb->data_end;
	const struct ipv6hdr *ip = (const void *)(long)skb->data + ETH_HLEN;
	__u32 room;

	if ((const void *)(ip + 1) > end)
		return false;
	room = bpf_ntohs(ip->payload_len);
	pkt->length = room + IP6_SIZE;
	if (*(const __u8 *)ip >> 4 != 6 || pkt->length + ETH_HLEN > skb->len)
		return false;
	pkt->is_v6 = true;
	pkt->ttl = ip->hop_limit;
	pkt->l4_off = ETH_HLEN + IP6_SIZE;
	pkt->key.proto = ip->nexthdr;
	addr_set6(&pkt->key.saddr, &ip->saddr);
	addr_set6(&pkt->key.daddr, &ip->daddr);
	if (addr_is_v4(&pkt->key.saddr) || addr_is_v4(&pkt->key.daddr))
		return false;
	return parse_plain_l4(pkt, (const __u8 *)(ip + 1), end, room);
}

/* `pkt`: all zero. False: not plain, and what is in `pkt` counts for nothing. */
inline_ bool parse_plain(struct __sk_buff *skb, struct pkt *pkt)
{
	pkt->tcp = LEAT_TCP_ACK;
	pkt->has_l4 = true;
	if (skb->vlan_present)
		return false;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return parse_plain4(skb, pkt);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return parse_plain6(skb, pkt);
	return false;
}
