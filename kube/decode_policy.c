// SPDX-License-Identifier: Apache-2.0
/*
 * networking.k8s.io/v1 NetworkPolicy. Lists that are empty, null or missing are one and the
 * same: no rules isolate, a rule without peers is for any peer, one without ports for any port.
 */
#include <cjson/cJSON.h>
#include <errno.h>

#include "decode_parts.h"
#include "lib/cleanup.h"
#include "names.h"

static int decode_end_port(const struct kube_field *field, struct kube_policy_port *port)
{
	__u32 number = 0;
	int err;

	if (!field->json) {
		port->end_port = port->port;
		return 0;
	}
	if (*port->name)
		return kube_field_refuse(field, "must not be set where port is a name");
	if (!port->port)
		return kube_field_refuse(field, "must not be set without port");
	err = kube_field_number(field, 1, 65535, 0, &number);
	if (err)
		return err;
	if (number < port->port)
		return kube_field_refuse(field, "must not be below port %u", port->port);
	port->end_port = (__u16)number;
	return 0;
}

static int decode_port_name(const struct kube_field *field, char **ret_name)
{
	int err = kube_field_copy(field, "", ret_name);

	if (err)
		return err;
	return kube_is_port_name(*ret_name)
		       ? 0
		       : kube_field_refuse(field,
					   "is not a port's name (15 of a-z 0-9 -, a letter)");
}

static int decode_port(const struct kube_field *field, void *ret_item)
{
	struct kube_policy_port *port = ret_item;
	struct kube_field proto = kube_field_member(field, "protocol");
	struct kube_field number = kube_field_member(field, "port");
	struct kube_field end = kube_field_member(field, "endPort");
	int err = kube_field_expect_object(field);

	err = err ?: kube_field_proto(&proto, &port->proto);
	if (err)
		return err;
	if (cJSON_IsString(number.json)) {
		err = decode_port_name(&number, &port->name);
	} else {
		port->name = kube_arena_copy(&field->decoder->arena, "");
		err = port->name ? 0 : -ENOMEM;
		if (!err && number.json)
			err = kube_field_port(&number, &port->port);
	}
	return err ?: decode_end_port(&end, port);
}

static int decode_except(const struct kube_field *field, void *ret_item)
{
	return kube_field_cidr(field, ret_item);
}

static int check_excepts(const struct kube_field *list, const struct kube_policy_peer *peer)
{
	struct kube_field item = { .parent = list,
				   .json = list->json ? list->json->child : NULL,
				   .decoder = list->decoder };
	char block[LEAT_CIDR_TEXT];

	for (; item.json && item.index < peer->except_count;
	     item.index++, item.json = item.json->next) {
		const struct leat_cidr *except = &peer->excepts[item.index];

		if (except->prefixlen <= peer->block.prefixlen ||
		    !leat_cidr_covers(&peer->block, except))
			return kube_field_refuse(&item, "must be a part of %s, and not all of it",
						 leat_cidr_format(&peer->block, block));
	}
	return 0;
}

static int decode_block(const struct kube_field *field, struct kube_policy_peer *peer)
{
	struct kube_field cidr = kube_field_member(field, "cidr");
	struct kube_field excepts = kube_field_member(field, "except");
	int err = kube_field_expect_object(field);

	err = err ?: kube_field_cidr(&cidr, &peer->block);
	err = err
		      ?: kube_field_each(&excepts, decode_except, sizeof(struct leat_cidr),
					 &peer->excepts, &peer->except_count);
	return err ?: check_excepts(&excepts, peer);
}

static int decode_peer(const struct kube_field *field, void *ret_item)
{
	struct kube_policy_peer *peer = ret_item;
	struct kube_field block = kube_field_member(field, "ipBlock");
	struct kube_field namespaces = kube_field_member(field, "namespaceSelector");
	struct kube_field pods = kube_field_member(field, "podSelector");
	int err = kube_field_expect_object(field);

	if (err)
		return err;
	peer->is_block = block.json;
	peer->has_namespace_selector = namespaces.json;
	peer->has_pod_selector = pods.json;
	if (!block.json && !namespaces.json && !pods.json)
		return kube_field_refuse(field, "names no peer: one of ipBlock, namespaceSelector, "
						"podSelector is required");
	if (block.json && (namespaces.json || pods.json))
		return kube_field_refuse(&block, "must not be beside a selector in one peer");
	if (block.json)
		return decode_block(&block, peer);
	err = kube_decode_selector(&namespaces, &peer->namespace_selector);
	return err ?: kube_decode_selector(&pods, &peer->pod_selector);
}

static int decode_rule(const struct kube_field *field, struct kube_policy_rule *rule,
		       const char *peers_name)
{
	struct kube_field peers = kube_field_member(field, peers_name);
	struct kube_field ports = kube_field_member(field, "ports");
	int err = kube_field_expect_object(field);

	err = err
		      ?: kube_field_each(&peers, decode_peer, sizeof(struct kube_policy_peer),
					 &rule->peers, &rule->peer_count);
	return err
		       ?: kube_field_each(&ports, decode_port, sizeof(struct kube_policy_port),
					  &rule->ports, &rule->port_count);
}

static int decode_ingress_rule(const struct kube_field *field, void *ret_item)
{
	return decode_rule(field, ret_item, "from");
}

static int decode_egress_rule(const struct kube_field *field, void *ret_item)
{
	return decode_rule(field, ret_item, "to");
}

static int decode_type(const struct kube_field *field, void *ret_item)
{
	static const char *const names[] = { "Ingress", "Egress" };
	size_t index = ARRAY_SIZE(names);
	int err = kube_field_expect(field);

	err = err ?: kube_field_choice(field, names, ARRAY_SIZE(names), index, &index);
	if (!err && index == ARRAY_SIZE(names))
		err = kube_field_refuse(field, "must be one of Ingress, Egress");
	*(size_t *)ret_item = index;
	return err;
}

/* Source: SetDefaults_NetworkPolicy. An empty list counts as none. */
static int decode_types(const struct kube_field *field, struct kube_policy *policy)
{
	size_t *types = NULL, count = 0;
	int err = kube_field_each(field, decode_type, sizeof(*types), &types, &count);

	if (err)
		return err;
	if (count > 2)
		return kube_field_refuse(field, "must have no more than two");
	policy->is_ingress = !count;
	policy->is_egress = !count && policy->egress_count;
	for (size_t i = 0; i < count; i++) {
		policy->is_ingress |= types[i] == 0;
		policy->is_egress |= types[i] == 1;
	}
	return 0;
}

int kube_decode_policy(const struct kube_field *object, struct kube_policy *policy)
{
	struct kube_field spec = kube_field_member(object, "spec");
	struct kube_field pods = kube_field_member(&spec, "podSelector");
	struct kube_field ingress = kube_field_member(&spec, "ingress");
	struct kube_field egress = kube_field_member(&spec, "egress");
	struct kube_field types = kube_field_member(&spec, "policyTypes");
	int err = kube_field_expect_object(&spec);

	err = err ?: kube_decode_selector(&pods, &policy->pod_selector);
	err = err
		      ?: kube_field_each(&ingress, decode_ingress_rule,
					 sizeof(struct kube_policy_rule), &policy->ingress,
					 &policy->ingress_count);
	err = err
		      ?: kube_field_each(&egress, decode_egress_rule,
					 sizeof(struct kube_policy_rule), &policy->egress,
					 &policy->egress_count);
	return err ?: decode_types(&types, policy);
}
