// SPDX-License-Identifier: Apache-2.0
/* See json.h. */
#include "json.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *leat_json_text(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
	return text ? text : "";
}

int leat_json_u32(const cJSON *json, const char *name, __u32 *ret_number)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);
	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > UINT32_MAX ||
	    item->valuedouble != (double)(__u32)item->valuedouble)
		return -EINVAL;
	*ret_number = (__u32)item->valuedouble;
	return 0;
}

void leat_json_add_addr(cJSON *array, const struct leat_addr *addr)
{
	char text[LEAT_ADDR_TEXT];
	if (!leat_addr_is_zero(addr))
		cJSON_AddItemToArray(array, cJSON_CreateString(leat_addr_format(addr, text)));
}

void leat_json_add_cidrs(cJSON *object, const char *name, const struct leat_cidr *cidrs,
			 size_t count)
{
	char text[LEAT_CIDR_TEXT];
	cJSON *array = cJSON_AddArrayToObject(object, name);
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(leat_cidr_format(&cidrs[i], text)));
}
