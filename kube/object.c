// SPDX-License-Identifier: Apache-2.0
/* What all kinds have in common. An object is one block of memory: see arena.h. */
#include "object.h"

#include <stdlib.h>

void kube_object_free(struct kube_object *object)
{
	free(object);
}

const char *kube_kind_name(enum kube_kind kind)
{
	static const char *const names[KUBE_KIND_COUNT] = {
		[KUBE_NAMESPACE] = "Namespace",
		[KUBE_POD] = "Pod",
		[KUBE_NODE] = "Node",
		[KUBE_SERVICE] = "Service",
		[KUBE_ENDPOINT_SLICE] = "EndpointSlice",
		[KUBE_NETWORK_POLICY] = "NetworkPolicy",
	};

	return (unsigned int)kind < KUBE_KIND_COUNT ? names[kind] : "?";
}
