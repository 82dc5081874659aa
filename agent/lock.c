// SPDX-License-Identifier: Apache-2.0
/* One agent a state folder and a BPFFS: locks that end with their process, however that ends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "agent/agent.h"
#include "lib/cleanup.h"
#include "lib/file.h"

#define LOCK_NAME "agent.lock"

static int lock_path(const char *state_dir, char **ret_path)
{
	return asprintf(ret_path, "%s/" LOCK_NAME, state_dir) < 0 ? -ENOMEM : 0;
}

int leat_lock_take(const char *state_dir, int *ret_fd)
{
	_cleanup_free_ char *path = NULL;
	int err = leat_dir_make(state_dir, 0700);
	err = err ?: lock_path(state_dir, &path);
	if (err)
		return err;
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int leat_lock_folder(const char *path, int *ret_fd)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

void leat_lock_remove(const char *state_dir)
{
	_cleanup_free_ char *path = NULL;
	if (lock_path(state_dir, &path) == 0)
		(void)unlink(path);
}
