// SPDX-License-Identifier: Apache-2.0
/* libbpf's words, kept instead of printed. Debug chatter is dropped. */
#include "loader/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct leat_capture *current;

static void append(struct leat_capture *capture, const char *text, size_t length)
{
	size_t room = sizeof(capture->tail) - 1;

	if (length > room) {
		text += length - room;
		length = room;
	}
	if (capture->size + length > room) {
		size_t drop = capture->size + length - room;

		memmove(capture->tail, capture->tail + drop, capture->size - drop);
		capture->size -= drop;
	}
	memcpy(capture->tail + capture->size, text, length);
	capture->size += length;
	capture->tail[capture->size] = '\0';
}

/* A verifier's log comes as one message of any length. */
static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *text;
	int length;

	if (level == LIBBPF_DEBUG || !current)
		return 0;
	length = vasprintf(&text, format, arguments);
	if (length < 0)
		return 0;
	append(current, text, (size_t)length);
	free(text);
	return length;
}

void leat_capture_begin(struct leat_capture *capture)
{
	leat_capture_clear(capture);
	capture->outer = current;
	current = capture;
	capture->before = libbpf_set_print(keep);
}

void leat_capture_end(struct leat_capture *capture)
{
	libbpf_set_print(capture->before);
	current = capture->outer;
}

void leat_capture_clear(struct leat_capture *capture)
{
	capture->size = 0;
	capture->tail[0] = '\0';
}

const char *leat_capture_last(const struct leat_capture *capture, size_t lines)
{
	const char *start = capture->tail + capture->size;

	if (start > capture->tail && start[-1] == '\n')
		start--;
	while (start > capture->tail && (start[-1] != '\n' || --lines))
		start--;
	return start;
}
