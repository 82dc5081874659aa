// SPDX-License-Identifier: Apache-2.0
/*
 * Address pools. An address is its block plus an offset; offsets 0 (network, and for IPv6 the
 * subnet-router anycast address), 1 (what people take for the gateway) and for IPv4 the last
 * one (broadcast) are never handed out.
 */
#include "ipam.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "agent/hash.h"
#include "lib/cleanup.h"

#define FIRST_OFFSET 2
#define BITS_MOST    32 /* of a block's offsets that are used */

struct used {
	struct leat_addr addr;
	UT_hash_handle hh;
};

struct leat_ipam {
	struct leat_ipam_pool *pools;
	size_t pool_count;
	struct used *used;
};

int leat_ipam_new(struct leat_ipam **ret_ipam)
{
	struct leat_ipam *ipam = calloc(1, sizeof(*ipam));
	if (!ipam)
		return -ENOMEM;
	*ret_ipam = ipam;
	return 0;
}

void leat_ipam_free(struct leat_ipam *ipam)
{
	struct used *used, *next;
	if (!ipam)
		return;
	HASH_ITER (hh, ipam->used, used, next) {
		HASH_DEL(ipam->used, used);
		free(used);
	}
	free(ipam->pools);
	free(ipam);
}

static bool is_ipv6_pool(const struct leat_ipam_pool *pool)
{
	return !leat_addr_is_ipv4(&pool->cidr.addr);
}

static __u64 last_offset(const struct leat_ipam_pool *pool)
{
	return pool->size - (is_ipv6_pool(pool) ? 1 : 2);
}

static struct leat_addr addr_at(const struct leat_ipam_pool *pool, __u64 offset)
{
	struct leat_addr addr = pool->cidr.addr;
	for (int i = 15; i >= 8 && offset; i--, offset >>= 8)
		addr.b[i] |= (__u8)offset;
	return addr;
}

/* UINT64_MAX where the address is beyond the part of the block that is used. */
static __u64 offset_of(const struct leat_ipam_pool *pool, const struct leat_addr *addr)
{
	__u64 offset = 0;
	for (int i = 0; i < 16; i++) {
		if (offset >> 56)
			return UINT64_MAX;
		offset = offset << 8 | (__u8)(addr->b[i] ^ pool->cidr.addr.b[i]);
	}
	return offset;
}

static struct leat_ipam_pool *pool_of(const struct leat_ipam *ipam, const struct leat_addr *addr)
{
	for (size_t i = 0; i < ipam->pool_count; i++)
		if (leat_cidr_contains(&ipam->pools[i].cidr, addr))
			return &ipam->pools[i];
	return NULL;
}

static struct leat_ipam_pool *pool_by_cidr(const struct leat_ipam *ipam,
					   const struct leat_cidr *cidr)
{
	for (size_t i = 0; i < ipam->pool_count; i++)
		if (ipam->pools[i].cidr.prefixlen == cidr->prefixlen &&
		    leat_addr_compare(&ipam->pools[i].cidr.addr, &cidr->addr) == 0)
			return &ipam->pools[i];
	return NULL;
}

static int make_pool(const struct leat_ipam *ipam, const struct leat_cidr *cidr,
		     struct leat_ipam_pool *ret_pool)
{
	__u32 bits = 128 - cidr->prefixlen;
	struct leat_ipam_pool pool = {
		.cidr = *cidr,
		.size = 1ULL << (bits > BITS_MOST ? BITS_MOST : bits),
		.last = FIRST_OFFSET - 1,
	};
	if (pool.size <= FIRST_OFFSET || last_offset(&pool) < FIRST_OFFSET)
		return -EINVAL;
	const struct leat_ipam_pool *before = pool_by_cidr(ipam, cidr);
	if (before)
		pool.last = before->last;
	for (const struct used *used = ipam->used; used; used = used->hh.next)
		pool.used += leat_cidr_contains(cidr, &used->addr);
	*ret_pool = pool;
	return 0;
}

int leat_ipam_set_pools(struct leat_ipam *ipam, const struct leat_cidr *cidrs, size_t count)
{
	_cleanup_free_ struct leat_ipam_pool *pools = calloc(count ? count : 1, sizeof(*pools));
	int err = pools ? 0 : -ENOMEM;
	for (size_t i = 0; !err && i < count; i++)
		err = make_pool(ipam, &cidrs[i], &pools[i]);
	if (err)
		return err;
	free(ipam->pools);
	ipam->pools = TAKE_PTR(pools);
	ipam->pool_count = count;
	return 0;
}

