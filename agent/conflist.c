// SPDX-License-Identifier: Apache-2.0
/*
 * The runtime's network configuration, written when the agent is ready and never removed when
 * it stops: without it containerd cannot even delete pods. Written beside and renamed within
 * the folder, which is what containerd notices.
 */
#include <errno.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/cleanup.h"

#define CONFLIST_NAME "10-leat.conflist"

static char *encode(const struct leat_options *options)
{
	_cleanup_json_ cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "cniVersion", "1.1.0");
	cJSON_AddStringToObject(json, "name", "leat");
	cJSON *plugins = cJSON_AddArrayToObject(json, "plugins");
	cJSON *plugin = cJSON_CreateObject();
	cJSON_AddStringToObject(plugin, "type", "leat-cni");
	cJSON_AddStringToObject(plugin, "socket", options->socket);
	cJSON_AddStringToObject(plugin, "stateDir", options->state_dir);
	cJSON_AddItemToArray(plugins, plugin);
	return cJSON_Print(json);
}

int leat_conflist_write(const struct leat_options *options)
{
	_cleanup_free_ char *path = NULL;
	if (!options->cni_conf_dir)
		return 0;
	_cleanup_free_ char *text = encode(options);
	if (!text || asprintf(&path, "%s/" CONFLIST_NAME, options->cni_conf_dir) < 0)
		return TAKE_PTR(path), -ENOMEM;
	return leat_write_replace(path, text, 0644);
}

int leat_conflist_remove(const struct leat_options *options)
{
	_cleanup_free_ char *path = NULL;
	if (!options->cni_conf_dir)
		return 0;
	if (asprintf(&path, "%s/" CONFLIST_NAME, options->cni_conf_dir) < 0)
		return TAKE_PTR(path), -ENOMEM;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}
