// SPDX-License-Identifier: Apache-2.0
/*
 * Takes flows out of the table, always both entries of one, and keeps the half-open counters
 * true while doing so. What is too old is decided in flow_age.c.
 */
#include "maps/flows.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "maps/epstat.h"
#include "maps/scan.h"

enum { CHUNK = 256 };

/* A flow as found by one of its entries; `partner` is only set when it is really its other. */
struct flow_pair {
	struct leat_flow_key key;
	struct leat_flow_key partner_key;
	struct leat_flow entry;
	struct leat_flow partner;
	bool has_partner;
};

struct flow_remover {
	const struct leat_table *table;
	struct leat_epstats stats;
};

struct leat_flow_sweep {
	struct flow_remover remover;
	struct leat_scan scan;
	struct leat_flow_timeouts timeouts;
	__u32 now_tick;
};

static int remover_init(struct flow_remover *remover, const struct leat_maps *maps)
{
	remover->table = &maps->tables[LEAT_TABLE_FLOW];
	return leat_epstats_open(maps, &remover->stats);
}

static void remover_free(struct flow_remover *remover)
{
	leat_epstats_close(&remover->stats);
}

/* Looks the other direction up. A key may meanwhile belong to another flow: it counts as partner
 * only when it leads back and is the other role. */
static void find_partner(const struct leat_table *table, struct flow_pair *pair)
{
	struct leat_flow_key back;

	pair->partner_key = leat_flow_partner(&pair->key, &pair->entry);
	pair->has_partner = false;
	if (leat_table_get(table, &pair->partner_key, &pair->partner) < 0)
		return;
	back = leat_flow_partner(&pair->partner_key, &pair->partner);
	pair->has_partner = !memcmp(&back, &pair->key, sizeof(back)) &&
			    ((pair->entry.flags ^ pair->partner.flags) & LEAT_FLOW_REPLY);
}

/* Finds and deletes in one go where the kernel can (hashes: 5.14), so that the flags are the last
 * ones that a program wrote. */
static int take_entry(const struct leat_table *table, const struct leat_flow_key *key,
		      struct leat_flow *ret_flow)
{
	int err = bpf_map_lookup_and_delete_elem(table->fd, key, ret_flow);

	if (!err || err == -ENOENT)
		return err;
	err = leat_table_get(table, key, ret_flow);
	return err < 0 ? err : bpf_map_delete_elem(table->fd, key);
}

/* 1 when it was there, 0 when not. */
static int remove_entry(struct flow_remover *remover, const struct leat_flow_key *key)
{
	struct leat_flow last;
	int err = take_entry(remover->table, key, &last);

	if (err < 0)
		return err == -ENOENT ? 0 : err;
	if ((last.flags & LEAT_FLOW_HALF_OPEN) && !(last.flags & LEAT_FLOW_REPLY))
		leat_epstats_release(&remover->stats, last.src_slot);
	return 1;
}

/* 1 when a flow went, 0 when another had removed it before. */
static int remove_pair(struct flow_remover *remover, const struct flow_pair *pair)
{
	int removed = remove_entry(remover, &pair->key);
	int also = pair->has_partner ? remove_entry(remover, &pair->partner_key) : 0;

	if (removed < 0 || also < 0)
		return removed < 0 ? removed : also;
	return removed || also;
}

static bool is_pair_expired(const struct leat_flow_sweep *sweep, const struct flow_pair *pair)
{
	const struct leat_flow *partner = pair->has_partner ? &pair->partner : NULL;
	bool is_reply = pair->entry.flags & LEAT_FLOW_REPLY;

	return leat_flow_is_expired(&sweep->timeouts, pair->key.proto,
				    is_reply ? partner : &pair->entry,
				    is_reply ? &pair->entry : partner, sweep->now_tick);
}

/* The shortest that any flow of this protocol may live: younger entries need no second look. */
static __u32 least_timeout(const struct leat_flow_timeouts *timeouts)
{
	const __u32 all[] = {
		timeouts->tcp_established,
		timeouts->tcp_half_open,
		timeouts->tcp_closing,
		timeouts->tcp_half_closed,
		timeouts->udp_answered,
		timeouts->udp_unanswered,
		timeouts->icmp,
		timeouts->other,
	};
	__u32 least = all[0];

	for (size_t i = 1; i < ARRAY_SIZE(all); i++)
		least = all[i] < least ? all[i] : least;
	return least;
}

