// SPDX-License-Identifier: Apache-2.0
/* Deep comparison, kind by kind, in the order of the fields in object.h. */
#include "equal.h"

#include <string.h>

typedef bool equals_fn(const void *a, const void *b);

static bool same_text(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Lists of one shape: equal count, equal items in equal order. */
static bool same_list(const void *a, size_t a_count, const void *b, size_t b_count, size_t size,
		      equals_fn *equals)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!equals((const char *)a + i * size, (const char *)b + i * size))
			return false;
	return true;
}

#define SAME_LIST(a, b, items, count, equals)                                                      \
	same_list((a)->items, (a)->count, (b)->items, (b)->count, sizeof(*(a)->items), equals)

static bool same_string(const void *a, const void *b)
{
	return same_text(*(char *const *)a, *(char *const *)b);
}

static bool same_addr(const void *a, const void *b)
{
	return leat_addr_compare(a, b) == 0;
}

static bool same_cidr(const void *a, const void *b)
{
	const struct leat_cidr *x = a, *y = b;

	return x->prefixlen == y->prefixlen && same_addr(&x->addr, &y->addr);
}

static bool same_label(const void *a, const void *b)
{
	const struct kube_label *x = a, *y = b;

	return same_text(x->key, y->key) && same_text(x->value, y->value);
}

static bool same_requirement(const void *a, const void *b)
{
	const struct kube_requirement *x = a, *y = b;

	return same_text(x->key, y->key) && x->op == y->op &&
	       SAME_LIST(x, y, values, value_count, same_string);
}

static bool same_selector(const struct kube_selector *a, const struct kube_selector *b)
{
	return SAME_LIST(a, b, items, count, same_requirement);
}

static bool same_meta(const struct kube_meta *a, const struct kube_meta *b)
{
	return same_text(a->namespace, b->namespace) && same_text(a->name, b->name) &&
	       same_text(a->uid, b->uid) &&
	       SAME_LIST(&a->labels, &b->labels, items, count, same_label);
}

static bool same_port(const void *a, const void *b)
{
	const struct kube_port *x = a, *y = b;

	return same_text(x->name, y->name) && x->proto == y->proto && x->port == y->port;
}

static bool same_pod(const struct kube_pod *a, const struct kube_pod *b)
{
	return same_text(a->node_name, b->node_name) && a->is_host_network == b->is_host_network &&
	       a->is_ready == b->is_ready && a->is_terminating == b->is_terminating &&
	       a->phase == b->phase && SAME_LIST(a, b, addrs, addr_count, same_addr) &&
	       SAME_LIST(a, b, ports, port_count, same_port);
}

static bool same_node(const struct kube_node *a, const struct kube_node *b)
{
	return SAME_LIST(a, b, addrs, addr_count, same_addr) &&
	       SAME_LIST(a, b, pod_cidrs, pod_cidr_count, same_cidr);
}

static bool same_service_port(const void *a, const void *b)
{
	const struct kube_service_port *x = a, *y = b;

	return same_text(x->name, y->name) && x->proto == y->proto && x->port == y->port &&
	       x->node_port == y->node_port && x->target_port == y->target_port &&
	       same_text(x->target_name, y->target_name);
}

static bool same_service(const struct kube_service *a, const struct kube_service *b)
{
	return a->type == b->type && a->is_headless == b->is_headless &&
	       a->is_ignored == b->is_ignored && a->has_selector == b->has_selector &&
	       a->publishes_not_ready == b->publishes_not_ready &&
	       same_selector(&a->selector, &b->selector) &&
	       SAME_LIST(a, b, addrs, addr_count, same_addr) &&
	       SAME_LIST(a, b, ports, port_count, same_service_port) &&
	       a->affinity_sec == b->affinity_sec;
}

static bool same_slice_port(const void *a, const void *b)
{
	const struct kube_slice_port *x = a, *y = b;

	return same_text(x->name, y->name) && x->proto == y->proto && x->port == y->port;
}

static bool same_endpoint(const void *a, const void *b)
{
	const struct kube_slice_endpoint *x = a, *y = b;

	return SAME_LIST(x, y, addrs, addr_count, same_addr) && x->is_ready == y->is_ready &&
	       x->is_serving == y->is_serving && x->is_terminating == y->is_terminating &&
	       same_text(x->node_name, y->node_name);
}

static bool same_slice(const struct kube_endpoint_slice *a, const struct kube_endpoint_slice *b)
{
	return same_text(a->service, b->service) && a->is_ipv6 == b->is_ipv6 &&
	       SAME_LIST(a, b, ports, port_count, same_slice_port) &&
	       SAME_LIST(a, b, endpoints, endpoint_count, same_endpoint);
}

static bool same_peer(const void *a, const void *b)
{
	const struct kube_policy_peer *x = a, *y = b;

	return x->is_block == y->is_block && same_cidr(&x->block, &y->block) &&
	       SAME_LIST(x, y, excepts, except_count, same_cidr) &&
	       x->has_namespace_selector == y->has_namespace_selector &&
	       same_selector(&x->namespace_selector, &y->namespace_selector) &&
	       x->has_pod_selector == y->has_pod_selector &&
	       same_selector(&x->pod_selector, &y->pod_selector);
}

static bool same_policy_port(const void *a, const void *b)
{
	const struct kube_policy_port *x = a, *y = b;

	return x->proto == y->proto && same_text(x->name, y->name) && x->port == y->port &&
	       x->end_port == y->end_port;
}

static bool same_rule(const void *a, const void *b)
{
	const struct kube_policy_rule *x = a, *y = b;

	return SAME_LIST(x, y, peers, peer_count, same_peer) &&
	       SAME_LIST(x, y, ports, port_count, same_policy_port);
}

static bool same_policy(const struct kube_policy *a, const struct kube_policy *b)
{
	return same_selector(&a->pod_selector, &b->pod_selector) &&
	       a->is_ingress == b->is_ingress && a->is_egress == b->is_egress &&
	       SAME_LIST(a, b, ingress, ingress_count, same_rule) &&
	       SAME_LIST(a, b, egress, egress_count, same_rule);
}

bool kube_object_equals(const struct kube_object *a, const struct kube_object *b)
{
	if (a->kind != b->kind || !same_meta(&a->meta, &b->meta))
		return false;
	switch (a->kind) {
	case KUBE_NAMESPACE:
		return true;
	case KUBE_POD:
		return same_pod(&a->pod, &b->pod);
	case KUBE_NODE:
		return same_node(&a->node, &b->node);
	case KUBE_SERVICE:
		return same_service(&a->service, &b->service);
	case KUBE_ENDPOINT_SLICE:
		return same_slice(&a->slice, &b->slice);
	case KUBE_NETWORK_POLICY:
		return same_policy(&a->policy, &b->policy);
	case KUBE_KIND_COUNT:
		break;
	}
	return false;
}
