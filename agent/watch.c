// SPDX-License-Identifier: Apache-2.0
/*
 * When to look at the folder again: inotify on the manifests and on what nodes publish, some
 * milliseconds after the last event, because changes come in bursts. inotify's own descriptor
 * and not uv_fs_event, which drops the overflow event: here any event, overflow included, leads
 * to the same full comparison. A folder that is replaced as a whole (renamed, or a symbolic
 * link to another) has other inode numbers: looked at once a second.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/log.h"

#define DEBOUNCE_MS 3
#define CHECK_MS    1000
#define EVENTS                                                                                     \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ATTRIB |        \
	 IN_DELETE_SELF | IN_MOVE_SELF)

struct folder_id {
	dev_t dev;
	ino_t ino;
	int descriptor; /* of inotify; -1: none */
};

struct leat_watch {
	struct leat_agent *agent;
	int fd;
	uv_poll_t poll;
	uv_timer_t debounce;
	uv_timer_t check;
	struct folder_id manifests;
	struct folder_id published;
	bool is_all; /* the next scan reads every file */
	int open_handles;
	int last_error;
};

/* Watches the folder that the path leads to now. True when that is another one than before. */
static bool look_at_folder(struct leat_watch *watch, const char *path, struct folder_id *id)
{
	struct stat now;
	if (stat(path, &now) < 0) {
		bool was_there = id->descriptor >= 0;
		id->descriptor = -1;
		id->ino = 0;
		return was_there;
	}
	if (id->descriptor >= 0 && id->dev == now.st_dev && id->ino == now.st_ino)
		return false;
	if (id->descriptor >= 0)
		(void)inotify_rm_watch(watch->fd, id->descriptor);
	id->descriptor = inotify_add_watch(watch->fd, path, EVENTS | IN_ONLYDIR);
	id->dev = now.st_dev;
	id->ino = now.st_ino;
	return true;
}

static void scan(struct leat_watch *watch)
{
	struct leat_agent *agent = watch->agent;
	bool is_settled = true;
	int err = leat_folder_scan(agent->folder, watch->is_all, &is_settled);
	watch->is_all = err != 0 && watch->is_all;
	if (err != watch->last_error && err)
		log_error("%s: not read, what it said last stays: %s", agent->options->manifests,
			  strerror(-err));
	watch->last_error = err;
	leat_agent_on_folder(agent, err);
	if (!is_settled)
		uv_timer_start(&watch->debounce, watch->debounce.timer_cb, LEAT_FOLDER_REST_MS, 0);
}

static void on_debounce(uv_timer_t *timer)
{
	scan(timer->data);
}

static void on_check(uv_timer_t *timer)
{
	struct leat_watch *watch = timer->data;
	const struct leat_agent *agent = watch->agent;
	bool is_other = look_at_folder(watch, agent->options->manifests, &watch->manifests);
	is_other |= look_at_folder(watch, agent->publish_dir, &watch->published);
	if (is_other || watch->last_error)
		scan(watch);
}

static void take_events(struct leat_watch *watch, const char *buffer, ssize_t size)
{
	const char *at = buffer;
	while (at < buffer + size) {
		const struct inotify_event *event = (const struct inotify_event *)at;
		if (event->len && (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)))
			leat_folder_note_closed(watch->agent->folder, event->name);
		at += sizeof(*event) + event->len;
	}
}

static void on_inotify(uv_poll_t *poll, int status, int events)
{
	struct leat_watch *watch = poll->data;
	char buffer[16384] __attribute__((aligned(8)));
	ssize_t size;
	(void)status;
	(void)events;
	while ((size = read(watch->fd, buffer, sizeof(buffer))) > 0)
		take_events(watch, buffer, size);
	uv_timer_start(&watch->debounce, on_debounce, DEBOUNCE_MS, 0);
}

void leat_watch_rescan(struct leat_watch *watch, bool is_all)
{
	watch->is_all |= is_all;
	uv_timer_start(&watch->debounce, on_debounce, 0, 0);
}

int leat_watch_open(struct leat_agent *agent, struct leat_watch **ret_watch)
{
	struct leat_watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->agent = agent;
	watch->manifests.descriptor = watch->published.descriptor = -1;
	watch->poll.data = watch->debounce.data = watch->check.data = watch;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0) {
		int err = -errno;
		free(watch);
		return err;
	}
	(void)uv_poll_init(&agent->loop, &watch->poll, watch->fd);
	(void)uv_timer_init(&agent->loop, &watch->debounce);
	(void)uv_timer_init(&agent->loop, &watch->check);
	watch->open_handles = 3;
	(void)uv_poll_start(&watch->poll, UV_READABLE, on_inotify);
	(void)uv_timer_start(&watch->check, on_check, CHECK_MS, CHECK_MS);
	(void)look_at_folder(watch, agent->options->manifests, &watch->manifests);
	(void)look_at_folder(watch, agent->publish_dir, &watch->published);
	*ret_watch = watch;
	scan(watch);
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct leat_watch *watch = handle->data;
	if (--watch->open_handles)
		return;
	close(watch->fd);
	free(watch);
}

void leat_watch_close(struct leat_watch *watch)
{
	if (!watch)
		return;
	uv_close((uv_handle_t *)&watch->poll, on_closed);
	uv_close((uv_handle_t *)&watch->debounce, on_closed);
	uv_close((uv_handle_t *)&watch->check, on_closed);
}
