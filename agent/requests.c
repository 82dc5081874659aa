// SPDX-License-Identifier: Apache-2.0
/*
 * The ops of leat/api.h, a table and a function each. Fields of requests are checked here once
 * more: the socket's other end need not be our leat-cni.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <leat/api.h>
#include <leat/config.h>

#include "agent/agent.h"
#include "agent/wiring.h"
#include "lib/attachment.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/sysctl.h"

typedef void op_fn(struct leat_agent *agent, struct leat_request *request, const cJSON *json);

static bool is_attachment(struct leat_request *request, const cJSON *json)
{
	const char *id = leat_json_text(json, "containerID"),
		   *ifname = leat_json_text(json, "ifname");
	if (leat_container_id_is_valid(id) && leat_ifname_is_valid(ifname))
		return true;
	leat_request_refuse(request, LEAT_CNI_INVALID_ENVIRONMENT, "bad containerID or ifname",
			    NULL);
	return false;
}

static struct leat_ep *find(struct leat_agent *agent, const cJSON *json)
{
	return leat_endpoints_find(agent->endpoints, leat_json_text(json, "containerID"),
				   leat_json_text(json, "ifname"));
}

/* ---- add --------------------------------------------------------------------------------- */

static int claim(struct leat_agent *agent, struct leat_ep *ep, const char *text, const char **why)
{
	struct leat_addr addr;
	size_t length = strcspn(text, "/");
	_cleanup_free_ char *bare = strndup(text, length);
	if (!bare || leat_addr_parse(bare, &addr) < 0)
		return *why = "not an address", -EINVAL;
	struct leat_addr *field = leat_addr_is_ipv4(&addr) ? &ep->addr4 : &ep->addr6;
	if (!leat_addr_is_zero(field))
		return *why = "second address of its family", -EINVAL;
	int err = leat_ipam_claim(agent->ipam, &addr);
	if (err == -EADDRINUSE)
		*why = "in use";
	else if (err == -ERANGE)
		*why = "not in this node's pod ranges, or reserved";
	else if (err)
		*why = strerror(-err);
	if (!err)
		*field = addr;
	return err;
}

static int take(struct leat_agent *agent, struct leat_ep *ep, bool is_ipv6, const char **why)
{
	struct leat_addr *field = is_ipv6 ? &ep->addr6 : &ep->addr4;
	if (!leat_addr_is_zero(field) || !leat_ipam_has_family(agent->ipam, is_ipv6))
		return 0;
	int err = leat_ipam_take(agent->ipam, is_ipv6, field);
	if (err)
		*why = is_ipv6 ? "no free IPv6 address in this node's pod range"
			       : "no free IPv4 address in this node's pod range";
	return err;
}

static int take_addrs(struct leat_agent *agent, struct leat_ep *ep, const cJSON *json,
		      char **ret_problem)
{
	const cJSON *item;
	const char *why = "", *text = "";
	int err = 0;
	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(json, "addresses")) {
		text = cJSON_IsString(item) ? item->valuestring : "";
		err = err ?: claim(agent, ep, text, &why);
		if (err)
			break;
	}
	if (!err) {
		text = "";
		err = take(agent, ep, false, &why);
		err = err ?: take(agent, ep, true, &why);
	}
	if (err && asprintf(ret_problem, "%s%s%s", text, *text ? ": " : "", why) < 0)
		*ret_problem = NULL;
	return err;
}

static cJSON *describe(const struct leat_agent *agent, const struct leat_ep *ep)
{
	static const __u8 gateway_mac[] = LEAT_GATEWAY_MAC;
	char mac[LEAT_MAC_TEXT], text[LEAT_CIDR_TEXT];
	cJSON *json = cJSON_CreateObject();
	cJSON_AddStringToObject(json, "hostIfname", ep->host_ifname);
	cJSON_AddNumberToObject(json, "mtu", agent->devices.pod_mtu);
	cJSON_AddStringToObject(json, "mac", leat_mac_format(ep->mac, mac));
	cJSON_AddStringToObject(json, "gatewayMAC", leat_mac_format(gateway_mac, mac));
	cJSON *addrs = cJSON_AddArrayToObject(json, "addresses");
	cJSON *gateways = cJSON_AddArrayToObject(json, "gateways");
	const struct leat_addr *both[] = { &ep->addr4, &ep->addr6 };
	const char *const next[] = { LEAT_GATEWAY4, LEAT_GATEWAY6 };
	for (int i = 0; i < 2; i++) {
		if (leat_addr_is_zero(both[i]))
			continue;
		struct leat_cidr block = leat_cidr_host(both[i]);
		cJSON_AddItemToArray(addrs, cJSON_CreateString(leat_cidr_format(&block, text)));
		cJSON_AddItemToArray(gateways, cJSON_CreateString(next[i]));
	}
	return json;
}

