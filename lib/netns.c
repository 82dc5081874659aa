// SPDX-License-Identifier: Apache-2.0
/* See netns.h. NS_GET_NSTYPE tells a network namespace from any other file of nsfs. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>
#include <linux/nsfs.h>

#include "cleanup.h"
#include "netns.h"

#define OWN_NETNS "/proc/thread-self/ns/net"

int leat_netns_open(const char *path, int *ret_fd)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EBADF;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int leat_netns_is_own(int netns_fd)
{
	struct stat own, other;

	if (stat(OWN_NETNS, &own) < 0 || fstat(netns_fd, &other) < 0)
		return -errno;
	return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

int leat_netns_call(int netns_fd, int (*function)(void *context), void *context)
{
	_cleanup_close_ int own = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	int result;

	if (own < 0)
		return -errno;
	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return -errno;
	result = function(context);
	if (setns(own, CLONE_NEWNET) < 0)
		abort();
	return result;
}
