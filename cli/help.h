/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What `leat help` prints, made from the command table alone. */
#include "command.h"

extern const struct leat_option leat_global_options[];

/* Every command, a line each. */
void leat_help_all(const struct leat_command *commands, FILE *out);
/* Of one command, else of all of a noun, else of everything. */
void leat_help(const struct leat_command *commands, const char *noun,
	       const struct leat_command *command, FILE *out);
