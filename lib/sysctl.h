/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * /proc/sys/net of the calling thread's namespace (see leat_netns_call() for another's).
 * Interface names become part of a path, so they are checked here as well.
 */
#include <stdbool.h>
#include <stddef.h>

/* 1 to 15 bytes, not "." or "..", no '/', ':', white space or control characters. */
bool leat_ifname_is_valid(const char *name);

enum leat_sysctl_family {
	LEAT_SYSCTL_IPV4,
	LEAT_SYSCTL_IPV6,
};

/*
 * net/<family>/conf/<ifname>/<key>. `ifname` may also be "all" or "default". -EINVAL for a
 * name that is none, -ENOENT where the kernel has no such key (or no IPv6 at all).
 */
int leat_sysctl_read_if(enum leat_sysctl_family family, const char *ifname, const char *key,
			long *ret_value);
int leat_sysctl_write_if(enum leat_sysctl_family family, const char *ifname, const char *key,
			 long value);
/* Any other: `key` like "net/ipv4/ip_forward"; lower case, digits, '_', '-' and single '/'. */
int leat_sysctl_read(const char *key, char *ret_text, size_t size);
int leat_sysctl_write(const char *key, const char *text);
