/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * What every file here starts from: the kernel's UAPI headers (no vmlinux.h), libbpf's helpers
 * and the shared contract.
 *
 * Stages of the slow path return a verdict: STAGE_NEXT to go on, a negated enum leat_drop, or
 * STAGE_DONE(TC_ACT_...) when the packet's fate is settled. STAGE_NO_FLOW is a drop only where
 * no flow can begin. Only drop.h turns a reason into an action.
 */
#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <leat/config.h>
#include <leat/drops.h>
#include <leat/endpoint.h>
#include <leat/event.h>
#include <leat/flow.h>
#include <leat/ipcache.h>
#include <leat/node.h>
#include <leat/policy.h>
#include <leat/service.h>

#define STAGE_NEXT	   0
#define STAGE_DONE(action) ((action) + 1)
#define DROP(name)	   (-LEAT_DROP_##name)
#define STAGE_NO_FLOW	   DROP(ICMP_NO_FLOW)

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define inline_	    static __always_inline
/* Verified once by itself: may take the context and numbers, no pointers (kernel 5.10). */
#define stage_	    __noinline

#ifndef AF_INET
#define AF_INET	 2
#define AF_INET6 10
#endif
#ifndef EEXIST
#define EEXIST 17
#endif
#ifndef IPPROTO_SCTP
#define IPPROTO_SCTP 132
#endif

typedef __u32 __attribute__((may_alias)) word;
typedef __u16 __attribute__((may_alias)) half;

/* For values that another CPU or the agent writes meanwhile. */
#define read_once(x) (*(const volatile typeof(x) *)&(x))
