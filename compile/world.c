// SPDX-License-Identifier: Apache-2.0
/*
 * Pods of a snapshot and their classes. Who is no peer is left out here: pods on the host's
 * network own no address, finished ones have given theirs back. A pod that CNI wired on this
 * node is there whatever its status says.
 */
#include "compile/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile/namespaces.h"

static const struct kube_labels no_labels;

static int write_class(struct leat_world *world, struct leat_bytes *bytes,
		       const struct leat_pod_class *class)
{
	int error = leat_bytes_number(world->arena, bytes, class->namespace);

	for (size_t i = 0; i < class->labels->count && !error; i++) {
		error = leat_bytes_text(world->arena, bytes, class->labels->items[i].key);
		error = error
				?: leat_bytes_text(world->arena, bytes,
						   class->labels->items[i].value);
	}
	error = error ?: leat_bytes_text(world->arena, bytes, "");
	for (size_t i = 0; i < class->port_count && !error; i++) {
		const struct kube_port *port = &class->ports[i];

		error = leat_bytes_text(world->arena, bytes, port->name);
		error = error
				?: leat_bytes_number(world->arena, bytes,
						     (__u64)port->proto << 16 | port->port);
	}
	return error;
}

/* One posting: pods of `class` carry the label. */
static int index_label(struct leat_world *world, const struct kube_label *label, __u32 class,
		       struct leat_bytes *bytes)
{
	size_t needed;
	__u32 id;

	bytes->size = 0;
	if (leat_bytes_text(world->arena, bytes, label->key) < 0 ||
	    leat_bytes_text(world->arena, bytes, label->value) < 0 ||
	    leat_intern_put(&world->label_ids, bytes->data, bytes->size, &id, NULL) < 0)
		return -ENOMEM;
	needed = world->label_ids.count;
	if (needed > world->label_allocated) {
		struct leat_ids *grown = leat_arena_resize(world->arena, world->label_classes,
							   needed * 2, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + world->label_allocated, 0,
		       (needed * 2 - world->label_allocated) * sizeof(*grown));
		world->label_classes = grown;
		world->label_allocated = needed * 2;
	}
	return leat_ids_add(world->arena, &world->label_classes[id], class);
}

