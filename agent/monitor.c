// SPDX-License-Identifier: Apache-2.0
/*
 * Drop events from the ring buffer to those who asked for them. Read also when nobody did, so
 * that a subscriber sees what happens from now on and not what lay in the buffer.
 */
#include <errno.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/log.h"
#include "maps/dump.h"

struct leat_monitor {
	struct leat_agent *agent;
	struct leat_events *events;
	uv_poll_t poll;
};

static void on_event(void *context, const struct leat_event *event)
{
	struct leat_monitor *monitor = context;
	/* When the agent stops, the socket is closed before the last events are read. */
	if (!monitor->agent->api || !leat_api_has_subscribers(monitor->agent->api))
		return;
	cJSON *json = cJSON_CreateObject();
	cJSON_AddItemToObject(json, "event", leat_event_to_json(event));
	leat_api_broadcast(monitor->agent->api, json);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct leat_monitor *monitor = poll->data;
	(void)status;
	(void)events;
	(void)leat_events_read(monitor->events);
}

int leat_monitor_open(struct leat_agent *agent, struct leat_monitor **ret_monitor)
{
	struct leat_monitor *monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return -ENOMEM;
	monitor->agent = agent;
	monitor->poll.data = monitor;
	int err = leat_events_open(agent->maps, on_event, monitor, &monitor->events);
	err = err ?: uv_poll_init(&agent->loop, &monitor->poll, leat_events_fd(monitor->events));
	if (err) {
		if (monitor->events)
			leat_events_close(monitor->events);
		free(monitor);
		return err;
	}
	(void)uv_poll_start(&monitor->poll, UV_READABLE, on_readable);
	*ret_monitor = monitor;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void leat_monitor_close(struct leat_monitor *monitor)
{
	if (!monitor)
		return;
	uv_close((uv_handle_t *)&monitor->poll, on_closed); /* stops polling at once */
	leat_events_close(monitor->events);
}