static int reserve(struct leat_agent *agent, const cJSON *json, struct leat_ep **ret_ep)
{
	const struct leat_ep_names names = {
		.container_id = leat_json_text(json, "containerID"),
		.ifname = leat_json_text(json, "ifname"),
		.network = leat_json_text(json, "network"),
		.pod_namespace = leat_json_text(json, "podNamespace"),
		.pod_name = leat_json_text(json, "podName"),
		.pod_uid = leat_json_text(json, "podUID"),
	};
	return leat_endpoints_add(agent->endpoints, &names, ret_ep);
}

static void refuse_add(struct leat_agent *agent, struct leat_request *request, struct leat_ep *ep,
		       int err, const char *problem)
{
	int code = err == -EINVAL || err == -ERANGE ? LEAT_CNI_INVALID_CONFIG
		   : err == -ENOMEM		    ? LEAT_CNI_TRY_AGAIN
						    : LEAT_CNI_EXHAUSTED;
	log_error("add %s: %s", ep->key, problem ? problem : strerror(-err));
	leat_request_refuse(request, code, "no address", problem ? problem : strerror(-err));
	leat_agent_release(agent, &ep->addr4, &ep->addr6);
	leat_endpoints_remove(agent->endpoints, ep);
}

static void op_add(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	_cleanup_free_ char *problem = NULL;
	struct leat_ep *ep;
	if (!is_attachment(request, json))
		return;
	if (agent->why) {
		leat_request_refuse(request, LEAT_CNI_TRY_AGAIN, "the agent is not ready",
				    agent->why);
		return;
	}
	int err = reserve(agent, json, &ep);
	if (err) {
		leat_request_refuse(
			request, err == -EEXIST ? LEAT_CNI_EXISTS : LEAT_CNI_TRY_AGAIN,
			err == -EEXIST ? "this attachment is there already" : strerror(-err), NULL);
		return;
	}
	err = take_addrs(agent, ep, json, &problem);
	if (err) {
		refuse_add(agent, request, ep, err, problem);
		return;
	}
	leat_ep_set_mac(ep);
	ep->owner = request->connection;
	ep->reserved_ms = leat_now_ms();
	leat_request_answer(request, describe(agent, ep));
}

/* ---- commit ------------------------------------------------------------------------------ */

static int check_commit(struct leat_agent *agent, const struct leat_ep *ep, const cJSON *json,
			__u32 *ret_ifindex, const char **why)
{
	__u8 mac[6];
	if (leat_json_u32(json, "ifindex", ret_ifindex) < 0)
		return *why = "ifindex is missing or no number", -EINVAL;
	if (leat_mac_parse(leat_json_text(json, "mac"), mac) < 0 || memcmp(mac, ep->mac, 6) != 0)
		return *why = "mac is not the one that add gave", -EINVAL;
	return leat_wiring_check(&agent->devices, ep, *ret_ifindex, why);
}

/* With the device that a killed leat-cni left: it has no programs yet and is down. */
static void drop_reserved(struct leat_agent *agent, struct leat_ep *ep)
{
	int err = leat_wiring_remove(agent->devices.netlink, agent->options->bpffs, ep);
	if (err)
		log_warning("endpoint %s: device %s not removed: %s", ep->key, ep->host_ifname,
			    strerror(-err));
	leat_agent_release(agent, &ep->addr4, &ep->addr6);
	leat_endpoints_remove(agent->endpoints, ep);
}

static void refuse_commit(struct leat_agent *agent, struct leat_request *request,
			  struct leat_ep *ep, const char *what, const char *why)
{
	log_error("commit %s: %s: %s", ep->key, what, why);
	leat_request_refuse(request, LEAT_CNI_DATAPATH, what, why);
	drop_reserved(agent, ep);
}