static int append_class(struct leat_world *world, const struct leat_pod_class *class, __u32 id,
			struct leat_bytes *bytes)
{
	if (id >= world->class_allocated) {
		size_t more = ((size_t)id + 1) * 2;
		struct leat_pod_class *grown =
			leat_arena_resize(world->arena, world->classes, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		world->classes = grown;
		world->class_allocated = more;
	}
	world->classes[id] = *class;
	for (size_t i = 0; i < class->labels->count; i++)
		if (index_label(world, &class->labels->items[i], id, bytes) < 0)
			return -ENOMEM;
	return leat_ids_add(world->arena, &world->namespaces[class->namespace].classes, id);
}

static int classify_pod(struct leat_world *world, struct leat_pod *pod, struct leat_bytes *bytes)
{
	struct leat_pod_class class = { .labels = &no_labels };
	bool is_new;

	if (leat_namespace_find(world, pod->namespace, &class.namespace) < 0)
		return -ENOMEM;
	if (pod->object) {
		class.labels = &pod->object->meta.labels;
		class.ports = pod->object->ports;
		class.port_count = pod->object->port_count;
	}
	bytes->size = 0;
	if (write_class(world, bytes, &class) < 0 ||
	    leat_intern_put(&world->class_ids, bytes->data, bytes->size, &pod->class, &is_new) < 0)
		return -ENOMEM;
	return is_new ? append_class(world, &class, pod->class, bytes) : 0;
}

static int compare_local(const void *a, const void *b)
{
	const struct leat_local_pod *left = *(const struct leat_local_pod *const *)a;
	const struct leat_local_pod *right = *(const struct leat_local_pod *const *)b;
	int order = strcmp(left->namespace, right->namespace);

	order = order ? order : strcmp(left->name, right->name);
	return order ? order : (left->slot > right->slot) - (left->slot < right->slot);
}

static bool is_wired(const struct leat_world *world, const struct kube_meta *meta)
{
	size_t low = 0, high = world->snapshot->pod_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(meta->namespace, world->wired[middle]->namespace);

		order = order ? order : strcmp(meta->name, world->wired[middle]->name);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static int collect_wired(struct leat_world *world, const struct leat_local_pod *local)
{
	const struct kube_object *object =
		kube_store_get(world->snapshot->store, KUBE_POD, local->namespace, local->name);
	struct leat_addr *addrs = leat_arena_take(world->arena, 2, sizeof(*addrs));
	struct leat_pod *pod = &world->pods[world->pod_count++];

	if (!addrs)
		return -ENOMEM;
	*pod = (struct leat_pod){ .namespace = local->namespace,
				  .name = local->name,
				  .object = object ? &object->pod : NULL,
				  .local = local,
				  .addrs = addrs };
	if (!leat_addr_is_zero(&local->addr4))
		addrs[pod->addr_count++] = local->addr4;
	if (!leat_addr_is_zero(&local->addr6))
		addrs[pod->addr_count++] = local->addr6;
	if (object)
		return 0;
	return leat_problem_add(world->problems,
				"Pod %s/%s: wired on this node: no such object is known yet, so "
				"it has no labels and no named ports",
				local->namespace, local->name);
}

static bool owns_addresses(const struct kube_pod *pod)
{
	return !pod->is_host_network && pod->phase != KUBE_SUCCEEDED && pod->phase != KUBE_FAILED &&
	       pod->addr_count;
}

static int collect_pods(struct leat_world *world)
{
	const struct leat_snapshot *snapshot = world->snapshot;
	const struct kube_object *object = NULL;

	for (size_t i = 0; i < snapshot->pod_count; i++)
		if (collect_wired(world, world->wired[i]) < 0)
			return -ENOMEM;
	while ((object = kube_store_next(snapshot->store, KUBE_POD, object))) {
		const struct kube_pod *pod = &object->pod;

		if (!owns_addresses(pod) || is_wired(world, &pod->meta))
			continue;
		world->pods[world->pod_count++] = (struct leat_pod){
			.namespace = pod->meta.namespace,
			.name = pod->meta.name,
			.object = pod,
			.addrs = pod->addrs,
			.addr_count = pod->addr_count,
		};
	}
	return 0;
}

static int report_repeated_ports(struct leat_world *world, const struct leat_pod *pod)
{
	const struct leat_pod_class *class = &world->classes[pod->class];

	for (size_t i = 0; i < class->port_count; i++) {
		const struct kube_port *port = &class->ports[i];
		__u16 first = leat_class_port(class, port->name, port->proto);

		if (first != port->port &&
		    leat_problem_add(world->problems,
				     "Pod %s/%s: port %s: both %u and %u have this name, the "
				     "first counts",
				     pod->namespace, pod->name, port->name, first, port->port) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int allocate_pods(struct leat_world *world)
{
	const struct leat_snapshot *snapshot = world->snapshot;
	size_t most = snapshot->pod_count + kube_store_count(snapshot->store, KUBE_POD);

	world->pods = leat_arena_take(world->arena, most + 1, sizeof(*world->pods));
	world->wired =
		leat_arena_take(world->arena, snapshot->pod_count + 1, sizeof(*world->wired));
	if (!world->pods || !world->wired)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->pod_count; i++)
		world->wired[i] = &snapshot->pods[i];
	qsort(world->wired, snapshot->pod_count, sizeof(*world->wired), compare_local);
	return 0;
}

int leat_world_build(struct leat_world *world)
{
	struct leat_bytes bytes = { 0 };

	world->namespace_ids.arena = world->arena;
	world->class_ids.arena = world->arena;
	world->label_ids.arena = world->arena;
	if (leat_namespaces_build(world) < 0 || allocate_pods(world) < 0 || collect_pods(world) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < world->pod_count; i++)
		if (classify_pod(world, &world->pods[i], &bytes) < 0 ||
		    report_repeated_ports(world, &world->pods[i]) < 0)
			return -ENOMEM;
	return 0;
}

const struct leat_ids *leat_world_labelled(const struct leat_world *world, const char *key,
					   const char *value)
{
	size_t key_size = strlen(key) + 1, value_size = strlen(value) + 1;
	unsigned char bytes[LEAT_LABEL_BYTES];
	__u32 id;

	if (key_size + value_size > sizeof(bytes))
		return NULL;
	memcpy(bytes, key, key_size);
	memcpy(bytes + key_size, value, value_size);
	id = leat_intern_find(&world->label_ids, bytes, key_size + value_size);
	return id == LEAT_ID_ABSENT ? NULL : &world->label_classes[id];
}

__u16 leat_class_port(const struct leat_pod_class *class, const char *name, __u8 proto)
{
	for (size_t i = 0; i < class->port_count; i++)
		if (class->ports[i].proto == proto && !strcmp(class->ports[i].name, name))
			return class->ports[i].port;
	return 0;
}
