/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Who an address is: the exact table, then the blocks. */
#include "scratch.h"

/* `*ret` untouched when nothing is known of the address: outside, told apart by no policy. */
inline_ void ipinfo_find(const struct leat_addr *addr, struct leat_ipinfo *ret)
{
	const struct leat_ipinfo *info = bpf_map_lookup_elem(&leat_ipcache_v1, addr);
	struct leat_cidr_key key;

	if (!info) {
		key.prefixlen = 128;
		addr_copy(&key.addr, addr);
		info = bpf_map_lookup_elem(&leat_cidr_v1, &key);
	}
	if (info)
		*ret = *info;
	else
		ret->identity = LEAT_ID_NONE;
}

inline_ void identify_client(struct slow *s)
{
	if (!s->is_client_known)
		ipinfo_find(&s->client, &s->client_info);
	s->is_client_known = true;
}

inline_ void identify_server(struct slow *s)
{
	if (!s->is_server_known)
		ipinfo_find(&s->server, &s->server_info);
	s->is_server_known = true;
}

stage_ int slow_identify_client(void)
{
	struct slow *s = slow_get();

	if (!s)
		return DROP(INTERNAL);
	identify_client(s);
	return s->client_info.kind;
}

stage_ int slow_identify_server(void)
{
	struct slow *s = slow_get();

	if (!s)
		return DROP(INTERNAL);
	identify_server(s);
	return s->server_info.kind;
}

inline_ bool kind_is_pod(__u32 kind)
{
	return kind == LEAT_IP_POD || kind == LEAT_IP_POD_RANGE;
}
