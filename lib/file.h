/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whole files: read with a limit, written so that a reader or a crash sees old or new, never half.
 */
#include <stddef.h>
#include <sys/types.h>

/* Reads all of it, zero terminated; the caller frees *ret_data. -EFBIG above `limit` bytes. */
int leat_file_read(const char *path, size_t limit, char **ret_data, size_t *ret_size);
/* Writes PATH.tmp in the same folder, fsync, rename, fsync of the folder. */
int leat_file_write_atomic(const char *path, const void *data, size_t size, mode_t mode);
/* mkdir -p with `mode` for what is made. */
int leat_dir_make(const char *path, mode_t mode);
