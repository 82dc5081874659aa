// SPDX-License-Identifier: Apache-2.0
/*
 * The daemon's life: lock, what was before, the folder, the socket, the loop, the end. At the
 * end only the socket closes: programs and tables stay, traffic goes on.
 */
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <time.h>

#include <leat/sizes.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/text.h"

#define SYNC_DELAY_MS	2
#define TICK_MS		1000
#define DEVICE_DELAY_MS 50

__u64 leat_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000 + (__u64)now.tv_nsec / 1000000;
}

const struct kube_node *leat_agent_node(const struct leat_agent *agent)
{
	const struct kube_object *object =
		kube_store_get(agent->store, KUBE_NODE, "", agent->options->node_name);
	return object ? &object->node : NULL;
}

/* ---- syncs -------------------------------------------------------------------------------- */

static void on_sync_timer(uv_timer_t *timer)
{
	struct leat_agent *agent = timer->data;
	if (!agent->is_stopping)
		leat_agent_update(agent);
}

void leat_agent_want_sync(struct leat_agent *agent)
{
	if (!agent->is_stopping && !uv_is_active((uv_handle_t *)&agent->sync_timer))
		uv_timer_start(&agent->sync_timer, on_sync_timer, SYNC_DELAY_MS, 0);
}

static void on_settle_timer(uv_timer_t *timer)
{
	struct leat_agent *agent = timer->data;
	if (agent->sync)
		leat_sync_settle(agent->sync);
}

static void on_tick(uv_timer_t *timer)
{
	struct leat_agent *agent = timer->data;
	leat_requests_expire(agent);
	if (agent->why || agent->waiters || agent->is_state_dirty)
		leat_agent_want_sync(agent);
}

static __u64 hash_problems(const struct leat_strings *problems)
{
	__u64 hash = LEAT_HASH_SEED;
	for (size_t i = 0; i < problems->count; i++)
		hash = leat_hash64(problems->items[i], strlen(problems->items[i]) + 1, hash);
	return hash;
}

void leat_agent_on_folder(struct leat_agent *agent, int err)
{
	static const char unread[] = "the folder of manifests could not be read yet";
	if (err && !agent->is_folder_read && !agent->why)
		agent->why = strdup(unread);
	__u64 problems = hash_problems(leat_folder_problems(agent->folder));
	bool is_same = agent->sync && !agent->why && problems == agent->folder_problems &&
		       kube_store_generation(agent->store) == agent->store_generation;
	agent->folder_problems = problems;
	agent->is_folder_read |= err == 0;
	if (!is_same)
		leat_agent_want_sync(agent);
}

/* ---- devices that change ------------------------------------------------------------------- */

/* Most messages are about pods' devices and routes, which are our own doing. */
static void on_device_timer(uv_timer_t *timer)
{
	struct leat_agent *agent = timer->data;
	const struct kube_node *node = leat_agent_node(agent);
	if (!agent->sync || !node || agent->is_stopping)
		return;
	if (leat_devices_look(&agent->devices, agent->options, node) == 0 &&
	    leat_devices_have_ours(&agent->devices))
		return;
	agent->is_devices_dirty = true;
	leat_agent_want_sync(agent);
}

/* What the messages say is looked up anew: here only that something changed. */
static void on_netlink(uv_poll_t *poll, int status, int events)
{
	struct leat_agent *agent = poll->data;
	char buffer[16384];
	(void)status;
	(void)events;
	while (recv(leat_netlink_fd(agent->netlink_events), buffer, sizeof(buffer), MSG_DONTWAIT) >
		       0 ||
	       errno == ENOBUFS)
		errno = 0;
	if (!agent->is_stopping && !uv_is_active((uv_handle_t *)&agent->device_timer))
		uv_timer_start(&agent->device_timer, on_device_timer, DEVICE_DELAY_MS, 0);
}

static int subscribe(int fd)
{
	static const int groups[] = { RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
				      RTNLGRP_IPV6_ROUTE };
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) < 0)
			return -errno;
	return 0;
}

