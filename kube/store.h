/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * All objects the agent knows, whoever brought them: the folder or the API server. Answers by
 * kind and name; says what changed since it was last asked. No sockets, no files, no clock.
 */
#include "object.h"

struct kube_store;

int kube_store_new(struct kube_store **ret_store);
void kube_store_free(struct kube_store *store);

/* Takes the object, also on failure. Replaces one of the same kind, namespace and name; an
 * equal one changes nothing. *ret_changed may be NULL. -ENOMEM. */
int kube_store_put(struct kube_store *store, struct kube_object *object, bool *ret_changed);
/* -ENOENT where there is none. */
int kube_store_remove(struct kube_store *store, enum kube_kind kind, const char *namespace,
		      const char *name);
const struct kube_object *kube_store_get(const struct kube_store *store, enum kube_kind kind,
					 const char *namespace, const char *name);
size_t kube_store_count(const struct kube_store *store, enum kube_kind kind);
/* Iterates one kind in order of namespace, then name: pass NULL first, NULL ends. */
const struct kube_object *kube_store_next(const struct kube_store *store, enum kube_kind kind,
					  const struct kube_object *after);
/* Rises with every change. */
__u64 kube_store_generation(const struct kube_store *store);
