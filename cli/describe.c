// SPDX-License-Identifier: Apache-2.0
/* Numbers, addresses and times in words. A name that is not known falls back to its number. */
#include <errno.h>
#include <netinet/in.h>
#include <strings.h>

#include "describe.h"
#include "lib/text.h"

#define SEC_PER_NS 1000000000ULL

const char *leat_age_format(__u64 sec, char buffer[LEAT_AGE_TEXT])
{
	unsigned long long s = sec;

	if (sec < 60)
		snprintf(buffer, LEAT_AGE_TEXT, "%llus", s);
	else if (sec < 3600)
		snprintf(buffer, LEAT_AGE_TEXT, "%llum%02llus", s / 60, s % 60);
	else if (sec < 86400)
		snprintf(buffer, LEAT_AGE_TEXT, "%lluh%02llum", s / 3600, s / 60 % 60);
	else
		snprintf(buffer, LEAT_AGE_TEXT, "%llud%02lluh", s / 86400, s / 3600 % 24);
	return buffer;
}

__u64 leat_age_sec(const struct leat_cli *cli, __u64 then_ns)
{
	return then_ns < cli->now_ns ? (cli->now_ns - then_ns) / SEC_PER_NS : 0;
}

int leat_proto_parse(const char *text, __u8 *ret_proto)
{
	static const struct {
		const char *name;
		__u8 proto;
	} known[] = {
		{ "tcp", IPPROTO_TCP },	  { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP },
		{ "icmp", IPPROTO_ICMP }, { "gre", IPPROTO_GRE }, { "icmpv6", IPPROTO_ICMPV6 },
		{ "esp", IPPROTO_ESP },	  { "ah", IPPROTO_AH },
	};
	__u64 number;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcasecmp(text, known[i].name) == 0) {
			*ret_proto = known[i].proto;
			return 0;
		}
	}
	if (leat_number_parse(text, 255, &number) < 0)
		return -EINVAL;
	*ret_proto = (__u8)number;
	return 0;
}

char *leat_addr_name(const struct leat_names *names, const struct leat_addr *addr)
{
	const char *pod = leat_names_pod(names, addr);
	const char *node = leat_names_node(names, addr);
	char text[LEAT_ADDR_TEXT];

	if (pod)
		return leat_cli_format("%s", pod);
	if (node)
		return leat_cli_format("node %s", node);
	return leat_cli_format("%s", leat_addr_format(addr, text));
}

char *leat_addr_describe(const struct leat_names *names, const struct leat_addr *addr)
{
	_cleanup_free_ char *name = leat_addr_name(names, addr);
	char text[LEAT_ADDR_TEXT];

	if (!leat_names_pod(names, addr) && !leat_names_node(names, addr))
		return TAKE_PTR(name);
	return leat_cli_format("%s (%s)", name, leat_addr_format(addr, text));
}

char *leat_addr_port(const struct leat_addr *addr, __u16 port)
{
	char text[LEAT_ADDR_TEXT];

	leat_addr_format(addr, text);
	return leat_cli_format(leat_addr_is_ipv4(addr) ? "%s:%u" : "[%s]:%u", text, port);
}

char *leat_rule_describe(const struct leat_names *names, __u32 rule)
{
	const cJSON *object = leat_names_find(names, LEAT_NAME_RULE, rule);

	if (rule == LEAT_RULE_NONE)
		return leat_cli_format("not isolated");
	if (rule == LEAT_RULE_NODE)
		return leat_cli_format("node");
	if (rule == LEAT_RULE_SELF)
		return leat_cli_format("self");
	if (!object)
		return leat_cli_format("rule %u", rule);
	return leat_cli_format("%s/%s %s[%u]", leat_names_text(object, "namespace"),
			       leat_names_text(object, "policy"),
			       leat_names_text(object, "direction"),
			       leat_names_number(object, "index"));
}

char *leat_set_describe(const struct leat_names *names, __u32 set)
{
	const cJSON *object = leat_names_find(names, LEAT_NAME_SET, set);
	struct leat_text text = { 0 };
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, "policies")) {
		const char *policy = cJSON_GetStringValue(item);

		if (policy)
			leat_text_add(&text, "%s%s", text.size ? ", " : "", policy);
	}
	return text.data ? text.data : leat_cli_format("policy set %u", set);
}

char *leat_service_describe(const struct leat_names *names, __u32 service)
{
	const cJSON *object = leat_names_find(names, LEAT_NAME_SERVICE, service);

	if (!object)
		return leat_cli_format("Service %u", service);
	return leat_cli_format("%s/%s:%s", leat_names_text(object, "namespace"),
			       leat_names_text(object, "name"), leat_names_text(object, "port"));
}

char *leat_endpoint_describe(const struct leat_names *names, __u32 slot)
{
	char *name = leat_names_full(leat_names_find(names, LEAT_NAME_ENDPOINT, slot), "name");

	return name ? name : leat_cli_format("endpoint %u", slot);
}

char *leat_identity_describe(const struct leat_names *names, __u32 identity)
{
	const cJSON *object = leat_names_find(names, LEAT_NAME_IDENTITY, identity);

	if (object && *leat_names_text(object, "text"))
		return leat_cli_format("%s", leat_names_text(object, "text"));
	if (identity == LEAT_ID_ANY)
		return leat_cli_format("any");
	if (identity == LEAT_ID_NONE)
		return leat_cli_format("addresses that no policy names");
	return leat_cli_format("identity %u", identity);
}
