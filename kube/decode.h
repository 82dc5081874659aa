/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From JSON or YAML to objects. Applies the API server's defaults that matter and refuses what
 * it would refuse. A manifest may hold several documents and List kinds; one bad object is
 * reported and the others are still delivered.
 */
#include "object.h"

/* One complaint. Texts are complete sentences' parts: "FILE:LINE: KIND NAMESPACE/NAME: FIELD: VALUE: REASON". */
typedef void kube_problem_fn(void *context, const char *problem);
/* The callee owns the object. */
typedef void kube_object_fn(void *context, struct kube_object *object);

struct cJSON;

/* One object of a kind that leat uses. 0 with *ret_object NULL: a kind that leat does not use. -EINVAL: refused;
 * *ret_problem (owned by the caller) says "KIND NAMESPACE/NAME: FIELD: VALUE: REASON". */
int kube_decode_json(const struct cJSON *json, struct kube_object **ret_object, char **ret_problem);

struct kube_manifest_handlers {
	kube_object_fn *on_object;
	kube_problem_fn *on_problem;
	void *context;
};

/* Whole text of one file, .yaml, .yml or .json (JSON is read as YAML). `file` is for messages.
 * Returns the number of problems reported, or -ENOMEM. Limits: depth 64, 4 MiB a file. */
int kube_manifest_read(const char *file, const char *text, size_t size,
		       const struct kube_manifest_handlers *handlers);
