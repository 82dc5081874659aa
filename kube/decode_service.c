// SPDX-License-Identifier: Apache-2.0
/* Services: addresses, ports, selector, affinity. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#include "decode_parts.h"
#include "lib/cleanup.h"
#include "names.h"
#include "selector.h"

#define AFFINITY_DEFAULT_SEC 10800
#define AFFINITY_MOST_SEC    86400

/* A number or a name; the Service's own port where nothing is said. */
static int decode_target(const struct kube_field *field, struct kube_service_port *port)
{
	int err;

	if (cJSON_IsString(field->json)) {
		err = kube_field_copy(field, "", &port->target_name);
		if (!err && !kube_is_port_name(port->target_name))
			err = kube_field_refuse(field,
						"is not a port's name (15 of a-z 0-9 -, a letter)");
		return err;
	}
	port->target_name = kube_arena_copy(&field->decoder->arena, "");
	port->target_port = port->port;
	if (!port->target_name)
		return -ENOMEM;
	return field->json ? kube_field_port(field, &port->target_port) : 0;
}

static int decode_port(const struct kube_field *field, void *ret_item)
{
	struct kube_service_port *port = ret_item;
	struct kube_field name = kube_field_member(field, "name");
	struct kube_field proto = kube_field_member(field, "protocol");
	struct kube_field number = kube_field_member(field, "port");
	struct kube_field target = kube_field_member(field, "targetPort");
	struct kube_field node = kube_field_member(field, "nodePort");
	__u32 node_port = 0;
	int err = kube_field_expect_object(field);

	err = err ?: kube_field_copy(&name, "", &port->name);
	if (!err && *port->name && !kube_is_dns_label(port->name))
		err = kube_field_refuse(&name, "is not a DNS label (63 of a-z 0-9 -)");
	err = err ?: kube_field_proto(&proto, &port->proto);
	err = err ?: kube_field_port(&number, &port->port);
	err = err ?: decode_target(&target, port);
	err = err ?: kube_field_number(&node, 0, 65535, 0, &node_port);
	port->node_port = (__u16)node_port;
	return err;
}

static int check_port(const struct kube_field *item, const struct kube_service *service)
{
	const struct kube_service_port *port = &service->ports[item->index];
	struct kube_field name = kube_field_member(item, "name");
	struct kube_field number = kube_field_member(item, "port");

	if (service->port_count > 1 && !*port->name)
		return kube_field_refuse(&name, "is required where there are several ports");
	for (size_t i = 0; i < item->index; i++) {
		if (strcmp(service->ports[i].name, port->name) == 0)
			return kube_field_refuse(&name, "is there twice");
		if (service->ports[i].port == port->port && service->ports[i].proto == port->proto)
			return kube_field_refuse(&number, "is there twice with its protocol");
	}
	return 0;
}

#define PORTS_MOST 4096 /* each is compared with those before it */

static int decode_ports(const struct kube_field *list, struct kube_service *service)
{
	struct kube_field item = { .parent = list, .decoder = list->decoder };
	int err;

	if (kube_field_count(list) > PORTS_MOST)
		return kube_field_refuse(list, "must not have more than %u ports", PORTS_MOST);
	err = kube_field_each(list, decode_port, sizeof(struct kube_service_port), &service->ports,
			      &service->port_count);
	if (err)
		return err;
	if (!service->port_count && !service->is_headless && service->type != KUBE_EXTERNAL_NAME)
		return kube_field_refuse(list, "is required");
	item.json = list->json ? list->json->child : NULL;
	for (; item.json && item.index < service->port_count;
	     item.index++, item.json = item.json->next) {
		err = check_port(&item, service);
		if (err)
			return err;
	}
	return 0;
}

static int decode_cluster_ip(const struct kube_field *field, void *ret_item)
{
	return kube_decode_addr(field, ret_item);
}

static bool is_none(const cJSON *json)
{
	return cJSON_IsString(json) && strcmp(json->valuestring, "None") == 0;
}