static void op_commit(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	struct leat_ep *ep = find(agent, json);
	const char *why = "";
	__u32 ifindex;
	if (!ep || ep->state != LEAT_EP_RESERVED || agent->why) {
		leat_request_refuse(request, LEAT_CNI_TRY_AGAIN,
				    agent->why ? "the agent is not ready"
					       : "nothing is reserved for this attachment",
				    agent->why);
		return;
	}
	int err = check_commit(agent, ep, json, &ifindex, &why);
	if (err) {
		refuse_commit(agent, request, ep, "device", why);
		return;
	}
	ep->ifindex = ifindex;
	err = leat_endpoints_take_slot(agent->endpoints, ep);
	if (err) {
		refuse_commit(agent, request, ep, "table " LEAT_MAP_EP, "is full");
		return;
	}
	err = leat_wiring_make(&agent->devices, agent->loader, ep, &why);
	if (err) {
		refuse_commit(agent, request, ep, why, strerror(-err));
		return;
	}
	err = leat_agent_wait(agent, LEAT_WAIT_COMMIT, request, ep);
	if (err) {
		refuse_commit(agent, request, ep, "out of memory", "");
		return;
	}
	ep->state = LEAT_EP_COMMITTING;
	leat_agent_place(agent, ep);
}

/* ---- del, gc ------------------------------------------------------------------------------ */

/* A device that lost its record: left by an agent that was killed between two steps. */
static void remove_stray(struct leat_agent *agent, const cJSON *json)
{
	struct leat_ep ep = { 0 };
	leat_attachment_ifname(leat_json_text(json, "containerID"), leat_json_text(json, "ifname"),
			       ep.host_ifname);
	(void)leat_wiring_remove(agent->devices.netlink, agent->options->bpffs, &ep);
}

static void op_del(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	if (!is_attachment(request, json))
		return;
	struct leat_ep *ep = find(agent, json);
	if (ep) {
		leat_agent_unwire(agent, ep, request);
		return;
	}
	remove_stray(agent, json);
	leat_request_answer(request, NULL);
}

static bool is_valid(const cJSON *attachments, const struct leat_ep *ep)
{
	const cJSON *item;
	cJSON_ArrayForEach (item, attachments) {
		if (strcmp(leat_json_text(item, "containerID"), ep->container_id) == 0 &&
		    strcmp(leat_json_text(item, "ifname"), ep->ifname) == 0)
			return true;
	}
	return false;
}

static void op_gc(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	const cJSON *attachments = cJSON_GetObjectItemCaseSensitive(json, "attachments");
	const char *network = leat_json_text(json, "network");
	struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL);
	int removed = 0;
	if (!cJSON_IsArray(attachments) || !*network) {
		leat_request_refuse(request, LEAT_CNI_INVALID_CONFIG,
				    "network or attachments is missing", NULL);
		return;
	}
	while (ep) {
		struct leat_ep *next = leat_endpoints_next(agent->endpoints, ep);
		if (ep->state == LEAT_EP_COMMITTED && strcmp(ep->network, network) == 0 &&
		    !is_valid(attachments, ep)) {
			log_info("gc: endpoint %s", ep->key);
			leat_agent_unwire(agent, ep, NULL);
			removed++;
		}
		ep = next;
	}
	cJSON *answer = cJSON_CreateObject();
	cJSON_AddNumberToObject(answer, "removed", removed);
	leat_request_answer(request, answer);
}

/* ---- check -------------------------------------------------------------------------------- */

static bool has_addr(const struct leat_ep *ep, const char *text)
{
	struct leat_addr addr;
	_cleanup_free_ char *bare = strndup(text, strcspn(text, "/"));
	return bare && leat_addr_parse(bare, &addr) == 0 &&
	       (leat_addr_compare(&addr, &ep->addr4) == 0 ||
		leat_addr_compare(&addr, &ep->addr6) == 0);
}

static const char *check_addrs(const struct leat_ep *ep, const cJSON *addresses)
{
	const cJSON *item;
	int expected = !leat_addr_is_zero(&ep->addr4) + !leat_addr_is_zero(&ep->addr6);
	cJSON_ArrayForEach (item, addresses) {
		if (!cJSON_IsString(item) || !has_addr(ep, item->valuestring))
			return "addresses differ from those of this attachment";
	}
	if (cJSON_IsArray(addresses) && cJSON_GetArraySize(addresses) != expected)
		return "number of addresses differs";
	return NULL;
}

