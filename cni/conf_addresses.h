/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Addresses that somebody asked for: runtimeConfig.ips, args.cni.ips and CNI_ARGS IP=. */
#include "conf.h"

/* Fills conf->addresses for ADD; each family at most once, the same one twice counts once. */
int leat_cni_conf_read_addresses(struct leat_cni_conf *conf, const struct leat_cni_env *env,
				 struct leat_cni_error *error);
