/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* EndpointSlices by the Service that they belong to. */
#include "compile/world.h"

struct leat_slices {
	const struct kube_endpoint_slice **items; /* by namespace, Service, name */
	size_t count;
};

/* Reports endpoints that no Service may lead to (CVE-2021-25737). -ENOMEM. */
int leat_slices_build(const struct leat_world *world, struct leat_slices *ret_slices);
/* The slices of a Service are ret_first[0..return value). */
size_t leat_slices_find(const struct leat_slices *slices, const struct kube_service *service,
			const struct kube_endpoint_slice *const **ret_first);
/* Not loopback, link-local, multicast or unspecified, and of the slice's family. */
bool leat_slice_accepts(const struct kube_endpoint_slice *slice, const struct leat_addr *addr);
