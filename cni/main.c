// SPDX-License-Identifier: Apache-2.0
/*
 * leat-cni: the CNI plugin. A runtime executes it for every pod, with CNI_* variables and the
 * network configuration on standard input (leat-cni(8)). Standard output carries the result or
 * the error and nothing else. The commands are in files of their own, see verbs.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "verbs.h"

#define VERSION_INPUT_TIMEOUT_MS 1000

static leat_cni_verb *const verbs[LEAT_CNI_COMMANDS] = {
	[LEAT_CNI_ADD] = leat_cni_add,	     [LEAT_CNI_DEL] = leat_cni_del,
	[LEAT_CNI_CHECK] = leat_cni_check,   [LEAT_CNI_GC] = leat_cni_gc,
	[LEAT_CNI_STATUS] = leat_cni_status,
};

/* A socket of ours must never become descriptor 1 and get the result. */
static void reserve_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_WRONLY) != fd)
			_exit(1);
}

static bool has_cni_variable(void)
{
	for (char **pair = environ; *pair; pair++)
		if (!strncmp(*pair, "CNI_", 4))
			return true;
	return false;
}

static int tell_about(void)
{
	fputs("leat-cni " LEAT_VERSION ": CNI plugin of leat, versions 0.3.0 to 1.1.0 of the "
	      "specification. Executed by a container runtime; see leat-cni(8).\n",
	      stderr);
	return 1;
}

/* Whoever may write there may have the runtime execute what they like (as root). */
static void warn_about_path(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	char *rest = copy, *folder;
	struct stat info;

	while (copy && (folder = strsep(&rest, ":")))
		if (folder[0] && stat(folder, &info) == 0 && info.st_mode & S_IWOTH)
			log_warning("CNI_PATH: anybody may write to %s", folder);
}

static int read_input(char **ret_text, size_t *ret_size, struct leat_cni_error *error)
{
	int err = leat_cni_input_read(STDIN_FILENO, LEAT_CNI_INPUT_MAX, LEAT_CNI_INPUT_TIMEOUT_MS,
				      ret_text, ret_size);

	if (err == -EFBIG)
		return leat_cni_fail(error, LEAT_CNI_IO_FAILURE,
				     "standard input is larger than %d bytes", LEAT_CNI_INPUT_MAX);
	if (err == -ETIMEDOUT)
		return leat_cni_fail(error, LEAT_CNI_IO_FAILURE,
				     "standard input did not end within %d s",
				     LEAT_CNI_INPUT_TIMEOUT_MS / 1000);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_IO_FAILURE, err,
					   "standard input cannot be read");
	return 0;
}

static int run_version(struct leat_cni_error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	leat_cni_input_read(STDIN_FILENO, LEAT_CNI_INPUT_MAX, VERSION_INPUT_TIMEOUT_MS, &text,
			    &size);
	return leat_cni_version(text, size, error);
}

static int run_verb(struct leat_cni_call *call, struct leat_cni_error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int code;

	code = read_input(&text, &size, error);
	code = code ?: leat_cni_conf_parse(text, size, &call->env, &call->conf, error);
	return code ?: verbs[call->env.command](call, error);
}

static const char *variable(const char *name)
{
	return getenv(name);
}

static int run(struct leat_cni_call *call, struct leat_cni_error *error)
{
	int code = leat_cni_env_read(variable, &call->env, error);

	if (code)
		return code;
	if (call->env.command == LEAT_CNI_VERSION)
		return run_version(error);
	warn_about_path(call->env.path);
	return run_verb(call, error);
}

int main(void)
{
	struct leat_cni_call call = {};
	struct leat_cni_error error = {};
	int code;

	reserve_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	umask(0077);
	if (!has_cni_variable())
		return tell_about();
	code = run(&call, &error);
	if (code)
		leat_cni_error_print(&error, call.conf.version_text);
	leat_cni_conf_free(&call.conf);
	leat_cni_env_free(&call.env);
	return code || fflush(stdout) == EOF ? 1 : 0;
}
