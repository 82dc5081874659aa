/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Addresses of this node's pods: one pool a pod CIDR, handed out round robin so that an address
 * rests as long as possible before somebody else gets it. In memory only; what was handed out
 * and where each pool stood is stored with the endpoints (endpoints.h).
 */
#include <stdbool.h>
#include <stddef.h>

#include "lib/addr.h"

struct leat_ipam;

struct leat_ipam_pool {
	struct leat_cidr cidr;
	__u64 last; /* offset of the address handed out last */
	__u64 size; /* addresses in the block, at most 2^32 of it are used */
	__u64 used;
};

int leat_ipam_new(struct leat_ipam **ret_ipam);
void leat_ipam_free(struct leat_ipam *ipam);

/* Replaces the pools; one whose block stays keeps its position. Addresses in use stay marked,
 * also those that are now outside of every pool. -EINVAL: a block has no usable address. */
int leat_ipam_set_pools(struct leat_ipam *ipam, const struct leat_cidr *cidrs, size_t count);
size_t leat_ipam_pool_count(const struct leat_ipam *ipam);
const struct leat_ipam_pool *leat_ipam_pool_get(const struct leat_ipam *ipam, size_t index);
/* Where a pool stood, from the state file. */
void leat_ipam_set_last(struct leat_ipam *ipam, const struct leat_cidr *cidr, __u64 last);

bool leat_ipam_has_family(const struct leat_ipam *ipam, bool is_ipv6);
/* The next free one. -ENOENT: no pool of this family; -ENOSPC: all are in use. */
int leat_ipam_take(struct leat_ipam *ipam, bool is_ipv6, struct leat_addr *ret_addr);
/* That one. -EADDRINUSE; -ERANGE: in no pool, or network, gateway or broadcast address. */
int leat_ipam_claim(struct leat_ipam *ipam, const struct leat_addr *addr);
/* In use whatever the pools say: a pod that runs has it. -EADDRINUSE. */
int leat_ipam_mark(struct leat_ipam *ipam, const struct leat_addr *addr);
void leat_ipam_release(struct leat_ipam *ipam, const struct leat_addr *addr);
bool leat_ipam_is_used(const struct leat_ipam *ipam, const struct leat_addr *addr);
bool leat_ipam_is_inside(const struct leat_ipam *ipam, const struct leat_addr *addr);
size_t leat_ipam_used_count(const struct leat_ipam *ipam);
