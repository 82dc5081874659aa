// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a manifest: no crash, no leak, and what comes out keeps its promises. The first
 * byte says whether the file's name ends in .json.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/decode.h"
#include "kube/equal.h"
#include "kube/names.h"
#include "kube/selector.h"
#include "kube/store.h"

static void check(bool is_right)
{
	if (!is_right)
		abort();
}

static void check_meta(const struct kube_meta *meta)
{
	check(kube_is_dns_subdomain(meta->name));
	check(!*meta->namespace || kube_is_dns_label(meta->namespace));
	for (size_t i = 0; i < meta->labels.count; i++) {
		check(kube_is_label_key(meta->labels.items[i].key));
		check(kube_is_label_value(meta->labels.items[i].value));
		check(!i || strcmp(meta->labels.items[i - 1].key, meta->labels.items[i].key) < 0);
	}
}

static void check_rules(const struct kube_policy_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < rules[i].port_count; j++)
			check(rules[i].ports[j].end_port >= rules[i].ports[j].port);
		for (size_t j = 0; j < rules[i].peer_count; j++) {
			const struct kube_policy_peer *peer = &rules[i].peers[j];

			check(peer->is_block !=
			      (peer->has_pod_selector || peer->has_namespace_selector));
			for (size_t k = 0; k < peer->except_count; k++)
				check(leat_cidr_covers(&peer->block, &peer->excepts[k]));
		}
	}
}

static void take_object(void *context, struct kube_object *object)
{
	check_meta(&object->meta);
	check(kube_object_equals(object, object));
	if (object->kind == KUBE_NETWORK_POLICY) {
		check(object->policy.is_ingress || object->policy.is_egress);
		kube_selector_matches(&object->policy.pod_selector, &object->meta.labels);
		check_rules(object->policy.ingress, object->policy.ingress_count);
		check_rules(object->policy.egress, object->policy.egress_count);
	}
	kube_store_put(context, object, NULL);
}

static void take_problem(void *context, const char *problem)
{
	(void)context;
	for (; *problem; problem++)
		check((unsigned char)*problem >= ' ' && *problem != 0x7f);
}

static void take_refused(void *context, enum kube_kind kind, const char *namespace,
			 const char *name)
{
	check(kind < KUBE_KIND_COUNT && *name);
	kube_store_remove(context, kind, namespace, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kube_manifest_handlers handlers = { take_object, take_problem, NULL, take_refused,
						   NULL };
	struct kube_store *store;
	char *text;

	if (!size || kube_store_new(&store) < 0)
		return 0;
	handlers.context = store;
	text = malloc(size); /* of its own: reading behind it shows */
	if (text) {
		memcpy(text, data + 1, size - 1);
		check(kube_manifest_read(*data & 1 ? "x.json" : "x.yaml", text, size - 1,
					 &handlers) >= 0);
	}
	free(text);
	kube_store_free(store);
	return 0;
}
