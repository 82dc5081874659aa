// SPDX-License-Identifier: Apache-2.0
/* See prev.h. The host side is told from other host interfaces by the name we derived. */
#include <string.h>

#include "prev.h"

static bool is_text(const json_t *value)
{
	return !value || json_is_string(value);
}

static bool is_list(const json_t *value)
{
	return !value || json_is_array(value);
}

static bool is_interface(const json_t *item)
{
	return json_is_object(item) && json_is_string(json_object_get(item, "name")) &&
	       is_text(json_object_get(item, "mac")) && is_text(json_object_get(item, "sandbox"));
}

static bool is_block(const json_t *value)
{
	struct leat_cidr cidr;

	return json_is_string(value) && leat_cidr_parse(json_string_value(value), &cidr, NULL) == 0;
}

static bool is_address(const json_t *value)
{
	struct leat_addr addr;

	return !value ||
	       (json_is_string(value) && (!json_string_length(value) ||
					  leat_addr_parse(json_string_value(value), &addr) == 0));
}

/* An index may be absent (measured: runtimes accept that), not wrong. */
static bool is_ip(const json_t *item, size_t interfaces)
{
	const json_t *index = json_object_get(item, "interface");

	if (index && (!json_is_integer(index) || json_integer_value(index) < 0 ||
		      json_integer_value(index) >= (json_int_t)interfaces))
		return false;
	return is_block(json_object_get(item, "address")) &&
	       is_address(json_object_get(item, "gateway"));
}

static bool is_route(const json_t *item)
{
	return is_block(json_object_get(item, "dst")) && is_address(json_object_get(item, "gw"));
}

int leat_cni_prev_check(const json_t *prev, struct leat_cni_error *error)
{
	const json_t *interfaces = json_object_get(prev, "interfaces");
	const json_t *ips = json_object_get(prev, "ips"), *item;
	const json_t *routes = json_object_get(prev, "routes");
	const char *wrong = NULL;
	size_t i;

	if (!json_is_object(prev) || !is_list(interfaces) || !is_list(ips) || !is_list(routes))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "prevResult must be {interfaces: [..], ips: [..], "
				     "routes: [..]}");
	json_array_foreach (interfaces, i, item)
		if (!is_interface(item))
			wrong = "interfaces";
	json_array_foreach (ips, i, item)
		if (!is_ip(item, json_array_size(interfaces)))
			wrong = "ips";
	json_array_foreach (routes, i, item)
		if (!is_route(item))
			wrong = "routes";
	if (wrong)
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "prevResult.%s has an entry that is not valid", wrong);
	return 0;
}

static const json_t *find_interface(const json_t *prev, const char *ifname, bool in_container)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(prev, "interfaces"), i, item) {
		const char *sandbox = json_string_value(json_object_get(item, "sandbox"));

		if ((sandbox && sandbox[0]) == in_container &&
		    !strcmp(json_string_value(json_object_get(item, "name")), ifname))
			return item;
	}
	return NULL;
}

const json_t *leat_cni_prev_container_interface(const json_t *prev, const char *ifname)
{
	return find_interface(prev, ifname, true);
}

const json_t *leat_cni_prev_host_interface(const json_t *prev, const char *ifname)
{
	return find_interface(prev, ifname, false);
}

int leat_cni_prev_interface_index(const json_t *prev, const json_t *interface)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(prev, "interfaces"), i, item)
		if (item == interface)
			return (int)i;
	return -1;
}
