/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Internet checksums by difference (RFC 1624): 32-bit one's complement sums, as __wsum. */
#include "common.h"

inline_ __u32 csum_fold64(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	return sum;
}

inline_ __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* What a sum over `to` has more than one over `from`; not folded. */
inline_ __u64 csum_diff_addr(const struct leat_addr *from, const struct leat_addr *to)
{
	const word *f = (const word *)from->b, *t = (const word *)to->b;

	return (__u64)t[0] + t[1] + t[2] + t[3] + (__u32)~f[0] + (__u32)~f[1] + (__u32)~f[2] +
	       (__u32)~f[3];
}

inline_ __u64 csum_diff16(__u16 from, __u16 to)
{
	return (__u64)to + (__u32) ~(__u32)from;
}

/* A header's checksum field after its content changed by `diff`. */
inline_ __u16 csum_apply(__u16 check, __u64 diff)
{
	return csum_fold(csum_fold64(diff + (__u32) ~(__u32)check));
}
