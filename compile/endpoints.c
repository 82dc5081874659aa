// SPDX-License-Identifier: Apache-2.0
/*
 * Where the endpoints of a Service come from. See endpoints.h; the choice is candidates.c's.
 */
#include "compile/endpoints.h"

#include <errno.h>
#include <string.h>

#include "compile/candidates.h"
#include "compile/peers.h"
#include "kube/selector.h"

static bool is_finished(const struct kube_pod *pod)
{
	return pod->phase == KUBE_SUCCEEDED || pod->phase == KUBE_FAILED;
}

static int index_pods(struct leat_endpoints *endpoints)
{
	const struct leat_world *world = endpoints->world;
	const struct kube_store *store = world->snapshot->store;
	const struct kube_object *object = NULL;

	endpoints->class_pods = leat_arena_take(world->arena, world->class_ids.count + 1,
						sizeof(*endpoints->class_pods));
	endpoints->host_pods = leat_arena_take(world->arena, kube_store_count(store, KUBE_POD) + 1,
					       sizeof(*endpoints->host_pods));
	if (!endpoints->class_pods || !endpoints->host_pods)
		return -ENOMEM;
	for (size_t i = 0; i < world->pod_count; i++)
		if (world->pods[i].object &&
		    leat_ids_add(world->arena, &endpoints->class_pods[world->pods[i].class],
				 (__u32)i) < 0)
			return -ENOMEM;
	while ((object = kube_store_next(store, KUBE_POD, object)))
		if (object->pod.is_host_network && !is_finished(&object->pod))
			endpoints->host_pods[endpoints->host_pod_count++] = &object->pod;
	return 0;
}

int leat_endpoints_init(struct leat_endpoints *endpoints)
{
	if (leat_slices_build(endpoints->world, &endpoints->slices) < 0)
		return -ENOMEM;
	return endpoints->world->snapshot->makes_endpoints ? index_pods(endpoints) : 0;
}

