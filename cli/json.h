/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * JSON for programs: an array with an element a line (printed while it is made, so that a
 * million flows need no memory), single objects, and fields that may be null.
 */
#include <cjson/cJSON.h>

#include "cli.h"

struct leat_json_list {
	FILE *out;
	size_t count;
};

void leat_json_begin(struct leat_json_list *list, FILE *out);
/* Prints and frees the object. */
void leat_json_add(struct leat_json_list *list, cJSON *object);
void leat_json_end(struct leat_json_list *list);
/* One object on one line, flushed (monitor), or over several lines; freed. */
void leat_json_line(FILE *out, cJSON *object);
void leat_json_print(FILE *out, cJSON *object);

/* Field of text; NULL becomes null, bytes that are not UTF-8 become \xNN. */
void leat_json_text(cJSON *object, const char *field, const char *text);
/* Adds it whether the field was there or not. */
void leat_json_replace(cJSON *object, const char *field, const char *text);
void leat_json_number(cJSON *object, const char *field, double number);
cJSON *leat_json_array(cJSON *object, const char *field);
void leat_json_append(cJSON *array, const char *text);
/* Memory failures end the process (cli.h), so what cJSON makes is never NULL. */
void leat_json_use_cli_memory(void);
