/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the numbers and addresses in the tables are called: the agent's state.json, indexed.
 * Knows nothing of tables; answers NULL for what the file does not name.
 */
#include <cjson/cJSON.h>

#include "lib/addr.h"

enum leat_name_kind {
	LEAT_NAME_ENDPOINT, /* by slot */
	LEAT_NAME_RULE,
	LEAT_NAME_SET,
	LEAT_NAME_IDENTITY,
	LEAT_NAME_SERVICE,
	LEAT_NAME_NODE, /* by slot */
	LEAT_NAME_KINDS,
};

struct leat_names;

/* -EINVAL: no JSON object. Fields of the wrong type count as absent. */
int leat_names_parse(const char *text, struct leat_names **ret_names);
/* STATE_DIR/state.json; errors of reading it as they come, else as above. */
int leat_names_load(const char *state_dir, struct leat_names **ret_names);
struct leat_names *leat_names_empty(void);
void leat_names_free(struct leat_names *names); /* NULL is fine */

/* The whole file's object, to read further fields from; never NULL. */
const cJSON *leat_names_root(const struct leat_names *names);
/* The object that describes one number. */
const cJSON *leat_names_find(const struct leat_names *names, enum leat_name_kind kind,
			     __u32 number);
/* "namespace/name" of the pod that has the address. */
const char *leat_names_pod(const struct leat_names *names, const struct leat_addr *addr);
/* Name of the node that has the address. */
const char *leat_names_node(const struct leat_names *names, const struct leat_addr *addr);
/* Slot of the local pod "namespace/name", or "name" where only one namespace has it.
 * -ENOENT, -ENOTUNIQ. */
int leat_names_endpoint_slot(const struct leat_names *names, const char *text, __u32 *ret_slot);

/* Field of an object; "" and 0 where it is absent or of another type, or `object` is NULL. */
const char *leat_names_text(const cJSON *object, const char *field);
__u32 leat_names_number(const cJSON *object, const char *field);
/* "namespace/FIELD" of an object, new memory; NULL where the object is. */
char *leat_names_full(const cJSON *object, const char *field);
