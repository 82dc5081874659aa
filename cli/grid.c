// SPDX-License-Identifier: Apache-2.0
/*
 * Tables for people. Rows are held back until there are BATCH of them, so that widths fit the
 * content and a table of a million flows still needs little memory.
 */
#include <stdarg.h>
#include <string.h>

#include "grid.h"
#include "lib/text.h"

#define BATCH_ROWS 8192

/* Columns on the terminal: code points, which is right for all but wide and combining ones. */
static size_t width(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static const char *header_text(const char *header)
{
	return header + (header[0] == '>');
}

void leat_grid_begin(struct leat_grid *grid, FILE *out, const char *const *headers)
{
	*grid = (struct leat_grid){ .out = out };
	while (headers[grid->columns] && grid->columns < LEAT_GRID_COLUMNS) {
		grid->headers[grid->columns] = headers[grid->columns];
		grid->widths[grid->columns] = width(header_text(headers[grid->columns]));
		grid->columns++;
	}
}

static void print_cell(struct leat_grid *grid, size_t column, const char *text)
{
	int pad = (int)(grid->widths[column] - width(text));

	if (column)
		fputs("  ", grid->out);
	if (grid->headers[column][0] == '>')
		fprintf(grid->out, "%*s%s", pad, "", text);
	else if (column + 1 < grid->columns)
		fprintf(grid->out, "%s%*s", text, pad, "");
	else
		fputs(text, grid->out); /* no blanks at the end of a line */
	if (column + 1 == grid->columns)
		fputc('\n', grid->out);
}

static void print_batch(struct leat_grid *grid)
{
	for (size_t i = 0; !grid->is_header_printed && i < grid->columns; i++)
		print_cell(grid, i, header_text(grid->headers[i]));
	grid->is_header_printed = true;
	for (size_t i = 0, column = 0; i < grid->count; i++) {
		print_cell(grid, column, grid->cells[i]);
		free(grid->cells[i]);
		column = column + 1 < grid->columns ? column + 1 : 0;
	}
	grid->count = 0;
}

static void add(struct leat_grid *grid, char *cell)
{
	size_t column = grid->count % grid->columns;
	size_t cell_width = width(cell);

	if (cell_width > grid->widths[column])
		grid->widths[column] = cell_width;
	if (grid->count == grid->allocated) {
		grid->allocated = grid->allocated ? grid->allocated * 2 : 64;
		grid->cells = leat_cli_grow(grid->cells, grid->allocated * sizeof(*grid->cells));
	}
	grid->cells[grid->count++] = cell;
	if (grid->count == BATCH_ROWS * grid->columns)
		print_batch(grid);
}

void leat_grid_cell(struct leat_grid *grid, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	char *safe;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	safe = leat_text_escape(text && *text ? text : "-");
	add(grid, safe ? safe : leat_cli_format("-"));
}

void leat_grid_end(struct leat_grid *grid)
{
	print_batch(grid);
	free(grid->cells);
	*grid = (struct leat_grid){ 0 };
}
