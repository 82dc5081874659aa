// SPDX-License-Identifier: Apache-2.0
/*
 * Names of rules, sets, identities and pod addresses. Sorted by number or address.
 */
#include "compile/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

static int compare_rules(const void *a, const void *b)
{
	const struct leat_name_rule *left = a, *right = b;

	return (left->rule > right->rule) - (left->rule < right->rule);
}

static int name_rules(const struct leat_targets *targets, struct leat_desired *desired)
{
	desired->rules = calloc(targets->rule_count + 1, sizeof(*desired->rules));
	if (!desired->rules)
		return -ENOMEM;
	for (size_t i = 0; i < targets->rule_count; i++) {
		const struct leat_rule *rule = &targets->rules[i];
		struct leat_name_rule *name = &desired->rules[desired->rule_count++];

		name->rule = rule->number;
		name->dir = (__u8)rule->dir;
		name->index = rule->index;
		name->namespace = strdup(rule->policy->meta.namespace);
		name->policy = strdup(rule->policy->meta.name);
		if (!name->namespace || !name->policy)
			return -ENOMEM;
	}
	qsort(desired->rules, desired->rule_count, sizeof(*desired->rules), compare_rules);
	return 0;
}

static int name_set(const struct leat_targets *targets, const struct leat_set *set,
		    struct leat_name_set *name)
{
	name->set = set->number;
	name->dir = (__u8)set->dir;
	name->policies = calloc(set->targets.count + 1, sizeof(*name->policies));
	if (!name->policies)
		return -ENOMEM;
	for (size_t i = 0; i < set->targets.count; i++) {
		const struct kube_meta *meta = &targets->items[set->targets.items[i]].policy->meta;

		if (asprintf(&name->policies[i], "%s/%s", meta->namespace, meta->name) < 0) {
			name->policies[i] = NULL;
			return -ENOMEM;
		}
		name->policy_count++;
	}
	return 0;
}

static int compare_sets(const void *a, const void *b)
{
	const struct leat_name_set *left = a, *right = b;

	return (left->set > right->set) - (left->set < right->set);
}

static int name_sets(const struct leat_targets *targets, struct leat_desired *desired)
{
	desired->sets = calloc(targets->set_ids.count + 1, sizeof(*desired->sets));
	if (!desired->sets)
		return -ENOMEM;
	for (size_t i = 0; i < targets->set_ids.count; i++) {
		struct leat_name_set *name = &desired->sets[desired->set_count++];

		if (name_set(targets, &targets->sets[i], name) < 0)
			return -ENOMEM;
	}
	qsort(desired->sets, desired->set_count, sizeof(*desired->sets), compare_sets);
	return 0;
}

#define EXAMPLES 3

struct example {
	const struct leat_owner *owner; /* or */
	const struct leat_region *region;
};

struct description { /* of one identity */
	size_t addr_count;
	size_t example_count;
	struct example examples[EXAMPLES];
};

/* The other address of a pod that is named already. */
static bool is_named(const struct description *description, const struct leat_owner *owner)
{
	for (size_t i = 0; i < description->example_count && i < EXAMPLES; i++) {
		const struct leat_owner *named = description->examples[i].owner;

		if (owner && owner->pod && named && named->pod == owner->pod)
			return true;
	}
	return false;
}

static void add_example(struct description *description, const struct leat_owner *owner,
			const struct leat_region *region)
{
	description->addr_count += owner != NULL;
	if (is_named(description, owner))
		return;
	if (description->example_count < EXAMPLES)
		description->examples[description->example_count] =
			(struct example){ owner, region };
	description->example_count++;
}

/* Pods and nodes first, blocks after them. */
static void describe_all(const struct leat_addresses *addresses, struct description *descriptions)
{
	for (size_t i = 0; i < addresses->owners->count; i++)
		add_example(&descriptions[addresses->owner_contents[i]],
			    &addresses->owners->items[i], NULL);
	for (size_t i = 0; i < addresses->blocks->count; i++)
		add_example(&descriptions[addresses->region_contents[i]], NULL,
			    &addresses->blocks->regions[i]);
}

static void write_example(const struct example *example, struct leat_text *text)
{
	const struct leat_owner *owner = example->owner;
	char addr[LEAT_ADDR_TEXT], cidr[LEAT_CIDR_TEXT];

	if (!owner)
		leat_text_add(text, "block %s", leat_cidr_format(&example->region->cidr, cidr));
	else if (owner->pod)
		leat_text_add(text, "pod %s/%s", owner->pod->namespace, owner->pod->name);
	else
		leat_text_add(text, "%s address %s",
			      owner->rank == LEAT_OWNER_SERVICE ? "Service" : "node",
			      leat_addr_format(&owner->addr, addr));
}

static int write_description(const struct description *description, char **ret_text)
{
	struct leat_text text = { 0 };
	size_t shown = description->example_count < EXAMPLES ? description->example_count
							     : EXAMPLES;

	for (size_t i = 0; i < shown; i++) {
		if (i)
			leat_text_add(&text, ", ");
		write_example(&description->examples[i], &text);
	}
	if (shown < description->example_count)
		leat_text_add(&text, " and %zu more", description->example_count - shown);
	if (text.has_failed || !text.data)
		return -ENOMEM;
	*ret_text = text.data;
	return 0;
}

static int compare_identities(const void *a, const void *b)
{
	const struct leat_name_identity *left = a, *right = b;

	return (left->identity > right->identity) - (left->identity < right->identity);
}

static int name_identities(const struct leat_addresses *addresses,
			   const struct leat_identities *identities, struct leat_desired *desired)
{
	size_t count = identities->contents.count;
	struct description *descriptions =
		leat_arena_take(addresses->world->arena, count + 1, sizeof(*descriptions));

	desired->identities = calloc(count + 1, sizeof(*desired->identities));
	if (!descriptions || !desired->identities)
		return -ENOMEM;
	describe_all(addresses, descriptions);
	for (size_t i = 0; i < count; i++) {
		struct leat_name_identity *name = &desired->identities[desired->identity_count];

		if (write_description(&descriptions[i], &name->text) < 0)
			return -ENOMEM;
		name->identity = identities->numbers[i];
		name->address_count = descriptions[i].addr_count;
		desired->identity_count++;
	}
	qsort(desired->identities, desired->identity_count, sizeof(*desired->identities),
	      compare_identities);
	return 0;
}

/* Owners are sorted by address already. */
static int name_addrs(const struct leat_owners *owners, struct leat_desired *desired)
{
	desired->addrs = calloc(owners->count + 1, sizeof(*desired->addrs));
	if (!desired->addrs)
		return -ENOMEM;
	for (size_t i = 0; i < owners->count; i++) {
		const struct leat_owner *owner = &owners->items[i];
		struct leat_name_addr *name;

		if (!owner->pod)
			continue;
		name = &desired->addrs[desired->addr_count++];
		name->addr = owner->addr;
		name->namespace = strdup(owner->pod->namespace);
		name->name = strdup(owner->pod->name);
		if (!name->namespace || !name->name)
			return -ENOMEM;
	}
	return 0;
}

int leat_names_write(const struct leat_addresses *addresses,
		     const struct leat_identities *identities, const struct leat_targets *targets,
		     struct leat_desired *desired)
{
	if (name_rules(targets, desired) < 0 || name_sets(targets, desired) < 0 ||
	    name_identities(addresses, identities, desired) < 0)
		return -ENOMEM;
	return name_addrs(addresses->owners, desired);
}
