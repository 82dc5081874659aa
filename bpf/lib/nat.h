/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Rewrites a packet as its flow says. Headers are written in place; the checksum of TCP, UDP
 * and ICMP goes through bpf_l4_csum_replace(), because only that knows what the stack or the
 * card has left to be filled in (CHECKSUM_PARTIAL).
 *
 * The sum a card may have computed over the packet (CHECKSUM_COMPLETE) must stay true too: an
 * IPv4 header always sums up to nothing, but what changes in an IPv6 header has to be told by
 * bpf_csum_update(). (bpf_l4_csum_replace() takes the pseudo header's change off that sum, as
 * IPv4 needs it; for IPv6 the same amount was added here, so both together are right.)
 */
#include "csum.h"
#include "flow.h"

/* What has to be told to the checksums above IP. */
struct nat_diff {
	__u64 addr; /* changes in the pseudo header */
	__u64 l4;   /* changes of ports or of the echo identifier */
};

inline_ bool nat_write_ip4(struct __sk_buff *skb, const struct leat_flow *flow, bool is_hop,
			   __u64 diff)
{
	struct iphdr *ip = (void *)(long)skb->data + ETH_HLEN;

	if ((void *)(ip + 1) > (void *)(long)skb->data_end)
		return false;
	if (flow->flags & LEAT_FLOW_NAT_SRC)
		ip->saddr = addr_v4(&flow->nat_saddr);
	if (flow->flags & LEAT_FLOW_NAT_DST)
		ip->daddr = addr_v4(&flow->nat_daddr);
	if (is_hop) {
		ip->ttl--;
		diff += (__u32) ~(__u32)bpf_htons(0x0100);
	}
	ip->check = csum_apply(ip->check, diff);
	return true;
}

inline_ bool nat_write_ip6(struct __sk_buff *skb, const struct leat_flow *flow, bool is_hop,
			   __u64 diff)
{
	struct ipv6hdr *ip = (void *)(long)skb->data + ETH_HLEN;

	if ((void *)(ip + 1) > (void *)(long)skb->data_end)
		return false;
	if (flow->flags & LEAT_FLOW_NAT_SRC)
		addr_set6((struct leat_addr *)&ip->saddr, flow->nat_saddr.b);
	if (flow->flags & LEAT_FLOW_NAT_DST)
		addr_set6((struct leat_addr *)&ip->daddr, flow->nat_daddr.b);
	if (is_hop) {
		ip->hop_limit--;
		diff += (__u32) ~(__u32)bpf_htons(0x0001);
	}
	bpf_csum_update(skb, csum_fold64(diff));
	return true;
}

/* Ports, or the identifier of an echo message. */
inline_ bool nat_write_l4(struct __sk_buff *skb, const struct pkt *pkt,
			  const struct leat_flow *flow)
{
	half *l4 = (void *)(long)skb->data + (pkt->l4_off & 0x3ff);

	if ((void *)(l4 + 4) > (void *)(long)skb->data_end)
		return false;
	if (pkt->key.kind == LEAT_KIND_PLAIN) {
		l4[0] = flow->nat_sport;
		l4[1] = flow->nat_dport;
	} else {
		l4[2] = flow->nat_sport | flow->nat_dport; /* one of them is 0 */
	}
	return true;
}

/* Offset of the checksum in the header and what it covers; 0: nothing of ours to change. */
inline_ __u32 nat_check_offset(const struct pkt *pkt)
{
	if (pkt->key.proto == IPPROTO_TCP)
		return 16;
	if (pkt->key.proto == IPPROTO_UDP)
		return 6;
	return pkt->key.proto == pkt_icmp_proto(pkt) ? 2 : 0;
}

inline_ int nat_fix_l4(struct __sk_buff *skb, const struct pkt *pkt, const struct nat_diff *diff)
{
	__u32 offset = nat_check_offset(pkt), flags = 0;
	int err = 0;

	if (!offset)
		return 0;
	if (pkt->key.proto == IPPROTO_UDP)
		flags = BPF_F_MARK_MANGLED_0;
	if (diff->addr && pkt->key.proto != IPPROTO_ICMP)
		err = bpf_l4_csum_replace(skb, pkt->l4_off + offset, 0, csum_fold64(diff->addr),
					  flags | BPF_F_PSEUDO_HDR);
	if (diff->l4 && !err)
		err = bpf_l4_csum_replace(skb, pkt->l4_off + offset, 0, csum_fold64(diff->l4),
					  flags);
	return err;
}

/* Flags name the side that changes, its address or only its port. */
inline_ bool nat_has_new_ports(const struct pkt *pkt, const struct leat_flow *flow)
{
	return pkt->key.sport != flow->nat_sport || pkt->key.dport != flow->nat_dport;
}

/*
 * `is_hop`: this node counts as a router for the packet. Packet pointers are void afterwards,
 * so nothing may follow but helpers. 0 or a negated drop reason.
 */
inline_ int nat_apply(struct __sk_buff *skb, const struct pkt *pkt, const struct leat_flow *flow,
		      bool is_hop)
{
	bool is_natted = flow->flags & (LEAT_FLOW_NAT_SRC | LEAT_FLOW_NAT_DST);
	struct nat_diff diff = {};
	bool is_done;

	if (flow->flags & LEAT_FLOW_NAT_SRC)
		diff.addr += csum_diff_addr(&pkt->key.saddr, &flow->nat_saddr);
	if (flow->flags & LEAT_FLOW_NAT_DST)
		diff.addr += csum_diff_addr(&pkt->key.daddr, &flow->nat_daddr);
	if (is_natted || is_hop) {
		is_done = pkt->is_v6 ? nat_write_ip6(skb, flow, is_hop, diff.addr)
				     : nat_write_ip4(skb, flow, is_hop, diff.addr);
		if (!is_done)
			return DROP(INTERNAL);
	}
	if (!is_natted || !pkt->has_l4)
		return 0;
	if (nat_has_new_ports(pkt, flow)) {
		if (!nat_write_l4(skb, pkt, flow))
			return DROP(INTERNAL);
		diff.l4 = csum_diff16(pkt->key.sport, flow->nat_sport) +
			  csum_diff16(pkt->key.dport, flow->nat_dport);
	}
	return nat_fix_l4(skb, pkt, &diff) ? DROP(INTERNAL) : 0;
}