static int watch_devices(struct leat_agent *agent)
{
	int err = leat_netlink_open_links(-1, &agent->netlink_events);
	err = err ?: subscribe(leat_netlink_fd(agent->netlink_events));
	err = err
		      ?: uv_poll_init(&agent->loop, &agent->netlink_poll,
				      leat_netlink_fd(agent->netlink_events));
	if (err)
		return err;
	agent->netlink_poll.data = agent;
	return uv_poll_start(&agent->netlink_poll, UV_READABLE, on_netlink);
}

/* ---- signals ------------------------------------------------------------------------------- */

/* What is under way in this turn of the loop may still come: nothing may start anew. */
static void stop(struct leat_agent *agent)
{
	agent->is_stopping = true;
	uv_timer_stop(&agent->sync_timer);
	uv_timer_stop(&agent->settle_timer);
	uv_timer_stop(&agent->device_timer);
	if (uv_is_active((uv_handle_t *)&agent->state_timer))
		leat_state_write(agent);
	uv_timer_stop(&agent->state_timer);
	uv_timer_stop(&agent->tick_timer);
	if (agent->api)
		leat_api_close(agent->api);
	agent->api = NULL;
	uv_stop(&agent->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct leat_agent *agent = handle->data;
	if (number == SIGHUP) {
		log_info("SIGHUP: everything is read again");
		agent->is_devices_dirty = true;
		leat_watch_rescan(agent->watch, true);
		return;
	}
	log_info("signal %d: stopping, the datapath stays", number);
	stop(agent);
}

static int watch_signals(struct leat_agent *agent)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	int err = 0;
	for (size_t i = 0; !err && i < ARRAY_SIZE(numbers); i++) {
		agent->signals[i].data = agent;
		err = uv_signal_init(&agent->loop, &agent->signals[i]);
		err = err ?: uv_signal_start(&agent->signals[i], on_signal, numbers[i]);
	}
	(void)signal(SIGPIPE, SIG_IGN);
	return err;
}

/* ---- start --------------------------------------------------------------------------------- */

static int make_paths(struct leat_agent *agent)
{
	const struct leat_options *options = agent->options;
	if (asprintf(&agent->endpoints_path, "%s/endpoints.json", options->state_dir) < 0)
		return agent->endpoints_path = NULL, -ENOMEM;
	if (asprintf(&agent->state_path, "%s/state.json", options->state_dir) < 0)
		return agent->state_path = NULL, -ENOMEM;
	if (asprintf(&agent->publish_file, "%s.json", options->node_name) < 0)
		return agent->publish_file = NULL, -ENOMEM;
	if (options->publish)
		agent->publish_dir = strdup(options->publish);
	else if (asprintf(&agent->publish_dir, "%s/.leat", options->manifests) < 0)
		agent->publish_dir = NULL;
	return agent->publish_dir ? 0 : -ENOMEM;
}

static int make_parts(struct leat_agent *agent)
{
	const __u32 slots = agent->options->sizes.endpoints ? agent->options->sizes.endpoints
							    : LEAT_SIZE_EP;
	int err = kube_store_new(&agent->store);
	err = err ?: leat_pods_new(agent->store, &agent->pods);
	err = err ?: leat_ipam_new(&agent->ipam);
	err = err ?: leat_endpoints_new(slots, &agent->endpoints);
	if (err)
		return err;
	const struct leat_folder_options options = {
		.path = agent->options->manifests,
		.published = agent->publish_dir,
		.own_file = agent->publish_file,
		.store = agent->store,
		.pods = agent->pods,
	};
	err = leat_folder_new(&options, &agent->folder);
	return err ?: leat_devices_open(&agent->devices);
}

static int start_timers(struct leat_agent *agent)
{
	agent->sync_timer.data = agent->settle_timer.data = agent;
	agent->device_timer.data = agent->tick_timer.data = agent;
	agent->state_timer.data = agent;
	(void)uv_timer_init(&agent->loop, &agent->state_timer);
	(void)uv_timer_init(&agent->loop, &agent->sync_timer);
	(void)uv_timer_init(&agent->loop, &agent->settle_timer);
	(void)uv_timer_init(&agent->loop, &agent->device_timer);
	(void)uv_timer_init(&agent->loop, &agent->tick_timer);
	agent->settle_timer.timer_cb = on_settle_timer;
	return uv_timer_start(&agent->tick_timer, on_tick, TICK_MS, TICK_MS);
}

