// SPDX-License-Identifier: Apache-2.0
/*
 * A list of texts with an end. See problems.h.
 */
#include "compile/problems.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"

void leat_problems_free(struct leat_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		free(problems->items[i]);
	free(problems->items);
	*problems = (struct leat_problems){ 0 };
}

static int append_text(struct leat_problems *problems, char *text)
{
	if (problems->count == problems->allocated) {
		size_t more = problems->allocated ? problems->allocated * 2 : 8;
		char **items = reallocarray(problems->items, more, sizeof(*items));

		if (!items)
			return -ENOMEM;
		problems->items = items;
		problems->allocated = more;
	}
	problems->items[problems->count++] = text;
	return 0;
}

int leat_problem_add(struct leat_problems *problems, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int length;

	if (problems->count >= LEAT_PROBLEMS_MAX) {
		problems->left_out++;
		return 0;
	}
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return -ENOMEM;
	}
	if (append_text(problems, text) < 0)
		return -ENOMEM;
	text = NULL;
	return 0;
}

static int append_left_out(struct leat_problems *problems)
{
	_cleanup_free_ char *text = NULL;

	if (!problems->left_out)
		return 0;
	if (asprintf(&text, "%zu more problems: not listed", problems->left_out) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	if (append_text(problems, text) < 0)
		return -ENOMEM;
	text = NULL;
	return 0;
}

int leat_problems_finish(struct leat_problems *problems, struct leat_desired *desired)
{
	if (append_left_out(problems) < 0)
		return -ENOMEM;
	desired->problems = problems->items;
	desired->problem_count = problems->count;
	*problems = (struct leat_problems){ 0 };
	return 0;
}
