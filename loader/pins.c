// SPDX-License-Identifier: Apache-2.0
/* Paths, folders and names under BPFFS. Its names may not contain dots. */
#include "loader/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "lib/text.h"

static const char *const folders[] = { LEAT_PIN_MAPS, LEAT_PIN_PROGS, LEAT_PIN_LINKS,
				       LEAT_PIN_CLSACT };

static int fits(int length)
{
	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int leat_pin_path(char path[PATH_MAX], const char *bpffs, const char *folder, const char *name)
{
	return fits(snprintf(path, PATH_MAX, "%s/%s/%s", bpffs, folder, name));
}

int leat_pin_attach_path(char path[PATH_MAX], const char *bpffs, const char *folder,
			 enum leat_program program, int ifindex)
{
	return fits(snprintf(path, PATH_MAX, "%s/%s/%s_%d", bpffs, folder,
			     leat_program_name(program), ifindex));
}

int leat_pin_qdisc_path(char path[PATH_MAX], const char *bpffs, int ifindex)
{
	return fits(snprintf(path, PATH_MAX, "%s/%s/qdisc_%d", bpffs, LEAT_PIN_CLSACT, ifindex));
}

int leat_pin_replace(int fd, const char *path)
{
	char fresh[PATH_MAX];
	int err = fits(snprintf(fresh, sizeof(fresh), "%s_new", path));

	if (err < 0)
		return err;
	unlink(fresh); /* a loader that was killed half way leaves one */
	err = bpf_obj_pin(fd, fresh);
	if (err < 0)
		return err;
	if (rename(fresh, path) == 0)
		return 0;
	err = -errno;
	unlink(fresh);
	return err;
}

int leat_pin_make_folders(const char *bpffs)
{
	char path[PATH_MAX];
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && !err; i++) {
		err = fits(snprintf(path, sizeof(path), "%s/%s", bpffs, folders[i]));
		err = err ?: leat_dir_make(path, 0700);
	}
	return err;
}

void leat_pin_remove_folders(const char *bpffs)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (fits(snprintf(path, sizeof(path), "%s/%s", bpffs, folders[i])) == 0)
			rmdir(path);
	rmdir(bpffs);
}

int leat_pin_remove(const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return 0;
	/* A folder: EISDIR, or EPERM as POSIX has it. */
	return rmdir(path) == 0 || errno == ENOENT ? 0 : -errno;
}

static bool parse_number(const char *text, int *ret_number)
{
	__u64 number;

	if (leat_number_parse(text, INT_MAX, &number) < 0)
		return false;
	*ret_number = (int)number;
	return true;
}

bool leat_pin_parse(const char *name, enum leat_program *ret_program, int *ret_ifindex)
{
	for (int program = 0; program < LEAT_PROG_COUNT; program++) {
		const char *known = leat_program_name((enum leat_program)program);
		size_t length = strlen(known);

		if (strncmp(name, known, length) || name[length] != '_')
			continue;
		if (!parse_number(name + length + 1, ret_ifindex))
			return false;
		*ret_program = (enum leat_program)program;
		return true;
	}
	return false;
}

static void free_names(struct dirent ***names)
{
	for (struct dirent **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

/* The entries' list, ended by NULL. */
static int read_names(const char *path, struct dirent ***ret_names)
{
	struct dirent **names, **ended;
	int count = scandir(path, &names, NULL, alphasort);

	if (count < 0)
		return -errno;
	ended = realloc(names, ((size_t)count + 1) * sizeof(*names));
	if (!ended) {
		while (count--)
			free(names[count]);
		free(names);
		return -ENOMEM;
	}
	ended[count] = NULL;
	*ret_names = ended;
	return 0;
}

int leat_pin_each(const char *bpffs, const char *folder, const char *prefix,
		  leat_pin_visit_fn *visit, void *context)
{
	LEAT_CLEANUP(free_names) struct dirent **names = NULL;
	char path[PATH_MAX];
	int err, first = 0;

	err = fits(snprintf(path, sizeof(path), "%s/%s", bpffs, folder));
	err = err ?: read_names(path, &names);
	if (err < 0)
		return err == -ENOENT ? 0 : err;
	for (struct dirent **name = names; name && *name; name++) {
		if ((*name)->d_name[0] == '.' || strncmp((*name)->d_name, prefix, strlen(prefix)))
			continue;
		err = visit(bpffs, folder, (*name)->d_name, context);
		first = first ?: err;
	}
	return first;
}
