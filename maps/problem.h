/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The text beside an error code, for a person: set at most once, where the cause is known. */

/* Writes a new text to *ret_problem, in place of one that is there; nothing when ret_problem is
 * NULL or memory ran out. Returns `error`, so that it can stand in a return statement. */
int leat_problem_set(char **ret_problem, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
