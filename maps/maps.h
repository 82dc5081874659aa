/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The pinned tables: found under BPFFS by their versioned names, read and written in their
 * types. Knows nothing of programs (loader/) nor of where content comes from (compile/).
 */
#include <stdbool.h>

#include <leat/config.h>
#include <leat/drops.h>
#include <leat/endpoint.h>
#include <leat/event.h>
#include <leat/flow.h>
#include <leat/ipcache.h>
#include <leat/node.h>
#include <leat/policy.h>
#include <leat/service.h>

#include "lib/rows.h"

/* X(ID, name, key type, value type); one row a table, in the order of docs/maps.md. */
#define LEAT_TABLES(X)                                                                             \
	X(FLOW, LEAT_MAP_FLOW, struct leat_flow_key, struct leat_flow)                             \
	X(FRAG, LEAT_MAP_FRAG, struct leat_frag_key, struct leat_frag)                             \
	X(EP, LEAT_MAP_EP, __u32, struct leat_endpoint)                                            \
	X(IFEP, LEAT_MAP_IFEP, __u32, __u32)                                                       \
	X(EPSTAT, LEAT_MAP_EPSTAT, __u32, struct leat_epstat)                                      \
	X(IPCACHE, LEAT_MAP_IPCACHE, struct leat_addr, struct leat_ipinfo)                         \
	X(CIDR, LEAT_MAP_CIDR, struct leat_cidr_key, struct leat_ipinfo)                           \
	X(POLICY, LEAT_MAP_POLICY, struct leat_policy_key, struct leat_policy)                     \
	X(SVC, LEAT_MAP_SVC, struct leat_svc_key, struct leat_svc)                                 \
	X(BACKEND, LEAT_MAP_BACKEND, __u32, struct leat_backend)                                   \
	X(NODE, LEAT_MAP_NODE, __u32, struct leat_node)                                            \
	X(DEVICE, LEAT_MAP_DEVICE, __u32, struct leat_device)                                      \
	X(METRIC, LEAT_MAP_METRIC, __u32, struct leat_metric)                                      \
	X(DROP, LEAT_MAP_DROP, struct leat_drop_key, struct leat_drop_info)                        \
	X(EVLIM, LEAT_MAP_EVLIM, __u32, struct leat_evlim)                                         \
	X(EVENT, LEAT_MAP_EVENT, struct { char none; }, struct leat_event)

enum leat_table_id {
#define LEAT_TABLE_ENUM(id, name, key, value) LEAT_TABLE_##id,
	LEAT_TABLES(LEAT_TABLE_ENUM)
#undef LEAT_TABLE_ENUM
		LEAT_TABLE_COUNT,
};

struct leat_table {
	const char *name;
	int fd; /* owned by struct leat_maps */
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 type; /* enum bpf_map_type */
};

struct leat_maps {
	struct leat_table tables[LEAT_TABLE_COUNT];
};

/* Opens what is pinned in BPFFS/maps. -ENOENT when a table is not there (nothing was loaded),
 * -EPROTO when one has another shape than this program's; *ret_problem (owned by the caller,
 * may be NULL) names it. */
int leat_maps_open(const char *bpffs, bool is_read_only, struct leat_maps **ret_maps,
		   char **ret_problem);
void leat_maps_close(struct leat_maps *maps);

/* What a failed write means, for people: "table leat_policy_v1 is full: it has room for 65536
 * entries". The caller frees; NULL on -ENOMEM. */
char *leat_table_problem(const struct leat_table *table, int error);

/* Every entry, sorted. Per-CPU values are summed (leat_metric). Array entries that are all zero
 * are left out. Safe beside a table that changes. */
int leat_table_read(const struct leat_table *table, struct leat_rows *ret_rows);
int leat_table_get(const struct leat_table *table, const void *key, void *ret_value);
/* -E2BIG: the table is full (of any type), or there is no such array slot. */
int leat_table_put(const struct leat_table *table, const void *key, const void *value);
/* -ENOENT is no error: the entry is gone. Arrays: writes zeros. */
int leat_table_remove(const struct leat_table *table, const void *key);
