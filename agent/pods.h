/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Pods in folder mode are said in two places: a manifest says labels and ports, the node that
 * wired the pod says where it is and which addresses it has. This joins both in the store, as
 * the kubelet's status would. Whoever comes first is kept until the other comes.
 */
#include "kube/store.h"

struct leat_pods;

int leat_pods_new(struct kube_store *store, struct leat_pods **ret_pods);
void leat_pods_free(struct leat_pods *pods);

/* Takes the object, also on failure. Replaces the manifest's word about that pod. */
int leat_pods_put_manifest(struct leat_pods *pods, struct kube_object *object);
int leat_pods_remove_manifest(struct leat_pods *pods, const char *namespace, const char *name);

/* Where a pod is, by the word of `source` (a file's name, or "" for this node, which always
 * wins). Several sources: the first by name counts. */
struct leat_pod_place {
	const char *namespace;
	const char *name;
	const char *source;
	const char *node;
	const struct leat_addr *addrs;
	size_t addr_count;
};
int leat_pods_put_place(struct leat_pods *pods, const struct leat_pod_place *place);
int leat_pods_remove_place(struct leat_pods *pods, const char *namespace, const char *name,
			   const char *source);
