/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What ADD prints, in the version that the configuration asks for. Pure. */
#include "plan.h"

/*
 * A new reference, NULL when out of memory. With a prevResult (we are not the first plugin of
 * the list) that one comes first and ours is added.
 */
json_t *leat_cni_result_make(const struct leat_cni_conf *conf, const struct leat_cni_env *env,
			     const struct leat_cni_plan *plan);
/* On standard output, with a newline. -EIO when it could not all be written. */
int leat_cni_result_print(const json_t *result);
