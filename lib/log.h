/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One line a message on standard error: "<level> text" or JSON. For programs (agent, cni, cli);
 * library folders return errors and never log. Control characters in the text are escaped.
 */
#include <stdbool.h>

enum leat_log_level {
	LEAT_LOG_ERROR,
	LEAT_LOG_WARNING,
	LEAT_LOG_INFO,
	LEAT_LOG_DEBUG,
};

void leat_log_configure(enum leat_log_level most, bool is_json);
/* Name to level: "error", "warning", "info", "debug". -EINVAL. */
int leat_log_level_parse(const char *name, enum leat_log_level *ret_level);
void leat_log(enum leat_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...)	 leat_log(LEAT_LOG_ERROR, __VA_ARGS__)
#define log_warning(...) leat_log(LEAT_LOG_WARNING, __VA_ARGS__)
#define log_info(...)	 leat_log(LEAT_LOG_INFO, __VA_ARGS__)
#define log_debug(...)	 leat_log(LEAT_LOG_DEBUG, __VA_ARGS__)
