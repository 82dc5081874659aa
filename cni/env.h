/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the runtime says through CNI_* variables, checked: after leat_cni_env_read() every
 * name is safe to become part of a path, a log line or a request. Strings point into the
 * environment or into `args_copy`.
 */
#include <leat/types.h>

#include "error.h"

enum leat_cni_command {
	LEAT_CNI_ADD,
	LEAT_CNI_DEL,
	LEAT_CNI_CHECK,
	LEAT_CNI_GC,
	LEAT_CNI_STATUS,
	LEAT_CNI_VERSION,
	LEAT_CNI_COMMANDS
};

struct leat_cni_env {
	enum leat_cni_command command;
	const char *container_id; /* "" where the command needs none */
	const char *netns;
	const char *ifname;
	const char *path; /* CNI_PATH, "" when unset */
	/* From CNI_ARGS; "" when absent. */
	const char *pod_namespace;
	const char *pod_name;
	const char *pod_uid;
	struct leat_addr address; /* IP=, zero when absent */
	char *args_copy;	  /* owned */
};

/* Looks variables up as getenv() does, so that tests need not touch the environment. */
typedef const char *leat_cni_getenv(const char *name);

int leat_cni_env_read(leat_cni_getenv *get, struct leat_cni_env *ret_env,
		      struct leat_cni_error *error);
void leat_cni_env_free(struct leat_cni_env *env);
/* "10.1.2.3" or "10.1.2.3/24": the length is ours to choose, so it is dropped. -EINVAL. */
int leat_cni_address_parse(const char *text, struct leat_addr *ret_addr);
