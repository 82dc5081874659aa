// SPDX-License-Identifier: Apache-2.0
/*
 * See result.h. 0.3.0 to 0.4.0 say "version" with each address, 1.0.0 and 1.1.0 must not;
 * 1.1.0 may tell an interface's MTU. All else is the same in all versions.
 */
#include <errno.h>
#include <stdio.h>

#include "result.h"

static int add_interface(json_t *list, const char *name, const __u8 *mac, __u32 mtu,
			 const char *sandbox)
{
	char text[LEAT_MAC_TEXT];
	json_t *item = json_pack("{s:s, s:s}", "name", name, "mac", leat_mac_format(mac, text));

	if (item && mtu)
		json_object_set_new(item, "mtu", json_integer(mtu));
	if (item && sandbox)
		json_object_set_new(item, "sandbox", json_string(sandbox));
	return json_array_append_new(list, item);
}

static int add_ip(json_t *list, enum leat_cni_version version, const struct leat_cni_plan *plan,
		  size_t i, size_t interface)
{
	const struct leat_cidr *cidr = &plan->addresses[i];
	char address[LEAT_CIDR_TEXT], gateway[LEAT_ADDR_TEXT];
	json_t *item = json_pack("{s:i, s:s, s:s}", "interface", (int)interface, "address",
				 leat_cidr_format(cidr, address), "gateway",
				 leat_addr_format(&plan->gateways[i], gateway));

	if (item && version < LEAT_CNI_1_0_0)
		json_object_set_new(item, "version",
				    json_string(leat_addr_is_ipv4(&cidr->addr) ? "4" : "6"));
	return json_array_append_new(list, item);
}

static int add_default_route(json_t *list, const struct leat_addr *gateway)
{
	char text[LEAT_ADDR_TEXT];

	return json_array_append_new(list,
				     json_pack("{s:s, s:s}", "dst",
					       leat_addr_is_ipv4(gateway) ? "0.0.0.0/0" : "::/0",
					       "gw", leat_addr_format(gateway, text)));
}

/* The list under `key`, made when it is not there: borrowed. */
static json_t *list_of(json_t *result, const char *key)
{
	json_t *list = json_object_get(result, key);

	if (list)
		return list;
	json_object_set_new(result, key, json_array());
	return json_object_get(result, key);
}

/* What an earlier plugin said, in another version perhaps, in the shape of this one. */
static json_t *start_result(const struct leat_cni_conf *conf)
{
	json_t *result = conf->prev_result ? json_deep_copy(conf->prev_result) : json_object(),
	       *item;
	struct leat_cidr cidr;
	size_t i;

	json_object_set_new(result, "cniVersion",
			    json_string(leat_cni_version_name(conf->version)));
	json_array_foreach (json_object_get(result, "ips"), i, item) {
		const char *address = json_string_value(json_object_get(item, "address"));

		json_object_del(item, "version");
		if (conf->version >= LEAT_CNI_1_0_0 || leat_cidr_parse(address, &cidr, NULL) < 0)
			continue;
		json_object_set_new(item, "version",
				    json_string(leat_cidr_is_ipv4(&cidr) ? "4" : "6"));
	}
	return result;
}

static int fill_result(json_t *result, const struct leat_cni_conf *conf,
		       const struct leat_cni_env *env, const struct leat_cni_plan *plan)
{
	json_t *interfaces = list_of(result, "interfaces"), *ips = list_of(result, "ips");
	json_t *routes = list_of(result, "routes");
	const __u32 mtu = conf->version >= LEAT_CNI_1_1_0 ? plan->mtu : 0;
	const size_t container = json_array_size(interfaces) + 1;
	int err;

	err = add_interface(interfaces, plan->host_ifname, plan->gateway_mac, mtu, NULL);
	err = err ?: add_interface(interfaces, env->ifname, plan->mac, mtu, env->netns);
	for (size_t i = 0; i < plan->address_count && !err; i++) {
		err = add_ip(ips, conf->version, plan, i, container);
		err = err ?: add_default_route(routes, &plan->gateways[i]);
	}
	if (!err && conf->dns)
		err = json_object_set(result, "dns", conf->dns);
	else if (!err && !json_object_get(result, "dns"))
		err = json_object_set_new(result, "dns", json_object());
	return err;
}

json_t *leat_cni_result_make(const struct leat_cni_conf *conf, const struct leat_cni_env *env,
			     const struct leat_cni_plan *plan)
{
	json_t *result = start_result(conf);

	if (!fill_result(result, conf, env, plan))
		return result;
	json_decref(result);
	return NULL;
}

int leat_cni_result_print(const json_t *result)
{
	if (json_dumpf(result, stdout, JSON_INDENT(4)) < 0 || putchar('\n') == EOF ||
	    fflush(stdout) == EOF)
		return -EIO;
	return 0;
}
