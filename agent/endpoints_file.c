// SPDX-License-Identifier: Apache-2.0
/*
 * endpoints.json: the one file that must survive. {"version": 1, "pools": [{"cidr", "last"}],
 * "endpoints": [{...}]}. Everything in it is checked as if a stranger had written it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "agent/endpoints.h"
#include "agent/json.h"
#include "lib/attachment.h"
#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/sysctl.h"
#include "lib/text.h"

static cJSON *encode_ep(const struct leat_ep *ep)
{
	char mac[LEAT_MAC_TEXT];
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "containerID", ep->container_id);
	cJSON_AddStringToObject(json, "ifname", ep->ifname);
	cJSON_AddStringToObject(json, "network", ep->network);
	cJSON_AddStringToObject(json, "podNamespace", ep->pod_namespace);
	cJSON_AddStringToObject(json, "podName", ep->pod_name);
	cJSON_AddStringToObject(json, "podUID", ep->pod_uid);
	cJSON_AddNumberToObject(json, "slot", ep->slot);
	cJSON_AddNumberToObject(json, "ifindex", ep->ifindex);
	cJSON_AddStringToObject(json, "mac", leat_mac_format(ep->mac, mac));
	cJSON *addrs = cJSON_AddArrayToObject(json, "addresses");
	leat_json_add_addr(addrs, &ep->addr4);
	leat_json_add_addr(addrs, &ep->addr6);
	return json;
}

static cJSON *encode_pool(const struct leat_ipam_pool *pool)
{
	char text[LEAT_CIDR_TEXT];
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "cidr", leat_cidr_format(&pool->cidr, text));
	cJSON_AddNumberToObject(json, "last", (double)pool->last);
	return json;
}

int leat_endpoints_encode(const struct leat_endpoints *endpoints, const struct leat_ipam *ipam,
			  char **ret_text)
{
	_cleanup_json_ cJSON *json = cJSON_CreateObject();
	cJSON_AddNumberToObject(json, "version", 1);
	cJSON *pools = cJSON_AddArrayToObject(json, "pools");
	for (size_t i = 0; i < leat_ipam_pool_count(ipam); i++)
		cJSON_AddItemToArray(pools, encode_pool(leat_ipam_pool_get(ipam, i)));
	cJSON *list = cJSON_AddArrayToObject(json, "endpoints");
	for (const struct leat_ep *ep = leat_endpoints_next(endpoints, NULL); ep;
	     ep = leat_endpoints_next(endpoints, ep))
		if (ep->state != LEAT_EP_RESERVED)
			cJSON_AddItemToArray(list, encode_ep(ep));
	if (!list || !pools)
		return -ENOMEM;
	char *text = cJSON_Print(json);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

int leat_endpoints_save(const struct leat_endpoints *endpoints, const struct leat_ipam *ipam,
			const char *path)
{
	_cleanup_free_ char *text = NULL;
	int err = leat_endpoints_encode(endpoints, ipam, &text);
	return err ?: leat_file_write_atomic(path, text, strlen(text), 0600);
}

static void complain(struct leat_text *problems, const char *format, const char *what)
{
	leat_text_add(problems, "%s%s: %s", problems->size ? "; " : "", what, format);
}

static int decode_addrs(const cJSON *list, struct leat_ep *ep)
{
	const cJSON *item;
	cJSON_ArrayForEach (item, list) {
		struct leat_addr addr;
		if (!cJSON_IsString(item) || leat_addr_parse(item->valuestring, &addr) < 0)
			return -EINVAL;
		*(leat_addr_is_ipv4(&addr) ? &ep->addr4 : &ep->addr6) = addr;
	}
	return leat_addr_is_zero(&ep->addr4) && leat_addr_is_zero(&ep->addr6) ? -EINVAL : 0;
}

static int decode_fields(const cJSON *json, struct leat_ep *ep)
{
	int err = leat_json_u32(json, "slot", &ep->slot);
	err = err ?: leat_json_u32(json, "ifindex", &ep->ifindex);
	err = err ?: leat_mac_parse(leat_json_text(json, "mac"), ep->mac);
	err = err ?: decode_addrs(cJSON_GetObjectItemCaseSensitive(json, "addresses"), ep);
	ep->state = LEAT_EP_COMMITTED;
	return err ?: ep->slot ? 0 : -EINVAL;
}

static int mark_addrs(struct leat_ipam *ipam, const struct leat_ep *ep)
{
	bool has_addr4 = !leat_addr_is_zero(&ep->addr4);
	int err = has_addr4 ? leat_ipam_mark(ipam, &ep->addr4) : 0;
	if (err || leat_addr_is_zero(&ep->addr6))
		return err;
	err = leat_ipam_mark(ipam, &ep->addr6);
	if (err && has_addr4)
		leat_ipam_release(ipam, &ep->addr4);
	return err;
}

/* endpoints.json and state.json, which it is rebuilt from, name them differently. */
static const char *either(const cJSON *json, const char *name, const char *other)
{
	const char *text = leat_json_text(json, name);
	return *text ? text : leat_json_text(json, other);
}

static int decode_ep(struct leat_endpoints *endpoints, struct leat_ipam *ipam, const cJSON *json)
{
	const struct leat_ep_names names = {
		.container_id = leat_json_text(json, "containerID"),
		.ifname = leat_json_text(json, "ifname"),
		.network = leat_json_text(json, "network"),
		.pod_namespace = either(json, "podNamespace", "namespace"),
		.pod_name = either(json, "podName", "name"),
		.pod_uid = leat_json_text(json, "podUID"),
	};
	struct leat_ep *ep;
	if (!leat_container_id_is_valid(names.container_id) || !leat_ifname_is_valid(names.ifname))
		return -EINVAL;
	int err = leat_endpoints_add(endpoints, &names, &ep);
	if (err)
		return err;
	err = decode_fields(json, ep);
	err = err ?: leat_endpoints_take_slot(endpoints, ep);
	if (err)
		ep->slot = 0; /* somebody else's, or none */
	err = err ?: mark_addrs(ipam, ep);
	if (err)
		leat_endpoints_remove(endpoints, ep);
	return err;
}

static void decode_pools(struct leat_ipam *ipam, const cJSON *json)
{
	const cJSON *item;
	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(json, "pools")) {
		struct leat_cidr cidr;
		const cJSON *last = cJSON_GetObjectItemCaseSensitive(item, "last");
		if (leat_cidr_parse(leat_json_text(item, "cidr"), &cidr, NULL) == 0 &&
		    cJSON_IsNumber(last) && last->valuedouble >= 0 &&
		    last->valuedouble < (double)(1ULL << 33))
			leat_ipam_set_last(ipam, &cidr, (__u64)last->valuedouble);
	}
}

int leat_endpoints_decode_pools(struct leat_ipam *ipam, const char *text)
{
	_cleanup_json_ cJSON *json = cJSON_Parse(text);
	if (!json)
		return -EBADMSG;
	decode_pools(ipam, json);
	return 0;
}

int leat_endpoints_decode(struct leat_endpoints *endpoints, struct leat_ipam *ipam,
			  const char *text, char **ret_problem)
{
	_cleanup_json_ cJSON *json = cJSON_Parse(text);
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "endpoints");
	if (!cJSON_IsArray(list))
		return -EBADMSG;
	struct leat_text problems = { 0 };
	const cJSON *item;
	decode_pools(ipam, json);
	cJSON_ArrayForEach (item, list) {
		int err = decode_ep(endpoints, ipam, item);
		if (err)
			complain(&problems, strerror(-err), leat_json_text(item, "containerID"));
	}
	*ret_problem = problems.data;
	return 0;
}
