// SPDX-License-Identifier: Apache-2.0
/*
 * `leat-agent --cleanup`: every trace of leat on this node goes, with no agent running. Pods'
 * devices belong to the runtime, which deletes pods by leat-cni; those that are there still
 * lose their programs and tables, so their pods have no network any more.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/attachment.h"
#include "lib/cleanup.h"
#include "lib/log.h"

static const char *const state_files[] = { "endpoints.json", "endpoints.json.tmp",
					   "endpoints.json.broken", "state.json",
					   "state.json.tmp" };

static int remove_file(const char *folder, const char *name, struct leat_strings *problems)
{
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return TAKE_PTR(path), -ENOMEM;
	if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	int err = -errno;
	leat_strings_print(problems, "%s: %s", path, strerror(-err));
	return err;
}

static void remove_tombstones(const char *state_dir, struct leat_strings *problems)
{
	_cleanup_free_ char *folder = NULL;
	struct dirent *entry;
	if (asprintf(&folder, "%s/" LEAT_DELETED_DIR, state_dir) < 0) {
		folder = NULL;
		return;
	}
	DIR *dir = opendir(folder);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			(void)remove_file(folder, entry->d_name, problems);
	if (dir)
		closedir(dir);
	(void)rmdir(folder);
}

static void remove_published(const struct leat_options *options, struct leat_strings *problems)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_free_ char *name = NULL;
	if (!options->node_name || (!options->publish && !options->manifests))
		return; /* nobody said where that is */
	if (asprintf(&folder, "%s%s", options->publish ? options->publish : options->manifests,
		     options->publish ? "" : "/.leat") < 0)
		folder = NULL;
	if (asprintf(&name, "%s.json", options->node_name) < 0)
		name = NULL;
	if (folder && name)
		(void)remove_file(folder, name, problems);
	if (folder)
		(void)rmdir(folder); /* by the last node */
}

/* With its folder, where nobody else keeps anything in it. */
static void remove_socket(const char *path)
{
	_cleanup_free_ char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	(void)unlink(path);
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	(void)rmdir(folder);
}

static void remove_state(const struct leat_options *options, struct leat_strings *problems)
{
	for (size_t i = 0; i < ARRAY_SIZE(state_files); i++)
		(void)remove_file(options->state_dir, state_files[i], problems);
	remove_tombstones(options->state_dir, problems);
	leat_lock_remove(options->state_dir);
	(void)rmdir(options->state_dir);
	remove_socket(options->socket);
}

static void remove_devices(struct leat_strings *problems)
{
	_cleanup_netlink_ struct leat_netlink *netlink = NULL;
	int err = leat_netlink_open(-1, &netlink);
	if (err)
		leat_strings_print(problems, "devices: %s", strerror(-err));
	else
		(void)leat_devices_remove(netlink, problems);
}

static void remove_programs(const struct leat_options *options, struct leat_strings *problems)
{
	int err = leat_loader_remove_all(options->bpffs);
	if (err && err != -ENOENT)
		leat_strings_print(problems, "programs and tables below %s: %s", options->bpffs,
				   strerror(-err));
	(void)leat_bpffs_release(options->bpffs);
}

int leat_cleanup_run(const struct leat_options *options)
{
	struct leat_strings problems = { 0 };
	_cleanup_close_ int lock = -1;
	int err = leat_lock_take(options->state_dir, &lock);
	if (err) {
		log_error("%s: %s", options->state_dir,
			  err == -EBUSY ? "an agent is running: stop it first" : strerror(-err));
		return err;
	}
	remove_programs(options, &problems);
	remove_devices(&problems);
	remove_published(options, &problems);
	err = leat_conflist_remove(options);
	if (err)
		leat_strings_print(&problems, "%s: %s", options->cni_conf_dir, strerror(-err));
	remove_state(options, &problems);
	for (size_t i = 0; i < problems.count; i++)
		log_error("cleanup: %s", problems.items[i]);
	err = problems.count ? -EIO : 0;
	leat_strings_free(&problems);
	return err;
}
