// SPDX-License-Identifier: Apache-2.0
/* Reads drop events from the ring buffer. What a person reads of them is in dump.c. */
#include "maps/events.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct leat_events {
	struct ring_buffer *ring;
	leat_event_fn *on_event;
	void *context;
};

/* A longer record is a newer program's: its beginning is what we know. */
static int on_record(void *context, void *data, size_t size)
{
	const struct leat_events *events = context;
	struct leat_event event;

	if (size < sizeof(event))
		return 0;
	memcpy(&event, data, sizeof(event));
	events->on_event(events->context, &event);
	return 0;
}

int leat_events_open(const struct leat_maps *maps, leat_event_fn *on_event, void *context,
		     struct leat_events **ret_events)
{
	struct leat_events *events = calloc(1, sizeof(*events));
	int err;

	if (!events)
		return -ENOMEM;
	events->on_event = on_event;
	events->context = context;
	events->ring = ring_buffer__new(maps->tables[LEAT_TABLE_EVENT].fd, on_record, events, NULL);
	if (!events->ring) {
		err = -errno;
		free(events);
		return err;
	}
	*ret_events = events;
	return 0;
}

void leat_events_close(struct leat_events *events)
{
	if (!events)
		return;
	ring_buffer__free(events->ring);
	free(events);
}

int leat_events_fd(const struct leat_events *events)
{
	return ring_buffer__epoll_fd(events->ring);
}

int leat_events_read(struct leat_events *events)
{
	return ring_buffer__consume(events->ring);
}

struct drop_words {
	const char *label;
	const char *text;
};

static const struct drop_words drop_words[LEAT_DROP_MAX] = {
#define DROP_WORDS(number, name, drop_label, drop_text)                                            \
	[number] = { .label = (drop_label), .text = (drop_text) },
	LEAT_DROPS(DROP_WORDS)
#undef DROP_WORDS
};

const char *leat_drop_label(__u8 reason)
{
	if (reason >= LEAT_DROP_MAX || !drop_words[reason].label)
		return "unknown";
	return drop_words[reason].label;
}

const char *leat_drop_text(__u8 reason)
{
	if (reason >= LEAT_DROP_MAX || !drop_words[reason].text)
		return "a reason that this version does not know";
	return drop_words[reason].text;
}
