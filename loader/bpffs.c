// SPDX-License-Identifier: Apache-2.0
/*
 * Sees to a bpf filesystem. What is mounted here is marked by its source name, so that
 * releasing never unmounts a stranger's.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "loader/pins.h"
#include "maps/problem.h"

#define USUAL_PLACE  "/sys/fs/bpf"
#define MOUNT_SOURCE "leat"
#define MOST_MOUNTS  (16 << 20) /* bytes of text */

static bool is_below(const char *dir, const char *place)
{
	size_t length = strlen(place);

	return !strncmp(dir, place, length) && (dir[length] == '/' || !dir[length]);
}

bool leat_bpffs_is_at(const char *dir)
{
	char path[PATH_MAX];
	struct statfs fs;

	if (snprintf(path, sizeof(path), "%s", dir) >= (int)sizeof(path))
		return false;
	while (statfs(path, &fs) < 0) {
		char *slash = strrchr(path, '/');

		if (errno != ENOENT || !slash || slash == path)
			return false;
		*slash = '\0';
	}
	return fs.f_type == BPF_FS_MAGIC;
}

static int mount_at(const char *place, char **ret_problem)
{
	int err;

	if (mount(MOUNT_SOURCE, place, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0)
		return 0;
	err = -errno;
	return leat_problem_set(ret_problem, err, "%s: cannot mount a bpf filesystem: %s", place,
				strerror(-err));
}

static int make_dir(const char *dir, char **ret_problem)
{
	int err = leat_dir_make(dir, 0700);

	if (err < 0)
		return leat_problem_set(ret_problem, err, "%s: cannot be made: %s", dir,
					strerror(-err));
	return 0;
}

int leat_bpffs_ensure(const char *dir, char **ret_problem)
{
	int err = 0;

	if (dir[0] != '/')
		return leat_problem_set(ret_problem, -EINVAL, "%s: not an absolute path", dir);
	if (!leat_bpffs_is_at(dir) && is_below(dir, USUAL_PLACE))
		err = mount_at(USUAL_PLACE, ret_problem);
	else if (!leat_bpffs_is_at(dir))
		err = make_dir(dir, ret_problem) ?: mount_at(dir, ret_problem);
	return err ?: make_dir(dir, ret_problem);
}

/* A line of /proc/self/mountinfo: "ID PARENT MAJ:MIN ROOT PLACE OPTIONS... - TYPE SOURCE ...". */
static bool is_our_mount(const char *line, const char *dir)
{
	char place[PATH_MAX], type[64], source[64];
	const char *rest = strstr(line, " - ");

	return rest && sscanf(line, "%*s %*s %*s %*s %4095s", place) == 1 &&
	       sscanf(rest, " - %63s %63s", type, source) == 2 && !strcmp(place, dir) &&
	       !strcmp(type, "bpf") && !strcmp(source, MOUNT_SOURCE);
}

static bool has_our_mount(const char *dir)
{
	_cleanup_free_ char *mounts = NULL;
	bool found = false;
	char *rest;
	size_t size;

	if (leat_file_read("/proc/self/mountinfo", MOST_MOUNTS, &mounts, &size) < 0)
		return false;
	for (char *line = strtok_r(mounts, "\n", &rest); line && !found;
	     line = strtok_r(NULL, "\n", &rest))
		found = is_our_mount(line, dir);
	return found;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Names with a dot are the kernel's own (maps.debug, progs.debug). */
static bool is_empty(const char *path)
{
	LEAT_CLEANUP(close_dir) DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strchr(entry->d_name, '.'))
			return false;
	return dir;
}

int leat_bpffs_release(const char *dir)
{
	const char *place = is_below(dir, USUAL_PLACE) ? USUAL_PLACE : dir;

	if (strcmp(place, dir))
		rmdir(dir);
	if (!has_our_mount(place) || !is_empty(place))
		return 0;
	return umount2(place, 0) == 0 ? 0 : -errno;
}
