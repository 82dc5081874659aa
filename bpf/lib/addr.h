/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Addresses of either family in one shape, see include/leat/types.h. */
#include "common.h"

#define ADDR4_MARK bpf_htonl(0x0000ffff) /* third word of ::ffff:a.b.c.d */

inline_ word *addr_words(struct leat_addr *addr)
{
	return (word *)addr->b;
}

inline_ const word *addr_words_const(const struct leat_addr *addr)
{
	return (const word *)addr->b;
}

inline_ void addr_set4(struct leat_addr *addr, __be32 ip)
{
	word *w = addr_words(addr);

	w[0] = 0;
	w[1] = 0;
	w[2] = ADDR4_MARK;
	w[3] = ip;
}

/* `from`: 16 bytes in network order, e.g. in a packet. */
inline_ void addr_set6(struct leat_addr *addr, const void *from)
{
	const word *f = from;
	word *w = addr_words(addr);

	w[0] = f[0];
	w[1] = f[1];
	w[2] = f[2];
	w[3] = f[3];
}

inline_ void addr_copy(struct leat_addr *addr, const struct leat_addr *from)
{
	addr_set6(addr, from->b);
}

inline_ bool addr_is_equal(const struct leat_addr *a, const struct leat_addr *b)
{
	const word *x = addr_words_const(a), *y = addr_words_const(b);

	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])) == 0;
}

inline_ bool addr_is_zero(const struct leat_addr *addr)
{
	const word *w = addr_words_const(addr);

	return (w[0] | w[1] | w[2] | w[3]) == 0;
}

inline_ bool addr_is_v4(const struct leat_addr *addr)
{
	const word *w = addr_words_const(addr);

	return (w[0] | w[1] | (w[2] ^ ADDR4_MARK)) == 0;
}

inline_ __be32 addr_v4(const struct leat_addr *addr)
{
	return addr_words_const(addr)[3];
}

inline_ void addr_set_gateway(struct leat_addr *addr, bool is_v6)
{
	word *w = addr_words(addr);

	w[0] = is_v6 ? bpf_htonl(0xfe800000) : 0;
	w[1] = 0;
	w[2] = is_v6 ? 0 : ADDR4_MARK;
	w[3] = is_v6 ? bpf_htonl(1) : bpf_htonl(0xa9fe0101); /* 169.254.1.1 */
}

/* This network, loopback, link-local, multicast, reserved and broadcast. */
inline_ bool addr4_is_bad(__u32 ip)
{
	return ip >> 24 == 0 || ip >> 24 == 127 || ip >> 16 == 0xa9fe || ip >> 28 >= 0xe;
}

/* Unspecified, loopback and the rest of ::/96, link-local, multicast. */
inline_ bool addr6_is_bad(const word *w)
{
	__u32 first = bpf_ntohl(w[0]);

	return (w[0] | w[1] | w[2]) == 0 || first >> 22 == 0xfe80 >> 6 || first >> 24 == 0xff;
}

/* Not to be routed to: neither a packet nor a Service's backend may name such a one. */
inline_ bool addr_is_bad(const struct leat_addr *addr)
{
	if (addr_is_v4(addr))
		return addr4_is_bad(bpf_ntohl(addr_v4(addr)));
	return addr6_is_bad(addr_words_const(addr));
}
