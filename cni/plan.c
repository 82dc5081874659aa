// SPDX-License-Identifier: Apache-2.0
/* See plan.h. The agent is trusted, its version may be another one: hence the checks. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/attachment.h"
#include "plan.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Both sides derive the name: DEL has to find the device with the agent dead. */
static bool read_host_ifname(const json_t *answer, const struct leat_cni_env *env,
			     struct leat_cni_plan *plan)
{
	leat_attachment_ifname(env->container_id, env->ifname, plan->host_ifname);
	return !strcmp(text_of(answer, "hostIfname"), plan->host_ifname);
}

static bool read_addresses(const json_t *answer, struct leat_cni_plan *plan)
{
	const json_t *list = json_object_get(answer, "addresses"), *item;
	size_t i;

	if (!json_array_size(list) || json_array_size(list) > LEAT_CNI_ADDRESSES_MAX)
		return false;
	json_array_foreach (list, i, item) {
		const char *text = json_string_value(item);
		bool is_masked = false;

		if (!text || leat_cidr_parse(text, &plan->addresses[i], &is_masked) < 0 ||
		    is_masked || plan->addresses[i].prefixlen != 128)
			return false;
	}
	plan->address_count = i;
	return plan->address_count < 2 || leat_addr_is_ipv4(&plan->addresses[0].addr) !=
						  leat_addr_is_ipv4(&plan->addresses[1].addr);
}

static bool read_gateway(const json_t *answer, const struct leat_addr *addr,
			 struct leat_addr *ret_gateway)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(answer, "gateways"), i, item) {
		const char *text = json_string_value(item);

		if (text && leat_addr_parse(text, ret_gateway) == 0 &&
		    leat_addr_is_ipv4(ret_gateway) == leat_addr_is_ipv4(addr))
			return true;
	}
	return false;
}

static bool read_gateways(const json_t *answer, struct leat_cni_plan *plan)
{
	for (size_t i = 0; i < plan->address_count; i++)
		if (!read_gateway(answer, &plan->addresses[i].addr, &plan->gateways[i]))
			return false;
	return true;
}

/* The configuration may ask for less than the agent found, never for more. */
static bool read_mtu(const json_t *answer, const struct leat_cni_conf *conf,
		     struct leat_cni_plan *plan)
{
	const json_int_t mtu = json_integer_value(json_object_get(answer, "mtu"));

	if (mtu < 68 || mtu > 65535)
		return false;
	plan->mtu = conf->mtu && conf->mtu < mtu ? conf->mtu : (__u32)mtu;
	return true;
}

int leat_cni_plan_read(const json_t *answer, const struct leat_cni_env *env,
		       const struct leat_cni_conf *conf, struct leat_cni_plan *ret_plan,
		       struct leat_cni_error *error)
{
	struct leat_cni_plan plan = {};
	const char *wrong = NULL;

	if (!read_host_ifname(answer, env, &plan))
		wrong = "hostIfname";
	else if (leat_mac_parse(text_of(answer, "mac"), plan.mac) < 0)
		wrong = "mac";
	else if (leat_mac_parse(text_of(answer, "gatewayMAC"), plan.gateway_mac) < 0)
		wrong = "gatewayMAC";
	else if (!read_addresses(answer, &plan))
		wrong = "addresses";
	else if (!read_gateways(answer, &plan))
		wrong = "gateways";
	else if (!read_mtu(answer, conf, &plan))
		wrong = "mtu";
	if (wrong)
		return leat_cni_fail(error, LEAT_CNI_INTERNAL,
				     "leat-agent's answer to add cannot be used: %s", wrong);
	*ret_plan = plan;
	return 0;
}
