/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The words every table speaks: addresses, hooks, directions. Shared by the BPF programs and
 * by user space, so types only, fixed sizes, no padding the compiler chose.
 */
#include <linux/types.h>

/*
 * An address of either family. IPv4 is written as IPv4-mapped IPv6 (::ffff:a.b.c.d), so that
 * one table and one source path serve both. A packet that carries such an address in its
 * IPv6 header is dropped (LEAT_DROP_ADDR_MAPPED): it can never pose as IPv4.
 */
struct leat_addr {
	__u8 b[16];
} __attribute__((aligned(4)));

/* Where a packet met us. A flow entry says which hook its packets may come in by. */
enum leat_hook {
	LEAT_HOOK_NONE = 0,
	LEAT_HOOK_FROM_POD = 1,	    /* tc ingress of a pod's host side veth */
	LEAT_HOOK_TO_POD = 2,	    /* tc egress of it: only what the host stack sends */
	LEAT_HOOK_FROM_NET = 3,	    /* tc ingress of an uplink */
	LEAT_HOOK_FROM_HOST = 4,    /* tc ingress of leat_net: the node's own traffic to us */
	LEAT_HOOK_FROM_OVERLAY = 5, /* tc ingress of leat_vxlan */
};

/* As in NetworkPolicy: seen from the pod that the policy selects. */
enum leat_dir {
	LEAT_EGRESS = 0,
	LEAT_INGRESS = 1,
};

/* Slot 0 of every slot-keyed array means "none". */
#define LEAT_SLOT_NONE 0

/* Times in tables: CLOCK_MONOTONIC nanoseconds >> LEAT_TICK_SHIFT, about 1.07 s a tick. */
#define LEAT_TICK_SHIFT 30