static int open_api(struct leat_agent *agent)
{
	const struct leat_api_options options = {
		.loop = &agent->loop,
		.path = agent->options->socket,
		.on_request = leat_requests_handle,
		.on_close = leat_requests_forget,
		.context = agent,
	};
	_cleanup_free_ char *folder = strdup(options.path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	if (slash && slash != folder) {
		*slash = '\0';
		int err = leat_dir_make(folder, 0755);
		if (err)
			return err;
	}
	return leat_api_open(&options, &agent->api);
}

struct step {
	int (*function)(struct leat_agent *agent);
	const char *what;
};

static int open_watch(struct leat_agent *agent)
{
	return leat_watch_open(agent, &agent->watch);
}

static int start(struct leat_agent *agent)
{
	static const struct step steps[] = {
		{ make_paths, "memory" },
		{ make_parts, "memory or netlink" },
		{ leat_agent_restore, "endpoints.json" },
		{ start_timers, "timers" },
		{ watch_signals, "signals" },
		{ watch_devices, "netlink events" },
		{ open_watch, "inotify" },
		{ open_api, "socket" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int err = steps[i].function(agent);
		if (err) {
			log_error("start: %s: %s", steps[i].what, strerror(-err));
			return err;
		}
	}
	return 0;
}

/* ---- end ----------------------------------------------------------------------------------- */

static void close_handle(uv_handle_t *handle, void *context)
{
	(void)context;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void answer_waiters(struct leat_agent *agent)
{
	while (agent->waiters) {
		struct leat_waiter *waiter = agent->waiters;
		agent->waiters = waiter->next;
		if (waiter->request)
			leat_request_refuse(waiter->request, 11, "the agent stops", NULL);
		free(waiter->container_id);
		free(waiter->ifname);
		free(waiter);
	}
}

static void finish(struct leat_agent *agent)
{
	agent->is_stopping = true;
	answer_waiters(agent);
	if (agent->api)
		leat_api_close(agent->api);
	leat_watch_close(agent->watch);
	leat_datapath_stop(agent);
	uv_run(&agent->loop, UV_RUN_NOWAIT);
	uv_walk(&agent->loop, close_handle, NULL);
	uv_run(&agent->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&agent->loop);
	if (agent->is_state_dirty && agent->endpoints)
		(void)leat_endpoints_save(agent->endpoints, agent->ipam, agent->endpoints_path);
	if (agent->bpffs_fd >= 0)
		close(agent->bpffs_fd);
	leat_netlink_close(agent->netlink_events);
	leat_devices_close(&agent->devices);
	leat_folder_free(agent->folder);
	leat_pods_free(agent->pods);
	kube_store_free(agent->store);
	leat_endpoints_free(agent->endpoints);
	leat_ipam_free(agent->ipam);
	leat_strings_free(&agent->problems);
	leat_strings_free(&agent->standing);
	free(agent->pod_cidrs.items);
	free(agent->endpoints_path);
	free(agent->state_path);
	free(agent->publish_dir);
	free(agent->publish_file);
	free(agent->published);
	free(agent->pools_text);
	free(agent->why);
}

int leat_agent_run(const struct leat_options *options)
{
	struct leat_agent agent = {
		.options = options,
		.started_ms = leat_now_ms(),
		.bpffs_fd = -1,
		.why = strdup("starting"),
	};
	_cleanup_close_ int lock = -1;
	int err = leat_lock_take(options->state_dir, &lock);
	if (err) {
		log_error("%s: %s", options->state_dir,
			  err == -EBUSY ? "another agent runs with this state folder"
					: strerror(-err));
		free(agent.why);
		return err;
	}
	err = uv_loop_init(&agent.loop);
	if (err)
		return err;
	log_info("leat-agent " LEAT_VERSION " for node %s, manifests in %s", options->node_name,
		 options->manifests);
	err = start(&agent);
	if (!err)
		(void)uv_run(&agent.loop, UV_RUN_DEFAULT);
	finish(&agent);
	return err;
}
