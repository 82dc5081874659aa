// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tunnel device: what other nodes' pods and processes send to ours (tc ingress of
 * leat_vxlan). See docs/datapath.md; hook.h has the stages.
 */
#include "lib/hook.h"

SEC("tc")
int leat_from_overlay(struct __sk_buff *skb)
{
	return hook_run(skb, LEAT_HOOK_FROM_OVERLAY);
}

char _license[] SEC("license") = "Dual BSD/GPL";
