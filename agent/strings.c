// SPDX-License-Identifier: Apache-2.0
/* See strings.h. */
#include "strings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"

int leat_strings_add(struct leat_strings *strings, const char *text, size_t length)
{
	char **items = realloc(strings->items, (strings->count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	strings->items = items;
	items[strings->count] = strndup(text, length);
	if (!items[strings->count])
		return -ENOMEM;
	strings->count++;
	return 0;
}

void leat_strings_print(struct leat_strings *strings, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		(void)leat_strings_add(strings, text, strlen(text));
}

bool leat_strings_has(const struct leat_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

void leat_strings_free(struct leat_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
	*strings = (struct leat_strings){ 0 };
}
