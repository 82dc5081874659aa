/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One program on one device: put there, replaced, asked for, taken away. Works on descriptors
 * and pins, so that it serves with a loader and without.
 */
#include <linux/types.h>

#include "loader/loader.h"

/* Attaches or replaces in place. What the other way (TCX, clsact) had there goes afterwards. */
int leat_attach_put(const char *bpffs, enum leat_program program, int ifindex, int program_fd,
		    bool has_tcx);
/* Number of the attached program; -ENOENT: none is. */
int leat_attach_get(const char *bpffs, enum leat_program program, int ifindex,
		    __u32 *ret_program_id);
