// SPDX-License-Identifier: Apache-2.0
/* Building a JSON object field by field. */
#include "maps/json.h"

#include <stdio.h>

#include "lib/addr.h"

struct leat_object leat_object_begin(void)
{
	struct leat_object object = { .json = cJSON_CreateObject() };

	object.has_failed = !object.json;
	return object;
}

void leat_object_number(struct leat_object *object, const char *name, double number)
{
	if (!cJSON_AddNumberToObject(object->json, name, number))
		object->has_failed = true;
}

void leat_object_text(struct leat_object *object, const char *name, const char *text)
{
	if (!cJSON_AddStringToObject(object->json, name, text))
		object->has_failed = true;
}

void leat_object_addr(struct leat_object *object, const char *name, const struct leat_addr *addr)
{
	char text[LEAT_ADDR_TEXT];

	leat_object_text(object, name, leat_addr_is_zero(addr) ? "" : leat_addr_format(addr, text));
}

void leat_object_mac(struct leat_object *object, const char *name, const __u8 mac[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	leat_object_text(object, name, text);
}

void leat_object_flags(struct leat_object *object, const char *name, __u32 flags,
		       const struct leat_flag_name *names)
{
	cJSON *array = cJSON_AddArrayToObject(object->json, name);

	for (; array && names->name; names++) {
		cJSON *item = flags & names->flag ? cJSON_CreateString(names->name) : NULL;

		if ((flags & names->flag) && !cJSON_AddItemToArray(array, item)) {
			cJSON_Delete(item);
			object->has_failed = true;
		}
	}
	if (!array)
		object->has_failed = true;
}

cJSON *leat_object_take(struct leat_object *object)
{
	cJSON *json = object->json;

	object->json = NULL;
	if (!object->has_failed)
		return json;
	cJSON_Delete(json);
	return NULL;
}
