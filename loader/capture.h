/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * While a capture is on, libbpf says nothing on standard error: its words are kept, the last of
 * them, for the problem text. libbpf's printer is global to the process, so is this.
 */
#include <bpf/libbpf.h>

struct leat_capture {
	char tail[4096]; /* what was said last, zero terminated */
	size_t size;
	libbpf_print_fn_t before;
	struct leat_capture *outer; /* captures nest: the inner one hears */
};

void leat_capture_begin(struct leat_capture *capture);
void leat_capture_end(struct leat_capture *capture); /* also a cleanup function's body */
void leat_capture_clear(struct leat_capture *capture);
/* The last `lines` lines, in the capture. */
const char *leat_capture_last(const struct leat_capture *capture, size_t lines);
