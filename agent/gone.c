// SPDX-License-Identifier: Apache-2.0
/* See gone.h. One hash for all three kinds: records differ in their first word. */
#include "gone.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "agent/hash.h"

enum what { GONE_ADDR, GONE_NODE, GONE_BACKEND };

struct record_key { /* compared as bytes */
	__u32 what;
	__u32 number; /* node or Service */
	struct leat_backend backend;
};
_Static_assert(sizeof(struct record_key) == 8 + sizeof(struct leat_backend), "has no padding");

struct record {
	struct record_key key;
	UT_hash_handle hh;
};

struct leat_gone {
	struct record *records;
};

int leat_gone_new(struct leat_gone **ret_gone)
{
	struct leat_gone *gone = calloc(1, sizeof(*gone));
	if (!gone)
		return -ENOMEM;
	*ret_gone = gone;
	return 0;
}

void leat_gone_free(struct leat_gone *gone)
{
	struct record *record, *next;
	if (!gone)
		return;
	HASH_ITER (hh, gone->records, record, next) {
		HASH_DEL(gone->records, record);
		free(record);
	}
	free(gone);
}

static bool has(const struct leat_gone *gone, const struct record_key *key)
{
	struct record *record;
	HASH_FIND(hh, gone->records, key, sizeof(*key), record);
	return record;
}

static int add(struct leat_gone *gone, const struct record_key *key)
{
	if (has(gone, key))
		return 0;
	struct record *record = calloc(1, sizeof(*record));
	if (!record)
		return -ENOMEM;
	record->key = *key;
	HASH_ADD(hh, gone->records, key, sizeof(record->key), record);
	return 0;
}

int leat_gone_add_addr(struct leat_gone *gone, const struct leat_addr *addr)
{
	const struct record_key key = { .what = GONE_ADDR, .backend = { .addr = *addr } };
	return add(gone, &key);
}

int leat_gone_add_node(struct leat_gone *gone, __u32 node)
{
	const struct record_key key = { .what = GONE_NODE, .number = node };
	return add(gone, &key);
}

int leat_gone_add_backend(struct leat_gone *gone, __u32 service, const struct leat_backend *backend)
{
	const struct record_key key = {
		.what = GONE_BACKEND,
		.number = service,
		.backend = { .addr = backend->addr, .port = backend->port },
	};
	return add(gone, &key);
}

static bool is_same_place(const struct leat_ipinfo *a, const struct leat_ipinfo *b)
{
	return a->kind == b->kind && a->slot == b->slot && a->node == b->node;
}

int leat_gone_add_moved(struct leat_gone *gone, const struct leat_rows *before,
			const struct leat_rows *after)
{
	int err = 0;
	for (size_t i = 0; !err && i < before->count; i++) {
		const struct leat_addr *addr = leat_rows_key(before, i);
		const struct leat_ipinfo *was = leat_rows_value(before, i);
		const struct leat_ipinfo *is;
		if (was->kind != LEAT_IP_POD)
			continue;
		is = leat_rows_find(after, addr);
		if (!is || !is_same_place(was, is))
			err = leat_gone_add_addr(gone, addr);
	}
	return err;
}

bool leat_gone_is_empty(const struct leat_gone *gone)
{
	return HASH_COUNT(gone->records) == 0;
}

static bool has_addr(const struct leat_gone *gone, const struct leat_addr *addr)
{
	const struct record_key key = { .what = GONE_ADDR, .backend = { .addr = *addr } };
	return has(gone, &key);
}

static bool has_backend(const struct leat_gone *gone, const struct leat_flow_key *key,
			const struct leat_flow *flow)
{
	bool is_reply = flow->flags & LEAT_FLOW_REPLY;
	const struct record_key record = {
		.what = GONE_BACKEND,
		.number = flow->service,
		.backend = { .addr = is_reply ? key->saddr : flow->nat_daddr,
			     .port = is_reply ? key->sport : flow->nat_dport },
	};
	return key->proto == IPPROTO_UDP && flow->service && has(gone, &record);
}

bool leat_gone_has_flow(const struct leat_gone *gone, const struct leat_flow_key *key,
			const struct leat_flow *flow)
{
	const struct record_key node = { .what = GONE_NODE, .number = flow->node };
	return has_addr(gone, &key->saddr) || has_addr(gone, &key->daddr) ||
	       has_addr(gone, &flow->nat_saddr) || has_addr(gone, &flow->nat_daddr) ||
	       (flow->node && has(gone, &node)) || has_backend(gone, key, flow);
}

static bool is_gone(const struct leat_flow_key *key, const struct leat_flow *flow, void *context)
{
	return leat_gone_has_flow(context, key, flow);
}

int leat_gone_sweep(const struct leat_gone *gone, const struct leat_maps *maps, size_t *ret_removed)
{
	if (leat_gone_is_empty(gone))
		return 0;
	return leat_flow_remove_matching(maps, is_gone, (void *)gone, ret_removed);
}
