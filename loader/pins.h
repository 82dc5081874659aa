/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Names under BPFFS. maps/NAME and progs/NAME hold what they say; links/PROGRAM_IFINDEX is a
 * pinned TCX link, clsact/PROGRAM_IFINDEX an empty folder that remembers a filter, and
 * clsact/qdisc_IFINDEX one that remembers that the qdisc is ours.
 */
#include <limits.h>
#include <stdbool.h>

#include "loader/loader.h"

#define LEAT_PIN_MAPS	"maps"
#define LEAT_PIN_PROGS	"progs"
#define LEAT_PIN_LINKS	"links"
#define LEAT_PIN_CLSACT "clsact"

/* DIR, or the nearest folder above it that exists, is on a bpf filesystem. */
bool leat_bpffs_is_at(const char *dir);

/* -ENAMETOOLONG. */
int leat_pin_path(char path[PATH_MAX], const char *bpffs, const char *folder, const char *name);
int leat_pin_attach_path(char path[PATH_MAX], const char *bpffs, const char *folder,
			 enum leat_program program, int ifindex);
int leat_pin_qdisc_path(char path[PATH_MAX], const char *bpffs, int ifindex);

/* Pins in place of what is pinned there: the name is never missing. */
int leat_pin_replace(int fd, const char *path);
/* The folders below BPFFS. */
int leat_pin_make_folders(const char *bpffs);
/* Those that are empty, BPFFS itself last. */
void leat_pin_remove_folders(const char *bpffs);
/* unlink() or rmdir(); what is not there is no error. */
int leat_pin_remove(const char *path);

/* Takes "leat_from_pod_12" apart. False: not such a name. */
bool leat_pin_parse(const char *name, enum leat_program *ret_program, int *ret_ifindex);

/* Calls `visit` for each entry of a folder whose name begins with `prefix`, from a list read
 * beforehand, so that it may remove them. First error; a folder that is not there has none. */
typedef int leat_pin_visit_fn(const char *bpffs, const char *folder, const char *name,
			      void *context);
int leat_pin_each(const char *bpffs, const char *folder, const char *prefix,
		  leat_pin_visit_fn *visit, void *context);
