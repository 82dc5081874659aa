/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Part of world.h: namespaces, those that only pods name included. */
#include "compile/world.h"

/* Index of the namespace, made when nobody has named it yet. -ENOMEM. */
int leat_namespace_find(struct leat_world *world, const char *name, __u32 *ret_namespace);
/* All Namespace objects and all policies by namespace. -ENOMEM. */
int leat_namespaces_build(struct leat_world *world);
