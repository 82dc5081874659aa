// SPDX-License-Identifier: Apache-2.0
/*
 * Flattens rules into LPM entries. Rules are written in the order of namespace, policy and
 * index, and of equal keys the first stays: that is the rule that gets the credit.
 */
#include "compile/policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include <leat/endpoint.h>

struct policy_run {
	const struct leat_identities *identities;
	const struct leat_world *world;
	struct leat_rows *rows;
	const struct leat_set *set;
	const struct leat_rule *rule;
	size_t order;
};

#define ORDER_MOST 511

__u16 leat_policy_precedence(int bits, size_t order)
{
	unsigned int early = ORDER_MOST - (order < ORDER_MOST ? (unsigned int)order : ORDER_MOST);

	return (__u16)(LEAT_TIER_NETWORK_POLICY << 14 | (unsigned int)(bits + 1) << 9 | early);
}

static int add_row(struct policy_run *run, __u32 identity, const struct leat_rule_port *port)
{
	struct leat_policy_key key = {
		.prefixlen = LEAT_POLICY_PREFIX_PEER,
		.set = run->set->number,
		.identity = identity,
		.dir = (__u8)run->set->dir,
	};
	struct leat_policy value = {
		.rule = run->rule->number,
		.precedence = leat_policy_precedence(port ? port->bits : -1, run->order),
		.verdict = LEAT_VERDICT_ALLOW,
	};

	if (port) {
		key.prefixlen = port->bits ? LEAT_POLICY_PREFIX_PORT(port->bits)
					   : LEAT_POLICY_PREFIX_PROTO;
		key.proto = port->proto;
		key.port = htons(port->port);
	}
	return leat_rows_add(run->rows, &key, &value);
}

static int add_numbered(struct policy_run *run, __u32 identity, const struct leat_rule_port *port,
			__u16 number)
{
	struct leat_rule_port resolved = { .proto = port->proto, .bits = 16, .port = number };

	return number ? add_row(run, identity, &resolved) : 0;
}

/* Egress of a named port: its number depends on who the peer is. */
static int add_named(struct policy_run *run, const struct leat_ids *contents,
		     const struct leat_rule_port *port)
{
	const struct leat_identities *identities = run->identities;
	size_t count = contents ? contents->count : identities->contents.count;

	for (size_t i = 0; i < count; i++) {
		__u32 content = contents ? contents->items[i] : (__u32)i;

		if (add_numbered(run, identities->numbers[content], port,
				 leat_identity_port(identities, content, port)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The same for every peer that the rule names, or once for LEAT_ID_ANY. */
static int add_plain(struct policy_run *run, const struct leat_ids *contents,
		     const struct leat_rule_port *port)
{
	if (!contents)
		return add_row(run, LEAT_ID_ANY, port);
	for (size_t i = 0; i < contents->count; i++)
		if (add_row(run, run->identities->numbers[contents->items[i]], port) < 0)
			return -ENOMEM;
	return 0;
}

static int add_port(struct policy_run *run, const struct leat_ids *contents,
		    const struct leat_rule_port *port)
{
	struct leat_rule_port resolved = *port;

	if (!port->name)
		return add_plain(run, contents, port);
	if (run->set->dir == LEAT_EGRESS)
		return add_named(run, contents, port);
	resolved.name = NULL;
	resolved.bits = 16;
	resolved.port =
		leat_class_port(&run->world->classes[run->set->class], port->name, port->proto);
	return resolved.port ? add_plain(run, contents, &resolved) : 0;
}

static int write_rule(struct policy_run *run)
{
	const struct leat_rule *rule = run->rule;
	const struct leat_ids *contents = NULL;

	if (rule->group != LEAT_GROUP_ANY)
		contents = leat_identities_of_group(run->identities, rule->group);
	if (rule->is_any_port)
		return add_plain(run, contents, NULL);
	for (size_t i = 0; i < rule->port_count; i++)
		if (add_port(run, contents, &rule->ports[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int write_set(struct policy_run *run, const struct leat_targets *targets)
{
	run->order = 0;
	for (size_t i = 0; i < run->set->targets.count; i++) {
		const struct leat_target *target = &targets->items[run->set->targets.items[i]];

		for (size_t j = 0; j < target->rule_count; j++, run->order++) {
			run->rule = &targets->rules[target->rule_first + j];
			if (write_rule(run) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int leat_policy_write(const struct leat_identities *identities, const struct leat_targets *targets,
		      struct leat_rows *rows)
{
	struct policy_run run = { .identities = identities,
				  .world = identities->world,
				  .rows = rows };

	for (size_t i = 0; i < targets->set_ids.count; i++) {
		run.set = &targets->sets[i];
		if (write_set(&run, targets) < 0)
			return -ENOMEM;
	}
	leat_rows_sort(rows, NULL);
	return 0;
}

static int compare_verdicts(const void *a, const void *b)
{
	const struct leat_verdicts *left = a, *right = b;

	return (left->slot > right->slot) - (left->slot < right->slot);
}

static struct leat_verdicts judge_pod(const struct leat_pod *pod,
				      const struct leat_targets *targets)
{
	const __u32 *sets = targets->class_sets[pod->class];
	struct leat_verdicts verdicts = { .slot = pod->local->slot };

	if (sets[LEAT_EGRESS] != LEAT_SET_NONE) {
		verdicts.flags |= LEAT_EP_EGRESS_ISOLATED;
		verdicts.egress_set = targets->sets[sets[LEAT_EGRESS]].number;
	}
	if (sets[LEAT_INGRESS] != LEAT_SET_NONE) {
		verdicts.flags |= LEAT_EP_INGRESS_ISOLATED;
		verdicts.ingress_set = targets->sets[sets[LEAT_INGRESS]].number;
	}
	return verdicts;
}

int leat_verdicts_write(const struct leat_world *world, const struct leat_targets *targets,
			struct leat_desired *desired)
{
	desired->pods = calloc(world->snapshot->pod_count + 1, sizeof(*desired->pods));
	if (!desired->pods)
		return -ENOMEM;
	for (size_t i = 0; i < world->pod_count; i++)
		if (world->pods[i].local)
			desired->pods[desired->pod_count++] = judge_pod(&world->pods[i], targets);
	qsort(desired->pods, desired->pod_count, sizeof(*desired->pods), compare_verdicts);
	return 0;
}
