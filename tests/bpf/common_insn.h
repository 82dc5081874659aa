/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* BPF instructions by name, for the few small programs that tests write themselves. */
#include <linux/bpf.h>

/* clang-format off */
#define INSN(op, to, from, offset, immediate)                                 \
	((struct bpf_insn){ .code = (op), .dst_reg = (to), .src_reg = (from), \
			    .off = (offset), .imm = (immediate) })
#define MOV(to, from) INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define MOV_IMM(to, number) INSN(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number)
#define ADD_IMM(to, number) INSN(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number)
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define MAP(to, fd)                                              \
	INSN(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, fd), \
	INSN(0, 0, 0, 0, 0)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* r0 = value of the array element whose number is at fp - 4; ends the program if none. */
#define LOOKUP(fd)                                                              \
	MOV(2, 10), ADD_IMM(2, -4), MAP(1, fd), CALL(BPF_FUNC_map_lookup_elem), \
	INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 1, 0), EXIT()
#define ELEMENT_ZERO INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0)
/* Tail call with the context in r6; returns -1 if there is no program. */
#define TAIL_CALL(jump_fd)                                                      \
	MOV(1, 6), MAP(2, jump_fd), MOV_IMM(3, 0), CALL(BPF_FUNC_tail_call),    \
	MOV_IMM(0, -1), EXIT()
/* clang-format on */
