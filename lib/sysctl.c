// SPDX-License-Identifier: Apache-2.0
/* See sysctl.h. A value that is there already is not written again: /proc/sys may be read-only. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <linux/if.h>

#include "cleanup.h"
#include "sysctl.h"
#include "text.h"

bool leat_ifname_is_valid(const char *name)
{
	size_t size = strlen(name);

	if (!size || size >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (const char *c = name; *c; c++)
		if (*c == '/' || *c == ':' || isspace((unsigned char)*c) ||
		    iscntrl((unsigned char)*c))
			return false;
	return true;
}

static bool is_key(const char *key)
{
	if (!key[0] || key[0] == '/' || strstr(key, "//"))
		return false;
	return strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-/") == strlen(key);
}

static int path_of(char *path, size_t size, const char *format_family, const char *ifname,
		   const char *key)
{
	int length;

	if (!is_key(key) || strchr(key, '/') || !leat_ifname_is_valid(ifname))
		return -EINVAL;
	length = snprintf(path, size, "/proc/sys/net/%s/conf/%s/%s", format_family, ifname, key);
	return length < 0 || (size_t)length >= size ? -EINVAL : 0;
}

static int read_path(const char *path, char *ret_text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count;

	if (fd < 0)
		return -errno;
	count = read(fd, ret_text, size - 1);
	if (count < 0)
		return -errno;
	ret_text[count] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	return 0;
}

static int write_path(const char *path, const char *text)
{
	_cleanup_close_ int fd = -1;
	char now[64];

	if (read_path(path, now, sizeof(now)) == 0 && !strcmp(now, text))
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static const char *family_name(enum leat_sysctl_family family)
{
	return family == LEAT_SYSCTL_IPV6 ? "ipv6" : "ipv4";
}

int leat_sysctl_read_if(enum leat_sysctl_family family, const char *ifname, const char *key,
			long *ret_value)
{
	char path[PATH_MAX], text[32];
	bool is_negative;
	__u64 number;
	int err;

	err = path_of(path, sizeof(path), family_name(family), ifname, key);
	if (!err)
		err = read_path(path, text, sizeof(text));
	if (err < 0)
		return err;
	is_negative = text[0] == '-';
	err = leat_number_parse(text + is_negative, LONG_MAX, &number);
	if (err < 0)
		return err;
	*ret_value = is_negative ? -(long)number : (long)number;
	return 0;
}

int leat_sysctl_write_if(enum leat_sysctl_family family, const char *ifname, const char *key,
			 long value)
{
	char path[PATH_MAX], text[32];
	int err;

	err = path_of(path, sizeof(path), family_name(family), ifname, key);
	if (err < 0)
		return err;
	snprintf(text, sizeof(text), "%ld", value);
	return write_path(path, text);
}

static int path_of_key(char *path, size_t size, const char *key)
{
	int length;

	if (!is_key(key))
		return -EINVAL;
	length = snprintf(path, size, "/proc/sys/%s", key);
	return length < 0 || (size_t)length >= size ? -EINVAL : 0;
}

int leat_sysctl_read(const char *key, char *ret_text, size_t size)
{
	char path[PATH_MAX];
	int err;

	err = path_of_key(path, sizeof(path), key);
	return err < 0 ? err : read_path(path, ret_text, size);
}

int leat_sysctl_write(const char *key, const char *text)
{
	char path[PATH_MAX];
	int err;

	err = path_of_key(path, sizeof(path), key);
	return err < 0 ? err : write_path(path, text);
}
