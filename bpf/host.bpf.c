// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The node: what its uplinks receive (leat_from_net, tc ingress of them) and what its own
 * processes send to Services and to pods of other nodes (leat_from_host, tc ingress of
 * leat_net). See docs/datapath.md; hook.h has the stages.
 */
#include "lib/hook.h"

SEC("tc")
int leat_from_net(struct __sk_buff *skb)
{
	/* Frames for others, seen because the device is promiscuous, or for a VLAN on it. */
	if (skb->pkt_type == PACKET_OTHERHOST || skb->vlan_present)
		return TC_ACT_OK;
	return hook_run(skb, LEAT_HOOK_FROM_NET);
}

SEC("tc")
int leat_from_host(struct __sk_buff *skb)
{
	return hook_run(skb, LEAT_HOOK_FROM_HOST);
}

char _license[] SEC("license") = "Dual BSD/GPL";
