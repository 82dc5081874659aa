/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Objects as one line of text each, so that a test's table shows a manifest beside all that was
 * understood of it. What is empty or false is left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <netinet/in.h>

#include "kube/decode.h"
#include "kube/store.h"
#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/text.h"

static inline const char *proto_text(__u8 proto)
{
	return proto == IPPROTO_TCP    ? "TCP"
	       : proto == IPPROTO_UDP  ? "UDP"
	       : proto == IPPROTO_SCTP ? "SCTP"
				       : "?";
}

static inline void put_addrs(struct leat_text *text, const char *name,
			     const struct leat_addr *addrs, size_t count)
{
	char buffer[LEAT_ADDR_TEXT];

	for (size_t i = 0; i < count; i++)
		leat_text_add(text, "%s%s", i ? "," : name, leat_addr_format(&addrs[i], buffer));
}

static inline void put_cidrs(struct leat_text *text, const char *name,
			     const struct leat_cidr *cidrs, size_t count)
{
	char buffer[LEAT_CIDR_TEXT];

	for (size_t i = 0; i < count; i++)
		leat_text_add(text, "%s%s", i ? "," : name, leat_cidr_format(&cidrs[i], buffer));
}

static inline void put_requirement(struct leat_text *text, const struct kube_requirement *item)
{
	static const char *const ops[] = { " in ", " notin ", " exists", " absent" };

	leat_text_add(text, "%s%s", item->key, ops[item->op]);
	for (size_t i = 0; i < item->value_count; i++)
		leat_text_add(text, "%s%s", i ? "|" : "", item->values[i]);
}

static inline void put_selector(struct leat_text *text, const char *name,
				const struct kube_selector *selector)
{
	leat_text_add(text, " %s{", name);
	for (size_t i = 0; i < selector->count; i++) {
		leat_text_add(text, "%s", i ? ", " : "");
		put_requirement(text, &selector->items[i]);
	}
	leat_text_add(text, "}");
}

static inline void put_meta(struct leat_text *text, const struct kube_object *object)
{
	const struct kube_meta *meta = &object->meta;

	leat_text_add(text, "%s %s/%s", kube_kind_name(object->kind), meta->namespace, meta->name);
	for (size_t i = 0; i < meta->labels.count; i++)
		leat_text_add(text, "%s%s=%s", i ? "," : " labels ", meta->labels.items[i].key,
			      meta->labels.items[i].value);
}

static inline void put_pod(struct leat_text *text, const struct kube_pod *pod)
{
	static const char *const phases[] = { "Pending", "Running", "Succeeded", "Failed",
					      "Unknown" };

	leat_text_add(text, " %s", phases[pod->phase]);
	if (*pod->node_name)
		leat_text_add(text, " on %s", pod->node_name);
	leat_text_add(text, "%s%s%s", pod->is_host_network ? " hostnet" : "",
		      pod->is_ready ? " ready" : "", pod->is_terminating ? " terminating" : "");
	put_addrs(text, " ip ", pod->addrs, pod->addr_count);
	for (size_t i = 0; i < pod->port_count; i++)
		leat_text_add(text, "%s%s:%u/%s", i ? "," : " ports ", pod->ports[i].name,
			      pod->ports[i].port, proto_text(pod->ports[i].proto));
}

static inline void put_service_port(struct leat_text *text, const struct kube_service_port *port)
{
	leat_text_add(text, " %s:%u/%s->", port->name, port->port, proto_text(port->proto));
	if (*port->target_name)
		leat_text_add(text, "%s", port->target_name);
	else
		leat_text_add(text, "%u", port->target_port);
	if (port->node_port)
		leat_text_add(text, "@%u", port->node_port);
}

static inline void put_service(struct leat_text *text, const struct kube_service *service)
{
	static const char *const types[] = { "ClusterIP", "NodePort", "LoadBalancer",
					     "ExternalName" };

	leat_text_add(text, " %s%s%s%s", types[service->type],
		      service->is_headless ? " headless" : "",
		      service->is_ignored ? " ignored" : "",
		      service->publishes_not_ready ? " notready" : "");
	put_addrs(text, " ip ", service->addrs, service->addr_count);
	if (service->has_selector)
		put_selector(text, "pods", &service->selector);
	for (size_t i = 0; i < service->port_count; i++)
		put_service_port(text, &service->ports[i]);
	if (service->affinity_sec)
		leat_text_add(text, " affinity %u", service->affinity_sec);
}

