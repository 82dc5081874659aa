// SPDX-License-Identifier: Apache-2.0
/*
 * One JSON object to one kube_object: which kind it is, then the kind's own file, twice, as
 * arena.h tells. What is wrong is told with the object's kind and name in front.
 */
#include "decode.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode_parts.h"
#include "lib/cleanup.h"
#include "lib/text.h"

static const char *const versions[KUBE_KIND_COUNT] = {
	[KUBE_NAMESPACE] = "v1",
	[KUBE_POD] = "v1",
	[KUBE_NODE] = "v1",
	[KUBE_SERVICE] = "v1",
	[KUBE_ENDPOINT_SLICE] = "discovery.k8s.io/v1",
	[KUBE_NETWORK_POLICY] = "networking.k8s.io/v1",
};

static int decode_kind(const struct kube_field *root, enum kube_kind kind,
		       struct kube_object *object)
{
	int err;

	object->kind = kind;
	err = kube_decode_meta(root, kind, &object->meta);
	if (err)
		return err;
	switch (kind) {
	case KUBE_NAMESPACE:
		return kube_decode_namespace(root, &object->namespace);
	case KUBE_POD:
		return kube_decode_pod(root, &object->pod);
	case KUBE_NODE:
		return kube_decode_node(root, &object->node);
	case KUBE_SERVICE:
		return kube_decode_service(root, &object->service);
	case KUBE_ENDPOINT_SLICE:
		return kube_decode_slice(root, &object->slice);
	case KUBE_NETWORK_POLICY:
		return kube_decode_policy(root, &object->policy);
	case KUBE_KIND_COUNT:
		break;
	}
	return -EINVAL;
}

static int decode_once(struct kube_decoder *decoder, const cJSON *json, enum kube_kind kind,
		       struct kube_object **ret_object)
{
	struct kube_field root = { .name = "", .json = json, .decoder = decoder };
	struct kube_object *object =
		kube_arena_take(&decoder->arena, 1, sizeof(struct kube_object), 8);
	int err = object ? decode_kind(&root, kind, object) : -ENOMEM;

	if (!err)
		*ret_object = object;
	return err;
}

static void free_decoder(struct kube_decoder *decoder)
{
	kube_arena_free(&decoder->arena);
	free(decoder->problem);
	free(decoder->note);
}

/* `size` is what the first run counted. The object is the block's first part. */
static int decode_into_block(const cJSON *json, enum kube_kind kind, size_t size,
			     struct kube_object **ret_object)
{
	struct kube_decoder decoder LEAT_CLEANUP(free_decoder) = {};
	_cleanup_free_ void *block = malloc(size);
	struct kube_object *object;
	int err;

	if (!block)
		return -ENOMEM;
	kube_arena_init_fixed(&decoder.arena, block, size);
	err = decode_once(&decoder, json, kind, &object);
	if (err)
		return err;
	*ret_object = object;
	block = NULL; /* the object is it */
	return 0;
}

static const char *text_of(const cJSON *object, const char *name, const char *fallback)
{
	const cJSON *json = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(json) ? json->valuestring : fallback;
}

/* "KIND NAMESPACE/NAME: TEXT"; names may be anything here, they are what is complained about. */
static char *prefixed(const struct kube_verdict *verdict, const char *kind, const char *text,
		      size_t more)
{
	_cleanup_free_ char *namespace = leat_text_escape(verdict->namespace);
	_cleanup_free_ char *name = leat_text_escape(verdict->name);
	_cleanup_free_ char *escaped = leat_text_escape(text);
	struct leat_text line = {};

	if (!namespace || !name || !escaped)
		return NULL;
	leat_text_add(&line, "%s %.80s%s%.260s: %s", kind, namespace, *namespace ? "/" : "", name,
		      escaped);
	if (more)
		leat_text_add(&line, " (and %zu more such in it)", more);
	return line.data;
}

void kube_verdict_free(struct kube_verdict *verdict)
{
	free(verdict->problem);
	free(verdict->note);
}

