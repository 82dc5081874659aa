// SPDX-License-Identifier: Apache-2.0
/* Pods: where they run, what they have for addresses, which ports have names. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#include "decode.h"
#include "decode_parts.h"
#include "lib/cleanup.h"
#include "names.h"

static int decode_pod_ip(const struct kube_field *field, void *ret_item)
{
	struct kube_field ip = kube_field_member(field, "ip");
	int err = kube_field_expect_object(field);

	return err ?: kube_decode_addr(&ip, ret_item);
}

/* status.podIPs; from old writers only status.podIP. */
static int decode_addrs(const struct kube_field *status, struct kube_pod *pod)
{
	struct kube_field all = kube_field_member(status, "podIPs");
	struct kube_field one = kube_field_member(status, "podIP");
	int result;

	if (kube_field_count(&all) || !cJSON_IsString(one.json) || !*one.json->valuestring)
		return kube_field_each(&all, decode_pod_ip, sizeof(struct leat_addr), &pod->addrs,
				       &pod->addr_count);
	pod->addrs = kube_arena_take(&status->decoder->arena, 1, sizeof(struct leat_addr), 8);
	if (!pod->addrs)
		return -ENOMEM;
	result = kube_decode_addr(&one, pod->addrs);
	pod->addr_count = result == 0;
	return result < 0 ? result : 0;
}

static int decode_phase(const struct kube_field *field, enum kube_phase *ret_phase)
{
	static const char *const names[] = {
		[KUBE_PENDING] = "Pending",	[KUBE_RUNNING] = "Running",
		[KUBE_SUCCEEDED] = "Succeeded", [KUBE_FAILED] = "Failed",
		[KUBE_UNKNOWN] = "Unknown",
	};
	size_t index = KUBE_PENDING;
	int err = kube_field_choice(field, names, ARRAY_SIZE(names), KUBE_PENDING, &index);

	*ret_phase = (enum kube_phase)index;
	return err;
}

static bool is_text(const cJSON *object, const char *name, const char *text)
{
	const cJSON *json = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(json) && strcmp(json->valuestring, text) == 0;
}

/* Without any condition nobody watches the pod's health: a manifest, where it counts as ready. */
static bool decode_ready(const struct kube_field *conditions)
{
	const cJSON *condition;

	cJSON_ArrayForEach (condition, conditions->json)
		if (is_text(condition, "type", "Ready"))
			return is_text(condition, "status", "True");
	return kube_field_count(conditions) == 0;
}

static int decode_status(const struct kube_field *status, struct kube_pod *pod)
{
	struct kube_field phase = kube_field_member(status, "phase");
	struct kube_field conditions = kube_field_member(status, "conditions");
	int err = kube_field_expect_object(status);

	err = err ?: decode_phase(&phase, &pod->phase);
	pod->is_ready = decode_ready(&conditions);
	return err ?: decode_addrs(status, pod);
}

static int decode_port(const struct kube_field *field, void *ret_item)
{
	struct kube_port *port = ret_item;
	struct kube_field name = kube_field_member(field, "name");
	struct kube_field number = kube_field_member(field, "containerPort");
	struct kube_field proto = kube_field_member(field, "protocol");
	int err = kube_field_expect_object(field);

	err = err ?: kube_field_port(&number, &port->port);
	err = err ?: kube_field_proto(&proto, &port->proto);
	err = err ?: kube_field_copy(&name, "", &port->name);
	if (err)
		return err;
	if (!*port->name)
		return 1; /* nobody can ask for it by name */
	return kube_is_port_name(port->name)
		       ? 0
		       : kube_field_refuse(&name,
					   "is not a port's name (15 of a-z 0-9 -, a letter)");
}

struct port_list {
	struct kube_port *items;
	size_t count;
};

static int decode_container(const struct kube_field *field, void *ret_item)
{
	struct port_list *ports = ret_item;
	struct kube_field list = kube_field_member(field, "ports");
	int err = kube_field_expect_object(field);

	return err
		       ?: kube_field_each(&list, decode_port, sizeof(struct kube_port),
					  &ports->items, &ports->count);
}

/* An init container that restarts lives as long as the pod (a sidecar); others are over. */
static int decode_init_container(const struct kube_field *field, void *ret_item)
{
	return is_text(field->json, "restartPolicy", "Always") ? decode_container(field, ret_item)
							       : 1;
}

static size_t append_ports(struct kube_port *ports, const struct port_list *lists, size_t count)
{
	size_t done = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lists[i].count; j++, done++)
			if (ports)
				ports[done] = lists[i].items[j];
	return done;
}

static int decode_ports(const struct kube_field *spec, struct kube_pod *pod)
{
	struct kube_field containers = kube_field_member(spec, "containers");
	struct kube_field inits = kube_field_member(spec, "initContainers");
	struct port_list *lists = NULL, *init_lists = NULL;
	size_t count = 0, init_count = 0, done;
	int err = kube_field_each(&containers, decode_container, sizeof(*lists), &lists, &count);

	err = err
		      ?: kube_field_each(&inits, decode_init_container, sizeof(*init_lists),
					 &init_lists, &init_count);
	if (err)
		return err;
	pod->port_count =
		append_ports(NULL, lists, count) + append_ports(NULL, init_lists, init_count);
	if (!pod->port_count)
		return 0;
	pod->ports = kube_arena_take(&spec->decoder->arena, pod->port_count,
				     sizeof(struct kube_port), 8);
	if (!pod->ports)
		return -ENOMEM;
	done = append_ports(pod->ports, lists, count);
	append_ports(pod->ports + done, init_lists, init_count);
	return 0;
}

int kube_decode_pod(const struct kube_field *object, struct kube_pod *pod)
{
	struct kube_field metadata = kube_field_member(object, "metadata");
	struct kube_field deletion = kube_field_member(&metadata, "deletionTimestamp");
	struct kube_field spec = kube_field_member(object, "spec");
	struct kube_field node = kube_field_member(&spec, "nodeName");
	struct kube_field host_network = kube_field_member(&spec, "hostNetwork");
	struct kube_field status = kube_field_member(object, "status");
	int err = kube_field_expect_object(&spec);

	pod->is_terminating = deletion.json;
	err = err ?: kube_field_copy(&node, "", &pod->node_name);
	if (!err && *pod->node_name && !kube_is_dns_subdomain(pod->node_name))
		err = kube_field_refuse(&node, "is not a DNS name");
	err = err ?: kube_field_bool(&host_network, false, &pod->is_host_network);
	err = err ?: decode_ports(&spec, pod);
	return err ?: decode_status(&status, pod);
}
