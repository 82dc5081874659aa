/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Small helpers around cJSON for requests, answers and state files. */
#include <cjson/cJSON.h>

#include "lib/addr.h"
#include "lib/mac.h"

static inline void leat_cleanup_json(cJSON **json)
{
	cJSON_Delete(*json);
}
#define _cleanup_json_ __attribute__((cleanup(leat_cleanup_json)))

/* A string member's text; "" where there is none. */
const char *leat_json_text(const cJSON *json, const char *name);
/* A whole number of 32 bits. -EINVAL, also where there is none. */
int leat_json_u32(const cJSON *json, const char *name, __u32 *ret_number);
/* Appends the address as text, unless it is all zero. */
void leat_json_add_addr(cJSON *array, const struct leat_addr *addr);
void leat_json_add_cidrs(cJSON *object, const char *name, const struct leat_cidr *cidrs,
			 size_t count);
