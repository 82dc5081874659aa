// SPDX-License-Identifier: Apache-2.0
/*
 * An index of EndpointSlices. Their names mean nothing: the label does, and the slices of one
 * Service are merged.
 */
#include "compile/slices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile/nodes.h"

static int compare_owner(const struct kube_endpoint_slice *slice, const char *namespace,
			 const char *service)
{
	int order = strcmp(slice->meta.namespace, namespace);

	return order ? order : strcmp(slice->service, service);
}

static int compare_slices(const void *a, const void *b)
{
	const struct kube_endpoint_slice *left = *(const struct kube_endpoint_slice *const *)a;
	const struct kube_endpoint_slice *right = *(const struct kube_endpoint_slice *const *)b;
	int order = compare_owner(left, right->meta.namespace, right->service);

	return order ? order : strcmp(left->meta.name, right->meta.name);
}

bool leat_slice_accepts(const struct kube_endpoint_slice *slice, const struct leat_addr *addr)
{
	return leat_addr_is_ipv4(addr) != slice->is_ipv6 && !leat_addr_refusal(addr);
}

static int report_addrs(const struct leat_world *world, const struct kube_endpoint_slice *slice,
			const struct kube_slice_endpoint *endpoint)
{
	char text[LEAT_ADDR_TEXT];

	for (size_t i = 0; i < endpoint->addr_count; i++) {
		const struct leat_addr *addr = &endpoint->addrs[i];
		const char *refusal = leat_addr_refusal(addr);

		if (leat_slice_accepts(slice, addr))
			continue;
		if (leat_problem_add(world->problems,
				     "EndpointSlice %s/%s: endpoints: %s: %s address: left out",
				     slice->meta.namespace, slice->meta.name,
				     leat_addr_format(addr, text),
				     refusal ? refusal : "another family's") < 0)
			return -ENOMEM;
	}
	return 0;
}

int leat_slices_build(const struct leat_world *world, struct leat_slices *ret_slices)
{
	const struct kube_store *store = world->snapshot->store;
	const struct kube_object *object = NULL;
	struct leat_slices slices = { 0 };

	slices.items = leat_arena_take(world->arena,
				       kube_store_count(store, KUBE_ENDPOINT_SLICE) + 1,
				       sizeof(*slices.items));
	if (!slices.items)
		return -ENOMEM;
	while ((object = kube_store_next(store, KUBE_ENDPOINT_SLICE, object))) {
		const struct kube_endpoint_slice *slice = &object->slice;

		for (size_t i = 0; i < slice->endpoint_count; i++)
			if (report_addrs(world, slice, &slice->endpoints[i]) < 0)
				return -ENOMEM;
		slices.items[slices.count++] = slice;
	}
	qsort(slices.items, slices.count, sizeof(*slices.items), compare_slices);
	*ret_slices = slices;
	return 0;
}

size_t leat_slices_find(const struct leat_slices *slices, const struct kube_service *service,
			const struct kube_endpoint_slice *const **ret_first)
{
	const char *namespace = service->meta.namespace, *name = service->meta.name;
	size_t low = 0, high = slices->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_owner(slices->items[middle], namespace, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	end = low;
	while (end < slices->count && !compare_owner(slices->items[end], namespace, name))
		end++;
	*ret_first = &slices->items[low];
	return end - low;
}
