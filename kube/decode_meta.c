// SPDX-License-Identifier: Apache-2.0
/* metadata of all kinds, Namespaces (which are nothing else), and addresses that can be had. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "decode_parts.h"
#include "names.h"
#include "selector.h"

#define NAME_LABEL "kubernetes.io/metadata.name"

static bool is_namespaced(enum kube_kind kind)
{
	return kind != KUBE_NAMESPACE && kind != KUBE_NODE;
}

static int decode_name(const struct kube_field *field, enum kube_kind kind, char **ret_name)
{
	bool is_label = kind == KUBE_NAMESPACE || kind == KUBE_SERVICE;
	int err = kube_field_expect(field);

	err = err ?: kube_field_copy(field, "", ret_name);
	if (err)
		return err;
	if (is_label && !kube_is_dns_label(*ret_name))
		return kube_field_refuse(field, "is not a DNS label (63 of a-z 0-9 -)");
	if (!kube_is_dns_subdomain(*ret_name))
		return kube_field_refuse(field, "is not a DNS name (253 of a-z 0-9 - .)");
	return 0;
}

static int decode_namespace_name(const struct kube_field *field, enum kube_kind kind,
				 char **ret_name)
{
	const char *text = NULL;
	int err = is_namespaced(kind) ? kube_field_string(field, &text) : 0;

	if (err)
		return err;
	if (!is_namespaced(kind))
		text = "";
	else if (!text || !*text)
		text = "default";
	if (*text && !kube_is_dns_label(text))
		return kube_field_refuse(field, "is not a DNS label (63 of a-z 0-9 -)");
	*ret_name = kube_arena_copy(&field->decoder->arena, text);
	return *ret_name ? 0 : -ENOMEM;
}

int kube_decode_meta(const struct kube_field *object, enum kube_kind kind, struct kube_meta *meta)
{
	struct kube_field field = kube_field_member(object, "metadata");
	struct kube_field name = kube_field_member(&field, "name");
	struct kube_field namespace = kube_field_member(&field, "namespace");
	struct kube_field uid = kube_field_member(&field, "uid");
	struct kube_field version = kube_field_member(&field, "resourceVersion");
	struct kube_field labels = kube_field_member(&field, "labels");
	int err = kube_field_expect_object(&field);

	err = err ?: decode_name(&name, kind, &meta->name);
	err = err ?: decode_namespace_name(&namespace, kind, &meta->namespace);
	err = err ?: kube_field_copy(&uid, "", &meta->uid);
	err = err ?: kube_field_copy(&version, "", &meta->resource_version);
	return err ?: kube_decode_labels(&labels, &meta->labels);
}

/* The label's place in sorted labels. */
static size_t find_slot(const struct kube_labels *labels, const char *key)
{
	size_t slot = 0;

	while (slot < labels->count && strcmp(labels->items[slot].key, key) < 0)
		slot++;
	return slot;
}

/* Always the real name, whatever the manifest says: the API server does so too, because
 * policies are trusted to select namespaces by it. */
int kube_decode_namespace(const struct kube_field *object, struct kube_namespace *namespace)
{
	struct kube_arena *arena = &object->decoder->arena;
	struct kube_labels *labels = &namespace->meta.labels;
	size_t slot = find_slot(labels, NAME_LABEL), count = labels->count;
	size_t had = kube_labels_get(labels, NAME_LABEL) ? 1 : 0;
	struct kube_label *items = kube_arena_take(arena, count + 1 - had, sizeof(*items), 8);
	char *key = kube_arena_copy(arena, NAME_LABEL);

	if (!items || !key)
		return -ENOMEM;
	for (size_t i = 0; i < slot; i++)
		items[i] = labels->items[i];
	items[slot] = (struct kube_label){ .key = key, .value = namespace->meta.name };
	for (size_t i = slot + had; i < count; i++)
		items[i + 1 - had] = labels->items[i];
	*labels = (struct kube_labels){ .items = items, .count = count + 1 - had };
	return 0;
}

/* Shared by both families: what no endpoint can have (CVE-2021-25737). */
const char *kube_addr_fault(const struct leat_addr *addr)
{
	const __u8 *v4 = addr->b + 12, *b = addr->b;
	static const struct leat_addr loopback6 = { .b = { [15] = 1 } };

	if (leat_addr_is_ipv4(addr)) {
		if (v4[0] == 0)
			return "is not an address one can have";
		if (v4[0] == 127)
			return "is a loopback address";
		if (v4[0] == 169 && v4[1] == 254)
			return "is a link-local address";
		return v4[0] >= 224 ? "is a multicast or reserved address" : NULL;
	}
	if (leat_addr_is_zero(addr))
		return "is not an address one can have";
	if (leat_addr_compare(addr, &loopback6) == 0)
		return "is a loopback address";
	if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		return "is a link-local address";
	return b[0] == 0xff ? "is a multicast address" : NULL;
}

int kube_decode_addr(const struct kube_field *field, struct leat_addr *ret_addr)
{
	struct leat_addr addr;
	const char *text = NULL, *fault;
	int err = kube_field_string(field, &text);

	if (err)
		return err;
	if (!text || leat_addr_parse(text, &addr) < 0)
		fault = "is not an address";
	else
		fault = kube_addr_fault(&addr);
	if (fault)
		return kube_field_note(field, "%s: passed over", fault) ?: 1;
	*ret_addr = addr;
	return 0;
}
