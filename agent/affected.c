// SPDX-License-Identifier: Apache-2.0
/* See affected.h. Linear in the rows of the tables that changed, never endpoints times rows. */
#include "affected.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <leat/ipcache.h>
#include <leat/policy.h>

#include "agent/hash.h"
#include "lib/addr.h"

struct number {
	__u32 number;
	UT_hash_handle hh;
};

struct leat_numbers {
	struct number *items;
};

int leat_numbers_new(struct leat_numbers **ret_numbers)
{
	struct leat_numbers *numbers = calloc(1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	*ret_numbers = numbers;
	return 0;
}

void leat_numbers_free(struct leat_numbers *numbers)
{
	struct number *item, *next;
	if (!numbers)
		return;
	HASH_ITER (hh, numbers->items, item, next) {
		HASH_DEL(numbers->items, item);
		free(item);
	}
	free(numbers);
}

bool leat_numbers_has(const struct leat_numbers *numbers, __u32 number)
{
	struct number *item;
	HASH_FIND(hh, numbers->items, &number, sizeof(number), item);
	return item;
}

int leat_numbers_add(struct leat_numbers *numbers, __u32 number)
{
	if (leat_numbers_has(numbers, number))
		return 0;
	struct number *item = calloc(1, sizeof(*item));
	if (!item)
		return -ENOMEM;
	item->number = number;
	HASH_ADD(hh, numbers->items, number, sizeof(item->number), item);
	return 0;
}

size_t leat_numbers_count(const struct leat_numbers *numbers)
{
	return HASH_COUNT(numbers->items);
}

static void mask(struct leat_addr *addr, __u32 prefixlen)
{
	for (__u32 i = 0; i < 16; i++) {
		__u32 bits = prefixlen > i * 8 ? prefixlen - i * 8 : 0;
		if (bits < 8)
			addr->b[i] &= (__u8)(0xff00 >> bits);
	}
}

/* Longest match among blocks of at most `most` bits: as the trie does it. */
static const struct leat_ipinfo *match(const struct leat_rows *cidrs, const struct leat_addr *addr,
				       __u32 most)
{
	__u32 last = UINT32_MAX;
	const struct leat_ipinfo *best = NULL;
	for (size_t i = 0; i < cidrs->count; i++) {
		const struct leat_cidr_key *row = leat_rows_key(cidrs, i);
		if (row->prefixlen == last)
			continue;
		last = row->prefixlen;
		struct leat_cidr_key key = { .prefixlen = last, .addr = *addr };
		mask(&key.addr, last);
		const struct leat_ipinfo *info = last <= most ? leat_rows_find(cidrs, &key) : NULL;
		best = info ? info : best; /* rows are in order of length */
	}
	return best;
}

static __u32 identity_in(const struct leat_ipinfo *info)
{
	return info ? info->identity : LEAT_ID_NONE;
}

__u32 leat_world_identity(const struct leat_world *world, const struct leat_addr *addr)
{
	const struct leat_ipinfo *info = leat_rows_find(world->ipcache, addr);
	return identity_in(info ? info : match(world->cidrs, addr, 128));
}

static int add_both(struct leat_numbers *identities, __u32 before, __u32 after)
{
	if (before == after)
		return 0;
	int err = leat_numbers_add(identities, before);
	return err ?: leat_numbers_add(identities, after);
}

static __u32 block_identity(const struct leat_world *world, const struct leat_cidr_key *key)
{
	return identity_in(match(world->cidrs, &key->addr, key->prefixlen));
}

int leat_affected_identities(const struct leat_world *before, const struct leat_world *after,
			     const struct leat_rows *changed_addrs,
			     const struct leat_rows *changed_cidrs, struct leat_numbers *identities)
{
	int err = 0;
	for (size_t i = 0; !err && i < changed_addrs->count; i++) {
		const struct leat_addr *addr = leat_rows_key(changed_addrs, i);
		err = add_both(identities, leat_world_identity(before, addr),
			       leat_world_identity(after, addr));
	}
	for (size_t i = 0; !err && i < changed_cidrs->count; i++) {
		const struct leat_cidr_key *key = leat_rows_key(changed_cidrs, i);
		err = add_both(identities, block_identity(before, key), block_identity(after, key));
	}
	return err;
}

int leat_affected_sets(const struct leat_rows *changed_policy, struct leat_numbers *sets)
{
	int err = 0;
	for (size_t i = 0; !err && i < changed_policy->count; i++) {
		const struct leat_policy_key *key = leat_rows_key(changed_policy, i);
		err = leat_numbers_add(sets, key->set);
	}
	return err;
}

int leat_affected_by_identity(const struct leat_rows *policy, const struct leat_numbers *identities,
			      struct leat_numbers *sets)
{
	int err = 0;
	if (!leat_numbers_count(identities))
		return 0;
	for (size_t i = 0; !err && i < policy->count; i++) {
		const struct leat_policy_key *key = leat_rows_key(policy, i);
		if (leat_numbers_has(identities, key->identity))
			err = leat_numbers_add(sets, key->set);
	}
	return err;
}

int leat_affected_find(const struct leat_world *before, const struct leat_world *after,
		       const struct leat_rows *const policies[2], const struct leat_change *change,
		       struct leat_numbers *sets)
{
	struct leat_numbers *identities = NULL;
	int err = leat_numbers_new(&identities);
	err = err
		      ?: leat_affected_identities(before, after, change->addrs, change->cidrs,
						  identities);
	err = err ?: leat_affected_sets(change->policy, sets);
	err = err ?: leat_affected_by_identity(policies[0], identities, sets);
	err = err ?: leat_affected_by_identity(policies[1], identities, sets);
	leat_numbers_free(identities);
	return err;
}
