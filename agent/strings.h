/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A list of texts that grows: option values, problems. Zeroed is empty. */
#include <stdbool.h>
#include <stddef.h>

struct leat_strings {
	char **items;
	size_t count;
};

int leat_strings_add(struct leat_strings *strings, const char *text, size_t length);
/* As printf does; an out of memory is the loss of that line. */
void leat_strings_print(struct leat_strings *strings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool leat_strings_has(const struct leat_strings *strings, const char *text);
void leat_strings_free(struct leat_strings *strings); /* and empty again */
