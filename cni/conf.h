/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The network configuration from standard input, checked. Unknown keys are ignored, as the
 * specification wants; a key that is there twice is refused, because two readers could take
 * two different ones for meant.
 */
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "lib/addr.h"
#include "env.h"
#include "version.h"

#define LEAT_CNI_STATE_DIR_DEFAULT "/var/lib/leat"
#define LEAT_CNI_ADDRESSES_MAX	   2 /* one a family */

struct leat_cni_conf {
	enum leat_cni_version version;
	char version_text[16]; /* as the caller wrote it, "" unless it looks like a version */
	const char *name;
	const char *socket;
	const char *state_dir;
	__u32 mtu; /* 0: the agent's */
	struct leat_addr addresses[LEAT_CNI_ADDRESSES_MAX];
	size_t address_count;
	json_t *dns;	     /* borrowed from root, NULL when absent */
	json_t *prev_result; /* borrowed, NULL when absent; checked for ADD and CHECK only */
	json_t *attachments; /* borrowed, GC only: list of {containerID, ifname} */
	json_t *root;	     /* owned; every string above lives in it */
};

/*
 * `data` is one JSON document. version_text is set as soon as it is known, also on failure,
 * so that an error can be told in the caller's version.
 */
int leat_cni_conf_parse(const char *data, size_t size, const struct leat_cni_env *env,
			struct leat_cni_conf *conf, struct leat_cni_error *error);
void leat_cni_conf_free(struct leat_cni_conf *conf);
