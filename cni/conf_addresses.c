// SPDX-License-Identifier: Apache-2.0
/* See conf_addresses.h. Whether an address can be had is the agent's business. */
#include "conf_addresses.h"

static int add_address(struct leat_cni_conf *conf, const struct leat_addr *addr,
		       struct leat_cni_error *error)
{
	for (size_t i = 0; i < conf->address_count; i++) {
		const struct leat_addr *other = &conf->addresses[i];

		if (!leat_addr_compare(other, addr))
			return 0;
		if (leat_addr_is_ipv4(other) == leat_addr_is_ipv4(addr))
			return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
					     "two addresses of one family are asked for");
	}
	conf->addresses[conf->address_count++] = *addr;
	return 0;
}

static int add_list(struct leat_cni_conf *conf, const json_t *list, const char *key,
		    struct leat_cni_error *error)
{
	const json_t *item;
	size_t i;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG, "%s must be a list", key);
	json_array_foreach (list, i, item) {
		const char *text = json_string_value(item);
		struct leat_addr addr;
		int code;

		if (!text || leat_cni_address_parse(text, &addr) < 0)
			return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
					     "%s[%zu] is not an address: %.60s", key, i,
					     text ? text : "(no string)");
		code = add_address(conf, &addr, error);
		if (code)
			return code;
	}
	return 0;
}

/* A MAC is derived from the address; whoever needs another one must be told, not ignored. */
static int refuse_mac(const json_t *runtime, struct leat_cni_error *error)
{
	const char *mac = json_string_value(json_object_get(runtime, "mac"));

	if (!mac || !mac[0])
		return 0;
	return leat_cni_fail(error, LEAT_CNI_UNSUPPORTED_FIELD,
			     "runtimeConfig.mac: %.40s is not supported", mac);
}

int leat_cni_conf_read_addresses(struct leat_cni_conf *conf, const struct leat_cni_env *env,
				 struct leat_cni_error *error)
{
	const json_t *runtime = json_object_get(conf->root, "runtimeConfig");
	const json_t *args = json_object_get(json_object_get(conf->root, "args"), "cni");
	int code;

	if (env->command != LEAT_CNI_ADD)
		return 0;
	code = refuse_mac(runtime, error);
	code = code ?: add_list(conf, json_object_get(runtime, "ips"), "runtimeConfig.ips", error);
	code = code ?: add_list(conf, json_object_get(args, "ips"), "args.cni.ips", error);
	if (!code && !leat_addr_is_zero(&env->address))
		code = add_address(conf, &env->address, error);
	return code;
}
