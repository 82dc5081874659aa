/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The flow table over time: what is too old goes (by both directions' entries together), what
 * belongs to something that vanished goes at once, half-open counts are kept true.
 */
#include "maps.h"

struct leat_flow_timeouts { /* seconds */
	__u32 tcp_established;
	__u32 tcp_half_open;
	__u32 tcp_closing;     /* FIN from both or RST from one */
	__u32 tcp_half_closed; /* FIN from one side, the other may still send */
	__u32 udp_answered;
	__u32 udp_unanswered;
	__u32 icmp;
	__u32 other;
};

extern const struct leat_flow_timeouts leat_flow_timeouts_default;

/* Seconds that a flow may be silent. Either entry may be NULL: it is not there (any more). */
__u32 leat_flow_timeout(const struct leat_flow_timeouts *timeouts, __u8 proto,
			const struct leat_flow *forward, const struct leat_flow *reply);
/* True when the last packet of both directions is older than that. */
bool leat_flow_is_expired(const struct leat_flow_timeouts *timeouts, __u8 proto,
			  const struct leat_flow *forward, const struct leat_flow *reply,
			  __u32 now_tick);

struct leat_flow_sweep; /* a sweep under way: works in steps, so that the event loop goes on */

int leat_flow_sweep_begin(const struct leat_maps *maps, const struct leat_flow_timeouts *timeouts,
			  __u32 now_tick, struct leat_flow_sweep **ret_sweep);
/* Looks at about `entries` more. 1: there is more to do, 0: finished, or -errno.
 * *ret_removed (may be NULL): flows, not entries. */
int leat_flow_sweep_step(struct leat_flow_sweep *sweep, size_t entries, size_t *ret_removed);
void leat_flow_sweep_free(struct leat_flow_sweep *sweep);

/* Removes, both directions, every flow for which `is_gone` says so of one entry.
 * *ret_removed (may be NULL): flows, not entries. */
typedef bool leat_flow_match_fn(const struct leat_flow_key *key, const struct leat_flow *flow,
				void *context);
int leat_flow_remove_matching(const struct leat_maps *maps, leat_flow_match_fn *is_gone,
			      void *context, size_t *ret_removed);

/* Sets the half-open counters of slots where nothing happens meanwhile to what the flow table
 * holds. For the agent's start, and now and then. *ret_corrected (may be NULL): slots. */
int leat_flow_recount_half_open(const struct leat_maps *maps, size_t *ret_corrected);

/* Key of the other direction's entry. */
struct leat_flow_key leat_flow_partner(const struct leat_flow_key *key,
				       const struct leat_flow *flow);
__u32 leat_tick_now(void); /* CLOCK_MONOTONIC >> LEAT_TICK_SHIFT */
