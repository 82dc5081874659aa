// SPDX-License-Identifier: Apache-2.0
/* The text beside an error code. */
#include "maps/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int leat_problem_set(char **ret_problem, int error, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!ret_problem)
		return error;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text) {
		free(*ret_problem);
		*ret_problem = text;
	}
	return error;
}
