// SPDX-License-Identifier: Apache-2.0
/*
 * `leat monitor`: drops as they happen. The ring buffer has one reader, the agent, who passes
 * events on over its socket; where no agent runs this reads the ring buffer itself, and hands it
 * back as soon as one does. How one event is printed: monitor_event.c.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "agent.h"
#include "commands.h"
#include "lib/text.h"
#include "maps/events.h"
#include "monitor.h"

#define TURN_MS 500 /* how long at most until a deadline or another source is looked at */

const struct leat_option leat_monitor_options[] = {
	{ "count", "N", "end after N events" },
	{ "seconds", "N", "end after N seconds" },
	{ "endpoint", "NS/NAME", "only drops from or to this pod" },
	{ "reason", "REASON", "only this reason, policy-ingress for example" },
	{ NULL, NULL, NULL },
};

static __u64 now_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
}

static int parse_number(struct leat_cli *cli, const char *name, __u64 *ret_number)
{
	const char *text = leat_cli_value(cli, name);

	if (!text)
		return 0;
	if (leat_number_parse(text, 1000000000, ret_number) < 0 || !*ret_number)
		return leat_cli_error(cli, LEAT_EXIT_USAGE, "--%s '%s': a number from 1 on", name,
				      text);
	return 0;
}

static int parse_options(struct leat_monitor *monitor)
{
	__u64 seconds = 0;
	int code = parse_number(monitor->cli, "count", &monitor->left);

	code = code ? code : parse_number(monitor->cli, "seconds", &seconds);
	monitor->has_limit = monitor->left != 0;
	monitor->deadline_ns = seconds ? now_ns() + seconds * 1000000000ULL : 0;
	return code ? code : leat_drop_filter_parse(monitor->cli, &monitor->filter);
}

static bool is_over(const struct leat_monitor *monitor)
{
	if (monitor->has_limit && !monitor->left)
		return true;
	return monitor->deadline_ns && now_ns() >= monitor->deadline_ns;
}

static int turn_ms(const struct leat_monitor *monitor)
{
	__u64 now = now_ns(), left_ms;

	if (!monitor->deadline_ns)
		return TURN_MS;
	left_ms = monitor->deadline_ns > now ? (monitor->deadline_ns - now) / 1000000 + 1 : 0;
	return left_ms < TURN_MS ? (int)left_ms : TURN_MS;
}

static void on_event(void *context, const struct leat_event *event)
{
	struct leat_monitor *monitor = context;

	if (!is_over(monitor))
		leat_monitor_show(monitor, event);
}

/* Subscribed: 0. Without an agent: -ENOENT and the like. */
static int subscribe(struct leat_monitor *monitor, struct leat_agent *ret_agent)
{
	struct leat_agent agent = { .fd = -1 };
	cJSON *answer = NULL;
	int err = leat_agent_connect(monitor->cli->socket, &agent);

	err = err ? err : leat_agent_ask(&agent, "monitor", &answer);
	cJSON_Delete(answer);
	if (err)
		leat_agent_close(&agent);
	else
		*ret_agent = agent;
	return err;
}

static void take_line(struct leat_monitor *monitor, const char *line)
{
	struct leat_event event;

	if (leat_monitor_parse(line, &event) == 0)
		on_event(monitor, &event);
	else
		leat_cli_note(monitor->cli, "%s: a line that is no event", monitor->cli->socket);
}

/* Until the agent goes (-EPIPE), or the end (0). */
static int follow_agent(struct leat_monitor *monitor, struct leat_agent *agent)
{
	while (!is_over(monitor)) {
		char *line = NULL;
		int err = leat_agent_line(agent, turn_ms(monitor), &line);

		if (!err)
			take_line(monitor, line);
		else if (err != -ETIMEDOUT && err != -EINTR)
			return err;
	}
	return 0;
}

/* Until an agent is there (1, subscribed), or the end (0). */
static int follow_ring(struct leat_monitor *monitor, struct leat_events *events,
		       struct leat_agent *agent)
{
	struct pollfd wait = { .fd = leat_events_fd(events), .events = POLLIN };

	while (!is_over(monitor)) {
		int got = 0;

		if (poll(&wait, 1, turn_ms(monitor)) > 0)
			got = leat_events_read(events);
		if (got < 0 && got != -EINTR)
			return got;
		if (subscribe(monitor, agent) == 0)
			return 1;
	}
	return 0;
}

/* As follow_ring(); *ret_code is an exit code when that cannot begin. */
static int read_ring(struct leat_monitor *monitor, struct leat_agent *agent, int *ret_code)
{
	struct leat_cli *cli = monitor->cli;
	struct leat_events *events = NULL;
	int err;

	*ret_code = leat_cli_maps(cli, false);
	if (*ret_code)
		return 0;
	err = leat_events_open(cli->maps, on_event, monitor, &events);
	if (!err) {
		leat_cli_note(cli, "no agent answers at %s: reading events directly", cli->socket);
		err = follow_ring(monitor, events, agent);
		leat_events_close(events);
	}
	if (err < 0)
		*ret_code = leat_cli_error(cli, LEAT_EXIT_FAILED, "table %s: %s", LEAT_MAP_EVENT,
					   strerror(-err));
	return err;
}

int leat_cmd_monitor(struct leat_cli *cli)
{
	struct leat_monitor monitor = { .cli = cli };
	struct leat_agent agent = { .fd = -1 };
	int code = parse_options(&monitor);

	if (code)
		return code;
	leat_cli_names(cli);
	if (subscribe(&monitor, &agent) == -EACCES)
		return leat_cli_error(cli, LEAT_EXIT_FAILED,
				      "%s: no right to ask the agent: "
				      "run as root",
				      cli->socket);
	while (!is_over(&monitor) && !code) {
		if (agent.fd >= 0) {
			follow_agent(&monitor, &agent);
			leat_agent_close(&agent);
		} else {
			read_ring(&monitor, &agent, &code);
		}
	}
	leat_agent_close(&agent);
	return code;
}
