/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* All tables of a compilation as text, one row a line: what the golden files hold. */
#include "compile/compile.h"
#include "lib/text.h"

void dump_desired(const struct leat_desired *desired, struct leat_text *text);
