// SPDX-License-Identifier: Apache-2.0
/*
 * Counts half-open flows anew. The programs count on meanwhile, so only slots whose counter
 * stood still from before the walk to after it are corrected; the others next time.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "maps/epstat.h"
#include "maps/flows.h"
#include "maps/scan.h"

enum { CHUNK = 256 };

static void count_chunk(const struct leat_scan *scan, size_t count, __u32 *found, size_t slots)
{
	const struct leat_flow *entries = (const void *)scan->values;

	for (size_t i = 0; i < count; i++)
		if ((entries[i].flags & LEAT_FLOW_HALF_OPEN) &&
		    !(entries[i].flags & LEAT_FLOW_REPLY) && entries[i].src_slot < slots)
			found[entries[i].src_slot]++;
}

static int count_all(const struct leat_maps *maps, __u32 *found, size_t slots)
{
	LEAT_CLEANUP(leat_scan_free) struct leat_scan scan = { 0 };
	size_t count;
	int err = leat_scan_init(&scan, &maps->tables[LEAT_TABLE_FLOW], CHUNK);

	if (err < 0)
		return err;
	while ((err = leat_scan_next(&scan, &count)) > 0)
		count_chunk(&scan, count, found, slots);
	return err;
}

int leat_flow_recount_half_open(const struct leat_maps *maps, size_t *ret_corrected)
{
	LEAT_CLEANUP(leat_epstats_close) struct leat_epstats stats = { 0 };
	_cleanup_free_ __u32 *before = NULL, *found = NULL;
	size_t corrected = 0;
	int err = leat_epstats_open(maps, &stats);

	if (err < 0)
		return err;
	before = calloc(stats.count, sizeof(*before));
	found = calloc(stats.count, sizeof(*found));
	if (!before || !found)
		return -ENOMEM;
	for (__u32 slot = 0; slot < stats.count; slot++)
		before[slot] = leat_epstats_half_open(&stats, slot);
	err = count_all(maps, found, stats.count);
	if (err < 0)
		return err;
	for (__u32 slot = 0; slot < stats.count; slot++)
		if (found[slot] != before[slot])
			corrected += leat_epstats_correct(&stats, slot, before[slot], found[slot]);
	if (ret_corrected)
		*ret_corrected = corrected;
	return 0;
}