static int refuse(struct kube_verdict *verdict, const cJSON *at, const char *kind, const char *text)
{
	verdict->problem = prefixed(verdict, kind, text, 0);
	verdict->problem_at = at;
	return verdict->problem ? -EINVAL : -ENOMEM;
}

static void identify(const cJSON *json, enum kube_kind kind, struct kube_verdict *verdict)
{
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(json, "metadata");
	bool is_namespaced = kind != KUBE_NAMESPACE && kind != KUBE_NODE;

	verdict->kind = kind;
	verdict->namespace = is_namespaced ? text_of(meta, "namespace", "") : "";
	if (is_namespaced && kind < KUBE_KIND_COUNT && !*verdict->namespace)
		verdict->namespace = "default";
	verdict->name = text_of(meta, "name", "?");
	verdict->is_refused = kind < KUBE_KIND_COUNT && strcmp(verdict->name, "?") != 0;
}

static enum kube_kind kind_of(const char *name)
{
	enum kube_kind kind = KUBE_NAMESPACE;

	while (kind < KUBE_KIND_COUNT && strcmp(name, kube_kind_name(kind)) != 0)
		kind++;
	return kind;
}

static int decode_known(const cJSON *json, enum kube_kind kind, struct kube_object **ret_object,
			struct kube_verdict *verdict)
{
	struct kube_decoder decoder LEAT_CLEANUP(free_decoder) = {};
	struct kube_object *object;
	int err;

	kube_arena_init(&decoder.arena);
	err = decode_once(&decoder, json, kind, &object);
	if (err == -EINVAL)
		return refuse(verdict, decoder.problem_at, kube_kind_name(kind), decoder.problem);
	err = err ?: decode_into_block(json, kind, decoder.arena.total, &object);
	if (err)
		return err;
	if (decoder.note) {
		verdict->note = prefixed(verdict, kube_kind_name(kind), decoder.note,
					 decoder.note_count - 1);
		verdict->note_at = decoder.note_at;
	}
	verdict->is_refused = false;
	*ret_object = object;
	return 0;
}

static int check_version(const cJSON *json, enum kube_kind kind, const char *version,
			 struct kube_verdict *verdict)
{
	const cJSON *at = cJSON_GetObjectItemCaseSensitive(json, "apiVersion");
	struct leat_text text LEAT_CLEANUP(leat_text_free) = {};

	if (version && strcmp(version, versions[kind]) == 0)
		return 0;
	verdict->is_refused = false; /* another thing of that name, or nothing we know */
	if (version)
		leat_text_add(&text, "apiVersion: %.80s: must be %s", version, versions[kind]);
	else
		leat_text_add(&text, "apiVersion: is required: must be %s", versions[kind]);
	return text.data ? refuse(verdict, at ? at : json, kube_kind_name(kind), text.data)
			 : -ENOMEM;
}

int kube_decode_item(const cJSON *json, const char *item_kind, const char *item_version,
		     struct kube_object **ret_object, struct kube_verdict *verdict)
{
	const char *name = text_of(json, "kind", item_kind);
	const char *version = text_of(json, "apiVersion", item_version);
	enum kube_kind kind = name ? kind_of(name) : KUBE_KIND_COUNT;
	int err;

	identify(json, kind, verdict);
	if (!cJSON_IsObject(json))
		return refuse(verdict, json, "object",
			      "must be an object with kind and apiVersion");
	if (!name || !*name)
		return refuse(verdict, json, "object", "kind: is required");
	*ret_object = NULL;
	if (kind == KUBE_KIND_COUNT)
		return 0;
	err = check_version(json, kind, version, verdict);
	return err ?: decode_known(json, kind, ret_object, verdict);
}

int kube_decode_json(const cJSON *json, struct kube_object **ret_object, char **ret_problem)
{
	struct kube_verdict verdict LEAT_CLEANUP(kube_verdict_free) = {};
	struct kube_object *object = NULL;
	int err = kube_decode_item(json, NULL, NULL, &object, &verdict);

	*ret_problem = verdict.problem ? TAKE_PTR(verdict.problem) : TAKE_PTR(verdict.note);
	if (!err)
		*ret_object = object;
	return err;
}
