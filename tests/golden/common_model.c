// SPDX-License-Identifier: Apache-2.0
/* The judge of common_model.h: one rule after the other, as the API's text says. */
#include "tests/golden/common_model.h"

#include <netinet/in.h>

static bool has_labels(const struct model_selector *selector, const struct model_labels *labels)
{
	for (int i = 0; i < selector->count; i++) {
		const struct model_requirement *item = &selector->items[i];
		int value = labels->values[item->key];
		bool is_in = value >= 0 && item->values >> value & 1;

		if ((item->op == 0 || item->op == 4) && !is_in)
			return false;
		if (item->op == 1 && is_in)
			return false;
		if (item->op == 2 && value < 0)
			return false;
		if (item->op == 3 && value >= 0)
			return false;
	}
	return true;
}

static bool is_inside(const struct model_block *block, const struct model_addr *addr)
{
	int width = block->is_ipv6 ? 128 : 32;

	if (block->is_ipv6 != addr->is_ipv6)
		return false;
	if (!block->length)
		return true;
	return (addr->bits ^ block->bits) >> (width - block->length) == 0;
}

static bool same_addr(const struct model_addr *a, const struct model_addr *b)
{
	return a->is_ipv6 == b->is_ipv6 && a->bits == b->bits;
}

static int find_pod(const struct model *model, const struct model_addr *addr)
{
	for (int i = 0; i < MODEL_PODS; i++)
		if (!model->pods[i].is_host_network && !model->pods[i].is_finished &&
		    same_addr(&model->pods[i].addrs[addr->is_ipv6], addr))
			return i;
	return -1;
}

static bool is_peer(const struct model *model, const struct model_peer *peer, int namespace,
		    const struct model_addr *other)
{
	int pod = find_pod(model, other);

	if (peer->is_block) {
		for (int i = 0; i < peer->except_count; i++)
			if (is_inside(&peer->excepts[i], other))
				return false;
		return is_inside(&peer->block, other);
	}
	if (pod < 0)
		return false;
	if (peer->has_namespaces) {
		if (!has_labels(&peer->namespaces, &model->namespaces[model->pods[pod].namespace]))
			return false;
	} else if (model->pods[pod].namespace != namespace) {
		return false;
	}
	return !peer->has_pods || has_labels(&peer->pods, &model->pods[pod].labels);
}

static int proto_index(int proto)
{
	return proto == IPPROTO_TCP ? 0 : proto == IPPROTO_UDP ? 1 : proto == IPPROTO_SCTP ? 2 : -1;
}

/* -1 no; else how exactly it names the port: 1 protocol, 2 port, 3 a range. */
static int match_port(const struct model *model, const struct model_port *port,
		      const struct model_tuple *tuple)
{
	int index = proto_index(tuple->proto);
	int pod;

	if (port->proto != tuple->proto)
		return -1;
	if (port->name >= 0) {
		pod = find_pod(model, &tuple->dst);
		return pod >= 0 && model->pods[pod].ports[port->name][index] &&
				       model->pods[pod].ports[port->name][index] == tuple->port
			       ? 2
			       : -1;
	}
	if (!port->first)
		return 1;
	if (tuple->port < port->first || tuple->port > port->last)
		return -1;
	return port->first == port->last ? 2 : 3;
}

/* -1: the rule does not allow it; else how exactly: 0 any protocol and port, 1, 2, 3 as above. */
static int match_rule(const struct model *model, const struct model_rule *rule, int namespace,
		      const struct model_addr *other, const struct model_tuple *tuple)
{
	bool is_named = !rule->peer_count;
	int best = rule->port_count ? -1 : 0;

	for (int i = 0; i < rule->peer_count; i++)
		is_named |= is_peer(model, &rule->peers[i], namespace, other);
	if (!is_named)
		return -1;
	for (int i = 0; i < rule->port_count; i++) {
		int exact = match_port(model, &rule->ports[i], tuple);

		best = exact > best ? exact : best;
	}
	return best;
}

bool model_selects(const struct model *model, int policy, int pod)
{
	return model->policies[policy].namespace == model->pods[pod].namespace &&
	       has_labels(&model->policies[policy].pods, &model->pods[pod].labels);
}

static void judge_policy(const struct model *model, const struct model_tuple *tuple, int dir,
			 int number, struct model_side *side, int *exactness)
{
	const struct model_policy *policy = &model->policies[number];
	const struct model_addr *other = dir ? &tuple->src : &tuple->dst;

	side->is_isolated = true;
	for (int i = 0; i < policy->rule_count[dir]; i++) {
		int exact =
			match_rule(model, &policy->rules[dir][i], policy->namespace, other, tuple);

		if (exact < 0)
			continue;
		side->is_allowed = true;
		if (exact > *exactness) {
			*exactness = exact;
			side->policy = number;
			side->rule = i;
		}
	}
}

struct model_side model_judge(const struct model *model, const struct model_tuple *tuple, int dir)
{
	const struct model_addr *own = dir ? &tuple->dst : &tuple->src;
	struct model_side side = { .pod = find_pod(model, own), .policy = -1, .rule = -1 };
	int exactness = -1;

	if (side.pod >= 0 && !model->pods[side.pod].is_local)
		side.pod = -1;
	side.is_exempt = side.pod >= 0 &&
			 (same_addr(&tuple->src, &tuple->dst) ||
			  (dir && same_addr(&tuple->src, &model->host[tuple->src.is_ipv6])));
	/* Policies are numbered in the order of namespace and name. */
	for (int i = 0; side.pod >= 0 && i < model->policy_count; i++)
		if ((dir ? model->policies[i].is_ingress : model->policies[i].is_egress) &&
		    model_selects(model, i, side.pod))
			judge_policy(model, tuple, dir, i, &side, &exactness);
	if (exactness == 3)
		side.policy = -1;
	if (!side.is_isolated || side.is_exempt)
		side.is_allowed = true;
	return side;
}
