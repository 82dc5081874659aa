/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * leat_epstat_v1 as shared memory: the programs count half-open flows up and down, and whoever
 * removes a flow that is still counted takes it off by the same atomic means.
 */
#include "maps.h"

struct leat_epstats {
	struct leat_epstat *slots; /* the map itself, not a copy */
	size_t count;
	size_t bytes;
};

/* -EPERM when the maps were opened read-only. */
int leat_epstats_open(const struct leat_maps *maps, struct leat_epstats *ret_stats);
void leat_epstats_close(struct leat_epstats *stats);
__u32 leat_epstats_half_open(const struct leat_epstats *stats, __u32 slot);
/* One half-open flow less. Never below zero, and nothing for a slot that is not there. */
void leat_epstats_release(struct leat_epstats *stats, __u32 slot);
/* Sets the counter if it still is `seen`. */
bool leat_epstats_correct(struct leat_epstats *stats, __u32 slot, __u32 seen, __u32 right);
