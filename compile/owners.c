// SPDX-License-Identifier: Apache-2.0
/*
 * One owner for each address. What CNI wired here is a fact; node addresses come next, so that
 * a pod's status cannot take one over; a Service gets only what nobody has.
 */
#include "compile/owners.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int claim_addr(const struct leat_world *world, struct leat_owners *owners,
		      struct leat_owner claim)
{
	if (owners->count == owners->allocated) {
		size_t more = owners->allocated ? owners->allocated * 2 : 64;
		struct leat_owner *grown =
			leat_arena_resize(world->arena, owners->items, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		owners->items = grown;
		owners->allocated = more;
	}
	claim.order = (__u32)owners->count;
	owners->items[owners->count++] = claim;
	return 0;
}

static enum leat_owner_rank pod_rank(const struct leat_pod *pod)
{
	if (pod->local)
		return LEAT_OWNER_LOCAL_POD;
	return pod->object->is_terminating ? LEAT_OWNER_LEAVING_POD : LEAT_OWNER_POD;
}

static int claim_pods(const struct leat_world *world, struct leat_owners *owners)
{
	char text[LEAT_ADDR_TEXT];

	for (size_t i = 0; i < world->pod_count; i++) {
		const struct leat_pod *pod = &world->pods[i];

		for (size_t j = 0; j < pod->addr_count; j++) {
			struct leat_owner claim = { .addr = pod->addrs[j],
						    .rank = pod_rank(pod),
						    .pod = pod };
			const char *refusal = leat_addr_refusal(&claim.addr);
			int error = refusal ? leat_problem_add(
						      world->problems,
						      "Pod %s/%s: status.podIPs: %s: %s address",
						      pod->namespace, pod->name,
						      leat_addr_format(&claim.addr, text), refusal)
					    : claim_addr(world, owners, claim);

			if (error < 0)
				return error;
		}
	}
	return 0;
}

static bool is_host_addr(const struct leat_snapshot *snapshot, const struct leat_addr *addr)
{
	for (size_t i = 0; i < snapshot->host_addr_count; i++)
		if (!leat_addr_compare(&snapshot->host_addrs[i], addr))
			return true;
	return false;
}

/* An address of our own Node object that no interface has is translated by somebody else. */
static int claim_place(const struct leat_world *world, const struct leat_place *place,
		       struct leat_owners *owners)
{
	for (size_t i = 0; i < place->node->addr_count; i++) {
		struct leat_owner claim = { .addr = place->node->addrs[i],
					    .rank = LEAT_OWNER_NODE,
					    .place = place };

		if (leat_addr_refusal(&claim.addr))
			continue;
		if (place->is_own && (!world->snapshot->host_addr_count ||
				      is_host_addr(world->snapshot, &claim.addr)))
			claim.rank = LEAT_OWNER_HOST;
		if (claim_addr(world, owners, claim) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int claim_nodes(const struct leat_world *world, const struct leat_nodes *nodes,
		       struct leat_owners *owners)
{
	const struct leat_snapshot *snapshot = world->snapshot;

	for (size_t i = 0; i < snapshot->host_addr_count; i++) {
		struct leat_owner claim = { .addr = snapshot->host_addrs[i],
					    .rank = LEAT_OWNER_HOST };

		if (!leat_addr_refusal(&claim.addr) && claim_addr(world, owners, claim) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < nodes->count; i++)
		if (claim_place(world, &nodes->places[i], owners) < 0)
			return -ENOMEM;
	return 0;
}

bool leat_service_is_served(const struct kube_service *service)
{
	return !service->is_headless && !service->is_ignored && service->type != KUBE_EXTERNAL_NAME;
}

static int claim_services(const struct leat_world *world, struct leat_owners *owners)
{
	const struct kube_object *object = NULL;
	char text[LEAT_ADDR_TEXT];

	while ((object = kube_store_next(world->snapshot->store, KUBE_SERVICE, object))) {
		const struct kube_service *service = &object->service;

		for (size_t i = 0; leat_service_is_served(service) && i < service->addr_count;
		     i++) {
			struct leat_owner claim = { .addr = service->addrs[i],
						    .rank = LEAT_OWNER_SERVICE,
						    .service = service };
			const char *refusal = leat_addr_refusal(&claim.addr);
			int error =
				refusal ? leat_problem_add(
						  world->problems,
						  "Service %s/%s: spec.clusterIPs: %s: %s address",
						  service->meta.namespace, service->meta.name,
						  leat_addr_format(&claim.addr, text), refusal)
					: claim_addr(world, owners, claim);

			if (error < 0)
				return error;
		}
	}
	return 0;
}

static int compare_claims(const void *a, const void *b)
{
	const struct leat_owner *left = a, *right = b;
	int order = leat_addr_compare(&left->addr, &right->addr);

	if (order)
		return order;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

static const char *owner_text(const struct leat_owner *owner, char *buffer, size_t size)
{
	if (owner->pod)
		snprintf(buffer, size, "pod %s/%s", owner->pod->namespace, owner->pod->name);
	else if (owner->service)
		snprintf(buffer, size, "Service %s/%s", owner->service->meta.namespace,
			 owner->service->meta.name);
	else if (owner->place)
		snprintf(buffer, size, "node %s", owner->place->node->meta.name);
	else
		snprintf(buffer, size, "this node");
	return buffer;
}

/* A node's own address twice, a pod's twice and Services that share one are no contradiction. */
static bool is_contradiction(const struct leat_owner *winner, const struct leat_owner *loser)
{
	if (winner->pod || loser->pod)
		return winner->pod != loser->pod;
	if (loser->service)
		return !winner->service;
	return winner->rank != loser->rank ||
	       (winner->place && loser->place && winner->place != loser->place);
}

static int report_loser(const struct leat_world *world, const struct leat_owner *winner,
			const struct leat_owner *loser)
{
	char text[LEAT_ADDR_TEXT], keeps[640], loses[640];
	const char *kind = loser->pod ? "Pod" : loser->service ? "Service" : "Node";
	const char *name;

	if (!is_contradiction(winner, loser))
		return 0;
	owner_text(loser, loses, sizeof(loses));
	name = strchr(loses, ' ') + 1;
	return leat_problem_add(world->problems, "%s %s: address %s: %s has it", kind, name,
				leat_addr_format(&loser->addr, text),
				owner_text(winner, keeps, sizeof(keeps)));
}

static int settle_claims(const struct leat_world *world, struct leat_owners *owners)
{
	size_t kept = 0;

	if (!owners->count)
		return 0;
	qsort(owners->items, owners->count, sizeof(*owners->items), compare_claims);
	for (size_t i = 0; i < owners->count; i++) {
		const struct leat_owner *claim = &owners->items[i];

		if (kept && !leat_addr_compare(&owners->items[kept - 1].addr, &claim->addr)) {
			if (report_loser(world, &owners->items[kept - 1], claim) < 0)
				return -ENOMEM;
			continue;
		}
		owners->items[kept++] = *claim;
	}
	owners->count = kept;
	return 0;
}

int leat_owners_build(const struct leat_world *world, const struct leat_nodes *nodes,
		      struct leat_owners *ret_owners)
{
	struct leat_owners owners = { 0 };

	if (claim_pods(world, &owners) < 0 || claim_nodes(world, nodes, &owners) < 0 ||
	    claim_services(world, &owners) < 0 || settle_claims(world, &owners) < 0)
		return -ENOMEM;
	*ret_owners = owners;
	return 0;
}

const struct leat_owner *leat_owners_find(const struct leat_owners *owners,
					  const struct leat_addr *addr)
{
	size_t low = 0, high = owners->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = leat_addr_compare(addr, &owners->items[middle].addr);

		if (order == 0)
			return &owners->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