static int select_among(const struct leat_world *world, const struct kube_service *service,
			const struct leat_ids *among, struct leat_ids *classes)
{
	for (size_t i = 0; among && i < among->count; i++) {
		const struct leat_pod_class *class = &world->classes[among->items[i]];

		if (strcmp(world->namespaces[class->namespace].name, service->meta.namespace) ||
		    !kube_selector_matches(&service->selector, class->labels))
			continue;
		if (leat_ids_add(world->arena, classes, among->items[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int select_classes(const struct leat_world *world, const struct kube_service *service,
			  struct leat_ids *classes)
{
	const struct kube_requirement *label = leat_selector_rarest(world, &service->selector);
	const char *name = service->meta.namespace;
	__u32 namespace;

	if (label) {
		for (size_t i = 0; i < label->value_count; i++)
			if (select_among(world, service,
					 leat_world_labelled(world, label->key, label->values[i]),
					 classes) < 0)
				return -ENOMEM;
	} else {
		namespace = leat_intern_find(&world->namespace_ids, name, strlen(name));
		if (namespace != LEAT_ID_ABSENT &&
		    select_among(world, service, &world->namespaces[namespace].classes, classes) <
			    0)
			return -ENOMEM;
	}
	leat_ids_normalize(classes);
	return 0;
}

static int select_host_pods(const struct leat_endpoints *endpoints,
			    struct leat_service_sources *sources)
{
	const struct kube_service *service = sources->service;

	sources->host_pods = leat_arena_take(endpoints->world->arena, endpoints->host_pod_count + 1,
					     sizeof(*sources->host_pods));
	if (!sources->host_pods)
		return -ENOMEM;
	for (size_t i = 0; i < endpoints->host_pod_count; i++) {
		const struct kube_pod *pod = endpoints->host_pods[i];

		if (!strcmp(pod->meta.namespace, service->meta.namespace) &&
		    kube_selector_matches(&service->selector, &pod->meta.labels))
			sources->host_pods[sources->host_pod_count++] = pod;
	}
	return 0;
}

int leat_endpoints_of(const struct leat_endpoints *endpoints, const struct kube_service *service,
		      struct leat_service_sources *ret_sources)
{
	struct leat_service_sources sources = { .service = service };

	sources.slice_count = leat_slices_find(&endpoints->slices, service, &sources.slices);
	if (endpoints->world->snapshot->makes_endpoints && service->has_selector &&
	    (select_classes(endpoints->world, service, &sources.classes) < 0 ||
	     select_host_pods(endpoints, &sources) < 0))
		return -ENOMEM;
	*ret_sources = sources;
	return 0;
}

static __u16 slice_port(const struct kube_endpoint_slice *slice,
			const struct kube_service_port *port)
{
	for (size_t i = 0; i < slice->port_count; i++)
		if (slice->ports[i].proto == port->proto &&
		    !strcmp(slice->ports[i].name, port->name))
			return slice->ports[i].port;
	return 0;
}

static int add_slice(struct leat_candidates *candidates, const struct kube_endpoint_slice *slice,
		     const struct kube_service_port *port)
{
	__u16 number = slice_port(slice, port);

	for (size_t i = 0; number && i < slice->endpoint_count; i++) {
		const struct kube_slice_endpoint *endpoint = &slice->endpoints[i];
		struct leat_candidate candidate = {
			.port = number,
			.is_ready = endpoint->is_ready,
			.is_fallback = endpoint->is_serving && endpoint->is_terminating,
		};

		/* Further addresses are of the same endpoint: kube-proxy takes the first, too. */
		if (!endpoint->addr_count || !leat_slice_accepts(slice, &endpoint->addrs[0]))
			continue;
		candidate.addr = endpoint->addrs[0];
		if (leat_candidates_add(candidates, candidate) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* One pod's addresses of the wanted family; conditions as the endpoints controller sets them. */
static int add_pod(struct leat_candidates *candidates, const struct kube_service *service,
		   const struct kube_pod *pod, const struct leat_addr *addr, __u16 port)
{
	struct leat_candidate candidate = {
		.addr = *addr,
		.port = port,
		.is_ready = service->publishes_not_ready || (pod->is_ready && !pod->is_terminating),
		.is_fallback = pod->is_ready && pod->is_terminating,
	};

	return port ? leat_candidates_add(candidates, candidate) : 0;
}

static __u16 target_port(const struct kube_service_port *port, const struct leat_pod_class *class)
{
	return port->target_port ? port->target_port
				 : leat_class_port(class, port->target_name, port->proto);
}

static int add_class(const struct leat_endpoints *endpoints, struct leat_candidates *candidates,
		     const struct kube_service *service, const struct leat_ids *pods, __u16 port,
		     bool is_ipv4)
{
	for (size_t i = 0; i < pods->count; i++) {
		const struct leat_pod *pod = &endpoints->world->pods[pods->items[i]];

		for (size_t j = 0; j < pod->addr_count; j++) {
			const struct leat_addr *addr = &pod->addrs[j];
			const struct leat_owner *owner = leat_owners_find(endpoints->owners, addr);

			/* An address that went to somebody else leads to somebody else. */
			if (leat_addr_is_ipv4(addr) == is_ipv4 && owner && owner->pod == pod &&
			    add_pod(candidates, service, pod->object, addr, port) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static const struct leat_addr *first_addr(const struct leat_addr *addrs, size_t count, bool is_ipv4)
{
	for (size_t i = 0; i < count; i++)
		if (leat_addr_is_ipv4(&addrs[i]) == is_ipv4 && !leat_addr_refusal(&addrs[i]))
			return &addrs[i];
	return NULL;
}

/* A pod on its node's network: its status says where, or else its Node does. */
static int add_host_pod(const struct leat_endpoints *endpoints, struct leat_candidates *candidates,
			const struct kube_service *service, const struct kube_pod *pod,
			const struct kube_service_port *port, bool is_ipv4)
{
	struct leat_pod_class class = { .ports = pod->ports, .port_count = pod->port_count };
	const struct leat_addr *addr = first_addr(pod->addrs, pod->addr_count, is_ipv4);
	const struct leat_place *place = leat_nodes_find(endpoints->nodes, pod->node_name);

	if (!addr && place)
		addr = first_addr(place->node->addrs, place->node->addr_count, is_ipv4);
	return addr ? add_pod(candidates, service, pod, addr, target_port(port, &class)) : 0;
}

int leat_endpoints_choose(const struct leat_endpoints *endpoints,
			  const struct leat_service_sources *sources,
			  const struct kube_service_port *port, bool is_ipv4,
			  struct leat_rows *rows)
{
	struct leat_candidates candidates = { .arena = endpoints->world->arena };

	for (size_t i = 0; i < sources->slice_count; i++)
		if (sources->slices[i]->is_ipv6 != is_ipv4 &&
		    add_slice(&candidates, sources->slices[i], port) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < sources->classes.count; i++) {
		__u32 class = sources->classes.items[i];

		if (add_class(endpoints, &candidates, sources->service,
			      &endpoints->class_pods[class],
			      target_port(port, &endpoints->world->classes[class]), is_ipv4) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < sources->host_pod_count; i++)
		if (add_host_pod(endpoints, &candidates, sources->service, sources->host_pods[i],
				 port, is_ipv4) < 0)
			return -ENOMEM;
	return leat_candidates_choose(&candidates, rows);
}
