/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Network namespaces: open one by path and be sure that it is one, run a function inside. */
#include <stdbool.h>

/*
 * Opens PATH, which must be a network namespace (nsfs, CLONE_NEWNET). -ENOENT: there is
 * nothing; -EBADF: it is something else. Never blocks on a fifo or device.
 */
int leat_netns_open(const char *path, int *ret_fd);
/* Is it the namespace that the calling thread is in? -errno, 0 or 1. */
int leat_netns_is_own(int netns_fd);
/*
 * function(context) with the calling thread in that namespace, and back; returns what it
 * returned, or -errno when the namespace could not be entered. Aborts when the way back
 * fails: no code may run on in a stranger's namespace.
 */
int leat_netns_call(int netns_fd, int (*function)(void *context), void *context);
