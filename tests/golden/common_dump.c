// SPDX-License-Identifier: Apache-2.0
/* Tables as text. See common_dump.h. */
#include "tests/golden/common_dump.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <leat/endpoint.h>
#include <leat/ipcache.h>
#include <leat/node.h>
#include <leat/policy.h>
#include <leat/service.h>

static const char *const kinds[] = { "world", "pod", "pod-range", "node", "host", "service" };

static const char *proto_text(__u8 proto)
{
	return proto == IPPROTO_TCP    ? "TCP"
	       : proto == IPPROTO_UDP  ? "UDP"
	       : proto == IPPROTO_SCTP ? "SCTP"
				       : "?";
}

static void dump_info(const struct leat_ipinfo *info, struct leat_text *text)
{
	leat_text_add(text, " %s identity %08x", kinds[info->kind], info->identity);
	if (info->slot)
		leat_text_add(text, " slot %u", info->slot);
	if (info->node)
		leat_text_add(text, " node %u", info->node);
	leat_text_add(text, "\n");
}

static void dump_addresses(const struct leat_desired *desired, struct leat_text *text)
{
	char addr[LEAT_ADDR_TEXT], cidr[LEAT_CIDR_TEXT];

	leat_text_add(text, "%s\n", LEAT_MAP_IPCACHE);
	for (size_t i = 0; i < desired->ipcache.count; i++) {
		leat_text_add(text, "  %s",
			      leat_addr_format(leat_rows_key(&desired->ipcache, i), addr));
		dump_info(leat_rows_value(&desired->ipcache, i), text);
	}
	leat_text_add(text, "%s\n", LEAT_MAP_CIDR);
	for (size_t i = 0; i < desired->cidrs.count; i++) {
		const struct leat_cidr_key *key = leat_rows_key(&desired->cidrs, i);
		struct leat_cidr block = { .addr = key->addr, .prefixlen = key->prefixlen };

		leat_text_add(text, "  %s", leat_cidr_format(&block, cidr));
		dump_info(leat_rows_value(&desired->cidrs, i), text);
	}
}

static void dump_policy_row(const struct leat_policy_key *key, const struct leat_policy *policy,
			    struct leat_text *text)
{
	leat_text_add(text, "  set %08x %s ", key->set,
		      key->dir == LEAT_INGRESS ? "ingress" : "egress");
	if (key->identity == LEAT_ID_ANY)
		leat_text_add(text, "any     ");
	else
		leat_text_add(text, "%08x", key->identity);
	if (key->prefixlen == LEAT_POLICY_PREFIX_PEER)
		leat_text_add(text, " *");
	else
		leat_text_add(text, " %s", proto_text(key->proto));
	if (key->prefixlen > LEAT_POLICY_PREFIX_PROTO)
		leat_text_add(text, "/%u", ntohs(key->port));
	if (key->prefixlen > LEAT_POLICY_PREFIX_PROTO &&
	    key->prefixlen < LEAT_POLICY_PREFIX_PORT(16))
		leat_text_add(text, " (%u bits)", key->prefixlen - LEAT_POLICY_PREFIX_PROTO);
	leat_text_add(text, ": %s rule %08x precedence %04x\n",
		      policy->verdict == LEAT_VERDICT_ALLOW ? "allow" : "deny", policy->rule,
		      policy->precedence);
}

static void dump_policy(const struct leat_desired *desired, struct leat_text *text)
{
	leat_text_add(text, "%s\n", LEAT_MAP_POLICY);
	for (size_t i = 0; i < desired->policy.count; i++)
		dump_policy_row(leat_rows_key(&desired->policy, i),
				leat_rows_value(&desired->policy, i), text);
	leat_text_add(text, "%s\n", LEAT_MAP_EP);
	for (size_t i = 0; i < desired->pod_count; i++) {
		const struct leat_verdicts *pod = &desired->pods[i];

		leat_text_add(text, "  slot %u%s%s egress set %08x ingress set %08x\n", pod->slot,
			      pod->flags & LEAT_EP_EGRESS_ISOLATED ? " egress-isolated" : "",
			      pod->flags & LEAT_EP_INGRESS_ISOLATED ? " ingress-isolated" : "",
			      pod->egress_set, pod->ingress_set);
	}
}

