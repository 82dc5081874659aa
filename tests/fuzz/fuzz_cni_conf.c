// SPDX-License-Identifier: Apache-2.0
/*
 * libFuzzer: the network configuration, and what follows from it without an agent. The first
 * byte chooses the command, the rest is standard input.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cni/conf.h"
#include "cni/prev.h"
#include "cni/result.h"
#include "lib/attachment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A result of any accepted configuration can be made, and its prevResult is one again. */
static void make_result(const struct leat_cni_conf *conf, const struct leat_cni_env *env)
{
	struct leat_cni_plan plan = { .mtu = 1450, .address_count = 1 };
	struct leat_cni_error error = {};
	json_t *result;

	plan.addresses[0].prefixlen = 128;
	plan.gateways[0].b[15] = 1;
	result = leat_cni_result_make(conf, env, &plan);
	if (!result || leat_cni_prev_check(result, &error))
		abort();
	json_decref(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct leat_cni_env env = { .container_id = "c1", .netns = "/n", .ifname = "eth0" };
	struct leat_cni_conf conf;
	struct leat_cni_error error = {};
	int code;

	if (!size)
		return 0;
	env.command = data[0] % LEAT_CNI_COMMANDS;
	code = leat_cni_conf_parse((const char *)data + 1, size - 1, &env, &conf, &error);
	if (code != error.code || (code && !error.msg[0]))
		abort();
	if (!code && !leat_container_id_is_valid(conf.name))
		abort();
	if (!code && env.command == LEAT_CNI_ADD)
		make_result(&conf, &env);
	leat_cni_conf_free(&conf);
	return 0;
}