static inline void put_slice(struct leat_text *text, const struct kube_endpoint_slice *slice)
{
	leat_text_add(text, " of %s %s", slice->service, slice->is_ipv6 ? "v6" : "v4");
	for (size_t i = 0; i < slice->port_count; i++)
		leat_text_add(text, " %s:%u/%s", slice->ports[i].name, slice->ports[i].port,
			      proto_text(slice->ports[i].proto));
	for (size_t i = 0; i < slice->endpoint_count; i++) {
		const struct kube_slice_endpoint *endpoint = &slice->endpoints[i];

		put_addrs(text, " ", endpoint->addrs, endpoint->addr_count);
		leat_text_add(text, "(%s%s%s%s%s)", endpoint->is_ready ? "R" : "",
			      endpoint->is_serving ? "S" : "", endpoint->is_terminating ? "T" : "",
			      *endpoint->node_name ? " " : "", endpoint->node_name);
	}
}

static inline void put_peer(struct leat_text *text, const struct kube_policy_peer *peer)
{
	if (peer->is_block)
		put_cidrs(text, " block ", &peer->block, 1);
	put_cidrs(text, " except ", peer->excepts, peer->except_count);
	if (peer->has_namespace_selector)
		put_selector(text, "ns", &peer->namespace_selector);
	if (peer->has_pod_selector)
		put_selector(text, "pods", &peer->pod_selector);
}

static inline void put_policy_port(struct leat_text *text, const struct kube_policy_port *port)
{
	if (*port->name)
		leat_text_add(text, " %s/%s", port->name, proto_text(port->proto));
	else if (port->port != port->end_port)
		leat_text_add(text, " %u-%u/%s", port->port, port->end_port,
			      proto_text(port->proto));
	else
		leat_text_add(text, " %u/%s", port->port, proto_text(port->proto));
}

static inline void put_rules(struct leat_text *text, const char *name,
			     const struct kube_policy_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		leat_text_add(text, " %s[", name);
		for (size_t j = 0; j < rules[i].peer_count; j++)
			put_peer(text, &rules[i].peers[j]);
		if (!rules[i].peer_count)
			leat_text_add(text, " any");
		leat_text_add(text, " :");
		for (size_t j = 0; j < rules[i].port_count; j++)
			put_policy_port(text, &rules[i].ports[j]);
		if (!rules[i].port_count)
			leat_text_add(text, " any");
		leat_text_add(text, "]");
	}
}

static inline void put_policy(struct leat_text *text, const struct kube_policy *policy)
{
	leat_text_add(text, "%s%s", policy->is_ingress ? " Ingress" : "",
		      policy->is_egress ? " Egress" : "");
	put_selector(text, "for", &policy->pod_selector);
	put_rules(text, "in", policy->ingress, policy->ingress_count);
	put_rules(text, "out", policy->egress, policy->egress_count);
}

static inline void put_object(struct leat_text *text, const struct kube_object *object)
{
	put_meta(text, object);
	switch (object->kind) {
	case KUBE_POD:
		put_pod(text, &object->pod);
		break;
	case KUBE_NODE:
		put_addrs(text, " ip ", object->node.addrs, object->node.addr_count);
		put_cidrs(text, " pods ", object->node.pod_cidrs, object->node.pod_cidr_count);
		break;
	case KUBE_SERVICE:
		put_service(text, &object->service);
		break;
	case KUBE_ENDPOINT_SLICE:
		put_slice(text, &object->slice);
		break;
	case KUBE_NETWORK_POLICY:
		put_policy(text, &object->policy);
		break;
	default:
		break;
	}
}

/* A line an object, "! " in front of problems, "~ " in front of what was refused by name. */
static inline void take_object(void *context, struct kube_object *object)
{
	put_object(context, object);
	leat_text_add(context, "\n");
	kube_object_free(object);
}

static inline void take_problem(void *context, const char *problem)
{
	leat_text_add(context, "! %s\n", problem);
}

static inline void take_refused(void *context, enum kube_kind kind, const char *namespace,
				const char *name)
{
	leat_text_add(context, "~ %s %s/%s\n", kube_kind_name(kind), namespace, name);
}

/* The caller frees. */
static inline char *read_manifest(const char *file, const char *data, size_t size)
{
	struct leat_text text = {};
	struct kube_manifest_handlers handlers = { take_object, take_problem, NULL, take_refused,
						   &text };
	int problems = kube_manifest_read(file, data, size, &handlers), told = 0;

	for (const char *at = text.data; at && *at; at = strchr(at, '\n') + 1)
		told += at[0] == '!';
	assert_int_equal(problems < 1000 ? problems : 1000, told);
	return text.data ? text.data : strdup("");
}

struct reading {
	const char *manifest;
	const char *expected; /* lines as above */
};

static inline void check_readings(const char *file, const struct reading *readings, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const char *manifest = readings[i].manifest;
		_cleanup_free_ char *found = read_manifest(file, manifest, strlen(manifest));

		if (strcmp(found, readings[i].expected) == 0)
			continue;
		print_message("# %s\n# expected: %s# found: %s", manifest, readings[i].expected,
			      found);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}
