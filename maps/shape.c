// SPDX-License-Identifier: Apache-2.0
/* The tables' shapes. Their map types stand in the comments of include/leat, too. */
#include "maps/shape.h"

#include <linux/bpf.h>

#include <leat/sizes.h>

#define SHAPE_OF(id, map_type, entries)                                                            \
	[LEAT_TABLE_##id] = { .name = LEAT_MAP_##id,                                               \
			      .type = BPF_MAP_TYPE_##map_type,                                     \
			      .key_size = sizeof(((struct row_##id *)0)->key),                     \
			      .value_size = sizeof(((struct row_##id *)0)->value),                 \
			      .default_entries = (entries) }

#define ROW_OF(id, name, key_type, value_type)                                                     \
	struct row_##id {                                                                          \
		key_type key;                                                                      \
		value_type value;                                                                  \
	};
LEAT_TABLES(ROW_OF)
#undef ROW_OF

const struct leat_shape leat_shapes[LEAT_TABLE_COUNT] = {
	SHAPE_OF(FLOW, HASH, LEAT_SIZE_FLOW),
	SHAPE_OF(FRAG, LRU_HASH, LEAT_SIZE_FRAG),
	SHAPE_OF(EP, ARRAY, LEAT_SIZE_EP),
	SHAPE_OF(IFEP, HASH, LEAT_SIZE_IFEP),
	SHAPE_OF(EPSTAT, ARRAY, LEAT_SIZE_EPSTAT),
	SHAPE_OF(IPCACHE, HASH, LEAT_SIZE_IPCACHE),
	SHAPE_OF(CIDR, LPM_TRIE, LEAT_SIZE_CIDR),
	SHAPE_OF(POLICY, LPM_TRIE, LEAT_SIZE_POLICY),
	SHAPE_OF(SVC, HASH, LEAT_SIZE_SVC),
	SHAPE_OF(BACKEND, ARRAY, LEAT_SIZE_BACKEND),
	SHAPE_OF(NODE, ARRAY, LEAT_SIZE_NODE),
	SHAPE_OF(DEVICE, HASH, LEAT_SIZE_DEVICE),
	SHAPE_OF(METRIC, PERCPU_ARRAY, LEAT_SIZE_METRIC),
	SHAPE_OF(DROP, LRU_HASH, LEAT_SIZE_DROP),
	SHAPE_OF(EVLIM, PERCPU_ARRAY, LEAT_SIZE_EVLIM),
	/* a ring buffer has records, not keys and values */
	[LEAT_TABLE_EVENT] = { .name = LEAT_MAP_EVENT,
			       .type = BPF_MAP_TYPE_RINGBUF,
			       .default_entries = LEAT_SIZE_EVENT },
};

const char *leat_map_type_name(__u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
		return "hash";
	case BPF_MAP_TYPE_LRU_HASH:
		return "LRU hash";
	case BPF_MAP_TYPE_ARRAY:
		return "array";
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return "per-CPU array";
	case BPF_MAP_TYPE_LPM_TRIE:
		return "LPM trie";
	case BPF_MAP_TYPE_RINGBUF:
		return "ring buffer";
	default:
		return "other";
	}
}
