// SPDX-License-Identifier: Apache-2.0
/*
 * In folder mode nodes tell each other their pods by files: a Kubernetes List of Pods with
 * nodeName and podIPs, NODE.json in the publish folder, replaced as a whole when it changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/log.h"

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t written = write(fd, text, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		size -= (size_t)written;
	}
	return 0;
}

int leat_write_replace(const char *path, const char *text, mode_t mode)
{
	_cleanup_free_ char *half = NULL;
	if (asprintf(&half, "%s.tmp", path) < 0)
		return TAKE_PTR(half), -ENOMEM;
	_cleanup_close_ int fd = open(half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int err = write_all(fd, text, strlen(text));
	if (!err && rename(half, path) < 0)
		err = -errno;
	if (err)
		(void)unlink(half);
	return err;
}

static void add_ip(cJSON *list, const struct leat_addr *addr)
{
	char text[LEAT_ADDR_TEXT];
	if (leat_addr_is_zero(addr))
		return;
	cJSON *item = cJSON_CreateObject();
	cJSON_AddStringToObject(item, "ip", leat_addr_format(addr, text));
	cJSON_AddItemToArray(list, item);
}

static cJSON *describe(const struct leat_agent *agent, const struct leat_ep *ep)
{
	cJSON *pod = cJSON_CreateObject();
	cJSON_AddStringToObject(pod, "apiVersion", "v1");
	cJSON_AddStringToObject(pod, "kind", "Pod");
	cJSON *metadata = cJSON_AddObjectToObject(pod, "metadata");
	cJSON_AddStringToObject(metadata, "namespace", ep->pod_namespace);
	cJSON_AddStringToObject(metadata, "name", ep->pod_name);
	cJSON *spec = cJSON_AddObjectToObject(pod, "spec");
	cJSON_AddStringToObject(spec, "nodeName", agent->options->node_name);
	cJSON *status = cJSON_AddObjectToObject(pod, "status");
	cJSON_AddStringToObject(status, "phase", "Running");
	cJSON *ips = cJSON_AddArrayToObject(status, "podIPs");
	add_ip(ips, &ep->addr4);
	add_ip(ips, &ep->addr6);
	return pod;
}

static char *encode(const struct leat_agent *agent)
{
	_cleanup_json_ cJSON *list = cJSON_CreateObject();
	cJSON_AddStringToObject(list, "apiVersion", "v1");
	cJSON_AddStringToObject(list, "kind", "List");
	cJSON *items = cJSON_AddArrayToObject(list, "items");
	for (const struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL); ep;
	     ep = leat_endpoints_next(agent->endpoints, ep))
		if (ep->state == LEAT_EP_COMMITTED && *ep->pod_namespace && *ep->pod_name)
			cJSON_AddItemToArray(items, describe(agent, ep));
	return cJSON_Print(list);
}

static int write_file(struct leat_agent *agent, const char *text)
{
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s/%s", agent->publish_dir, agent->publish_file) < 0)
		return TAKE_PTR(path), -ENOMEM;
	int err = leat_dir_make(agent->publish_dir, 0755);
	return err ?: leat_write_replace(path, text, 0644);
}

void leat_publish(struct leat_agent *agent)
{
	_cleanup_free_ char *text = encode(agent);
	if (!text || (agent->published && strcmp(agent->published, text) == 0))
		return;
	int err = write_file(agent, text);
	if (err) {
		log_error("%s/%s: not written: other nodes do not know this node's pods: %s",
			  agent->publish_dir, agent->publish_file, strerror(-err));
		return; /* the next sync tries again */
	}
	free(agent->published);
	agent->published = TAKE_PTR(text);
}
