/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The Service table and its backends, as they are and as they change: a changed Service gets a
 * new range of backends, then its one entry is flipped, then the old range rests until
 * leat_services_settle(), so that no packet under way finds another's backend in it.
 */
#include "agent/ranges.h"
#include "maps/maps.h"

struct leat_range {
	__u32 first;
	__u32 count;
};

struct leat_services {
	const struct leat_table *svc_table;
	const struct leat_table *backend_table;
	struct leat_rows actual;       /* struct leat_svc_key -> struct leat_svc */
	struct leat_backend *backends; /* by slot, as written */
	struct leat_ranges ranges;
	struct leat_range *resting;
	size_t resting_count;
	struct leat_rows puts; /* planned flips */
};

struct leat_services_want {
	const struct leat_svc_key *key;
	__u32 service;
	__u32 flags;
	__u32 affinity_sec;
	const struct leat_backend *backends;
	__u32 count;
};

/* Reads what the tables hold. */
int leat_services_init(struct leat_services *services, const struct leat_maps *maps);
void leat_services_free(struct leat_services *services);

/* What is held for this key; NULL: nothing. Backends by *ret_backends, count in the value. */
const struct leat_svc *leat_services_get(const struct leat_services *services,
					 const struct leat_svc_key *key,
					 const struct leat_backend **ret_backends);
/* Writes new backends if need be and plans the flip; 0 also where nothing changes. -ENOSPC. */
int leat_services_plan(struct leat_services *services, const struct leat_services_want *want);
/* Flips what was planned. First error; *ret_failed counts. */
int leat_services_flip(struct leat_services *services, size_t *ret_failed);
/* Removes one entry. */
int leat_services_remove(struct leat_services *services, const struct leat_svc_key *key);
/* Zeroes the ranges that rested and gives them back. */
void leat_services_settle(struct leat_services *services);
