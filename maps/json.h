/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Building a JSON object field by field; a failed allocation is remembered, asked for once. */
#include <stdbool.h>

#include <cjson/cJSON.h>

#include <leat/types.h>

struct leat_object {
	cJSON *json; /* owned until leat_object_take() */
	bool has_failed;
};

struct leat_flag_name {
	__u32 flag;
	const char *name;
};

struct leat_object leat_object_begin(void);
void leat_object_number(struct leat_object *object, const char *name, double number);
void leat_object_text(struct leat_object *object, const char *name, const char *text);
void leat_object_addr(struct leat_object *object, const char *name, const struct leat_addr *addr);
void leat_object_mac(struct leat_object *object, const char *name, const __u8 mac[6]);
/* An array of the names of the flags that are set; `names` ends with an empty one. */
void leat_object_flags(struct leat_object *object, const char *name, __u32 flags,
		       const struct leat_flag_name *names);
/* The object, now the caller's, or NULL when memory ran out. */
cJSON *leat_object_take(struct leat_object *object);
