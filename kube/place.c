// SPDX-License-Identifier: Apache-2.0
/* A pod that was wired on this node, made from what a manifest says of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "decode.h"
#include "lib/cleanup.h"

static int copy_labels(struct kube_arena *arena, const struct kube_labels *from,
		       struct kube_labels *to)
{
	to->items = kube_arena_take(arena, from->count, sizeof(*to->items), 8);
	if (!to->items)
		return -ENOMEM;
	for (; to->count < from->count; to->count++) {
		struct kube_label *label = &to->items[to->count];

		label->key = kube_arena_copy(arena, from->items[to->count].key);
		label->value = kube_arena_copy(arena, from->items[to->count].value);
		if (!label->key || !label->value)
			return -ENOMEM;
	}
	return 0;
}

static int copy_ports(struct kube_arena *arena, const struct kube_pod *from, struct kube_pod *to)
{
	to->ports = kube_arena_take(arena, from->port_count, sizeof(*to->ports), 8);
	if (!to->ports)
		return -ENOMEM;
	for (; to->port_count < from->port_count; to->port_count++) {
		struct kube_port *port = &to->ports[to->port_count];

		*port = from->ports[to->port_count];
		port->name = kube_arena_copy(arena, port->name);
		if (!port->name)
			return -ENOMEM;
	}
	return 0;
}

static int copy_placement(struct kube_arena *arena, const struct kube_placement *placement,
			  struct kube_pod *pod)
{
	pod->meta.namespace = kube_arena_copy(arena, placement->namespace);
	pod->meta.name = kube_arena_copy(arena, placement->name);
	pod->node_name = kube_arena_copy(arena, placement->node_name);
	pod->addrs = kube_arena_take(arena, placement->addr_count, sizeof(*pod->addrs), 8);
	if (!pod->meta.namespace || !pod->meta.name || !pod->node_name || !pod->addrs)
		return -ENOMEM;
	if (placement->addr_count)
		memcpy(pod->addrs, placement->addrs, placement->addr_count * sizeof(*pod->addrs));
	pod->addr_count = placement->addr_count;
	return 0;
}

static int make(struct kube_arena *arena, const struct kube_object *source,
		const struct kube_placement *placement, struct kube_object **ret_object)
{
	static const struct kube_pod unknown = { .meta = { .uid = (char *)"",
							   .resource_version = (char *)"" } };
	const struct kube_pod *from = source ? &source->pod : &unknown;
	struct kube_object *object = kube_arena_take(arena, 1, sizeof(*object), 8);
	int err;

	if (!object)
		return -ENOMEM;
	object->kind = KUBE_POD;
	object->pod.is_host_network = from->is_host_network;
	object->pod.is_terminating = from->is_terminating;
	object->pod.is_ready = true;
	object->pod.phase = KUBE_RUNNING;
	object->meta.uid = kube_arena_copy(arena, from->meta.uid);
	object->meta.resource_version = kube_arena_copy(arena, from->meta.resource_version);
	err = object->meta.uid && object->meta.resource_version ? 0 : -ENOMEM;
	err = err ?: copy_placement(arena, placement, &object->pod);
	err = err ?: copy_labels(arena, &from->meta.labels, &object->meta.labels);
	err = err ?: copy_ports(arena, from, &object->pod);
	if (!err)
		*ret_object = object;
	return err;
}

int kube_pod_place(const struct kube_object *pod, const struct kube_placement *placement,
		   struct kube_object **ret_object)
{
	struct kube_arena scratch LEAT_CLEANUP(kube_arena_free) = {};
	_cleanup_free_ void *block = NULL;
	struct kube_arena fixed;
	struct kube_object *object;
	int err;

	kube_arena_init(&scratch);
	err = make(&scratch, pod, placement, &object);
	if (err)
		return err;
	block = malloc(scratch.total);
	if (!block)
		return -ENOMEM;
	kube_arena_init_fixed(&fixed, block, scratch.total);
	err = make(&fixed, pod, placement, &object);
	if (err)
		return err;
	*ret_object = object;
	block = NULL; /* the object is it */
	return 0;
}
