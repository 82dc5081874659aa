/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Standard input as bytes, never more than a limit and never longer than a while. */
#include <stddef.h>

#define LEAT_CNI_INPUT_MAX	  1048576
#define LEAT_CNI_INPUT_TIMEOUT_MS 5000

/*
 * All of `fd` up to its end, zero terminated; the caller frees *ret_data. -EFBIG above `limit`
 * bytes, -ETIMEDOUT when the end did not come within `timeout_ms` (what came is dropped).
 */
int leat_cni_input_read(int fd, size_t limit, int timeout_ms, char **ret_data, size_t *ret_size);