static bool is_young(const struct leat_flow_sweep *sweep, const struct leat_flow *flow)
{
	__s32 idle = (__s32)(sweep->now_tick - flow->seen_tick);
	__u64 idle_ns = idle < 0 ? 0 : (__u64)idle << LEAT_TICK_SHIFT;

	return idle_ns <= least_timeout(&sweep->timeouts) * 1000000000ULL;
}

/* The entry is a copy from the scan: what looks old is looked up again before it goes. */
static int sweep_entry(struct leat_flow_sweep *sweep, const struct leat_flow_key *key,
		       const struct leat_flow *entry)
{
	const struct leat_table *table = sweep->remover.table;
	struct flow_pair pair = { .key = *key, .entry = *entry };

	if (is_young(sweep, entry))
		return 0;
	find_partner(table, &pair);
	if (!is_pair_expired(sweep, &pair))
		return 0;
	if (leat_table_get(table, key, &pair.entry) < 0)
		return 0;
	find_partner(table, &pair);
	return is_pair_expired(sweep, &pair) ? remove_pair(&sweep->remover, &pair) : 0;
}

static int sweep_chunk(struct leat_flow_sweep *sweep, size_t count, size_t *removed)
{
	const struct leat_flow_key *keys = (const void *)sweep->scan.keys;
	const struct leat_flow *entries = (const void *)sweep->scan.values;

	for (size_t i = 0; i < count; i++) {
		int err = sweep_entry(sweep, &keys[i], &entries[i]);

		if (err < 0)
			return err;
		*removed += (size_t)err;
	}
	return 0;
}

int leat_flow_sweep_begin(const struct leat_maps *maps, const struct leat_flow_timeouts *timeouts,
			  __u32 now_tick, struct leat_flow_sweep **ret_sweep)
{
	struct leat_flow_sweep *sweep = calloc(1, sizeof(*sweep));
	int err;

	if (!sweep)
		return -ENOMEM;
	sweep->timeouts = *timeouts;
	sweep->now_tick = now_tick;
	err = remover_init(&sweep->remover, maps);
	err = err ?: leat_scan_init(&sweep->scan, sweep->remover.table, CHUNK);
	if (err < 0) {
		leat_flow_sweep_free(sweep);
		return err;
	}
	*ret_sweep = sweep;
	return 0;
}

int leat_flow_sweep_step(struct leat_flow_sweep *sweep, size_t entries, size_t *ret_removed)
{
	size_t looked = 0, removed = 0, count = 0;
	int more = 1;

	while (more > 0 && looked < entries) {
		more = leat_scan_next(&sweep->scan, &count);
		if (more > 0) {
			int err = sweep_chunk(sweep, count, &removed);

			more = err < 0 ? err : more;
			looked += count + 1;
		}
	}
	if (ret_removed)
		*ret_removed = removed;
	return more;
}

void leat_flow_sweep_free(struct leat_flow_sweep *sweep)
{
	if (!sweep)
		return;
	leat_scan_free(&sweep->scan);
	remover_free(&sweep->remover);
	free(sweep);
}

static int remove_matching_chunk(struct flow_remover *remover, const struct leat_scan *scan,
				 size_t count, leat_flow_match_fn *is_gone, void *context)
{
	const struct leat_flow_key *keys = (const void *)scan->keys;
	const struct leat_flow *entries = (const void *)scan->values;
	int removed = 0;

	for (size_t i = 0; i < count; i++) {
		struct flow_pair pair = { .key = keys[i], .entry = entries[i] };
		int err;

		if (!is_gone(&keys[i], &entries[i], context))
			continue;
		find_partner(remover->table, &pair);
		err = remove_pair(remover, &pair);
		if (err < 0)
			return err;
		removed += err;
	}
	return removed;
}

int leat_flow_remove_matching(const struct leat_maps *maps, leat_flow_match_fn *is_gone,
			      void *context, size_t *ret_removed)
{
	LEAT_CLEANUP(remover_free) struct flow_remover remover = { 0 };
	LEAT_CLEANUP(leat_scan_free) struct leat_scan scan = { 0 };
	size_t count, total = 0;
	int err;

	err = remover_init(&remover, maps);
	err = err ?: leat_scan_init(&scan, remover.table, CHUNK);
	if (err < 0)
		return err;
	while ((err = leat_scan_next(&scan, &count)) > 0) {
		err = remove_matching_chunk(&remover, &scan, count, is_gone, context);
		if (err < 0)
			return err;
		total += (size_t)err;
	}
	if (ret_removed)
		*ret_removed = total;
	return err;
}
