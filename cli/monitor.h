/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A running `leat monitor`: what it still has to show, and how one event is read and shown. */
#include <sys/stat.h>

#include "cli.h"
#include "drop.h"

struct leat_monitor {
	struct leat_cli *cli;
	struct leat_drop_filter filter;
	bool has_limit;
	__u64 left;	   /* events, when has_limit */
	__u64 deadline_ns; /* CLOCK_MONOTONIC; 0: none */
	__u64 lost;	   /* swallowed by the rate limit, not told yet */
	struct stat state; /* of the state file that the names are from */
};

/* A line of the agent's socket: {"event":{...}}, numbers as leat_event_to_json() writes them. */
int leat_monitor_parse(const char *line, struct leat_event *ret_event);
/* Prints it if the filter lets it, with the newest names. */
void leat_monitor_show(struct leat_monitor *monitor, const struct leat_event *event);
