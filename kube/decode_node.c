// SPDX-License-Identifier: Apache-2.0
/* Nodes: their addresses and the ranges that their pods get theirs from. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#include "decode_parts.h"

static bool has_type(const struct kube_field *field, const char *type)
{
	const cJSON *json = cJSON_GetObjectItemCaseSensitive(field->json, "type");

	return cJSON_IsString(json) && strcmp(json->valuestring, type) == 0;
}

static int decode_address(const struct kube_field *field, const char *type, void *ret_item)
{
	struct kube_field address = kube_field_member(field, "address");
	int err = kube_field_expect_object(field);

	if (err)
		return err;
	return has_type(field, type) ? kube_decode_addr(&address, ret_item) : 1;
}

static int decode_internal(const struct kube_field *field, void *ret_item)
{
	return decode_address(field, "InternalIP", ret_item);
}

static int decode_external(const struct kube_field *field, void *ret_item)
{
	return decode_address(field, "ExternalIP", ret_item);
}

/* Internal addresses first: the others' nodes reach us by the first one of a family. */
static int decode_addrs(const struct kube_field *list, struct kube_node *node)
{
	struct leat_addr *internal = NULL, *external = NULL;
	size_t internal_count = 0, external_count = 0;
	int err = kube_field_each(list, decode_internal, sizeof(*internal), &internal,
				  &internal_count);

	err = err
		      ?: kube_field_each(list, decode_external, sizeof(*external), &external,
					 &external_count);
	if (err || !(internal_count + external_count))
		return err;
	node->addrs = kube_arena_take(&list->decoder->arena, internal_count + external_count,
				      sizeof(*node->addrs), 8);
	if (!node->addrs)
		return -ENOMEM;
	for (size_t i = 0; i < internal_count; i++)
		node->addrs[node->addr_count++] = internal[i];
	for (size_t i = 0; i < external_count; i++)
		node->addrs[node->addr_count++] = external[i];
	return 0;
}

static int decode_cidr(const struct kube_field *field, void *ret_item)
{
	return kube_field_cidr(field, ret_item);
}

/* spec.podCIDRs; from old writers only spec.podCIDR. */
static int decode_pod_cidrs(const struct kube_field *spec, struct kube_node *node)
{
	struct kube_field all = kube_field_member(spec, "podCIDRs");
	struct kube_field one = kube_field_member(spec, "podCIDR");

	if (kube_field_count(&all) || !cJSON_IsString(one.json) || !*one.json->valuestring)
		return kube_field_each(&all, decode_cidr, sizeof(struct leat_cidr),
				       &node->pod_cidrs, &node->pod_cidr_count);
	node->pod_cidrs = kube_arena_take(&spec->decoder->arena, 1, sizeof(struct leat_cidr), 8);
	if (!node->pod_cidrs)
		return -ENOMEM;
	node->pod_cidr_count = 1;
	return kube_field_cidr(&one, node->pod_cidrs);
}

int kube_decode_node(const struct kube_field *object, struct kube_node *node)
{
	struct kube_field spec = kube_field_member(object, "spec");
	struct kube_field status = kube_field_member(object, "status");
	struct kube_field addresses = kube_field_member(&status, "addresses");
	int err = kube_field_expect_object(&spec);

	err = err ?: kube_field_expect_object(&status);
	err = err ?: decode_pod_cidrs(&spec, node);
	return err ?: decode_addrs(&addresses, node);
}
