/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Endpoints of a Service port: from EndpointSlices, and in folder mode also from the pods that
 * the Service's selector selects, as the endpoints controller would find them.
 */
#include "compile/owners.h"
#include "compile/slices.h"

struct leat_endpoints {
	const struct leat_world *world;
	const struct leat_nodes *nodes;
	const struct leat_owners *owners;
	struct leat_slices slices;
	/* folder mode only */
	struct leat_ids *class_pods;	   /* indices of world->pods, by class */
	const struct kube_pod **host_pods; /* pods on their node's network */
	size_t host_pod_count;
};

/* What a Service's ports have in common. */
struct leat_service_sources {
	const struct kube_service *service;
	struct leat_ids classes; /* of pods that it selects */
	const struct kube_pod **host_pods;
	size_t host_pod_count;
	const struct kube_endpoint_slice *const *slices;
	size_t slice_count;
};

/* world, nodes and owners are set. */
int leat_endpoints_init(struct leat_endpoints *endpoints);
int leat_endpoints_of(const struct leat_endpoints *endpoints, const struct kube_service *service,
		      struct leat_service_sources *ret_sources);
/* Rows of struct leat_backend without a value: what the port leads to in one family. Ready
 * endpoints; where there are none, those that serve while they terminate
 * (k8s pkg/proxy/topology.go CategorizeEndpoints). */
int leat_endpoints_choose(const struct leat_endpoints *endpoints,
			  const struct leat_service_sources *sources,
			  const struct kube_service_port *port, bool is_ipv4,
			  struct leat_rows *rows);
