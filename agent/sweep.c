// SPDX-License-Identifier: Apache-2.0
/*
 * Old flows go: a sweep every --sweep-interval seconds, in steps, so that requests and syncs
 * come in between. The next one starts an interval after the last one's end.
 */
#include <errno.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/log.h"
#include "maps/flows.h"

#define STEP_ENTRIES  8192
#define RECOUNT_EVERY 12 /* sweeps */

struct leat_sweeper {
	struct leat_agent *agent;
	uv_timer_t timer;
	struct leat_flow_sweep *sweep; /* NULL: none under way */
	size_t removed;
	unsigned int sweeps;
};

static void on_timer(uv_timer_t *timer);

static void again(struct leat_sweeper *sweeper, __u64 ms)
{
	uv_timer_start(&sweeper->timer, on_timer, ms, 0);
}

static void finish(struct leat_sweeper *sweeper)
{
	leat_flow_sweep_free(sweeper->sweep);
	sweeper->sweep = NULL;
	if (sweeper->removed)
		log_debug("sweep: %zu flows removed", sweeper->removed);
	sweeper->removed = 0;
	if (++sweeper->sweeps % RECOUNT_EVERY == 0)
		(void)leat_flow_recount_half_open(sweeper->agent->maps, NULL);
	again(sweeper, sweeper->agent->options->sweep_interval_sec * 1000ULL);
}

static void on_timer(uv_timer_t *timer)
{
	struct leat_sweeper *sweeper = timer->data;
	size_t removed = 0;
	int more = 0;
	if (!sweeper->sweep)
		more = leat_flow_sweep_begin(sweeper->agent->maps, &leat_flow_timeouts_default,
					     leat_tick_now(), &sweeper->sweep);
	if (more == 0)
		more = leat_flow_sweep_step(sweeper->sweep, STEP_ENTRIES, &removed);
	sweeper->removed += removed;
	if (more < 0)
		log_error("sweep of the flow table: %s", strerror(-more));
	if (more > 0)
		again(sweeper, 1);
	else
		finish(sweeper);
}

int leat_sweeper_open(struct leat_agent *agent, struct leat_sweeper **ret_sweeper)
{
	struct leat_sweeper *sweeper = calloc(1, sizeof(*sweeper));
	if (!sweeper)
		return -ENOMEM;
	sweeper->agent = agent;
	sweeper->timer.data = sweeper;
	(void)uv_timer_init(&agent->loop, &sweeper->timer);
	again(sweeper, agent->options->sweep_interval_sec * 1000ULL);
	*ret_sweeper = sweeper;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void leat_sweeper_close(struct leat_sweeper *sweeper)
{
	if (!sweeper)
		return;
	leat_flow_sweep_free(sweeper->sweep);
	uv_close((uv_handle_t *)&sweeper->timer, on_closed);
}
