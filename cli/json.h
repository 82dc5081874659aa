/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * JSON for programs: an array with an element a line (printed while it is made, so that a
 * million flows need no memory), single objects, and fields that may be null.
 */
#include <cjson/cJSON.h>

#include "cli.h"

struct leat_out_list {
	FILE *out;
	size_t count;
};

void leat_out_begin(struct leat_out_list *list, FILE *out);
/* Prints and frees the object. */
void leat_out_add(struct leat_out_list *list, cJSON *object);
void leat_out_end(struct leat_out_list *list);
/* One object on one line, flushed (monitor), or over several lines; freed. */
void leat_out_line(FILE *out, cJSON *object);
void leat_out_print(FILE *out, cJSON *object);

/* Field of text; NULL becomes null, bytes that are not UTF-8 become \xNN. */
void leat_field_text(cJSON *object, const char *field, const char *text);
void leat_field_number(cJSON *object, const char *field, double number);
cJSON *leat_field_array(cJSON *object, const char *field);
void leat_field_append(cJSON *array, const char *text);
/* Memory failures end the process (cli.h), so what cJSON makes is never NULL. */
void leat_out_use_cli_memory(void);
