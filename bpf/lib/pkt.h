/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What a packet says, read once: by parse.h when it is plain, by parse_full.h when it has
 * options, extension headers, fragments, or is an ICMP error.
 */
#include "addr.h"

#define TCP_FIN	 0x01
#define TCP_SYN	 0x02
#define TCP_RST	 0x04
#define TCP_ACK	 0x10
#define TCP_KIND (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)

#define TCP_SIZE  20
#define UDP_SIZE  8
#define ICMP_SIZE 8
#define SCTP_SIZE 12
#define IP4_SIZE  20
#define IP6_SIZE  40

#define IP4_DF	   0x4000
#define IP4_MF	   0x2000
#define IP4_OFFSET 0x1fff

enum pkt_fragment {
	PKT_WHOLE = 0,
	PKT_FIRST_FRAGMENT = 1,
	PKT_LATER_FRAGMENT = 2,
};

struct pkt {
	struct leat_flow_key key; /* of an ICMP error: outer addresses, ports 0 */
	__u32 length;		  /* IP packet, its header included */
	__u16 l4_off;		  /* from the start of the frame */
	__u8 is_v6;
	__u8 ttl;
	__u8 tcp_flags;
	__u8 tcp;      /* enum leat_flow_tcp; LEAT_TCP_ACK for every other protocol */
	__u8 has_l4;   /* ports and checksum of the layer above IP are in this packet */
	__u8 fragment; /* enum pkt_fragment */
	__u8 is_icmp_error;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 has_df; /* IPv4: do not fragment */
};

inline_ __u8 tcp_shown(__u8 flags)
{
	__u8 shown = (flags & TCP_KIND) == TCP_SYN ? LEAT_TCP_SYN : LEAT_TCP_ACK;

	if (flags & TCP_FIN)
		shown |= LEAT_TCP_FIN;
	if (flags & TCP_RST)
		shown |= LEAT_TCP_RST;
	return shown;
}

inline_ bool pkt_is_bare_syn(const struct pkt *pkt)
{
	return pkt->key.proto == IPPROTO_TCP && pkt->tcp == LEAT_TCP_SYN;
}

inline_ __u8 pkt_icmp_proto(const struct pkt *pkt)
{
	return pkt->is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}
