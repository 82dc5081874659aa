/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Addresses and blocks of both families as text and as struct leat_addr. No sockets here. */
#include <stdbool.h>
#include <stddef.h>

#include <leat/types.h>

/* A block; prefixlen counts over the 128 bits of the mapped form (IPv4 /8 is 104). */
struct leat_cidr {
	struct leat_addr addr;
	__u32 prefixlen;
};

#define LEAT_ADDR_TEXT 46 /* bytes that leat_addr_format() needs at most */
#define LEAT_CIDR_TEXT 50

/* Strict: no leading zeros, no zone, no IPv4-mapped IPv6. -EINVAL otherwise. */
int leat_addr_parse(const char *text, struct leat_addr *ret_addr);
/* "ADDR/LEN", strict as above; host bits are masked off and *ret_masked (may be NULL) says so. */
int leat_cidr_parse(const char *text, struct leat_cidr *ret_cidr, bool *ret_masked);
/* Both return `buffer`. A full-length block prints with its /32 or /128. */
const char *leat_addr_format(const struct leat_addr *addr, char buffer[LEAT_ADDR_TEXT]);
const char *leat_cidr_format(const struct leat_cidr *cidr, char buffer[LEAT_CIDR_TEXT]);

bool leat_addr_is_ipv4(const struct leat_addr *addr);
/* True for all zero bytes ("none" in tables, and ::), not for 0.0.0.0. */
bool leat_addr_is_zero(const struct leat_addr *addr);
/* An IPv6 block never contains an IPv4 address, ::/0 neither. */
bool leat_cidr_is_ipv4(const struct leat_cidr *cidr);
int leat_addr_compare(const struct leat_addr *a, const struct leat_addr *b);
bool leat_cidr_contains(const struct leat_cidr *cidr, const struct leat_addr *addr);
/* True when every address of `inner` is in `outer`. */
bool leat_cidr_covers(const struct leat_cidr *outer, const struct leat_cidr *inner);
/* The block of one address. */
struct leat_cidr leat_cidr_host(const struct leat_addr *addr);
