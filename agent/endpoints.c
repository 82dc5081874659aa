// SPDX-License-Identifier: Apache-2.0
/* The records of wired pods and their slots. Their file is endpoints_file.c's. */
#include "endpoints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/attachment.h"
#include "lib/cleanup.h"
#include "lib/text.h"

struct leat_endpoints {
	struct leat_ep *records;
	__u8 *is_slot_taken; /* by slot */
	__u32 slot_count;
	__u32 slot_last; /* handed out last: slots rest like addresses do */
};

int leat_endpoints_new(__u32 slot_count, struct leat_endpoints **ret_endpoints)
{
	_cleanup_free_ struct leat_endpoints *endpoints = calloc(1, sizeof(*endpoints));
	if (!endpoints)
		return -ENOMEM;
	endpoints->slot_count = slot_count;
	endpoints->is_slot_taken = calloc(slot_count, 1);
	if (!endpoints->is_slot_taken)
		return -ENOMEM;
	*ret_endpoints = TAKE_PTR(endpoints);
	return 0;
}

static void ep_free(struct leat_ep *ep)
{
	free(ep->key);
	free(ep->container_id);
	free(ep->ifname);
	free(ep->network);
	free(ep->pod_namespace);
	free(ep->pod_name);
	free(ep->pod_uid);
	free(ep);
}

void leat_endpoints_free(struct leat_endpoints *endpoints)
{
	struct leat_ep *ep, *next;
	if (!endpoints)
		return;
	HASH_ITER (hh, endpoints->records, ep, next) {
		HASH_DEL(endpoints->records, ep);
		ep_free(ep);
	}
	free(endpoints->is_slot_taken);
	free(endpoints);
}

struct leat_ep *leat_endpoints_find(const struct leat_endpoints *endpoints,
				    const char *container_id, const char *ifname)
{
	struct leat_ep *ep = NULL;
	_cleanup_free_ char *key = NULL;
	if (asprintf(&key, "%s/%s", container_id, ifname) < 0)
		return TAKE_PTR(key), NULL;
	HASH_FIND_STR(endpoints->records, key, ep);
	return ep;
}

struct leat_ep *leat_endpoints_next(const struct leat_endpoints *endpoints,
				    const struct leat_ep *after)
{
	return after ? after->hh.next : endpoints->records;
}

size_t leat_endpoints_count(const struct leat_endpoints *endpoints)
{
	return HASH_COUNT(endpoints->records);
}

static char *copy(const char *text)
{
	return strdup(text ? text : "");
}

static struct leat_ep *ep_new(const struct leat_ep_names *names)
{
	struct leat_ep *ep = calloc(1, sizeof(*ep));
	if (!ep)
		return NULL;
	ep->container_id = copy(names->container_id);
	ep->ifname = copy(names->ifname);
	ep->network = copy(names->network);
	ep->pod_namespace = copy(names->pod_namespace);
	ep->pod_name = copy(names->pod_name);
	ep->pod_uid = copy(names->pod_uid);
	if (asprintf(&ep->key, "%s/%s", names->container_id, names->ifname) < 0)
		ep->key = NULL;
	if (ep->key && ep->container_id && ep->ifname && ep->network && ep->pod_namespace &&
	    ep->pod_name && ep->pod_uid)
		return ep;
	ep_free(ep);
	return NULL;
}

int leat_endpoints_add(struct leat_endpoints *endpoints, const struct leat_ep_names *names,
		       struct leat_ep **ret_ep)
{
	if (leat_endpoints_find(endpoints, names->container_id, names->ifname))
		return -EEXIST;
	struct leat_ep *ep = ep_new(names);
	if (!ep)
		return -ENOMEM;
	leat_attachment_ifname(names->container_id, names->ifname, ep->host_ifname);
	HASH_ADD_KEYPTR(hh, endpoints->records, ep->key, strlen(ep->key), ep);
	*ret_ep = ep;
	return 0;
}

void leat_endpoints_remove(struct leat_endpoints *endpoints, struct leat_ep *ep)
{
	HASH_DEL(endpoints->records, ep);
	if (ep->slot && ep->slot < endpoints->slot_count)
		endpoints->is_slot_taken[ep->slot] = 0;
	ep_free(ep);
}

int leat_endpoints_take_slot(struct leat_endpoints *endpoints, struct leat_ep *ep)
{
	if (ep->slot) {
		if (ep->slot >= endpoints->slot_count || endpoints->is_slot_taken[ep->slot])
			return -EADDRINUSE;
		endpoints->is_slot_taken[ep->slot] = 1;
		return 0;
	}
	for (__u32 i = 1; i < endpoints->slot_count; i++) {
		__u32 slot = endpoints->slot_last % (endpoints->slot_count - 1) + 1;
		endpoints->slot_last = slot;
		if (endpoints->is_slot_taken[slot])
			continue;
		endpoints->is_slot_taken[slot] = 1;
		ep->slot = slot;
		return 0;
	}
	return -ENOSPC;
}

void leat_ep_set_mac(struct leat_ep *ep)
{
	bool has_addr4 = !leat_addr_is_zero(&ep->addr4);
	__u64 hash =
		leat_hash64(has_addr4 ? &ep->addr4 : &ep->addr6, sizeof(ep->addr4), LEAT_HASH_SEED);
	ep->mac[0] = 0x0a;
	ep->mac[1] = (__u8)(hash >> 32);
	memcpy(ep->mac + 2, &ep->addr4.b[12], 4);
	if (!has_addr4)
		memcpy(ep->mac + 2, &hash, 4);
}
