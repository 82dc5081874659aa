// SPDX-License-Identifier: Apache-2.0
/*
 * One drop explained. The table says numbers: reason, policy set, rule, slots; the names come
 * from the state file. `leat drops` and `leat monitor` say the same words because of this file.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "describe.h"
#include "drop.h"
#include "json.h"
#include "maps/dump.h"
#include "maps/events.h"

const char *leat_drop_direction(__u8 reason)
{
	if (reason == LEAT_DROP_POLICY_EGRESS)
		return "egress";
	return reason == LEAT_DROP_POLICY_INGRESS ? "ingress" : NULL;
}

int leat_drop_parse(const char *label, __u8 *ret_reason)
{
#define TRY(number, name, drop_label, text)                                                        \
	if (strcmp(label, (drop_label)) == 0) {                                                    \
		*ret_reason = (number);                                                            \
		return 0;                                                                          \
	}
	LEAT_DROPS(TRY)
#undef TRY
	return -EINVAL;
}

static size_t policy_count(const struct leat_names *names, __u32 set)
{
	const cJSON *object = leat_names_find(names, LEAT_NAME_SET, set);
	const cJSON *policies = cJSON_GetObjectItemCaseSensitive(object, "policies");

	return cJSON_IsArray(policies) ? (size_t)cJSON_GetArraySize(policies) : 0;
}

static char *explain_default_deny(const struct leat_names *names, const char *direction, __u32 set)
{
	_cleanup_free_ char *policies = leat_set_describe(names, set);
	size_t count = policy_count(names, set);

	if (!count)
		return leat_cli_format("no rule of %s (%s) allows it", policies, direction);
	return leat_cli_format("no rule of NetworkPolic%s %s (%s) allows it",
			       count == 1 ? "y" : "ies", policies, direction);
}

static char *explain_rule(const struct leat_names *names, const char *direction, __u32 number)
{
	const cJSON *rule = leat_names_find(names, LEAT_NAME_RULE, number);

	if (!rule)
		return leat_cli_format("rule %u (%s) denies it", number, direction);
	return leat_cli_format("rule %u of NetworkPolicy %s/%s (%s) denies it",
			       leat_names_number(rule, "index"), leat_names_text(rule, "namespace"),
			       leat_names_text(rule, "policy"), direction);
}

static char *explain_service(const struct leat_names *names, const struct leat_drop_key *key,
			     const struct leat_drop_info *info)
{
	_cleanup_free_ char *service = leat_service_describe(names, info->service);

	if (key->reason == LEAT_DROP_SVC_NO_BACKEND)
		return leat_cli_format("Service %s has no endpoint: refused",
				       leat_names_find(names, LEAT_NAME_SERVICE, info->service)
					       ? service
					       : service + strlen("Service "));
	return leat_cli_format("%s (sent to %s)", leat_drop_text(key->reason), service);
}

char *leat_drop_explain(const struct leat_names *names, const struct leat_drop_key *key,
			const struct leat_drop_info *info)
{
	const char *direction = leat_drop_direction(key->reason);

	if (direction && info->rule)
		return explain_rule(names, direction, info->rule);
	if (direction && info->set)
		return explain_default_deny(names, direction, info->set);
	if (info->service)
		return explain_service(names, key, info);
	return leat_cli_format("%s", leat_drop_text(key->reason));
}

static bool is_forged(__u8 reason)
{
	return reason == LEAT_DROP_SPOOFED_ADDR || reason == LEAT_DROP_SPOOFED_MAC;
}

/* Name of the pod, by its address; by its slot when the address is nobody's or was forged. */
static char *pod_name(const struct leat_names *names, const struct leat_addr *addr, __u32 slot,
		      bool is_by_slot)
{
	const char *pod = is_by_slot ? NULL : leat_names_pod(names, addr);

	if (pod)
		return leat_cli_format("%s", pod);
	if (!slot)
		return NULL;
	return leat_names_full(leat_names_find(names, LEAT_NAME_ENDPOINT, slot), "name");
}

char *leat_drop_sender(const struct leat_names *names, const struct leat_drop_key *key,
		       const struct leat_drop_info *info)
{
	bool is_by_slot = is_forged(key->reason) && info->src_slot;
	_cleanup_free_ char *pod = pod_name(names, &key->saddr, info->src_slot, is_by_slot);
	char text[LEAT_ADDR_TEXT];

	if (!pod)
		return leat_addr_describe(names, &key->saddr);
	return leat_cli_format(key->reason == LEAT_DROP_SPOOFED_ADDR ? "%s (as %s)" : "%s (%s)",
			       pod, leat_addr_format(&key->saddr, text));
}

char *leat_drop_target(const struct leat_names *names, const struct leat_drop_key *key,
		       const struct leat_drop_info *info)
{
	_cleanup_free_ char *pod = pod_name(names, &key->daddr, info->dst_slot, false);
	char text[LEAT_ADDR_TEXT];

	if (!pod)
		return leat_addr_describe(names, &key->daddr);
	return leat_cli_format("%s (%s)", pod, leat_addr_format(&key->daddr, text));
}

