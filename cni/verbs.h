/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The commands, a file each. They print their own result, if they have one. */
#include "conf.h"

struct leat_cni_call {
	struct leat_cni_env env;
	struct leat_cni_conf conf;
};

typedef int leat_cni_verb(const struct leat_cni_call *call, struct leat_cni_error *error);

leat_cni_verb leat_cni_add;
leat_cni_verb leat_cni_del;
leat_cni_verb leat_cni_check;
leat_cni_verb leat_cni_gc;
leat_cni_verb leat_cni_status;

/* VERSION needs no configuration and no variable; `text` is standard input, or NULL. */
int leat_cni_version(const char *text, size_t size, struct leat_cni_error *error);
