/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Runs a loaded program's instructions in user space, over the same tables as the kernel, and
 * counts what a packet costs: instructions executed, calls of each helper, lookups in each
 * table. The kernel shows none of that; nanoseconds move with the machine, these counts do not.
 * Only what the established path calls is there; anything else ends the run with an error.
 */
#include <bpf/libbpf.h>

#include "common.h"

enum { VM_HELPERS = 256 };

struct vm_count {
	unsigned int instructions;
	unsigned int helpers[VM_HELPERS];  /* by enum bpf_func_id */
	unsigned int lookups[TABLE_COUNT]; /* by table */
	unsigned int other_lookups;	   /* in tables that are not pinned */
	unsigned int tail_calls;
};

/* 0 and the program's return value, or -errno: -ENOSYS for an instruction or helper that is
 * not there (printed), -EFAULT for a run without end. `frame` is changed as the packet is. */
int vm_run(const struct bpf_program *program, struct frame *frame, __u32 ifindex,
	   struct vm_count *ret_count, __u32 *ret_verdict);
