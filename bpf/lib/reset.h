/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Refuses a TCP connection as its server's stack would, by a reset. (An ICMP error that comes
 * back while connect() still sends finds the socket busy and is forgotten: the client would
 * wait a second for its next SYN.)
 *
 * The SYN becomes the reset in place. Its checksum is kept and told about every change, so
 * that it stays right also where the sender left it to be filled in (CHECKSUM_PARTIAL).
 */
#include "icmp.h"

#define TCP_RESET_ACK (TCP_RST | TCP_ACK)

struct tcp_head {
	__be16 sport;
	__be16 dport;
	__be32 seq;
	__be32 ack;
	__u8 words; /* of the header, in the upper half */
	__u8 flags;
	__be16 window;
	__u16 check;
	__be16 urgent;
};

inline_ bool reset_is_due(const struct slow *s)
{
	__u32 plain = ETH_HLEN + (s->pkt.is_v6 ? IP6_SIZE : IP4_SIZE);

	return s->answer == ANSWER_PORT && pkt_is_bare_syn(&s->pkt) && !s->pkt.fragment &&
	       s->pkt.l4_off == plain;
}

/* The whole segment, zero padded, into s->bytes. Its size, or 0: too large for us. */
stage_ int slow_reset_read(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	__u32 size;

	if (!s)
		return 0;
	size = s->pkt.length + ETH_HLEN - s->pkt.l4_off;
	if (size < TCP_SIZE || size > QUOTE_MAX)
		return 0;
	__builtin_memset(s->bytes, 0, QUOTE_MAX);
	return bpf_skb_load_bytes(skb, s->pkt.l4_off, s->bytes, size) ? 0 : size;
}

/* Answers the SYN in s->bytes; the checksum stays as it was. */
inline_ void reset_make(struct slow *s, struct tcp_head *reset, __u32 size)
{
	struct tcp_head *syn = (struct tcp_head *)s->bytes;

	reset->sport = syn->dport;
	reset->dport = syn->sport;
	reset->ack = bpf_htonl(bpf_ntohl(syn->seq) + 1 + size - (syn->words >> 4) * 4);
	reset->words = TCP_SIZE / 4 << 4;
	reset->flags = TCP_RESET_ACK;
	reset->check = syn->check;
}

inline_ int reset_write_ip4(struct __sk_buff *skb, const struct slow *s)
{
	struct iphdr ip = {};

	*(__u8 *)&ip = 0x45;
	ip.tot_len = bpf_htons(IP4_SIZE + TCP_SIZE);
	ip.ttl = 64;
	ip.protocol = IPPROTO_TCP;
	ip.saddr = addr_v4(&s->pkt.key.daddr);
	ip.daddr = addr_v4(&s->pkt.key.saddr);
	ip.check = csum_fold(bpf_csum_diff(NULL, 0, (__be32 *)&ip, IP4_SIZE, 0));
	return bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof(ip), 0);
}

inline_ int reset_write_ip6(struct __sk_buff *skb, const struct slow *s)
{
	struct ipv6hdr ip = {};

	*(__u8 *)&ip = 0x60;
	ip.payload_len = bpf_htons(TCP_SIZE);
	ip.nexthdr = IPPROTO_TCP;
	ip.hop_limit = 64;
	addr_set6((struct leat_addr *)&ip.saddr, s->pkt.key.daddr.b);
	addr_set6((struct leat_addr *)&ip.daddr, s->pkt.key.saddr.b);
	return bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof(ip), 0);
}

/* What the segment and its pseudo header (only the length: addresses change places) gained. */
inline_ int reset_fix_check(struct __sk_buff *skb, struct slow *s, const struct tcp_head *reset,
			    __u32 size)
{
	__u32 off = s->pkt.l4_off + offsetof(struct tcp_head, check);
	__u64 length = csum_diff16(bpf_htons(size), bpf_htons(TCP_SIZE));
	__u32 old = bpf_csum_diff(NULL, 0, (__be32 *)s->bytes, QUOTE_MAX, 0);
	__u32 new = bpf_csum_diff(NULL, 0, (__be32 *)reset, TCP_SIZE, 0);

	return bpf_l4_csum_replace(skb, off, 0, csum_fold64(length), BPF_F_PSEUDO_HDR)
		       ?: bpf_l4_csum_replace(skb, off, 0, csum_fold64((__u64) new + (__u32)~old),
					      0);
}

/* TC_ACT_..., or -1: say it by ICMP. */
stage_ int slow_reset(struct __sk_buff *skb)
{
	struct slow *s = slow_get();
	struct tcp_head reset = {};
	__u32 size;
	int err;

	if (!s || !reset_is_due(s))
		return -1;
	size = slow_reset_read(skb);
	if (!size)
		return -1;
	reset_make(s, &reset, size);
	if (bpf_skb_change_tail(skb, s->pkt.l4_off + TCP_SIZE, 0))
		return -1;
	err = s->pkt.is_v6 ? reset_write_ip6(skb, s) : reset_write_ip4(skb, s);
	err = err ?: bpf_skb_store_bytes(skb, s->pkt.l4_off, &reset, sizeof(reset), 0);
	err = err ?: reset_fix_check(skb, s, &reset, size);
	return err ? TC_ACT_SHOT : redirect_back(skb, s);
}