static const char *check_tables(struct leat_agent *agent, const struct leat_ep *ep)
{
	struct leat_endpoint entry;
	__u32 slot;
	const struct leat_table *tables = agent->maps->tables;
	if (leat_table_get(&tables[LEAT_TABLE_IFEP], &ep->ifindex, &slot) < 0 || slot != ep->slot)
		return "table " LEAT_MAP_IFEP " has no such entry";
	if (leat_table_get(&tables[LEAT_TABLE_EP], &slot, &entry) < 0 ||
	    entry.ifindex != ep->ifindex || memcmp(entry.mac, ep->mac, sizeof(entry.mac)) != 0)
		return "table " LEAT_MAP_EP " has another entry";
	return NULL;
}

static const char *check_ep(struct leat_agent *agent, const struct leat_ep *ep, const cJSON *json)
{
	const char *why = NULL;
	__u8 mac[6];
	__u32 ifindex = ep->ifindex;
	if (cJSON_HasObjectItem(json, "ifindex") && leat_json_u32(json, "ifindex", &ifindex) < 0)
		return "ifindex is no number";
	if (ifindex != ep->ifindex)
		return "host side device has another ifindex";
	if (cJSON_HasObjectItem(json, "mac") &&
	    (leat_mac_parse(leat_json_text(json, "mac"), mac) < 0 || memcmp(mac, ep->mac, 6) != 0))
		return "MAC address of the pod differs";
	if ((why = check_addrs(ep, cJSON_GetObjectItemCaseSensitive(json, "addresses"))))
		return why;
	if (leat_wiring_check(&agent->devices, ep, ep->ifindex, &why) < 0)
		return why;
	if (leat_loader_is_attached(agent->loader, LEAT_PROG_FROM_POD, (int)ep->ifindex) != 1 ||
	    leat_loader_is_attached(agent->loader, LEAT_PROG_TO_POD, (int)ep->ifindex) != 1)
		return "programs are not attached";
	return check_tables(agent, ep);
}

static void op_check(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	const struct leat_ep *ep = find(agent, json);
	if (!ep || ep->state != LEAT_EP_COMMITTED) {
		leat_request_refuse(request, LEAT_CNI_UNKNOWN_CONTAINER, "unknown attachment",
				    NULL);
		return;
	}
	if (agent->why) {
		leat_request_refuse(request, LEAT_CNI_TRY_AGAIN, "the agent is not ready",
				    agent->why);
		return;
	}
	const char *why = check_ep(agent, ep, json);
	if (why)
		leat_request_refuse(request, LEAT_CNI_DATAPATH, "attachment differs", why);
	else
		leat_request_answer(request, NULL);
}

/* ---- the rest ----------------------------------------------------------------------------- */

static void op_ready(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	(void)json;
	if (agent->why)
		leat_request_refuse(request, LEAT_CNI_UNAVAILABLE, "the agent is not ready",
				    agent->why);
	else
		leat_request_answer(request, NULL);
}

static void op_status(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	(void)json;
	leat_request_answer(request, leat_state_status(agent));
}

static void op_monitor(struct leat_agent *agent, struct leat_request *request, const cJSON *json)
{
	(void)json;
	leat_request_subscribe(agent->api, request);
}

static const struct {
	const char *name;
	op_fn *function;
} ops[] = {
	{ "add", op_add },	 { "commit", op_commit },   { "del", op_del },
	{ "check", op_check },	 { "gc", op_gc },	    { "ready", op_ready },
	{ "status", op_status }, { "monitor", op_monitor },
};

void leat_requests_handle(void *context, struct leat_request *request, const cJSON *json)
{
	const char *op = leat_json_text(json, "op");
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (strcmp(op, ops[i].name) == 0) {
			ops[i].function(context, request, json);
			return;
		}
	leat_request_refuse(request, LEAT_CNI_UNSUPPORTED_FIELD, "no such op", op);
}

static void drop_reservations(struct leat_agent *agent, const void *owner, __u64 before_ms)
{
	struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL);
	while (ep) {
		struct leat_ep *next = leat_endpoints_next(agent->endpoints, ep);
		if (ep->state == LEAT_EP_RESERVED &&
		    (ep->owner == owner || ep->reserved_ms < before_ms))
			drop_reserved(agent, ep);
		ep = next;
	}
}

void leat_requests_forget(void *context, const struct leat_connection *connection)
{
	drop_reservations(context, connection, 0);
}

void leat_requests_expire(struct leat_agent *agent)
{
	const __u64 most_ms = LEAT_RESERVATION_SEC * 1000ULL;
	__u64 now_ms = leat_now_ms();
	if (now_ms > most_ms)
		drop_reservations(agent, agent, now_ms - most_ms);
}
