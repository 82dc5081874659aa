// SPDX-License-Identifier: Apache-2.0
/*
 * Which policies isolate the pods of this node, and the sets that follow: pods with the same
 * policies share one, unless a named port means different numbers on them.
 */
#include "compile/targets.h"

#include <errno.h>
#include <string.h>

#include "compile/numbers.h"
#include "compile/rules.h"
#include "kube/selector.h"
#include "lib/text.h"

#define TARGET_UNKNOWN 0
#define TARGET_FIRST   1 /* what is kept is the number of the target plus this */

struct target_run {
	struct leat_world *world;
	struct leat_peers *peers;
	struct leat_targets *targets;
	__u32 (*policy_targets)[2]; /* by policy and direction */
	struct leat_bytes scratch;
};

static int append_target(struct target_run *run, __u32 namespace, size_t policy, enum leat_dir dir)
{
	struct leat_targets *targets = run->targets;
	struct leat_target target = { .policy = run->world->policies[policy], .dir = dir };

	if (targets->count == targets->allocated) {
		size_t more = targets->allocated ? targets->allocated * 2 : 16;
		struct leat_target *grown =
			leat_arena_resize(run->world->arena, targets->items, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		targets->items = grown;
		targets->allocated = more;
	}
	if (leat_rules_append(run->world, run->peers, namespace, targets, &target) < 0)
		return -ENOMEM;
	run->policy_targets[policy][dir] = (__u32)targets->count + TARGET_FIRST;
	targets->items[targets->count++] = target;
	return 0;
}

static int select_target(struct target_run *run, __u32 namespace, size_t policy, enum leat_dir dir,
			 struct leat_ids *ids)
{
	const struct kube_policy *object = run->world->policies[policy];

	if (!(dir == LEAT_INGRESS ? object->is_ingress : object->is_egress))
		return 0;
	if (run->policy_targets[policy][dir] == TARGET_UNKNOWN &&
	    append_target(run, namespace, policy, dir) < 0)
		return -ENOMEM;
	return leat_ids_add(run->world->arena, ids,
			    run->policy_targets[policy][dir] - TARGET_FIRST);
}

/* Adds to the set's content what a rule's named ports are on the pod. */
static int write_resolved(struct target_run *run, const struct leat_target *target,
			  const struct leat_pod_class *class, __u64 *hash)
{
	struct leat_arena *arena = run->world->arena;

	for (size_t i = 0; i < target->rule_count; i++) {
		const struct leat_rule *rule = &run->targets->rules[target->rule_first + i];

		for (size_t j = 0; j < rule->port_count; j++) {
			const struct leat_rule_port *port = &rule->ports[j];
			__u16 number;

			if (!port->name)
				continue;
			number = leat_class_port(class, port->name, port->proto);
			*hash = leat_hash64(&number, sizeof(number), *hash);
			if (leat_bytes_number(arena, &run->scratch, number) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int write_set(struct target_run *run, struct leat_set *set)
{
	const struct leat_pod_class *class = &run->world->classes[set->class];
	__u64 hash = leat_hash64(&set->dir, sizeof(set->dir), LEAT_HASH_SEED);

	run->scratch.size = 0;
	if (leat_bytes_number(run->world->arena, &run->scratch, set->dir) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < set->targets.count; i++) {
		const struct leat_target *target = &run->targets->items[set->targets.items[i]];

		hash = leat_hash64(&target->hash, sizeof(target->hash), hash);
		if (leat_bytes_number(run->world->arena, &run->scratch, set->targets.items[i]) < 0)
			return -ENOMEM;
		if (set->dir == LEAT_INGRESS && write_resolved(run, target, class, &hash) < 0)
			return -ENOMEM;
	}
	set->hash = hash;
	return 0;
}

static int intern_set(struct target_run *run, struct leat_set *set, __u32 *ret_set)
{
	struct leat_targets *targets = run->targets;
	bool is_new;

	if (write_set(run, set) < 0 || leat_intern_put(&targets->set_ids, run->scratch.data,
						       run->scratch.size, ret_set, &is_new) < 0)
		return -ENOMEM;
	if (!is_new)
		return 0;
	if (*ret_set >= targets->set_allocated) {
		size_t more = ((size_t)*ret_set + 1) * 2;
		struct leat_set *grown =
			leat_arena_resize(run->world->arena, targets->sets, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		targets->sets = grown;
		targets->set_allocated = more;
	}
	targets->sets[*ret_set] = *set;
	return 0;
}

static int target_class(struct target_run *run, __u32 class)
{
	const struct leat_pod_class *pods = &run->world->classes[class];
	const struct leat_namespace *namespace = &run->world->namespaces[pods->namespace];
	struct leat_set sets[2] = { { .dir = LEAT_EGRESS, .class = class },
				    { .dir = LEAT_INGRESS, .class = class } };

	for (size_t i = 0; i < namespace->policy_count; i++) {
		size_t policy = namespace->policy_first + i;

		if (!kube_selector_matches(&run->world->policies[policy]->pod_selector,
					   pods->labels))
			continue;
		for (int dir = 0; dir < 2; dir++)
			if (select_target(run, pods->namespace, policy, (enum leat_dir)dir,
					  &sets[dir].targets) < 0)
				return -ENOMEM;
	}
	for (int dir = 0; dir < 2; dir++) {
		__u32 *ret_set = &run->targets->class_sets[class][dir];

		*ret_set = LEAT_SET_NONE;
		if (sets[dir].targets.count && intern_set(run, &sets[dir], ret_set) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int number_rules(struct leat_arena *arena, struct leat_targets *targets)
{
	size_t count = targets->rule_count;
	__u64 *hashes = leat_arena_take(arena, count + 1, sizeof(*hashes));
	__u32 *numbers = leat_arena_take(arena, count + 1, sizeof(*numbers));

	if (!hashes || !numbers)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct leat_rule *rule = &targets->rules[i];
		const struct kube_meta *meta = &rule->policy->meta;
		__u32 place[2] = { rule->dir, rule->index };
		__u64 hash =
			leat_hash64(meta->namespace, strlen(meta->namespace) + 1, LEAT_HASH_SEED);

		hash = leat_hash64(meta->name, strlen(meta->name) + 1, hash);
		hashes[i] = leat_hash64(place, sizeof(place), hash);
	}
	if (leat_numbers_assign(arena, hashes, count, numbers) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		targets->rules[i].number = numbers[i];
	return 0;
}

static int number_sets(struct leat_arena *arena, struct leat_targets *targets)
{
	size_t count = targets->set_ids.count;
	__u64 *hashes = leat_arena_take(arena, count + 1, sizeof(*hashes));
	__u32 *numbers = leat_arena_take(arena, count + 1, sizeof(*numbers));

	if (!hashes || !numbers)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		hashes[i] = targets->sets[i].hash;
	if (leat_numbers_assign(arena, hashes, count, numbers) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		targets->sets[i].number = numbers[i];
	return 0;
}

int leat_targets_build(struct leat_world *world, struct leat_peers *peers,
		       struct leat_targets *ret_targets)
{
	struct leat_targets targets = { .set_ids.arena = world->arena };
	struct target_run run = { .world = world, .peers = peers, .targets = &targets };
	bool *is_done = leat_arena_take(world->arena, world->class_ids.count + 1, 1);

	targets.class_sets = leat_arena_take(world->arena, world->class_ids.count + 1,
					     sizeof(*targets.class_sets));
	run.policy_targets =
		leat_arena_take(world->arena, world->policy_count + 1, sizeof(*run.policy_targets));
	if (!is_done || !targets.class_sets || !run.policy_targets)
		return -ENOMEM;
	for (size_t i = 0; i < world->pod_count; i++) {
		const struct leat_pod *pod = &world->pods[i];

		if (!pod->local || is_done[pod->class])
			continue;
		is_done[pod->class] = true;
		if (target_class(&run, pod->class) < 0)
			return -ENOMEM;
	}
	if (number_rules(world->arena, &targets) < 0 || number_sets(world->arena, &targets) < 0)
		return -ENOMEM;
	*ret_targets = targets;
	return 0;
}
