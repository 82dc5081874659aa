/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the numbers in the tables stand for, for people. */
#include "compile/addresses.h"

int leat_names_write(const struct leat_addresses *addresses,
		     const struct leat_identities *identities, const struct leat_targets *targets,
		     struct leat_desired *desired);
