// SPDX-License-Identifier: Apache-2.0
/*
 * What was before this process: endpoints.json, the DELs that found no agent, devices that are
 * gone. A file that cannot be understood is kept beside as endpoints.json.broken and rebuilt
 * from state.json, which says the same but is not synced to the disk.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/wiring.h"
#include "lib/attachment.h"
#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/log.h"

#define STATE_LIMIT	(64 << 20)
#define TOMBSTONE_LIMIT 65536

static int decode(struct leat_agent *agent, const char *path, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *problem = NULL;
	size_t size;
	int err = leat_file_read(path, STATE_LIMIT, &text, &size);
	err = err ?: leat_endpoints_decode(agent->endpoints, agent->ipam, text, &problem);
	if (err)
		return err;
	if (problem)
		leat_strings_print(&agent->standing, "%s: not restored: %s", path, problem);
	*ret_text = TAKE_PTR(text);
	return 0;
}

static void rebuild(struct leat_agent *agent)
{
	_cleanup_free_ char *aside = NULL;
	_cleanup_free_ char *text = NULL;
	if (asprintf(&aside, "%s.broken", agent->endpoints_path) < 0)
		aside = NULL;
	if (aside)
		(void)rename(agent->endpoints_path, aside);
	int err = decode(agent, agent->state_path, &text);
	agent->is_state_dirty = true;
	leat_strings_print(&agent->standing,
			   "%s is truncated or damaged: kept as endpoints.json.broken, %zu "
			   "endpoints rebuilt from %s%s%s",
			   agent->endpoints_path, leat_endpoints_count(agent->endpoints),
			   agent->state_path, err ? ": " : "", err ? strerror(-err) : "");
}

int leat_agent_restore(struct leat_agent *agent)
{
	int err = decode(agent, agent->endpoints_path, &agent->pools_text);
	if (err == -EBADMSG) {
		rebuild(agent);
		err = 0;
	}
	for (const struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL); ep;
	     ep = leat_endpoints_next(agent->endpoints, ep))
		leat_agent_place(agent, ep);
	return err == -ENOENT ? 0 : err; /* the first start */
}

/* ---- DELs without an agent ------------------------------------------------------------------ */

static void take_tombstone(struct leat_agent *agent, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	if (leat_file_read(path, TOMBSTONE_LIMIT, &text, &size) < 0)
		return;
	_cleanup_json_ cJSON *json = cJSON_Parse(text);
	struct leat_ep *ep = leat_endpoints_find(agent->endpoints,
						 leat_json_text(json, "containerID"),
						 leat_json_text(json, "ifname"));
	if (ep) {
		log_info("endpoint %s: deleted while no agent ran", ep->key);
		leat_agent_unwire(agent, ep, NULL);
	}
}

static void take_tombstones(struct leat_agent *agent)
{
	_cleanup_free_ char *folder = NULL;
	struct dirent *entry;
	if (asprintf(&folder, "%s/%s", agent->options->state_dir, LEAT_DELETED_DIR) < 0) {
		folder = NULL;
		return;
	}
	DIR *dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		_cleanup_free_ char *path = NULL;
		if (entry->d_name[0] == '.' ||
		    asprintf(&path, "%s/%s", folder, entry->d_name) < 0) {
			path = NULL;
			continue;
		}
		take_tombstone(agent, path);
		(void)unlink(path);
	}
	if (dir)
		closedir(dir);
}

/* ---- devices -------------------------------------------------------------------------------- */

/* The device of that name may be another one than before: the machine was restarted. */
static void rewire(struct leat_agent *agent, struct leat_ep *ep)
{
	struct leat_link link;
	const char *step = "device";
	int err = leat_link_get_by_name(agent->devices.netlink, ep->host_ifname, &link);
	if (err == -ENODEV) {
		log_info("endpoint %s: its device %s is gone: released", ep->key, ep->host_ifname);
		leat_agent_unwire(agent, ep, NULL);
		return;
	}
	if (!err && ep->ifindex != (__u32)link.ifindex) {
		ep->ifindex = (__u32)link.ifindex;
		agent->is_state_dirty = true;
	}
	err = err ?: leat_wiring_make(&agent->devices, agent->loader, ep, &step);
	err = err ?: leat_wiring_up(&agent->devices, ep);
	if (err)
		leat_strings_print(&agent->standing, "endpoint %s: %s: %s", ep->key, step,
				   strerror(-err));
}

/* Addresses in the tables that no record has: the file was lost. Taken, so nobody gets them. */
static void mark_orphans(struct leat_agent *agent)
{
	struct leat_rows rows;
	if (leat_table_read(&agent->maps->tables[LEAT_TABLE_EP], &rows) < 0)
		return;
	for (size_t i = 0; i < rows.count; i++) {
		struct leat_endpoint entry;
		struct leat_link link;
		memcpy(&entry, leat_rows_value(&rows, i), sizeof(entry));
		if (!entry.ifindex ||
		    leat_link_get_by_index(agent->devices.netlink, (int)entry.ifindex, &link) < 0)
			continue;
		if (!leat_addr_is_zero(&entry.addr4))
			(void)leat_ipam_mark(agent->ipam, &entry.addr4);
		if (!leat_addr_is_zero(&entry.addr6))
			(void)leat_ipam_mark(agent->ipam, &entry.addr6);
	}
	leat_rows_free(&rows);
}

void leat_agent_reconcile(struct leat_agent *agent)
{
	take_tombstones(agent);
	struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL);
	while (ep) {
		struct leat_ep *next = leat_endpoints_next(agent->endpoints, ep);
		if (ep->state == LEAT_EP_COMMITTED)
			rewire(agent, ep);
		ep = next;
	}
	mark_orphans(agent);
}
