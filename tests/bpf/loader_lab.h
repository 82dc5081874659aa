/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A place of its own for tests of maps/ and loader/: network and mount namespaces that end with
 * the process, a bpf filesystem on a tmpfs in them. Nothing is left, also when killed.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LAB_MOUNT "/mnt/bpf"	    /* the filesystem's root */
#define LAB_DIR	  LAB_MOUNT "/leat" /* what tests give as BPFFS */

static inline int lab_begin(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir(LAB_MOUNT, 0700) < 0 ||
	    mount("bpf", LAB_MOUNT, "bpf", 0, "mode=0700") < 0) {
		perror("lab_begin (root is needed)");
		return -1;
	}
	return 0;
}

/* Runs a command by the shell; a failing one fails the test. */
__attribute__((format(printf, 1, 2))) static inline void lab_run(const char *format, ...)
{
	char command[512];
	va_list arguments;
	int status;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	status = system(command);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("%s: ended with %d", command, status);
}

static inline bool lab_exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static inline __u64 lab_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u64)now.tv_sec * 1000 + (__u64)now.tv_nsec / 1000000;
}
