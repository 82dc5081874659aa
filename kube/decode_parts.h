/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The parts that kube_decode_json() is put together from, one file a kind. Each writes into a
 * zeroed object; what it allocates is the decoder's arena's. 0, or -errno with the complaint
 * in the decoder.
 */
#include "field.h"
#include "object.h"

/* `object` is the whole document: metadata beside spec and status. */
int kube_decode_namespace(const struct kube_field *object, struct kube_namespace *namespace);
int kube_decode_pod(const struct kube_field *object, struct kube_pod *pod);
int kube_decode_node(const struct kube_field *object, struct kube_node *node);
int kube_decode_service(const struct kube_field *object, struct kube_service *service);
int kube_decode_slice(const struct kube_field *object, struct kube_endpoint_slice *slice);
int kube_decode_policy(const struct kube_field *object, struct kube_policy *policy);

int kube_decode_meta(const struct kube_field *object, enum kube_kind kind, struct kube_meta *meta);
int kube_decode_labels(const struct kube_field *field, struct kube_labels *labels);
/* metav1.LabelSelector: matchLabels and matchExpressions. */
int kube_decode_selector(const struct kube_field *field, struct kube_selector *selector);
/* A plain map of labels, as Services have it. */
int kube_decode_map_selector(const struct kube_field *field, struct kube_selector *selector);

/* An address that a pod, node or Service can have: not zero, loopback, link-local, multicast. */
const char *kube_addr_fault(const struct leat_addr *addr); /* NULL: none */
/* Text of an address; 1 with a note when it is no usable one. */
int kube_decode_addr(const struct kube_field *field, struct leat_addr *ret_addr);

/* One document, or an item of a list of `list_kind` ("" for kind List). */
struct kube_verdict {
	char *problem; /* "KIND NAMESPACE/NAME: FIELD: VALUE: REASON"; owned */
	const struct cJSON *problem_at;
	char *note; /* about an object that was taken all the same; owned */
	const struct cJSON *note_at;
	bool is_refused; /* kind, namespace and name tell which */
	enum kube_kind kind;
	const char *namespace; /* borrowed from the JSON, "" or "default" where missing */
	const char *name;
};

int kube_decode_item(const struct cJSON *json, const char *item_kind, const char *item_version,
		     struct kube_object **ret_object, struct kube_verdict *verdict);
void kube_verdict_free(struct kube_verdict *verdict);
