/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Numbers of sets, identities, rules and Services: derived from the hash of what they stand
 * for, so that a restarted agent finds the same ones and an unchanged thing keeps its number
 * whatever changes around it.
 */
#include "compile/arena.h"

/* Numbers start here: below are the special ones of policy.h. */
#define LEAT_NUMBER_FIRST 16

/* ret_numbers[i] belongs to hashes[i]. All differ; where two would not, the next free one is
 * taken, in order of the hashes. -ENOMEM. */
int leat_numbers_assign(struct leat_arena *arena, const __u64 *hashes, size_t count,
			__u32 *ret_numbers);
