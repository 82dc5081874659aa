/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where the kernel has no TCX: a BPF filter on the device's clsact qdisc, always with the same
 * handle and priority, so that it is replaced in place and found again.
 */
#include <stdbool.h>

#include <linux/types.h>

#define LEAT_FILTER_HANDLE   0x1ea7
#define LEAT_FILTER_PRIORITY 0x1ea7

/* Replaces a filter that is there without a gap. *ret_made_qdisc: the qdisc was not there. */
int leat_clsact_attach(int program_fd, int ifindex, bool is_egress, bool *ret_made_qdisc);
/* Number of our filter's program; -ENOENT: there is none, or no such device. */
int leat_clsact_query(int ifindex, bool is_egress, __u32 *ret_program_id);
/* Only our filter. -ENOENT is no error. */
int leat_clsact_detach(int ifindex, bool is_egress);
/* Removes the clsact qdisc if no filter of anybody is left in it. -ENOENT is no error. */
int leat_clsact_remove_empty(int ifindex);
