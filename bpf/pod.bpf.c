// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pod's host side veth: what the pod sends (tc ingress) and what the host's stack sends to
 * it (tc egress). Traffic from other pods and nodes gets past the egress program by
 * bpf_redirect_peer(). See docs/datapath.md; hook.h has the stages.
 */
#include "lib/hook.h"

SEC("tc")
int leat_from_pod(struct __sk_buff *skb)
{
	return hook_run(skb, LEAT_HOOK_FROM_POD);
}

SEC("tc")
int leat_to_pod(struct __sk_buff *skb)
{
	if (!config_has(LEAT_CFG_REDIRECT_PEER) && skb->mark == LEAT_MARK_JUDGED) {
		skb->mark = 0;
		return TC_ACT_OK;
	}
	return hook_run(skb, LEAT_HOOK_TO_POD);
}

char _license[] SEC("license") = "Dual BSD/GPL";
