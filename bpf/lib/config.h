/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The one configuration struct. It is in .rodata and frozen before loading, so the verifier
 * knows its values and removes what they switch off.
 */
#include "common.h"

const volatile struct leat_config leat_config;

/*
 * Set on packets that go to a pod by bpf_redirect() where bpf_redirect_peer() is missing:
 * leat_to_pod lets them through unread. The mark of a packet that crosses from a pod's network
 * namespace is cleared by the kernel, so no pod can set it.
 */
#define LEAT_MARK_JUDGED 0x1ea70001

static const __u8 gateway_mac[ETH_ALEN] = LEAT_GATEWAY_MAC;
static const __u8 host_mac[ETH_ALEN] = LEAT_HOST_MAC;
static const __u8 overlay_mac[ETH_ALEN] = LEAT_OVERLAY_MAC;
static const __u8 net_mac[ETH_ALEN] = LEAT_NET_MAC;

inline_ bool config_has(__u32 flag)
{
	return leat_config.flags & flag;
}

/*
 * The tick is read by every packet, and a helper call costs more than all the rest of it on
 * machines that guard their returns: bpf_jiffies64() is none (the verifier inlines it), so the
 * clock is asked only when CLOCK_STEP jiffies passed, on whatever CPU that is noticed first.
 * One word, so that no reader sees half of it: jiffies' step above, tick below.
 */
#define CLOCK_STEP 32

static __u64 clock;

static __noinline __u64 clock_renew(__u32 step)
{
	__u64 ns = config_has(LEAT_CFG_KTIME_COARSE) ? bpf_ktime_get_coarse_ns()
						     : bpf_ktime_get_ns();
	__u64 now = (__u64)step << 32 | (__u32)(ns >> LEAT_TICK_SHIFT);

	*(volatile __u64 *)&clock = now;
	return now;
}

inline_ __u32 now_tick(void)
{
	__u64 now = *(volatile __u64 *)&clock;
	__u32 step = bpf_jiffies64() / CLOCK_STEP;

	if (unlikely(now >> 32 != step))
		now = clock_renew(step);
	return now;
}
