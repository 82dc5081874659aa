/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Tables for people: headers in capitals, columns as wide as their content, nothing cut. */
#include "cli.h"

#define LEAT_GRID_COLUMNS 16

struct leat_grid {
	FILE *out;
	const char *headers[LEAT_GRID_COLUMNS]; /* a leading '>' aligns to the right */
	size_t columns;
	size_t widths[LEAT_GRID_COLUMNS];
	char **cells; /* rows not printed yet, owned */
	size_t count;
	size_t allocated;
	bool is_header_printed;
};

/* `headers` ends with NULL. */
void leat_grid_begin(struct leat_grid *grid, FILE *out, const char *const *headers);
/* The next cell, row by row from the left; control characters are escaped, "" shows as "-". */
void leat_grid_cell(struct leat_grid *grid, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints what is left and frees everything. Prints the headers also when there is no row. */
void leat_grid_end(struct leat_grid *grid);
