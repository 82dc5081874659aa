/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The daemon as a whole: one thread, one loop, one struct. Data flows one way: the folder and
 * the CNI requests change the store and the endpoints, then leat_agent_want_sync() asks for a
 * sync, which brings the tables up to date and then answers whoever waited for it.
 */
#include <uv.h>

#include "agent/api.h"
#include "agent/devices.h"
#include "agent/endpoints.h"
#include "agent/folder.h"
#include "agent/ipam.h"
#include "agent/options.h"
#include "agent/pods.h"
#include "agent/strings.h"
#include "agent/sync.h"
#include "loader/loader.h"
#include "maps/events.h"

struct leat_watch;
struct leat_sweeper;
struct leat_monitor;

/* A request that the next sync answers. */
enum leat_waiter_kind { LEAT_WAIT_COMMIT, LEAT_WAIT_DELETE };

struct leat_waiter {
	enum leat_waiter_kind kind;
	struct leat_request *request; /* NULL: nobody wants to know */
	char *container_id;	      /* commit: of the record */
	char *ifname;
	struct leat_addr addr4; /* delete: to be released then */
	struct leat_addr addr6;
	struct leat_waiter *next;
};

struct leat_agent {
	const struct leat_options *options;
	uv_loop_t loop;
	uv_signal_t signals[3];
	uv_timer_t sync_timer;	 /* a sync is wanted */
	uv_timer_t settle_timer; /* after a sync */
	uv_timer_t state_timer;	 /* state.json is due */
	uv_timer_t device_timer; /* devices may have changed */
	uv_timer_t tick_timer;	 /* once a second: reservations, retries */
	uv_poll_t netlink_poll;
	struct leat_netlink *netlink_events;

	struct kube_store *store;
	struct leat_pods *pods;
	struct leat_folder *folder;
	struct leat_watch *watch;
	struct leat_ipam *ipam;
	struct leat_endpoints *endpoints;
	struct leat_devices devices;
	struct leat_loader *loader; /* NULL: the datapath is not up yet */
	struct leat_maps *maps;
	struct leat_sync *sync;
	struct leat_api *api;
	struct leat_sweeper *sweeper;
	struct leat_monitor *monitor;

	char *endpoints_path;
	char *state_path;
	char *publish_dir;
	char *publish_file; /* name in it */
	char *published;    /* text written last */
	char *pools_text;   /* endpoints.json as it was read, for the pools' positions */
	int bpffs_fd;	    /* locked: one agent a BPFFS; -1: not yet */

	struct leat_waiter *waiters;  /* newest first */
	struct leat_cidrs pod_cidrs;  /* pools' blocks */
	struct leat_uplink *attached; /* uplinks with our program */
	size_t attached_count;

	char *why; /* not ready: why; NULL: ready */
	struct leat_strings problems;
	struct leat_strings standing; /* problems outside of syncs: files, the state folder */
	__u64 started_ms;
	__u64 state_written_ms;
	__u64 store_generation; /* of the last sync */
	__u64 folder_problems;	/* hash of them, as of the last scan */
	bool is_folder_read;	/* the whole folder was read once */
	bool is_devices_dirty;
	bool is_state_dirty; /* endpoints.json should be written again */
	bool was_ready;
	bool is_stopping;
};

/* agent.c */
int leat_agent_run(const struct leat_options *options);
/* A sync within a few milliseconds; several wishes are one sync. */
void leat_agent_want_sync(struct leat_agent *agent);
const struct kube_node *leat_agent_node(const struct leat_agent *agent);
/* Milliseconds of CLOCK_MONOTONIC. */
__u64 leat_now_ms(void);
void leat_agent_on_folder(struct leat_agent *agent, int err);

/* update.c: one sync and what belongs to it */
void leat_agent_update(struct leat_agent *agent);

/* datapath.c: from nothing to programs attached */
int leat_datapath_start(struct leat_agent *agent, const struct kube_node *node, char **ret_problem);
void leat_datapath_stop(struct leat_agent *agent);
/* After devices changed: programs on new uplinks, none on old ones. */
int leat_datapath_attach_uplinks(struct leat_agent *agent, char **ret_problem);

/* restore.c: what was before this process */
int leat_agent_restore(struct leat_agent *agent);
/* Endpoints whose device is gone are released; the others are wired again. */
void leat_agent_reconcile(struct leat_agent *agent);

/* requests.c */
void leat_requests_handle(void *context, struct leat_request *request, const cJSON *json);
void leat_requests_forget(void *context, const struct leat_connection *connection);
void leat_requests_expire(struct leat_agent *agent);

/* wired.c: records and everything that hangs on them */
void leat_agent_place(struct leat_agent *agent, const struct leat_ep *ep);
/* Record, place and device go at once; the address with the next sync, which answers. */
void leat_agent_unwire(struct leat_agent *agent, struct leat_ep *ep, struct leat_request *request);
void leat_agent_release(struct leat_agent *agent, const struct leat_addr *addr4,
			const struct leat_addr *addr6);
int leat_agent_wait(struct leat_agent *agent, enum leat_waiter_kind kind,
		    struct leat_request *request, const struct leat_ep *ep);
/* After a sync: the file, then devices up, then answers. */
void leat_agent_finish_waiters(struct leat_agent *agent, int err, const char *why);

/* publish.c, state.c, conflist.c */
void leat_publish(struct leat_agent *agent);
void leat_state_write(struct leat_agent *agent);
/* At once, or a little later when it was written just now. */
void leat_state_want_write(struct leat_agent *agent);
cJSON *leat_state_status(const struct leat_agent *agent);
int leat_conflist_write(const struct leat_options *options);
int leat_conflist_remove(const struct leat_options *options);
/* Text to PATH by way of PATH.tmp; without fsync. */
int leat_write_replace(const char *path, const char *text, mode_t mode);

/* sweep.c, monitor.c */
int leat_sweeper_open(struct leat_agent *agent, struct leat_sweeper **ret_sweeper);
void leat_sweeper_close(struct leat_sweeper *sweeper);
int leat_monitor_open(struct leat_agent *agent, struct leat_monitor **ret_monitor);
void leat_monitor_close(struct leat_monitor *monitor);

/* watch.c */
int leat_watch_open(struct leat_agent *agent, struct leat_watch **ret_watch);
void leat_watch_close(struct leat_watch *watch);
void leat_watch_rescan(struct leat_watch *watch, bool is_all);

/* lock.c */
/* -EBUSY: another agent has it. */
int leat_lock_take(const char *state_dir, int *ret_fd);
int leat_lock_folder(const char *path, int *ret_fd);
void leat_lock_remove(const char *state_dir);

/* cleanup.c */
int leat_cleanup_run(const struct leat_options *options);
