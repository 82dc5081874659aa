// SPDX-License-Identifier: Apache-2.0
/* See pods.h. A pod is in the store while anybody says anything about it. */
#include "pods.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/hash.h"
#include "kube/decode.h"
#include "lib/cleanup.h"

struct place {
	char *source;
	char *node;
	struct leat_addr *addrs;
	size_t addr_count;
	struct place *next; /* in order of source */
};

struct pod {
	char *key; /* "namespace/name" */
	char *namespace;
	char *name;
	struct kube_object *manifest; /* NULL: none */
	struct place *places;
	UT_hash_handle hh;
};

struct leat_pods {
	struct kube_store *store;
	struct pod *pods;
};

int leat_pods_new(struct kube_store *store, struct leat_pods **ret_pods)
{
	struct leat_pods *pods = calloc(1, sizeof(*pods));
	if (!pods)
		return -ENOMEM;
	pods->store = store;
	*ret_pods = pods;
	return 0;
}

static void place_free(struct place *place)
{
	free(place->source);
	free(place->node);
	free(place->addrs);
	free(place);
}

static void pod_free(struct pod *pod)
{
	while (pod->places) {
		struct place *next = pod->places->next;
		place_free(pod->places);
		pod->places = next;
	}
	if (pod->manifest)
		kube_object_free(pod->manifest);
	free(pod->key);
	free(pod->namespace);
	free(pod->name);
	free(pod);
}

void leat_pods_free(struct leat_pods *pods)
{
	struct pod *pod, *next;
	if (!pods)
		return;
	HASH_ITER (hh, pods->pods, pod, next) {
		HASH_DEL(pods->pods, pod);
		pod_free(pod);
	}
	free(pods);
}

static struct pod *find(const struct leat_pods *pods, const char *namespace, const char *name)
{
	struct pod *pod = NULL;
	_cleanup_free_ char *key = NULL;
	if (asprintf(&key, "%s/%s", namespace, name) < 0)
		return TAKE_PTR(key), NULL;
	HASH_FIND_STR(pods->pods, key, pod);
	return pod;
}

static struct pod *find_or_add(struct leat_pods *pods, const char *namespace, const char *name)
{
	struct pod *pod = find(pods, namespace, name);
	if (pod || !(pod = calloc(1, sizeof(*pod))))
		return pod;
	if (asprintf(&pod->key, "%s/%s", namespace, name) < 0)
		pod->key = NULL;
	pod->namespace = strdup(namespace);
	pod->name = strdup(name);
	if (!pod->key || !pod->namespace || !pod->name) {
		pod_free(pod);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, pods->pods, pod->key, strlen(pod->key), pod);
	return pod;
}

/* The node's word is how it is; what no node says stays as the manifest has it. */
static int join(const struct pod *pod, struct kube_object **ret_object)
{
	static const struct kube_pod unknown;
	const struct kube_pod *said = pod->manifest ? &pod->manifest->pod : &unknown;
	const struct place *place = pod->places; /* one of both is there */
	const struct kube_placement placement = {
		.namespace = pod->namespace,
		.name = pod->name,
		.node_name = place ? place->node : said->node_name,
		.addrs = place ? place->addrs : said->addrs,
		.addr_count = place ? place->addr_count : said->addr_count,
	};
	struct kube_object *object;
	int err = kube_pod_place(pod->manifest, &placement, &object);
	if (err)
		return err;
	if (pod->manifest) {
		object->pod.is_host_network = said->is_host_network && !place;
		object->pod.is_ready = said->is_ready;
		object->pod.is_terminating = said->is_terminating;
		if (!place || said->phase != KUBE_PENDING)
			object->pod.phase = said->phase;
	}
	*ret_object = object;
	return 0;
}

static int publish(struct leat_pods *pods, struct pod *pod)
{
	if (!pod->manifest && !pod->places) {
		int gone = kube_store_remove(pods->store, KUBE_POD, pod->namespace, pod->name);
		HASH_DEL(pods->pods, pod);
		pod_free(pod);
		return gone == -ENOENT ? 0 : gone;
	}
	struct kube_object *object;
	int err = join(pod, &object);
	return err ?: kube_store_put(pods->store, object, NULL);
}

int leat_pods_put_manifest(struct leat_pods *pods, struct kube_object *object)
{
	struct pod *pod = find_or_add(pods, object->meta.namespace, object->meta.name);
	if (!pod) {
		kube_object_free(object);
		return -ENOMEM;
	}
	if (pod->manifest)
		kube_object_free(pod->manifest);
	pod->manifest = object;
	return publish(pods, pod);
}

int leat_pods_remove_manifest(struct leat_pods *pods, const char *namespace, const char *name)
{
	struct pod *pod = find(pods, namespace, name);
	if (!pod || !pod->manifest)
		return 0;
	kube_object_free(pod->manifest);
	pod->manifest = NULL;
	return publish(pods, pod);
}

/* ---- places ------------------------------------------------------------------------------ */

static struct place *place_new(const struct leat_pod_place *said)
{
	struct place *place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->source = strdup(said->source);
	place->node = strdup(said->node);
	place->addrs = calloc(said->addr_count + 1, sizeof(*place->addrs));
	if (!place->source || !place->node || !place->addrs) {
		place_free(place);
		return NULL;
	}
	if (said->addr_count)
		memcpy(place->addrs, said->addrs, said->addr_count * sizeof(*place->addrs));
	place->addr_count = said->addr_count;
	return place;
}

/* Where the place of `source` is, or would be. */
static struct place **place_at(struct pod *pod, const char *source)
{
	struct place **at = &pod->places;
	while (*at && strcmp((*at)->source, source) < 0)
		at = &(*at)->next;
	return at;
}

int leat_pods_put_place(struct leat_pods *pods, const struct leat_pod_place *said)
{
	struct place *place = place_new(said);
	struct pod *pod = place ? find_or_add(pods, said->namespace, said->name) : NULL;
	if (!pod) {
		if (place)
			place_free(place);
		return -ENOMEM;
	}
	struct place **at = place_at(pod, said->source);
	struct place *before = *at && strcmp((*at)->source, said->source) == 0 ? *at : NULL;
	place->next = before ? before->next : *at;
	*at = place;
	if (before)
		place_free(before);
	return publish(pods, pod);
}

int leat_pods_remove_place(struct leat_pods *pods, const char *namespace, const char *name,
			   const char *source)
{
	struct pod *pod = find(pods, namespace, name);
	struct place **at = pod ? place_at(pod, source) : NULL;
	if (!at || !*at || strcmp((*at)->source, source) != 0)
		return 0;
	struct place *gone = *at;
	*at = gone->next;
	place_free(gone);
	return publish(pods, pod);
}
