/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What each table must look like in the kernel, from the types in include/leat. */
#include "maps.h"

struct leat_shape {
	const char *name;
	__u32 type; /* enum bpf_map_type */
	__u32 key_size;
	__u32 value_size;
	__u32 default_entries; /* LEAT_SIZE_* */
};

extern const struct leat_shape leat_shapes[LEAT_TABLE_COUNT];
/* "hash", "lpm-trie": for messages and docs/maps.md. */
const char *leat_map_type_name(__u32 type);
