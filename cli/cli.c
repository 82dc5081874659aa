// SPDX-License-Identifier: Apache-2.0
/*
 * What a command works with: messages, the tables (opened when first asked for, so that
 * `leat help` needs none), the names. No command is here; see command.h for how they are run.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include <leat/api.h>

#include "cli.h"
#include "lib/text.h"
#include "names.h"

#define BPF_FS_MAGIC_NUMBER 0xcafe4a11

static const char *environment(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value && *value ? value : fallback;
}

static int read_pinned(struct leat_cli *cli, enum leat_table_id id, struct leat_rows *ret_rows)
{
	int err = leat_cli_maps(cli, true);

	if (err)
		return err;
	err = leat_table_read(&cli->maps->tables[id], ret_rows);
	if (err)
		return leat_cli_error(cli, LEAT_EXIT_FAILED, "table %s: %s",
				      cli->maps->tables[id].name, strerror(-err));
	return 0;
}

void leat_cli_init(struct leat_cli *cli)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	*cli = (struct leat_cli){
		.bpffs = environment("LEAT_BPFFS", "/sys/fs/bpf/leat"),
		.state_dir = environment("LEAT_STATE_DIR", "/var/lib/leat"),
		.socket = environment("LEAT_SOCKET", LEAT_API_SOCKET_DEFAULT),
		.is_color = isatty(STDOUT_FILENO) && !*environment("NO_COLOR", ""),
		.out = stdout,
		.err = stderr,
		.now_ns = (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec,
		.read_table = read_pinned,
	};
}

void leat_cli_close(struct leat_cli *cli)
{
	leat_maps_close(cli->maps);
	cli->maps = NULL;
	leat_names_free(cli->names);
	cli->names = NULL;
	free(cli->args);
	cli->args = NULL;
}

__attribute__((format(printf, 3, 0))) static void say(struct leat_cli *cli, const char *prefix,
						      const char *format, va_list arguments)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *safe = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	if (text)
		safe = leat_text_escape(text);
	fprintf(cli->err, "leat: %s%s\n", prefix, safe ? safe : "out of memory");
}

int leat_cli_error(struct leat_cli *cli, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(cli, "", format, arguments);
	va_end(arguments);
	return code;
}

void leat_cli_note(struct leat_cli *cli, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(cli, "note: ", format, arguments);
	va_end(arguments);
}

const char *leat_cli_value(const struct leat_cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->value_count; i++) {
		if (strcmp(cli->values[i].name, name) == 0)
			return cli->values[i].text;
	}
	return NULL;
}

/* Why the tables cannot be opened, in words that say what to do. */
static int explain_maps(struct leat_cli *cli, int err, const char *problem)
{
	struct statfs fs;

	if (err == -EPERM || err == -EACCES)
		return leat_cli_error(cli, LEAT_EXIT_FAILED,
				      "%s: no right to read the tables: run as root", cli->bpffs);
	if (statfs(cli->bpffs, &fs) < 0)
		return leat_cli_error(cli, errno == ENOENT ? LEAT_EXIT_NOTHING : LEAT_EXIT_FAILED,
				      "%s: %s: nothing is loaded there (is leat-agent set up, and "
				      "is the BPF file system mounted?)",
				      cli->bpffs, strerror(errno));
	if ((__u32)fs.f_type != BPF_FS_MAGIC_NUMBER)
		return leat_cli_error(cli, LEAT_EXIT_NOTHING,
				      "%s: is not on a BPF file system (mount -t bpf bpf DIR)",
				      cli->bpffs);
	if (err == -ENOENT)
		return leat_cli_error(cli, LEAT_EXIT_NOTHING, "%s: nothing is loaded%s%s",
				      cli->bpffs, problem ? ": " : "", problem ? problem : "");
	return leat_cli_error(cli, LEAT_EXIT_FAILED, "%s: %s", cli->bpffs,
			      problem ? problem : strerror(-err));
}

int leat_cli_maps(struct leat_cli *cli, bool is_read_only)
{
	_cleanup_free_ char *problem = NULL;
	int err;

	if (cli->maps)
		return 0;
	err = leat_maps_open(cli->bpffs, is_read_only, &cli->maps, &problem);
	return err ? explain_maps(cli, err, problem) : 0;
}

int leat_cli_rows(struct leat_cli *cli, enum leat_table_id id, struct leat_rows *ret_rows)
{
	return cli->read_table(cli, id, ret_rows);
}

struct leat_names *leat_cli_names(struct leat_cli *cli)
{
	int err;

	if (cli->names)
		return cli->names;
	err = leat_names_load(cli->state_dir, &cli->names);
	if (!err)
		return cli->names;
	leat_cli_note(cli, "%s/state.json: %s: numbers are shown in place of names", cli->state_dir,
		      err == -EINVAL ? "is not a state file" : strerror(-err));
	cli->names = leat_names_empty();
	return cli->names;
}

void *leat_cli_alloc(size_t size)
{
	return leat_cli_grow(NULL, size);
}

void *leat_cli_grow(void *old, size_t size)
{
	void *data = realloc(old, size ? size : 1);

	if (!data) {
		fputs("leat: out of memory\n", stderr);
		exit(LEAT_EXIT_FAILED);
	}
	return data;
}

char *leat_cli_format(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0) {
		fputs("leat: out of memory\n", stderr);
		exit(LEAT_EXIT_FAILED);
	}
	va_end(arguments);
	return text;
}