size_t leat_ipam_pool_count(const struct leat_ipam *ipam)
{
	return ipam->pool_count;
}

const struct leat_ipam_pool *leat_ipam_pool_get(const struct leat_ipam *ipam, size_t index)
{
	return &ipam->pools[index];
}

void leat_ipam_set_last(struct leat_ipam *ipam, const struct leat_cidr *cidr, __u64 last)
{
	struct leat_ipam_pool *pool = pool_by_cidr(ipam, cidr);
	if (pool && last < pool->size)
		pool->last = last;
}

bool leat_ipam_has_family(const struct leat_ipam *ipam, bool is_ipv6)
{
	for (size_t i = 0; i < ipam->pool_count; i++)
		if (is_ipv6_pool(&ipam->pools[i]) == is_ipv6)
			return true;
	return false;
}

/* Looks at each offset once, from the one after the last handed out. */
static int take_from(struct leat_ipam *ipam, struct leat_ipam_pool *pool,
		     struct leat_addr *ret_addr)
{
	__u64 usable = last_offset(pool) - FIRST_OFFSET + 1;
	if (pool->used >= usable)
		return -ENOSPC;
	__u64 offset = pool->last;
	for (__u64 i = 0; i < usable; i++) {
		offset = offset + 1 > last_offset(pool) ? FIRST_OFFSET : offset + 1;
		struct leat_addr addr = addr_at(pool, offset);
		int err = leat_ipam_mark(ipam, &addr);
		if (err == -EADDRINUSE)
			continue;
		if (!err) {
			pool->last = offset;
			*ret_addr = addr;
		}
		return err;
	}
	return -ENOSPC;
}

int leat_ipam_take(struct leat_ipam *ipam, bool is_ipv6, struct leat_addr *ret_addr)
{
	int err = -ENOENT;
	for (size_t i = 0; i < ipam->pool_count; i++) {
		if (is_ipv6_pool(&ipam->pools[i]) != is_ipv6)
			continue;
		err = take_from(ipam, &ipam->pools[i], ret_addr);
		if (err != -ENOSPC)
			return err;
	}
	return err;
}

int leat_ipam_claim(struct leat_ipam *ipam, const struct leat_addr *addr)
{
	const struct leat_ipam_pool *pool = pool_of(ipam, addr);
	if (!pool)
		return -ERANGE;
	__u64 offset = offset_of(pool, addr);
	if (offset < FIRST_OFFSET)
		return -ERANGE;
	if (!is_ipv6_pool(pool) && offset > last_offset(pool))
		return -ERANGE;
	return leat_ipam_mark(ipam, addr);
}

int leat_ipam_mark(struct leat_ipam *ipam, const struct leat_addr *addr)
{
	if (leat_ipam_is_used(ipam, addr))
		return -EADDRINUSE;
	struct used *used = calloc(1, sizeof(*used));
	if (!used)
		return -ENOMEM;
	used->addr = *addr;
	HASH_ADD(hh, ipam->used, addr, sizeof(used->addr), used);
	struct leat_ipam_pool *pool = pool_of(ipam, addr);
	if (pool)
		pool->used++;
	return 0;
}

void leat_ipam_release(struct leat_ipam *ipam, const struct leat_addr *addr)
{
	struct used *used;
	HASH_FIND(hh, ipam->used, addr, sizeof(*addr), used);
	if (!used)
		return;
	HASH_DEL(ipam->used, used);
	free(used);
	struct leat_ipam_pool *pool = pool_of(ipam, addr);
	if (pool)
		pool->used--;
}

bool leat_ipam_is_used(const struct leat_ipam *ipam, const struct leat_addr *addr)
{
	struct used *used;
	HASH_FIND(hh, ipam->used, addr, sizeof(*addr), used);
	return used;
}

bool leat_ipam_is_inside(const struct leat_ipam *ipam, const struct leat_addr *addr)
{
	return pool_of(ipam, addr);
}

size_t leat_ipam_used_count(const struct leat_ipam *ipam)
{
	return HASH_COUNT(ipam->used);
}