/* spec.clusterIP alone, as people write it: a list of that one. */
static int decode_single_ip(const struct kube_field *field, struct kube_service *service)
{
	int result;

	service->addrs = kube_arena_take(&field->decoder->arena, 1, sizeof(struct leat_addr), 8);
	if (!service->addrs)
		return -ENOMEM;
	result = kube_decode_addr(field, service->addrs);
	service->addr_count = result == 0;
	return result < 0 ? result : 0;
}

static int decode_addrs(const struct kube_field *spec, struct kube_service *service)
{
	struct kube_field one = kube_field_member(spec, "clusterIP");
	struct kube_field all = kube_field_member(spec, "clusterIPs");
	const char *text = NULL;
	int err = kube_field_string(&one, &text);

	if (err || service->type == KUBE_EXTERNAL_NAME)
		return err;
	service->is_headless = is_none(one.json) ||
			       (cJSON_IsArray(all.json) && is_none(all.json->child));
	if (service->is_headless)
		return 0;
	if (kube_field_count(&all))
		err = kube_field_each(&all, decode_cluster_ip, sizeof(struct leat_addr),
				      &service->addrs, &service->addr_count);
	else if (text && *text)
		return decode_single_ip(&one, service);
	else if (!service->is_ignored)
		err = kube_field_note(&one,
				      "has no clusterIP: a folder of manifests must name one");
	return err;
}

static int decode_affinity(const struct kube_field *spec, struct kube_service *service)
{
	static const char *const names[] = { "None", "ClientIP" };
	struct kube_field affinity = kube_field_member(spec, "sessionAffinity");
	struct kube_field config = kube_field_member(spec, "sessionAffinityConfig");
	struct kube_field client = kube_field_member(&config, "clientIP");
	struct kube_field timeout = kube_field_member(&client, "timeoutSeconds");
	size_t index = 0;
	int err = kube_field_choice(&affinity, names, ARRAY_SIZE(names), 0, &index);

	if (err || index == 0)
		return err;
	err = kube_field_expect_object(&config);
	err = err ?: kube_field_expect_object(&client);
	return err
		       ?: kube_field_number(&timeout, 1, AFFINITY_MOST_SEC, AFFINITY_DEFAULT_SEC,
					    &service->affinity_sec);
}

static int decode_type(const struct kube_field *spec, struct kube_service *service)
{
	static const char *const names[] = {
		[KUBE_CLUSTER_IP] = "ClusterIP",
		[KUBE_NODE_PORT] = "NodePort",
		[KUBE_LOAD_BALANCER] = "LoadBalancer",
		[KUBE_EXTERNAL_NAME] = "ExternalName",
	};
	struct kube_field type = kube_field_member(spec, "type");
	size_t index = KUBE_CLUSTER_IP;
	int err = kube_field_choice(&type, names, ARRAY_SIZE(names), KUBE_CLUSTER_IP, &index);

	service->type = (enum kube_service_type)index;
	return err;
}

/* These labels say that another proxy serves it, or none. Their values do not matter. */
static bool is_for_others(const struct kube_labels *labels)
{
	return kube_labels_get(labels, "service.kubernetes.io/service-proxy-name") ||
	       kube_labels_get(labels, "service.kubernetes.io/headless");
}

int kube_decode_service(const struct kube_field *object, struct kube_service *service)
{
	struct kube_field spec = kube_field_member(object, "spec");
	struct kube_field selector = kube_field_member(&spec, "selector");
	struct kube_field not_ready = kube_field_member(&spec, "publishNotReadyAddresses");
	struct kube_field ports = kube_field_member(&spec, "ports");
	int err = kube_field_expect_object(&spec);

	service->is_ignored = is_for_others(&service->meta.labels);
	err = err ?: decode_type(&spec, service);
	err = err ?: decode_addrs(&spec, service);
	err = err ?: kube_decode_map_selector(&selector, &service->selector);
	service->has_selector = service->selector.count;
	err = err ?: kube_field_bool(&not_ready, false, &service->publishes_not_ready);
	err = err ?: decode_affinity(&spec, service);
	return err ?: decode_ports(&ports, service);
}
