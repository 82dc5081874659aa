/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From JSON or YAML to objects. Applies the API server's defaults that matter and refuses what
 * it would refuse. A manifest may hold several documents and List kinds; one bad object is
 * reported and the others are still delivered.
 */
#include "object.h"

/* One complaint. Texts are complete sentences' parts: "FILE:LINE: KIND NAMESPACE/NAME: FIELD:
 * VALUE: REASON". */
typedef void kube_problem_fn(void *context, const char *problem);
/* The callee owns the object. */
typedef void kube_object_fn(void *context, struct kube_object *object);

struct cJSON;

/*
 * One object of a kind that leat uses. 0 with *ret_object NULL: a kind that leat does not use.
 * -EINVAL: refused. *ret_problem (the caller frees it, NULL: none) then says
 * "KIND NAMESPACE/NAME: FIELD: VALUE: REASON"; with 0 it tells what was passed over in an
 * object that counts all the same (a bad address, host bits of a block).
 */
int kube_decode_json(const struct cJSON *json, struct kube_object **ret_object, char **ret_problem);

/*
 * The Pod that runs on this node with these addresses, as kubelet would report it: running and
 * ready. Labels, ports and the rest are those of `pod`, which may be NULL: nobody described it.
 */
struct kube_placement {
	const char *namespace;
	const char *name;
	const char *node_name;
	const struct leat_addr *addrs;
	size_t addr_count;
};
int kube_pod_place(const struct kube_object *pod, const struct kube_placement *placement,
		   struct kube_object **ret_object);

/* An object of this identity was there, but refused: whoever has an earlier version may keep
 * it, as the API server would. */
typedef void kube_refused_fn(void *context, enum kube_kind kind, const char *namespace,
			     const char *name);

struct kube_manifest_handlers {
	kube_object_fn *on_object;
	kube_problem_fn *on_problem;
	kube_problem_fn *on_note; /* about an object that counts all the same; NULL: on_problem */
	kube_refused_fn *on_refused; /* may be NULL */
	void *context;
};

/*
 * Whole text of one file, YAML or JSON by what it begins with; `file` is for messages, and a
 * name in .json refuses YAML. Returns the number of problems and notes, or -ENOMEM. Limits:
 * KUBE_MANIFEST_BYTES and 65,536 documents a file, depth 64, 524,288 values a document; no aliases,
 * no merge keys. Of more than 1,000 problems the first 999 are told.
 */
#define KUBE_MANIFEST_BYTES (4U << 20)
int kube_manifest_read(const char *file, const char *text, size_t size,
		       const struct kube_manifest_handlers *handlers);
