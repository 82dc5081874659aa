// SPDX-License-Identifier: Apache-2.0
/* Which flows `leat flow list` shows: the options read, and an entry judged by them. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "flow_filter.h"
#include "lib/text.h"

const struct leat_option leat_flow_options[] = {
	{ "endpoint", "NS/NAME", "only flows from or to this local pod" },
	{ "address", "ADDRESS", "only flows with this address on either side" },
	{ "port", "PORT", "only flows with this port on either side" },
	{ "proto", "PROTO", "only tcp, udp, sctp, icmp, icmpv6 or a number" },
	{ "reply", NULL, "the answering direction's entries too" },
	{ NULL, NULL, NULL },
};

static int parse_endpoint(struct leat_cli *cli, const char *text, struct leat_flow_filter *filter)
{
	int err = leat_names_endpoint_slot(leat_cli_names(cli), text, &filter->slot);

	if (err == -ENOTUNIQ)
		return leat_cli_error(cli, LEAT_EXIT_USAGE,
				      "several namespaces have a pod '%s': say NAMESPACE/%s", text,
				      text);
	if (err)
		return leat_cli_error(cli, LEAT_EXIT_NOTHING, "no pod '%s' on this node", text);
	filter->has_slot = true;
	return 0;
}

static int parse_port(struct leat_cli *cli, const char *text, struct leat_flow_filter *filter)
{
	__u64 number;

	if (leat_number_parse(text, 65535, &number) < 0 || !number)
		return leat_cli_error(cli, LEAT_EXIT_USAGE, "port '%s' is none: 1 to 65535", text);
	filter->port = (__u16)number;
	return 0;
}

int leat_flow_filter_parse(struct leat_cli *cli, struct leat_flow_filter *ret_filter)
{
	const char *endpoint = leat_cli_value(cli, "endpoint");
	const char *address = leat_cli_value(cli, "address");
	const char *port = leat_cli_value(cli, "port");
	const char *proto = leat_cli_value(cli, "proto");
	struct leat_flow_filter filter = { .has_reply = leat_cli_value(cli, "reply"),
					   .has_addr = address,
					   .has_proto = proto };
	int code = 0;

	if (address && leat_addr_parse(address, &filter.addr) < 0)
		return leat_cli_error(cli, LEAT_EXIT_USAGE, "'%s' is no address", address);
	if (proto && leat_proto_parse(proto, &filter.proto) < 0)
		return leat_cli_error(cli, LEAT_EXIT_USAGE, "'%s' is no protocol", proto);
	if (port)
		code = parse_port(cli, port, &filter);
	if (!code && endpoint)
		code = parse_endpoint(cli, endpoint, &filter);
	if (!code)
		*ret_filter = filter;
	return code;
}

static bool has_addr(const struct leat_addr *addr, const struct leat_flow_key *key,
		     const struct leat_flow *flow)
{
	const struct leat_addr *all[] = { &key->saddr, &key->daddr, &flow->nat_saddr,
					  &flow->nat_daddr };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (leat_addr_compare(addr, all[i]) == 0)
			return true;
	}
	return false;
}

static bool has_port(__u16 port, const struct leat_flow_key *key, const struct leat_flow *flow)
{
	__be16 wanted = htons(port);

	return key->kind == LEAT_KIND_PLAIN &&
	       (key->sport == wanted || key->dport == wanted || flow->nat_sport == wanted ||
		flow->nat_dport == wanted);
}

bool leat_flow_matches(const struct leat_flow_filter *filter, const struct leat_flow_key *key,
		       const struct leat_flow *flow)
{
	if (filter->has_slot && flow->src_slot != filter->slot && flow->dst_slot != filter->slot)
		return false;
	if (filter->has_addr && !has_addr(&filter->addr, key, flow))
		return false;
	if (filter->port && !has_port(filter->port, key, flow))
		return false;
	return !filter->has_proto || key->proto == filter->proto;
}
