// SPDX-License-Identifier: Apache-2.0
/*
 * What this kernel can do, found by trying. Distributions move features between versions, so a
 * version number says nothing.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>

#include "lib/cleanup.h"
#include "loader/loader.h"
#include "loader/capture.h"
#include "loader/tcx.h"

/* A program that lets every packet on, to try links with. */
static int load_empty_program(void)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "leat_probe", "Dual BSD/GPL", code,
			     ARRAY_SIZE(code), NULL);
}

static bool has_helper(enum bpf_func_id helper)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, helper, NULL) == 1;
}

int leat_features_probe(struct leat_features *ret_features)
{
	LEAT_CLEANUP(leat_capture_end) struct leat_capture capture = { 0 };
	_cleanup_close_ int program = -1;

	leat_capture_begin(&capture);
	program = load_empty_program();
	if (program < 0)
		return program;
	*ret_features = (struct leat_features){
		.has_tcx = leat_tcx_is_there(program),
		.has_ktime_coarse = has_helper(BPF_FUNC_ktime_get_coarse_ns),
		.has_redirect_peer = has_helper(BPF_FUNC_redirect_peer),
		.has_ringbuf = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1,
	};
	return 0;
}
