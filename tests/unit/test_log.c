// SPDX-License-Identifier: Apache-2.0
/* What arrives on standard error, which a pipe takes the place of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/cleanup.h"
#include "lib/log.h"

static int saved_stderr = -1;
static int pipe_fds[2];

static void begin(void)
{
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(dup2(pipe_fds[1], STDERR_FILENO) >= 0);
}

static const char *end(void)
{
	static char text[65536];
	ssize_t size;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_fds[1]);
	size = read(pipe_fds[0], text, sizeof(text) - 1);
	close(pipe_fds[0]);
	assert_true(size >= 0);
	text[size] = '\0';
	return text;
}

static void test_text(void **state)
{
	(void)state;
	leat_log_configure(LEAT_LOG_INFO, false);
	begin();
	errno = EAGAIN;
	log_error("pod %s: %d", "a/b", 7);
	assert_int_equal(errno, EAGAIN);
	log_warning("w");
	log_info("i");
	log_debug("d");
	assert_string_equal(end(), "error pod a/b: 7\nwarning w\ninfo i\n");
}

static void test_level(void **state)
{
	(void)state;
	leat_log_configure(LEAT_LOG_ERROR, false);
	begin();
	log_warning("w");
	log_error("e");
	assert_string_equal(end(), "error e\n");
	leat_log_configure(LEAT_LOG_DEBUG, false);
	begin();
	log_debug("d");
	assert_string_equal(end(), "debug d\n");
}

/* Robustness: a name is printed, not obeyed. */
static void test_escaped(void **state)
{
	(void)state;
	leat_log_configure(LEAT_LOG_INFO, false);
	begin();
	log_info("pod %s", "a\nerror fake\033[2J%n\xff");
	assert_string_equal(end(), "info pod a\\x0aerror fake\\x1b[2J%n\\xff\n");
}

static void test_json(void **state)
{
	cJSON *line;

	(void)state;
	leat_log_configure(LEAT_LOG_INFO, true);
	begin();
	log_warning("say \"%s\" \\ %s", "a\nb\xff", "gr\xc3\xbc\xc3\x9f");
	line = cJSON_Parse(end());
	assert_non_null(line);
	assert_string_equal(cJSON_GetObjectItem(line, "level")->valuestring, "warning");
	assert_string_equal(cJSON_GetObjectItem(line, "msg")->valuestring,
			    "say \"a\\x0ab\\xff\" \\ gr\xc3\xbc\xc3\x9f");
	assert_int_equal(strlen(cJSON_GetObjectItem(line, "time")->valuestring),
			 strlen("2026-01-01T00:00:00.000Z"));
	cJSON_Delete(line);
}

static void test_long(void **state)
{
	char text[20001];
	const char *line;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	leat_log_configure(LEAT_LOG_INFO, false);
	begin();
	log_info("%s", text);
	line = end();
	assert_int_equal(strlen(line), strlen("info \n") + 20000);
}

static void test_level_names(void **state)
{
	enum leat_log_level level = LEAT_LOG_INFO;

	(void)state;
	assert_int_equal(leat_log_level_parse("error", &level), 0);
	assert_int_equal(level, LEAT_LOG_ERROR);
	assert_int_equal(leat_log_level_parse("warning", &level), 0);
	assert_int_equal(level, LEAT_LOG_WARNING);
	assert_int_equal(leat_log_level_parse("info", &level), 0);
	assert_int_equal(level, LEAT_LOG_INFO);
	assert_int_equal(leat_log_level_parse("debug", &level), 0);
	assert_int_equal(level, LEAT_LOG_DEBUG);
	assert_int_equal(leat_log_level_parse("Debug", &level), -EINVAL);
	assert_int_equal(leat_log_level_parse("", &level), -EINVAL);
	assert_int_equal(level, LEAT_LOG_DEBUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	cmocka_unit_test(test_level),
		cmocka_unit_test(test_escaped), cmocka_unit_test(test_json),
		cmocka_unit_test(test_long),	cmocka_unit_test(test_level_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
