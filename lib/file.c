// SPDX-License-Identifier: Apache-2.0
/*
 * Whole files. Reading never blocks on a FIFO and never takes more memory than the limit says;
 * writing goes by a temporary file and rename, with the data and the name on disk before 0.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

/* Only regular files: opening anything else may block or never end. */
static int open_regular(const char *path, size_t *ret_hint)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	*ret_hint = status.st_size > 0 ? (size_t)status.st_size : 0;
	return TAKE_FD(fd);
}

/* One byte above the limit is read, to tell "just full" from "too large". */
static int read_all(int fd, size_t limit, size_t hint, char **ret_data, size_t *ret_size)
{
	size_t allocated = (hint < limit ? hint : limit) + 2, size = 0;
	_cleanup_free_ char *data = malloc(allocated);

	while (data) {
		ssize_t got = read(fd, data + size, allocated - 1 - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		size += (size_t)got;
		if (size > limit)
			return -EFBIG;
		if (got == 0) {
			data[size] = '\0';
			*ret_size = size;
			*ret_data = TAKE_PTR(data);
			return 0;
		}
		if (size == allocated - 1) { /* grew since fstat, or procfs: size unknown */
			char *larger;

			allocated = (allocated < limit / 2 ? allocated * 2 : limit) + 2;
			larger = realloc(data, allocated);
			if (!larger)
				return -ENOMEM;
			data = larger;
		}
	}
	return -ENOMEM;
}

int leat_file_read(const char *path, size_t limit, char **ret_data, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	size_t hint = 0;

	if (limit > SIZE_MAX / 4)
		return -EINVAL;
	fd = open_regular(path, &hint);
	return fd < 0 ? fd : read_all(fd, limit, hint, ret_data, ret_size);
}

static int write_all(int fd, const void *data, size_t size)
{
	const char *from = data;

	while (size) {
		ssize_t done = write(fd, from, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		from += done;
		size -= (size_t)done;
	}
	return 0;
}

static int write_new(const char *path, const void *data, size_t size, mode_t mode)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, data, size);
	if (err)
		return err;
	/* the umask does not count: whoever asked for a mode gets it */
	return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Makes the names in the folder of `path` durable. */
static int sync_folder(const char *path)
{
	_cleanup_free_ char *folder = strdup(path);
	_cleanup_close_ int fd = -1;
	char *slash;

	if (!folder)
		return -ENOMEM;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int leat_file_write_atomic(const char *path, const void *data, size_t size, mode_t mode)
{
	_cleanup_free_ char *temporary = NULL;
	int err;

	if (asprintf(&temporary, "%s.tmp", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	err = write_new(temporary, data, size, mode);
	if (!err && rename(temporary, path) < 0)
		err = -errno;
	if (err) {
		unlink(temporary);
		return err;
	}
	return sync_folder(path);
}

static int make_one(const char *path, mode_t mode)
{
	struct stat status;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST && errno != EROFS && errno != EACCES)
		return -errno;
	/* there already, or no right to know better: what counts is that it is a folder */
	if (stat(path, &status) < 0)
		return -errno;
	return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

int leat_dir_make(const char *path, mode_t mode)
{
	_cleanup_free_ char *prefix = strdup(path);

	if (!prefix)
		return -ENOMEM;
	if (!*prefix)
		return -EINVAL;
	for (char *slash = strchr(prefix + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int err;

		*slash = '\0';
		err = make_one(prefix, mode);
		if (err)
			return err;
		*slash = '/';
	}
	return make_one(prefix, mode);
}
