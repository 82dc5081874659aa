// SPDX-License-Identifier: Apache-2.0
/*
 * Rules of policies. No ports means any protocol and port, no peers means any peer.
 */
#include "compile/rules.h"

#include <errno.h>

#include "compile/canonical.h"
#include "lib/text.h"

static int append_port(struct leat_arena *arena, struct leat_rule *rule, struct leat_rule_port port)
{
	size_t count = rule->port_count;

	/* Powers of two: no field for what is allocated is needed. */
	if (!(count & (count - 1))) {
		struct leat_rule_port *grown = leat_arena_resize(
			arena, rule->ports, count ? count * 2 : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		rule->ports = grown;
	}
	rule->ports[rule->port_count++] = port;
	return 0;
}

static int append_ports(struct leat_arena *arena, struct leat_rule *rule,
			const struct kube_policy_port *port)
{
	struct leat_port_prefix prefixes[LEAT_RANGE_PREFIXES];
	struct leat_rule_port entry = { .proto = port->proto };
	__u16 last = port->end_port > port->port ? port->end_port : port->port;
	size_t count;

	if (port->name[0]) {
		entry.name = port->name;
		return append_port(arena, rule, entry);
	}
	if (!port->port)
		return append_port(arena, rule, entry);
	count = leat_range_split(port->port, last, prefixes);
	for (size_t i = 0; i < count; i++) {
		entry.port = prefixes[i].port;
		entry.bits = prefixes[i].bits;
		if (append_port(arena, rule, entry) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int fill_rule(struct leat_world *world, struct leat_peers *peers, __u32 namespace,
		     const struct kube_policy_rule *source, struct leat_rule *rule)
{
	if (leat_peers_group(world, peers, namespace, source, &rule->group) < 0)
		return -ENOMEM;
	rule->is_any_port = !source->port_count;
	for (size_t i = 0; i < source->port_count; i++)
		if (append_ports(world->arena, rule, &source->ports[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int reserve_rules(struct leat_arena *arena, struct leat_targets *targets, size_t more)
{
	size_t needed = targets->rule_count + more;
	struct leat_rule *grown;

	if (needed <= targets->rule_allocated)
		return 0;
	grown = leat_arena_resize(arena, targets->rules, needed * 2, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	targets->rules = grown;
	targets->rule_allocated = needed * 2;
	return 0;
}

static int write_rule(struct leat_world *world, const struct leat_peers *peers,
		      const struct leat_rule *rule, const struct kube_policy_rule *source,
		      struct leat_bytes *bytes)
{
	bool has_group = rule->group != LEAT_GROUP_ANY;
	int error = leat_bytes_number(world->arena, bytes, has_group);

	error = error
			?: leat_bytes_number(world->arena, bytes,
					     has_group ? peers->groups[rule->group].hash : 0);
	error = error ?: leat_bytes_number(world->arena, bytes, source->port_count);
	for (size_t i = 0; i < source->port_count && !error; i++)
		error = leat_canonical_port(world->arena, bytes, &source->ports[i]);
	return error;
}

static int write_name(struct leat_world *world, const struct leat_target *target,
		      struct leat_bytes *bytes)
{
	int error = leat_bytes_text(world->arena, bytes, target->policy->meta.namespace);

	error = error ?: leat_bytes_text(world->arena, bytes, target->policy->meta.name);
	return error ?: leat_bytes_number(world->arena, bytes, target->dir);
}

int leat_rules_append(struct leat_world *world, struct leat_peers *peers, __u32 namespace,
		      struct leat_targets *targets, struct leat_target *target)
{
	const struct kube_policy *policy = target->policy;
	bool is_ingress = target->dir == LEAT_INGRESS;
	const struct kube_policy_rule *sources = is_ingress ? policy->ingress : policy->egress;
	size_t count = is_ingress ? policy->ingress_count : policy->egress_count;
	struct leat_bytes bytes = { 0 };

	if (reserve_rules(world->arena, targets, count) < 0 ||
	    write_name(world, target, &bytes) < 0)
		return -ENOMEM;
	target->rule_first = targets->rule_count;
	target->rule_count = count;
	for (size_t i = 0; i < count; i++) {
		struct leat_rule rule = { .policy = policy, .dir = target->dir, .index = (__u32)i };

		if (fill_rule(world, peers, namespace, &sources[i], &rule) < 0 ||
		    write_rule(world, peers, &rule, &sources[i], &bytes) < 0)
			return -ENOMEM;
		targets->rules[targets->rule_count++] = rule;
	}
	target->hash = leat_hash64(bytes.data, bytes.size, LEAT_HASH_SEED);
	return 0;
}
