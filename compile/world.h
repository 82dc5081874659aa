/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The pods and namespaces of a snapshot, as the compilers want them: pods of one namespace
 * with the same labels and named ports are one class, because every selector treats them
 * alike; selectors are evaluated on classes, found by their labels.
 */
#include "compile/compile.h"
#include "compile/intern.h"
#include "compile/problems.h"

struct leat_namespace {
	const char *name;
	struct kube_labels labels;
	struct leat_ids classes;
	size_t policy_first; /* its policies in leat_world.policies */
	size_t policy_count;
};

struct leat_pod_class {
	__u32 namespace; /* index */
	const struct kube_labels *labels;
	const struct kube_port *ports;
	size_t port_count;
};

/* A pod that has, or may have, an address of its own. */
struct leat_pod {
	const char *namespace;
	const char *name;
	const struct kube_pod *object;	    /* NULL: wired here, but nobody told us of it yet */
	const struct leat_local_pod *local; /* NULL: not wired on this node */
	const struct leat_addr *addrs;	    /* the wired ones, else status.podIPs */
	size_t addr_count;
	__u32 class;
};

struct leat_world {
	const struct leat_snapshot *snapshot;
	struct leat_arena *arena;
	struct leat_problems *problems;
	struct leat_namespace *namespaces;
	size_t namespace_allocated;
	struct leat_intern namespace_ids; /* by name */
	struct leat_pod_class *classes;
	size_t class_allocated;
	struct leat_intern class_ids; /* by namespace, labels and ports */
	struct leat_intern label_ids; /* "key\0value\0" */
	struct leat_ids *label_classes;
	size_t label_allocated;
	struct leat_pod *pods; /* wired ones first */
	size_t pod_count;
	const struct leat_local_pod **wired; /* by namespace, name, slot */
	const struct kube_policy **policies; /* by namespace, then name */
	size_t policy_count;
};

int leat_world_build(struct leat_world *world);
/* Labels whose key and value are longer together are not indexed (the API allows 381). */
#define LEAT_LABEL_BYTES 1024
/* Classes that have the label, of an indexed size; NULL: none. */
const struct leat_ids *leat_world_labelled(const struct leat_world *world, const char *key,
					   const char *value);
/* The number of a named port on pods of the class: the first of that name and protocol, as
 * kubelet's probes and the endpoints controller take it (k8s pkg/api/v1/pod FindPort); 0: none. */
__u16 leat_class_port(const struct leat_pod_class *class, const char *name, __u8 proto);
