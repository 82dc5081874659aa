// SPDX-License-Identifier: Apache-2.0
/*
 * Which pod classes the selectors of peers match. A selector that wants a label with a value
 * looks only at the classes that have it; each other one is evaluated once a class.
 */
#include "compile/peers.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "kube/selector.h"

struct match_run {
	const struct leat_world *world;
	const struct leat_peer *peer;
	struct leat_ids *class_groups;
	__u8 *verdicts; /* of the peer's namespaceSelector by namespace: 0 not asked, 1 no, 2 yes */
};

static bool is_namespace_matched(struct match_run *run, __u32 namespace)
{
	const struct kube_policy_peer *source = run->peer->source;

	if (!source->has_namespace_selector)
		return namespace == run->peer->namespace;
	if (!run->verdicts[namespace])
		run->verdicts[namespace] =
			1 + kube_selector_matches(&source->namespace_selector,
						  &run->world->namespaces[namespace].labels);
	return run->verdicts[namespace] == 2;
}

static int match_class(struct match_run *run, __u32 class)
{
	const struct leat_pod_class *candidate = &run->world->classes[class];
	const struct kube_policy_peer *source = run->peer->source;
	const struct leat_ids *groups = &run->peer->groups;

	if (!is_namespace_matched(run, candidate->namespace) ||
	    (source->has_pod_selector &&
	     !kube_selector_matches(&source->pod_selector, candidate->labels)))
		return 0;
	for (size_t i = 0; i < groups->count; i++)
		if (leat_ids_add(run->world->arena, &run->class_groups[class], groups->items[i]) <
		    0)
			return -ENOMEM;
	return 0;
}

static int match_classes(struct match_run *run, const struct leat_ids *classes)
{
	for (size_t i = 0; classes && i < classes->count; i++)
		if (match_class(run, classes->items[i]) < 0)
			return -ENOMEM;
	return 0;
}

/* How many classes carry one of the wanted values; SIZE_MAX: the index does not tell. */
static size_t count_candidates(const struct leat_world *world,
			       const struct kube_requirement *requirement)
{
	size_t count = 0;

	if (requirement->op != KUBE_IN)
		return SIZE_MAX;
	for (size_t i = 0; i < requirement->value_count; i++) {
		const char *value = requirement->values[i];
		const struct leat_ids *classes;

		if (strlen(requirement->key) + strlen(value) + 2 > LEAT_LABEL_BYTES)
			return SIZE_MAX;
		classes = leat_world_labelled(world, requirement->key, value);
		count += classes ? classes->count : 0;
	}
	return count;
}

const struct kube_requirement *leat_selector_rarest(const struct leat_world *world,
						    const struct kube_selector *selector)
{
	const struct kube_requirement *rarest = NULL;
	size_t fewest = SIZE_MAX;

	for (size_t i = 0; i < selector->count; i++) {
		size_t count = count_candidates(world, &selector->items[i]);

		if (count < fewest) {
			fewest = count;
			rarest = &selector->items[i];
		}
	}
	return rarest;
}

static int match_peer(struct match_run *run)
{
	const struct leat_world *world = run->world;
	const struct kube_policy_peer *source = run->peer->source;
	const struct kube_requirement *label =
		source->has_pod_selector ? leat_selector_rarest(world, &source->pod_selector)
					 : NULL;

	memset(run->verdicts, 0, world->namespace_ids.count);
	if (label) {
		for (size_t i = 0; i < label->value_count; i++)
			if (match_classes(run, leat_world_labelled(world, label->key,
								   label->values[i])) < 0)
				return -ENOMEM;
		return 0;
	}
	if (!source->has_namespace_selector)
		return match_classes(run, &world->namespaces[run->peer->namespace].classes);
	for (__u32 i = 0; i < world->namespace_ids.count; i++)
		if (is_namespace_matched(run, i) &&
		    match_classes(run, &world->namespaces[i].classes) < 0)
			return -ENOMEM;
	return 0;
}

int leat_peers_match(const struct leat_world *world, const struct leat_peers *peers,
		     struct leat_ids **ret_class_groups)
{
	size_t class_count = world->class_ids.count;
	struct match_run run = { .world = world };

	run.class_groups =
		leat_arena_take(world->arena, class_count + 1, sizeof(*run.class_groups));
	run.verdicts = leat_arena_take(world->arena, world->namespace_ids.count + 1, 1);
	if (!run.class_groups || !run.verdicts)
		return -ENOMEM;
	for (size_t i = 0; i < peers->peer_ids.count; i++) {
		run.peer = &peers->peers[i];
		if (!run.peer->source->is_block && !run.peer->is_void && match_peer(&run) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < class_count; i++)
		leat_ids_normalize(&run.class_groups[i]);
	*ret_class_groups = run.class_groups;
	return 0;
}
