// SPDX-License-Identifier: Apache-2.0
/* JSON for programs: cJSON with the few shapes that all commands share. */
#include <string.h>

#include "json.h"
#include "lib/text.h"

void leat_out_use_cli_memory(void)
{
	cJSON_Hooks hooks = { .malloc_fn = leat_cli_alloc, .free_fn = free };

	cJSON_InitHooks(&hooks);
}

static void print_and_free(FILE *out, cJSON *object, bool is_pretty)
{
	char *text = is_pretty ? cJSON_Print(object) : cJSON_PrintUnformatted(object);

	fputs(text ? text : "null", out);
	cJSON_free(text);
	cJSON_Delete(object);
}

void leat_out_begin(struct leat_out_list *list, FILE *out)
{
	*list = (struct leat_out_list){ .out = out };
	fputs("[", out);
}

void leat_out_add(struct leat_out_list *list, cJSON *object)
{
	fputs(list->count++ ? ",\n" : "\n", list->out);
	print_and_free(list->out, object, false);
}

void leat_out_end(struct leat_out_list *list)
{
	fputs(list->count ? "\n]\n" : "]\n", list->out);
}

void leat_out_line(FILE *out, cJSON *object)
{
	print_and_free(out, object, false);
	fputc('\n', out);
	fflush(out);
}

void leat_out_print(FILE *out, cJSON *object)
{
	print_and_free(out, object, true);
	fputc('\n', out);
}

/* RFC 8259 wants UTF-8; what is UTF-8 stays as it is, cJSON escapes the control characters. */
static cJSON *text_item(const char *text)
{
	_cleanup_free_ char *safe = NULL;

	if (!text)
		return cJSON_CreateNull();
	for (const char *c = text; *c && !safe; c++) {
		if ((unsigned char)*c >= 0x7f)
			safe = leat_text_escape(text);
	}
	return cJSON_CreateString(safe ? safe : text);
}

void leat_field_text(cJSON *object, const char *field, const char *text)
{
	cJSON_AddItemToObject(object, field, text_item(text));
}

void leat_field_number(cJSON *object, const char *field, double number)
{
	cJSON_AddNumberToObject(object, field, number);
}

cJSON *leat_field_array(cJSON *object, const char *field)
{
	return cJSON_AddArrayToObject(object, field);
}

void leat_field_append(cJSON *array, const char *text)
{
	cJSON_AddItemToArray(array, text_item(text));
}
