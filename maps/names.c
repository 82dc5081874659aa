// SPDX-License-Identifier: Apache-2.0
/* Names of numbers that are part of the layout, for people and for JSON. */
#include <netinet/in.h>
#include <stdio.h>

#include <leat/flow.h>
#include <leat/ipcache.h>

#include "lib/cleanup.h"
#include "maps/dump.h"

static const char *const hook_names[] = {
	[LEAT_HOOK_NONE] = "none",	     [LEAT_HOOK_FROM_POD] = "from-pod",
	[LEAT_HOOK_TO_POD] = "to-pod",	     [LEAT_HOOK_FROM_NET] = "from-net",
	[LEAT_HOOK_FROM_HOST] = "from-host", [LEAT_HOOK_FROM_OVERLAY] = "from-overlay",
};

static const char *const action_names[] = {
	[LEAT_FWD_NONE] = "none",   [LEAT_FWD_LOCAL] = "local", [LEAT_FWD_TUNNEL] = "tunnel",
	[LEAT_FWD_NEIGH] = "neigh", [LEAT_FWD_STACK] = "stack", [LEAT_FWD_HOSTDEV] = "hostdev",
};

static const char *const ip_kind_names[] = {
	[LEAT_IP_WORLD] = "world", [LEAT_IP_POD] = "pod",   [LEAT_IP_POD_RANGE] = "pod-range",
	[LEAT_IP_NODE] = "node",   [LEAT_IP_HOST] = "host", [LEAT_IP_SERVICE] = "service",
};

static const char *name_of(const char *const *names, size_t count, __u32 number)
{
	return number < count ? names[number] : "?";
}

const char *leat_hook_name(__u8 hook)
{
	return name_of(hook_names, ARRAY_SIZE(hook_names), hook);
}

const char *leat_action_name(__u8 action)
{
	return name_of(action_names, ARRAY_SIZE(action_names), action);
}

const char *leat_ip_kind_name(__u32 kind)
{
	return name_of(ip_kind_names, ARRAY_SIZE(ip_kind_names), kind);
}

const char *leat_proto_format(__u8 proto, char buffer[LEAT_PROTO_TEXT])
{
	switch (proto) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		snprintf(buffer, LEAT_PROTO_TEXT, "proto-%u", proto);
		return buffer;
	}
}
