// SPDX-License-Identifier: Apache-2.0
/*
 * Addresses and blocks of both families in one 128 bit form: IPv4 is IPv4-mapped IPv6. Text is
 * read strictly, because a sloppy reader and a strict one disagree about who 0177.0.0.1 is.
 * An IPv6 block never contains an IPv4 address, whatever its bits say: ::/0 is IPv6 only.
 */
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define MAPPED_BITS 96
#define ADDR_BITS   128

static const unsigned char mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static int parse_ipv4(const char *text, struct leat_addr *ret_addr)
{
	struct leat_addr addr = {};

	memcpy(addr.b, mapped_prefix, sizeof(mapped_prefix));
	/* glibc refuses leading zeros, short forms and blanks here */
	if (inet_pton(AF_INET, text, addr.b + sizeof(mapped_prefix)) != 1)
		return -EINVAL;
	*ret_addr = addr;
	return 0;
}

static int parse_ipv6(const char *text, struct leat_addr *ret_addr)
{
	struct leat_addr addr;

	if (inet_pton(AF_INET6, text, addr.b) != 1 || leat_addr_is_ipv4(&addr))
		return -EINVAL;
	*ret_addr = addr;
	return 0;
}

int leat_addr_parse(const char *text, struct leat_addr *ret_addr)
{
	return strchr(text, ':') ? parse_ipv6(text, ret_addr) : parse_ipv4(text, ret_addr);
}

/* Clears what is behind the prefix; true when there was anything. */
static bool mask_addr(struct leat_addr *addr, __u32 prefixlen)
{
	bool was_masked = false;

	for (__u32 i = 0; i < sizeof(addr->b); i++) {
		__u32 bits = prefixlen > i * 8 ? prefixlen - i * 8 : 0;
		__u8 keep = bits >= 8 ? 0xff : (__u8)(0xff00 >> bits);

		was_masked |= addr->b[i] & ~keep;
		addr->b[i] &= keep;
	}
	return was_masked;
}

static int parse_prefixlen(const char *text, __u32 most, __u32 *ret_prefixlen)
{
	__u64 number = 0;

	if (text[0] == '0' && text[1])
		return -EINVAL;
	if (leat_number_parse(text, most, &number) < 0)
		return -EINVAL;
	*ret_prefixlen = (__u32)number;
	return 0;
}

int leat_cidr_parse(const char *text, struct leat_cidr *ret_cidr, bool *ret_masked)
{
	const char *slash = strchr(text, '/');
	char addr[LEAT_ADDR_TEXT];
	struct leat_cidr cidr;
	bool is_ipv4, was_masked;

	if (!slash || (size_t)(slash - text) >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, slash - text);
	addr[slash - text] = '\0';
	if (leat_addr_parse(addr, &cidr.addr) < 0)
		return -EINVAL;
	is_ipv4 = leat_addr_is_ipv4(&cidr.addr);
	if (parse_prefixlen(slash + 1, is_ipv4 ? 32 : ADDR_BITS, &cidr.prefixlen) < 0)
		return -EINVAL;
	if (is_ipv4)
		cidr.prefixlen += MAPPED_BITS;
	was_masked = mask_addr(&cidr.addr, cidr.prefixlen);
	if (ret_masked)
		*ret_masked = was_masked;
	*ret_cidr = cidr;
	return 0;
}

const char *leat_addr_format(const struct leat_addr *addr, char buffer[LEAT_ADDR_TEXT])
{
	if (leat_addr_is_ipv4(addr))
		inet_ntop(AF_INET, addr->b + sizeof(mapped_prefix), buffer, LEAT_ADDR_TEXT);
	else
		inet_ntop(AF_INET6, addr->b, buffer, LEAT_ADDR_TEXT);
	return buffer;
}

bool leat_cidr_is_ipv4(const struct leat_cidr *cidr)
{
	return cidr->prefixlen >= MAPPED_BITS && leat_addr_is_ipv4(&cidr->addr);
}

const char *leat_cidr_format(const struct leat_cidr *cidr, char buffer[LEAT_CIDR_TEXT])
{
	__u32 prefixlen = cidr->prefixlen - (leat_cidr_is_ipv4(cidr) ? MAPPED_BITS : 0);
	char addr[LEAT_ADDR_TEXT];

	snprintf(buffer, LEAT_CIDR_TEXT, "%s/%u", leat_addr_format(&cidr->addr, addr),
		 prefixlen & 0xff);
	return buffer;
}

bool leat_addr_is_ipv4(const struct leat_addr *addr)
{
	return memcmp(addr->b, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool leat_addr_is_zero(const struct leat_addr *addr)
{
	static const struct leat_addr zero;

	return memcmp(addr, &zero, sizeof(zero)) == 0;
}

int leat_addr_compare(const struct leat_addr *a, const struct leat_addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

bool leat_cidr_contains(const struct leat_cidr *cidr, const struct leat_addr *addr)
{
	__u32 bytes = cidr->prefixlen / 8, bits = cidr->prefixlen % 8;

	if (cidr->prefixlen > ADDR_BITS || leat_cidr_is_ipv4(cidr) != leat_addr_is_ipv4(addr))
		return false;
	if (memcmp(cidr->addr.b, addr->b, bytes) != 0)
		return false;
	return !bits || !((cidr->addr.b[bytes] ^ addr->b[bytes]) >> (8 - bits));
}

bool leat_cidr_covers(const struct leat_cidr *outer, const struct leat_cidr *inner)
{
	if (outer->prefixlen > inner->prefixlen ||
	    leat_cidr_is_ipv4(outer) != leat_cidr_is_ipv4(inner))
		return false;
	return leat_cidr_contains(outer, &inner->addr);
}

struct leat_cidr leat_cidr_host(const struct leat_addr *addr)
{
	return (struct leat_cidr){ .addr = *addr, .prefixlen = ADDR_BITS };
}
