// SPDX-License-Identifier: Apache-2.0
/*
 * One frontend for each cluster address, port and protocol. Of two Services that claim the same
 * one, the first by namespace and name keeps it.
 */
#include "compile/service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leat/service.h>

#include "compile/numbers.h"
#include "lib/text.h"

struct offer { /* a frontend on its way */
	struct leat_svc_key key;
	const struct kube_service *service;
	const struct kube_service_port *port;
	__u32 source; /* of the Service, in service_run.sources */
	__u32 name;   /* of the port, in service_run.names */
};

struct service_run {
	struct leat_endpoints *endpoints;
	const struct leat_world *world;
	struct offer *offers;
	size_t count;
	size_t allocated;
	struct leat_service_sources *sources; /* by Service */
	size_t source_count;
	size_t name_count;
};

static const char *proto_name(__u8 proto)
{
	return proto == IPPROTO_TCP ? "TCP" : proto == IPPROTO_UDP ? "UDP" : "SCTP";
}

static int add_offer(struct service_run *run, const struct offer *offer)
{
	if (run->count == run->allocated) {
		size_t more = run->allocated ? run->allocated * 2 : 64;
		struct offer *grown =
			leat_arena_resize(run->world->arena, run->offers, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		run->offers = grown;
		run->allocated = more;
	}
	run->offers[run->count++] = *offer;
	return 0;
}

/* False: a pod or a node has the address, which the owners have reported already. */
static bool owns_addr(const struct leat_owners *owners, const struct leat_addr *addr)
{
	const struct leat_owner *owner = leat_owners_find(owners, addr);

	return owner && owner->rank == LEAT_OWNER_SERVICE;
}

static int report_undone(const struct leat_world *world, const struct kube_service *service)
{
	const char *type = service->type == KUBE_NODE_PORT	 ? "NodePort"
			   : service->type == KUBE_LOAD_BALANCER ? "LoadBalancer"
								 : NULL;
	int error = 0;

	if (service->affinity_sec)
		error = leat_problem_add(world->problems,
					 "Service %s/%s: spec.sessionAffinity: ClientIP: not done "
					 "yet, every connection is spread",
					 service->meta.namespace, service->meta.name);
	if (!error && type)
		error = leat_problem_add(world->problems,
					 "Service %s/%s: spec.type: %s: not done yet, only its "
					 "cluster addresses are served",
					 service->meta.namespace, service->meta.name, type);
	return error;
}

static int offer_service(struct service_run *run, const struct kube_service *service)
{
	__u32 source = (__u32)run->source_count;

	if (leat_endpoints_of(run->endpoints, service, &run->sources[source]) < 0 ||
	    report_undone(run->world, service) < 0)
		return -ENOMEM;
	run->source_count++;
	for (size_t i = 0; i < service->port_count; i++) {
		struct offer offer = { .service = service,
				       .port = &service->ports[i],
				       .source = source,
				       .name = (__u32)run->name_count++ };

		for (size_t j = 0; j < service->addr_count; j++) {
			if (!owns_addr(run->endpoints->owners, &service->addrs[j]))
				continue;
			offer.key = (struct leat_svc_key){ .addr = service->addrs[j],
							   .port = htons(offer.port->port),
							   .proto = offer.port->proto,
							   .scope = LEAT_SCOPE_CLUSTER };
			if (add_offer(run, &offer) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int offer_services(struct service_run *run)
{
	const struct kube_store *store = run->world->snapshot->store;
	const struct kube_object *object = NULL;

	run->sources = leat_arena_take(run->world->arena, kube_store_count(store, KUBE_SERVICE) + 1,
				       sizeof(*run->sources));
	if (!run->sources)
		return -ENOMEM;
	while ((object = kube_store_next(store, KUBE_SERVICE, object)))
		if (leat_service_is_served(&object->service) &&
		    offer_service(run, &object->service) < 0)
			return -ENOMEM;
	return 0;
}

/* Names were counted up in the order of namespace and name. */
static int compare_offers(const void *a, const void *b)
{
	const struct offer *left = a, *right = b;
	int order = memcmp(&left->key, &right->key, sizeof(left->key));

	return order ? order : (left->name > right->name) - (left->name < right->name);
}

static int settle_offers(struct service_run *run)
{
	char text[LEAT_ADDR_TEXT];
	size_t kept = 0;

	if (run->count)
		qsort(run->offers, run->count, sizeof(*run->offers), compare_offers);
	for (size_t i = 0; i < run->count; i++) {
		const struct offer *offer = &run->offers[i];
		const struct offer *last = kept ? &run->offers[kept - 1] : NULL;

		if (!last || memcmp(&last->key, &offer->key, sizeof(offer->key))) {
			run->offers[kept++] = *offer;
			continue;
		}
		/* The same Service with the same address or port twice. */
		if (last->service == offer->service && last->name == offer->name)
			continue;
		if (leat_problem_add(run->world->problems,
				     "Service %s/%s: %s port %u/%s: Service %s/%s has it",
				     offer->service->meta.namespace, offer->service->meta.name,
				     leat_addr_format(&offer->key.addr, text), offer->port->port,
				     proto_name(offer->port->proto), last->service->meta.namespace,
				     last->service->meta.name) < 0)
			return -ENOMEM;
	}
	run->count = kept;
	return 0;
}

static int report_sctp(const struct leat_world *world, const struct offer *offer,
		       const struct leat_rows *backends)
{
	for (size_t i = 0; i < backends->count; i++) {
		const struct leat_backend *backend = leat_rows_key(backends, i);

		if (offer->port->proto == IPPROTO_SCTP && backend->port != offer->key.port)
			return leat_problem_add(world->problems,
						"Service %s/%s: port %u/SCTP: targetPort %u: an "
						"SCTP port cannot be rewritten, packets to it are "
						"dropped",
						offer->service->meta.namespace,
						offer->service->meta.name, offer->port->port,
						ntohs(backend->port));
	}
	return 0;
}

static int write_frontend(struct service_run *run, const struct offer *offer, __u32 number,
			  struct leat_frontend *frontend)
{
	_Static_assert(sizeof(offer->key) == sizeof(frontend->key), "one key, two views");

	memcpy(&frontend->key, &offer->key, sizeof(frontend->key));
	frontend->service = number;
	frontend->affinity_sec = offer->service->affinity_sec;
	frontend->flags = frontend->affinity_sec ? LEAT_SVC_AFFINITY : 0;
	leat_rows_init(&frontend->backends, sizeof(struct leat_backend), 0);
	if (leat_endpoints_choose(run->endpoints, &run->sources[offer->source], offer->port,
				  leat_addr_is_ipv4(&offer->key.addr), &frontend->backends) < 0)
		return -ENOMEM;
	return report_sctp(run->world, offer, &frontend->backends);
}

static int number_names(struct service_run *run, __u32 **ret_numbers)
{
	struct leat_arena *arena = run->world->arena;
	__u64 *hashes = leat_arena_take(arena, run->name_count + 1, sizeof(*hashes));
	__u32 *numbers = leat_arena_take(arena, run->name_count + 1, sizeof(*numbers));
	size_t name = 0;

	if (!hashes || !numbers)
		return -ENOMEM;
	for (size_t i = 0; i < run->source_count; i++) {
		const struct kube_service *service = run->sources[i].service;
		__u64 hash = leat_hash64(service->meta.namespace,
					 strlen(service->meta.namespace) + 1, LEAT_HASH_SEED);

		hash = leat_hash64(service->meta.name, strlen(service->meta.name) + 1, hash);
		for (size_t j = 0; j < service->port_count; j++) {
			__u32 port = (__u32)service->ports[j].proto << 16 | service->ports[j].port;

			hashes[name++] = leat_hash64(&port, sizeof(port), hash);
		}
	}
	*ret_numbers = numbers;
	return leat_numbers_assign(arena, hashes, run->name_count, numbers);
}

static int write_name(const struct kube_service *service, const struct kube_service_port *port,
		      __u32 number, struct leat_name_service *name)
{
	name->service = number;
	name->namespace = strdup(service->meta.namespace);
	name->name = strdup(service->meta.name);
	if (port->name[0])
		name->port = strdup(port->name);
	else if (asprintf(&name->port, "%u/%s", port->port, proto_name(port->proto)) < 0)
		name->port = NULL;
	return name->namespace && name->name && name->port ? 0 : -ENOMEM;
}

static int compare_names(const void *a, const void *b)
{
	const struct leat_name_service *left = a, *right = b;

	return (left->service > right->service) - (left->service < right->service);
}

static int write_names(struct service_run *run, const __u32 *numbers, struct leat_desired *desired)
{
	desired->services = calloc(run->name_count + 1, sizeof(*desired->services));
	if (!desired->services)
		return -ENOMEM;
	for (size_t i = 0; i < run->source_count; i++) {
		const struct kube_service *service = run->sources[i].service;

		for (size_t j = 0; j < service->port_count; j++) {
			size_t at = desired->service_count++;

			if (write_name(service, &service->ports[j], numbers[at],
				       &desired->services[at]) < 0)
				return -ENOMEM;
		}
	}
	qsort(desired->services, desired->service_count, sizeof(*desired->services), compare_names);
	return 0;
}

int leat_services_write(struct leat_endpoints *endpoints, struct leat_desired *desired)
{
	struct service_run run = { .endpoints = endpoints, .world = endpoints->world };
	__u32 *numbers;

	if (leat_endpoints_init(endpoints) < 0 || offer_services(&run) < 0 ||
	    settle_offers(&run) < 0 || number_names(&run, &numbers) < 0)
		return -ENOMEM;
	desired->frontends = calloc(run.count + 1, sizeof(*desired->frontends));
	if (!desired->frontends)
		return -ENOMEM;
	for (size_t i = 0; i < run.count; i++) {
		const struct offer *offer = &run.offers[i];

		/* Counted first, so that what was begun is freed on failure. */
		desired->frontend_count++;
		if (write_frontend(&run, offer, numbers[offer->name], &desired->frontends[i]) < 0)
			return -ENOMEM;
	}
	return write_names(&run, numbers, desired);
}
