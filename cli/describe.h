/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Numbers, addresses and times in words, the same words in every command. */
#include "cli.h"
#include "lib/addr.h"
#include "names.h"

#define LEAT_AGE_TEXT 24

/* "0s", "42s", "3m10s", "5h02m", "12d03h"; returns `buffer`. */
const char *leat_age_format(__u64 sec, char buffer[LEAT_AGE_TEXT]);
/* Seconds from `then_ns` to the command's start; 0 for the future. */
__u64 leat_age_sec(const struct leat_cli *cli, __u64 then_ns);

/* "tcp", "ICMPv6" or "253". -EINVAL. */
int leat_proto_parse(const char *text, __u8 *ret_proto);

/* The rest returns new memory. */

/* "shop/frontend (10.244.1.5)", "node n2 (192.168.0.2)", or the address alone. */
char *leat_addr_describe(const struct leat_names *names, const struct leat_addr *addr);
/* The name without the address: "shop/frontend", "node n2", or the address. */
char *leat_addr_name(const struct leat_names *names, const struct leat_addr *addr);
/* "10.1.2.3:80", "[fd00::1]:80". */
char *leat_addr_port(const struct leat_addr *addr, __u16 port);
/* "shop/allow-frontend ingress[0]", "node", "self", "not isolated", or "rule 77". */
char *leat_rule_describe(const struct leat_names *names, __u32 rule);
/* "shop/a, shop/b", or "policy set 77". */
char *leat_set_describe(const struct leat_names *names, __u32 set);
/* "shop/backend:http", or "Service 77". */
char *leat_service_describe(const struct leat_names *names, __u32 service);
/* "shop/frontend", or "endpoint 3". */
char *leat_endpoint_describe(const struct leat_names *names, __u32 slot);
/* What the state file says of it, or "any", "none", "identity 77". */
char *leat_identity_describe(const struct leat_names *names, __u32 identity);
