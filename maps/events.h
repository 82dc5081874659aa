/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Drop events from the ring buffer. One reader at a time: the agent, or the command without it. */
#include "maps.h"

struct leat_events;
typedef void leat_event_fn(void *context, const struct leat_event *event);

int leat_events_open(const struct leat_maps *maps, leat_event_fn *on_event, void *context,
		     struct leat_events **ret_events);
void leat_events_close(struct leat_events *events);
int leat_events_fd(const struct leat_events *events); /* readable when there is something */
int leat_events_read(struct leat_events *events);     /* number read, or -errno */
const char *leat_drop_label(__u8 reason); /* "policy-ingress"; "reason-77" is "unknown" */
const char *leat_drop_text(__u8 reason);