static bool is_icmp(__u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

char *leat_drop_port(const struct leat_drop_key *key)
{
	unsigned int port = ntohs(key->dport);
	char proto[LEAT_PROTO_TEXT];

	leat_proto_format(key->proto, proto);
	if (is_icmp(key->proto))
		return leat_cli_format("%s type %u code %u", leat_proto_format(key->proto, proto),
				       port >> 8, port & 0xff);
	return leat_cli_format(port ? "%s/%u" : "%s", leat_proto_format(key->proto, proto), port);
}

static cJSON *side_json(const struct leat_names *names, const struct leat_addr *addr,
			const char *pod, __u32 slot, __u32 identity)
{
	cJSON *object = cJSON_CreateObject();
	char text[LEAT_ADDR_TEXT];

	leat_field_text(object, "name", pod);
	leat_field_text(object, "node", leat_names_node(names, addr));
	leat_field_text(object, "address", leat_addr_format(addr, text));
	leat_field_number(object, "slot", slot);
	leat_field_number(object, "identity", identity);
	return object;
}

static void add_sides(const struct leat_names *names, const struct leat_drop_key *key,
		      const struct leat_drop_info *info, cJSON *object)
{
	bool is_by_slot = is_forged(key->reason) && info->src_slot;
	_cleanup_free_ char *from = pod_name(names, &key->saddr, info->src_slot, is_by_slot);
	_cleanup_free_ char *to = pod_name(names, &key->daddr, info->dst_slot, false);
	cJSON *to_json = side_json(names, &key->daddr, to, info->dst_slot, info->dst_identity);

	if (!is_icmp(key->proto))
		leat_field_number(to_json, "port", ntohs(key->dport));
	cJSON_AddItemToObject(
		object, "from",
		side_json(names, &key->saddr, from, info->src_slot, info->src_identity));
	cJSON_AddItemToObject(object, "to", to_json);
	if (is_icmp(key->proto)) {
		leat_field_number(object, "icmpType", ntohs(key->dport) >> 8);
		leat_field_number(object, "icmpCode", ntohs(key->dport) & 0xff);
	}
}

/* The policies that isolate the pod, or the one whose rule denied. */
static void add_policies(const struct leat_names *names, const struct leat_drop_info *info,
			 cJSON *object)
{
	const cJSON *set = leat_names_find(names, LEAT_NAME_SET, info->set);
	const cJSON *rule = leat_names_find(names, LEAT_NAME_RULE, info->rule);
	_cleanup_free_ char *denied_by = leat_names_full(rule, "policy");
	cJSON *array = leat_field_array(object, "policies");
	const cJSON *item;

	if (denied_by)
		leat_field_append(array, denied_by);
	cJSON_ArrayForEach (item,
			    cJSON_GetObjectItemCaseSensitive(denied_by ? NULL : set, "policies")) {
		if (cJSON_GetStringValue(item))
			leat_field_append(array, cJSON_GetStringValue(item));
	}
}

cJSON *leat_drop_explain_json(const struct leat_names *names, const struct leat_drop_key *key,
			      const struct leat_drop_info *info)
{
	_cleanup_free_ char *explanation = leat_drop_explain(names, key, info);
	_cleanup_free_ char *service = info->service ? leat_service_describe(names, info->service)
						     : NULL;
	cJSON *object = cJSON_CreateObject();
	char proto[LEAT_PROTO_TEXT];

	leat_field_text(object, "reason", leat_drop_label(key->reason));
	leat_field_text(object, "meaning", leat_drop_text(key->reason));
	leat_field_text(object, "explanation", explanation);
	leat_field_text(object, "direction", leat_drop_direction(key->reason));
	leat_field_text(object, "hook", leat_hook_name(key->hook));
	leat_field_text(object, "proto", leat_proto_format(key->proto, proto));
	add_sides(names, key, info, object);
	leat_field_number(object, "set", info->set);
	leat_field_number(object, "rule", info->rule);
	add_policies(names, info, object);
	leat_field_text(object, "service", service);
	leat_field_number(object, "ifindex", info->ifindex);
	return object;
}

int leat_drop_filter_parse(struct leat_cli *cli, struct leat_drop_filter *ret_filter)
{
	struct leat_drop_filter filter = { .endpoint = leat_cli_value(cli, "endpoint") };
	const char *reason = leat_cli_value(cli, "reason");

	if (reason && leat_drop_parse(reason, &filter.reason) < 0)
		return leat_cli_error(cli, LEAT_EXIT_USAGE,
				      "reason '%s' is not known; 'leat drops --all' lists them",
				      reason);
	*ret_filter = filter;
	return 0;
}

bool leat_drop_matches(const struct leat_drop_filter *filter, const struct leat_names *names,
		       const struct leat_drop_key *key, const struct leat_drop_info *info)
{
	bool is_by_slot = is_forged(key->reason) && info->src_slot;
	_cleanup_free_ char *from = NULL;
	_cleanup_free_ char *to = NULL;

	if (filter->reason && key->reason != filter->reason)
		return false;
	if (!filter->endpoint)
		return true;
	from = pod_name(names, &key->saddr, info->src_slot, is_by_slot);
	to = pod_name(names, &key->daddr, info->dst_slot, false);
	return (from && strcmp(from, filter->endpoint) == 0) ||
	       (to && strcmp(to, filter->endpoint) == 0);
}
