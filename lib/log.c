// SPDX-License-Identifier: Apache-2.0
/*
 * One line a message on standard error, in one write so that lines of several processes do not
 * mix. What is logged often names things a stranger chose: it is escaped before it is printed.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "text.h"

static struct {
	enum leat_log_level most;
	bool is_json;
} config = { .most = LEAT_LOG_INFO };

static const char *const level_names[] = {
	[LEAT_LOG_ERROR] = "error",
	[LEAT_LOG_WARNING] = "warning",
	[LEAT_LOG_INFO] = "info",
	[LEAT_LOG_DEBUG] = "debug",
};

void leat_log_configure(enum leat_log_level most, bool is_json)
{
	config.most = most;
	config.is_json = is_json;
}

int leat_log_level_parse(const char *name, enum leat_log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum leat_log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

static void add_time(struct leat_text *line)
{
	char date[sizeof("2026-01-01T00:00:00")];
	struct timespec now;
	struct tm parts;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	leat_text_add(line, "%s.%03ldZ", date, now.tv_nsec / 1000000);
}

/* `message` has no control characters and is UTF-8 already. */
static void add_json(struct leat_text *line, enum leat_log_level level, const char *message)
{
	leat_text_add(line, "{\"time\":\"");
	add_time(line);
	leat_text_add(line, "\",\"level\":\"%s\",\"msg\":\"", level_names[level]);
	while (*message) {
		size_t plain = strcspn(message, "\"\\");

		leat_text_add(line, "%.*s", (int)plain, message);
		message += plain;
		if (*message)
			leat_text_add(line, "\\%c", *message++);
	}
	leat_text_add(line, "\"}\n");
}

static void write_line(const char *line, size_t size)
{
	while (size) {
		ssize_t done = write(STDERR_FILENO, line, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* nobody reads: there is nowhere to say so */
		line += done;
		size -= (size_t)done;
	}
}

static void write_message(enum leat_log_level level, const char *message)
{
	struct leat_text line LEAT_CLEANUP(leat_text_free) = {};
	_cleanup_free_ char *escaped = leat_text_escape(message);
	static const char lost[] = "error out of memory: a log message is lost\n";

	if (escaped && config.is_json)
		add_json(&line, level, escaped);
	else if (escaped)
		leat_text_add(&line, "%s %s\n", level_names[level], escaped);
	if (line.data)
		write_line(line.data, line.size);
	else
		write_line(lost, sizeof(lost) - 1);
}

void leat_log(enum leat_log_level level, const char *format, ...)
{
	_cleanup_free_ char *message = NULL;
	int saved_errno = errno;
	va_list args;

	if (level > config.most)
		return;
	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		message = NULL;
	va_end(args);
	write_message(level, message ? message : format);
	errno = saved_errno;
}