static void dump_services(const struct leat_desired *desired, struct leat_text *text)
{
	char addr[LEAT_ADDR_TEXT];

	leat_text_add(text, "%s\n", LEAT_MAP_SVC);
	for (size_t i = 0; i < desired->frontend_count; i++) {
		const struct leat_frontend *frontend = &desired->frontends[i];
		struct leat_svc_key key;

		memcpy(&key, &frontend->key, sizeof(key));
		leat_text_add(text, "  %s %s/%u service %08x flags %x affinity %u\n",
			      leat_addr_format(&key.addr, addr), proto_text(key.proto),
			      ntohs(key.port), frontend->service, frontend->flags,
			      frontend->affinity_sec);
		for (size_t j = 0; j < frontend->backends.count; j++) {
			const struct leat_backend *backend = leat_rows_key(&frontend->backends, j);

			leat_text_add(text, "    %s %u\n", leat_addr_format(&backend->addr, addr),
				      ntohs(backend->port));
		}
	}
}

static void dump_nodes(const struct leat_desired *desired, struct leat_text *text)
{
	char addr[LEAT_ADDR_TEXT];

	leat_text_add(text, "%s\n", LEAT_MAP_NODE);
	for (size_t i = 0; i < desired->nodes.count; i++) {
		const struct leat_node *node = leat_rows_value(&desired->nodes, i);

		leat_text_add(text, "  slot %u tunnel %s\n",
			      *(const __u32 *)leat_rows_key(&desired->nodes, i),
			      leat_addr_format(&node->tunnel, addr));
	}
}

static void dump_names(const struct leat_desired *desired, struct leat_text *text)
{
	char addr[LEAT_ADDR_TEXT];

	leat_text_add(text, "names\n");
	for (size_t i = 0; i < desired->rule_count; i++)
		leat_text_add(text, "  rule %08x %s/%s %s %u\n", desired->rules[i].rule,
			      desired->rules[i].namespace, desired->rules[i].policy,
			      desired->rules[i].dir == LEAT_INGRESS ? "ingress" : "egress",
			      desired->rules[i].index);
	for (size_t i = 0; i < desired->set_count; i++) {
		leat_text_add(text, "  set %08x %s", desired->sets[i].set,
			      desired->sets[i].dir == LEAT_INGRESS ? "ingress" : "egress");
		for (size_t j = 0; j < desired->sets[i].policy_count; j++)
			leat_text_add(text, " %s", desired->sets[i].policies[j]);
		leat_text_add(text, "\n");
	}
	for (size_t i = 0; i < desired->identity_count; i++)
		leat_text_add(text, "  identity %08x %zu: %s\n", desired->identities[i].identity,
			      desired->identities[i].address_count, desired->identities[i].text);
	for (size_t i = 0; i < desired->service_count; i++)
		leat_text_add(text, "  service %08x %s/%s %s\n", desired->services[i].service,
			      desired->services[i].namespace, desired->services[i].name,
			      desired->services[i].port);
	for (size_t i = 0; i < desired->addr_count; i++)
		leat_text_add(text, "  address %s %s/%s\n",
			      leat_addr_format(&desired->addrs[i].addr, addr),
			      desired->addrs[i].namespace, desired->addrs[i].name);
}

void dump_desired(const struct leat_desired *desired, struct leat_text *text)
{
	dump_addresses(desired, text);
	dump_policy(desired, text);
	dump_services(desired, text);
	dump_nodes(desired, text);
	dump_names(desired, text);
	leat_text_add(text, "problems\n");
	for (size_t i = 0; i < desired->problem_count; i++)
		leat_text_add(text, "  %s\n", desired->problems[i]);
}
