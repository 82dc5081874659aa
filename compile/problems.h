/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What could not be compiled, for people: each "KIND NAMESPACE/NAME: what: why". */
#include "compile/compile.h"

/* More than this many are counted, not listed. */
#define LEAT_PROBLEMS_MAX 500

struct leat_problems {
	char **items; /* owned */
	size_t count;
	size_t allocated;
	size_t left_out;
};

void leat_problems_free(struct leat_problems *problems);
int leat_problem_add(struct leat_problems *problems, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Says how many were left out and hands all over to the result. */
int leat_problems_finish(struct leat_problems *problems, struct leat_desired *desired);
