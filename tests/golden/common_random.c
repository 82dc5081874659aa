// SPDX-License-Identifier: Apache-2.0
/* Random worlds for common_model.h, and how they reach the compiler: as JSON. */
#include "tests/golden/common_model.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const char *const pod_keys[MODEL_KEYS] = { "app", "tier", "io.kubernetes.pod.namespace" };
static const char *const namespace_keys[MODEL_KEYS] = { "team", "env", "ring" };
static const char *const values[] = { "red", "green", "blue" };
static const char *const port_names[] = { "web", "dns", "alt" };
static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
static const char *const proto_names[] = { "TCP", "UDP", "SCTP" };
static const int numbers[] = { 53, 80, 81, 443, 8080, 8081 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

uint32_t model_random(struct model *model, uint32_t below)
{
	/* xorshift64*, Vigna 2014 */
	model->random ^= model->random >> 12;
	model->random ^= model->random << 25;
	model->random ^= model->random >> 27;
	return (uint32_t)((model->random * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static model_bits ipv6_base(uint32_t subnet)
{
	return ((model_bits)0xfd10 << 112) | ((model_bits)subnet << 64);
}

/* Few subnets, few hosts: blocks and addresses meet often. */
static struct model_addr random_addr(struct model *model, bool is_ipv6, uint32_t host)
{
	uint32_t subnet = model_random(model, 3);
	struct model_addr addr = { .is_ipv6 = is_ipv6 };

	if (is_ipv6)
		addr.bits = ipv6_base(subnet) | host;
	else
		addr.bits = 0x0a000000u | subnet << 8 | host;
	return addr;
}

static struct model_addr outside_addr(struct model *model, bool is_ipv6)
{
	struct model_addr addr = random_addr(model, is_ipv6, 200 + model_random(model, 40));

	if (!model_random(model, 3))
		addr.bits = is_ipv6 ? (model_bits)0x2001 << 112 | 7 : 0xc6336400u + 7;
	return addr;
}

static struct model_block random_block(struct model *model, bool is_ipv6)
{
	static const int lengths[] = { 0, 8, 22, 23, 24, 25, 26, 28, 29, 30, 31, 32 };
	struct model_addr addr = random_addr(model, is_ipv6, model_random(model, 256));
	struct model_block block = { .is_ipv6 = is_ipv6, .bits = addr.bits };

	block.length = lengths[model_random(model, COUNT(lengths))];
	if (is_ipv6 && block.length)
		block.length += block.length > 21 ? 96 : 0;
	if (!block.length)
		block.bits = 0;
	else
		block.bits = block.bits >> ((is_ipv6 ? 128 : 32) - block.length)
						   << ((is_ipv6 ? 128 : 32) - block.length);
	return block;
}

static struct model_selector random_selector(struct model *model)
{
	struct model_selector selector = { .count = (int)model_random(model, 3) };

	for (int i = 0; i < selector.count; i++) {
		struct model_requirement *item = &selector.items[i];

		item->key = (int)model_random(model, MODEL_KEYS);
		item->op = (int)model_random(model, 5);
		item->values = 1 + model_random(model, 7);
		if (item->op == 4)
			item->values = 1u << model_random(model, 3);
	}
	/* matchLabels is a map: one value a key. */
	if (selector.count == 2 && selector.items[0].op == 4 && selector.items[1].op == 4 &&
	    selector.items[0].key == selector.items[1].key)
		selector.count = 1;
	return selector;
}

/* Strictly inside of the block, as the API wants them. */
static void random_excepts(struct model *model, struct model_peer *peer)
{
	const struct model_block *block = &peer->block;
	int free_bits = (block->is_ipv6 ? 128 : 32) - block->length;
	int tries = (int)model_random(model, 4);

	for (int i = 0; i < tries; i++) {
		struct model_block except = random_block(model, block->is_ipv6);

		if (except.length <= block->length)
			continue;
		if (block->length)
			except.bits = block->bits |
				      (except.bits & (((model_bits)1 << free_bits) - 1));
		peer->excepts[peer->except_count++] = except;
	}
}

static void random_peer(struct model *model, struct model_peer *peer)
{
	peer->is_block = !model_random(model, 2);
	if (peer->is_block) {
		peer->block = random_block(model, model_random(model, 2));
		random_excepts(model, peer);
		return;
	}
	peer->has_namespaces = model_random(model, 2);
	peer->has_pods = !peer->has_namespaces || model_random(model, 2);
	peer->namespaces = random_selector(model);
	peer->pods = random_selector(model);
}

static void random_port(struct model *model, struct model_port *port)
{
	port->proto = protos[model_random(model, 3)];
	port->name = -1;
	switch (model_random(model, 5)) {
	case 0:
		break;
	case 1:
	case 2:
		port->first = port->last = numbers[model_random(model, COUNT(numbers))];
		break;
	case 3:
		port->first = 1 + (int)model_random(model, 500);
		port->last = port->first + (int)model_random(model, 60000);
		port->last = port->last > 65535 ? 65535 : port->last;
		break;
	default:
		port->name = (int)model_random(model, 3);
	}
}

static void random_rules(struct model *model, struct model_policy *policy, int dir)
{
	policy->rule_count[dir] = (int)model_random(model, 4);
	for (int i = 0; i < policy->rule_count[dir]; i++) {
		struct model_rule *rule = &policy->rules[dir][i];

		rule->peer_count = (int)model_random(model, 4);
		for (int j = 0; j < rule->peer_count; j++)
			random_peer(model, &rule->peers[j]);
		rule->port_count = (int)model_random(model, 4);
		for (int j = 0; j < rule->port_count; j++)
			random_port(model, &rule->ports[j]);
	}
}

static void random_policies(struct model *model)
{
	model->policy_count = 1 + (int)model_random(model, MODEL_POLICIES);
	for (int i = 0; i < model->policy_count; i++) {
		struct model_policy *policy = &model->policies[i];

		/* By namespace, so that their numbers are their order. */
		policy->namespace = i * MODEL_NAMESPACES / model->policy_count;
		policy->pods = random_selector(model);
		random_rules(model, policy, 0);
		random_rules(model, policy, 1);
		policy->has_types = model_random(model, 3);
		policy->is_ingress = !policy->has_types || model_random(model, 3);
		policy->is_egress = policy->has_types
					    ? !policy->is_ingress || model_random(model, 2)
					    : policy->rule_count[0] > 0;
	}
}

static void random_pod(struct model *model, int number)
{
	struct model_pod *pod = &model->pods[number];

	pod->namespace = (int)model_random(model, MODEL_NAMESPACES);
	for (int i = 0; i < MODEL_KEYS; i++)
		pod->labels.values[i] = (int)model_random(model, 4) - 1;
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++)
			pod->ports[i][j] = model_random(model, 2)
						   ? numbers[model_random(model, COUNT(numbers))]
						   : 0;
	pod->is_local = model_random(model, 2);
	pod->addrs[0] = random_addr(model, false, 10 + (uint32_t)number * 7);
	pod->addrs[1] = random_addr(model, true, 10 + (uint32_t)number * 7);
	if (!pod->is_local && !model_random(model, 5))
		pod->is_finished = true;
	else if (!pod->is_local && !model_random(model, 5))
		pod->is_host_network = true;
	if (pod->is_host_network)
		memcpy(pod->addrs, model->node, sizeof(pod->addrs));
	/* Its address may be another's by now. */
	if (pod->is_finished && number)
		memcpy(pod->addrs, model->pods[number - 1].addrs, sizeof(pod->addrs));
}

void model_make(struct model *model, uint64_t seed)
{
	memset(model, 0, sizeof(*model));
	model->random = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (int i = 0; i < MODEL_NAMESPACES; i++)
		for (int j = 0; j < MODEL_KEYS; j++)
			model->namespaces[i].values[j] = (int)model_random(model, 4) - 1;
	for (int i = 0; i < 2; i++) {
		model->host[i] = random_addr(model, i, 1);
		model->node[i] = random_addr(model, i, 2);
	}
	for (int i = 0; i < MODEL_PODS; i++)
		random_pod(model, i);
	random_policies(model);
}

static struct model_addr pick_addr(struct model *model, bool is_ipv6)
{
	uint32_t choice = model_random(model, 10);

	if (choice == 0)
		return outside_addr(model, is_ipv6);
	if (choice == 1)
		return model->host[is_ipv6];
	if (choice == 2)
		return model->node[is_ipv6];
	return model->pods[model_random(model, MODEL_PODS)].addrs[is_ipv6];
}

struct model_tuple model_pick(struct model *model)
{
	bool is_ipv6 = model_random(model, 2);
	struct model_tuple tuple = { .src = pick_addr(model, is_ipv6),
				     .dst = pick_addr(model, is_ipv6) };

	if (!model_random(model, 8)) {
		tuple.proto = 47; /* GRE */
		return tuple;
	}
	tuple.proto = protos[model_random(model, 3)];
	tuple.port = model_random(model, 4) ? numbers[model_random(model, COUNT(numbers))]
					    : 1 + (int)model_random(model, 65535);
	return tuple;
}

const char *model_addr_text(const struct model_addr *addr, char buffer[64])
{
	unsigned char bytes[16];
	int width = addr->is_ipv6 ? 16 : 4;

	for (int i = 0; i < width; i++)
		bytes[i] = (unsigned char)(addr->bits >> (8 * (width - 1 - i)));
	inet_ntop(addr->is_ipv6 ? AF_INET6 : AF_INET, bytes, buffer, 64);
	return buffer;
}

static void write_block(struct leat_text *json, const struct model_block *block)
{
	struct model_addr addr = { block->is_ipv6, block->bits };
	char text[64];

	leat_text_add(json, "\"%s/%d\"", model_addr_text(&addr, text), block->length);
}

static void write_requirement(struct leat_text *json, const struct model_requirement *item,
			      const char *const *keys)
{
	static const char *const ops[] = { "In", "NotIn", "Exists", "DoesNotExist" };
	bool is_first = true;

	leat_text_add(json, "{\"key\":\"%s\",\"operator\":\"%s\"", keys[item->key], ops[item->op]);
	if (item->op < 2) {
		leat_text_add(json, ",\"values\":[");
		for (int i = 2; i >= 0; i--)
			if (item->values >> i & 1) {
				leat_text_add(json, "%s\"%s\"", is_first ? "" : ",", values[i]);
				is_first = false;
			}
		leat_text_add(json, "]");
	}
	leat_text_add(json, "}");
}

static void write_selector(struct leat_text *json, const struct model_selector *selector,
			   const char *const *keys)
{
	const char *comma = "";

	leat_text_add(json, "{\"matchLabels\":{");
	for (int i = 0; i < selector->count; i++)
		for (int value = 0; selector->items[i].op == 4 && value < 3; value++)
			if (selector->items[i].values >> value & 1) {
				leat_text_add(json, "%s\"%s\":\"%s\"", comma,
					      keys[selector->items[i].key], values[value]);
				comma = ",";
			}
	leat_text_add(json, "},\"matchExpressions\":[");
	comma = "";
	for (int i = 0; i < selector->count; i++)
		if (selector->items[i].op != 4) {
			leat_text_add(json, "%s", comma);
			write_requirement(json, &selector->items[i], keys);
			comma = ",";
		}
	leat_text_add(json, "]}");
}

static void write_peer(struct leat_text *json, const struct model_peer *peer)
{
	if (!peer->is_block) {
		leat_text_add(json, "{");
		if (peer->has_namespaces) {
			leat_text_add(json, "\"namespaceSelector\":");
			write_selector(json, &peer->namespaces, namespace_keys);
		}
		if (peer->has_pods) {
			leat_text_add(json, "%s\"podSelector\":", peer->has_namespaces ? "," : "");
			write_selector(json, &peer->pods, pod_keys);
		}
		leat_text_add(json, "}");
		return;
	}
	leat_text_add(json, "{\"ipBlock\":{\"cidr\":");
	write_block(json, &peer->block);
	for (int i = 0; i < peer->except_count; i++) {
		leat_text_add(json, i ? "," : ",\"except\":[");
		write_block(json, &peer->excepts[i]);
	}
	leat_text_add(json, peer->except_count ? "]}}" : "}}");
}

static void write_port(struct leat_text *json, const struct model_port *port)
{
	int index = port->proto == IPPROTO_TCP ? 0 : port->proto == IPPROTO_UDP ? 1 : 2;

	leat_text_add(json, "{\"protocol\":\"%s\"", proto_names[index]);
	if (port->name >= 0)
		leat_text_add(json, ",\"port\":\"%s\"", port_names[port->name]);
	else if (port->first)
		leat_text_add(json, ",\"port\":%d", port->first);
	if (port->last > port->first)
		leat_text_add(json, ",\"endPort\":%d", port->last);
	leat_text_add(json, "}");
}

static void write_rules(struct leat_text *json, const struct model_policy *policy, int dir)
{
	leat_text_add(json, dir ? ",\"ingress\":[" : ",\"egress\":[");
	for (int i = 0; i < policy->rule_count[dir]; i++) {
		const struct model_rule *rule = &policy->rules[dir][i];

		leat_text_add(json, "%s{\"%s\":[", i ? "," : "", dir ? "from" : "to");
		for (int j = 0; j < rule->peer_count; j++) {
			leat_text_add(json, "%s", j ? "," : "");
			write_peer(json, &rule->peers[j]);
		}
		leat_text_add(json, "],\"ports\":[");
		for (int j = 0; j < rule->port_count; j++) {
			leat_text_add(json, "%s", j ? "," : "");
			write_port(json, &rule->ports[j]);
		}
		leat_text_add(json, "]}");
	}
	leat_text_add(json, "]");
}

static void write_policy(struct leat_text *json, const struct model_policy *policy, int number)
{
	leat_text_add(json,
		      ",{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\","
		      "\"metadata\":{\"namespace\":\"n%d\",\"name\":\"p%02d\"},\"spec\":"
		      "{\"podSelector\":",
		      policy->namespace, number);
	write_selector(json, &policy->pods, pod_keys);
	if (policy->has_types)
		leat_text_add(json, ",\"policyTypes\":[%s%s%s]",
			      policy->is_ingress ? "\"Ingress\"" : "",
			      policy->is_ingress && policy->is_egress ? "," : "",
			      policy->is_egress ? "\"Egress\"" : "");
	write_rules(json, policy, 0);
	write_rules(json, policy, 1);
	leat_text_add(json, "}}");
}

static void write_labels(struct leat_text *json, const struct model_labels *labels,
			 const char *const *keys)
{
	const char *comma = "";

	leat_text_add(json, "\"labels\":{");
	for (int i = 0; i < MODEL_KEYS; i++)
		if (labels->values[i] >= 0) {
			leat_text_add(json, "%s\"%s\":\"%s\"", comma, keys[i],
				      values[labels->values[i]]);
			comma = ",";
		}
	leat_text_add(json, "}");
}

static void write_pod(struct leat_text *json, const struct model_pod *pod, int number)
{
	char addr4[64], addr6[64];

	leat_text_add(json,
		      ",{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":"
		      "{\"namespace\":\"n%d\",\"name\":\"pod%d\",",
		      pod->namespace, number);
	write_labels(json, &pod->labels, pod_keys);
	leat_text_add(json, "},\"spec\":{\"hostNetwork\":%s,\"containers\":[",
		      pod->is_host_network ? "true" : "false");
	for (int j = 0; j < 3; j++) {
		const char *comma = "";

		/* A container for each protocol: in one, a name may be used once. */
		leat_text_add(json, "%s{\"name\":\"c%d\",\"image\":\"i\",\"ports\":[", j ? "," : "",
			      j);
		for (int i = 0; i < 3; i++) {
			if (!pod->ports[i][j])
				continue;
			leat_text_add(json,
				      "%s{\"name\":\"%s\",\"protocol\":\"%s\","
				      "\"containerPort\":%d}",
				      comma, port_names[i], proto_names[j], pod->ports[i][j]);
			comma = ",";
		}
		leat_text_add(json, "]}");
	}
	leat_text_add(json,
		      "]},\"status\":{\"phase\":\"%s\",\"podIPs\":[{\"ip\":\"%s\"},"
		      "{\"ip\":\"%s\"}]}}",
		      pod->is_finished ? "Succeeded" : "Running",
		      model_addr_text(&pod->addrs[0], addr4),
		      model_addr_text(&pod->addrs[1], addr6));
}

void model_write(const struct model *model, struct leat_text *json)
{
	char addr4[64], addr6[64];

	leat_text_add(json,
		      "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":"
		      "\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"far\"},\"status\":"
		      "{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"%s\"},"
		      "{\"type\":\"InternalIP\",\"address\":\"%s\"}]}}",
		      model_addr_text(&model->node[0], addr4),
		      model_addr_text(&model->node[1], addr6));
	for (int i = 0; i < MODEL_NAMESPACES; i++) {
		leat_text_add(json,
			      ",{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":"
			      "{\"name\":\"n%d\",",
			      i);
		write_labels(json, &model->namespaces[i], namespace_keys);
		leat_text_add(json, "}}");
	}
	for (int i = 0; i < MODEL_PODS; i++)
		write_pod(json, &model->pods[i], i);
	for (int i = 0; i < model->policy_count; i++)
		write_policy(json, &model->policies[i], i);
	leat_text_add(json, "]}");
}
