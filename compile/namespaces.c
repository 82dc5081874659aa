// SPDX-License-Identifier: Apache-2.0
/*
 * Namespaces of a snapshot and the policies in them. A namespace that has pods or policies but
 * no object exists all the same, with the one label that the API server gives every namespace.
 */
#include "compile/namespaces.h"

#include <errno.h>
#include <string.h>

/* KEP-2161: on every namespace, its value cannot be another. */
static char name_label[] = "kubernetes.io/metadata.name";

static int label_implicitly(struct leat_world *world, struct leat_namespace *namespace,
			    const char *name)
{
	struct kube_label *label = leat_arena_take(world->arena, 1, sizeof(*label));
	size_t size = strlen(name) + 1;
	char *copy = leat_arena_take(world->arena, size, 1);

	if (!label || !copy)
		return -ENOMEM;
	memcpy(copy, name, size);
	*label = (struct kube_label){ .key = name_label, .value = copy };
	namespace->name = copy;
	namespace->labels = (struct kube_labels){ .items = label, .count = 1 };
	return 0;
}

static int append_namespace(struct leat_world *world, const char *name)
{
	size_t count = world->namespace_ids.count;
	struct leat_namespace *namespace;
	const struct kube_object *object;

	if (count > world->namespace_allocated) {
		struct leat_namespace *grown = leat_arena_resize(world->arena, world->namespaces,
								 count * 2, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		world->namespaces = grown;
		world->namespace_allocated = count * 2;
	}
	namespace = &world->namespaces[count - 1];
	*namespace = (struct leat_namespace){ 0 };
	object = kube_store_get(world->snapshot->store, KUBE_NAMESPACE, "", name);
	if (!object)
		return label_implicitly(world, namespace, name);
	namespace->name = object->meta.name;
	namespace->labels = object->meta.labels;
	return 0;
}

int leat_namespace_find(struct leat_world *world, const char *name, __u32 *ret_namespace)
{
	bool is_new;
	__u32 id;

	if (leat_intern_put(&world->namespace_ids, name, strlen(name), &id, &is_new) < 0)
		return -ENOMEM;
	if (is_new && append_namespace(world, name) < 0)
		return -ENOMEM;
	*ret_namespace = id;
	return 0;
}

static int add_policy(struct leat_world *world, const struct kube_policy *policy)
{
	struct leat_namespace *namespace;
	__u32 id;

	if (leat_namespace_find(world, policy->meta.namespace, &id) < 0)
		return -ENOMEM;
	namespace = &world->namespaces[id];
	if (!namespace->policy_count)
	namespace->policy_first = world->policy_count;
	namespace->policy_count++;
	world->policies[world->policy_count++] = policy;
	return 0;
}

int leat_namespaces_build(struct leat_world *world)
{
	const struct kube_store *store = world->snapshot->store;
	const struct kube_object *object = NULL;
	__u32 id;

	while ((object = kube_store_next(store, KUBE_NAMESPACE, object)))
		if (leat_namespace_find(world, object->meta.name, &id) < 0)
			return -ENOMEM;
	world->policies = leat_arena_take(world->arena,
					  kube_store_count(store, KUBE_NETWORK_POLICY) + 1,
					  sizeof(*world->policies));
	if (!world->policies)
		return -ENOMEM;
	/* In the store's order the policies of a namespace follow each other. */
	while ((object = kube_store_next(store, KUBE_NETWORK_POLICY, object)))
		if (add_policy(world, &object->policy) < 0)
			return -ENOMEM;
	return 0;
}
