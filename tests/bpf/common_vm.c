// SPDX-License-Identifier: Apache-2.0
/* See common_vm.h. The instruction set is that of Documentation/bpf/standardization (RFC 9669). */
#include "common_vm.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <string.h>
#include <time.h>

#include "common_insn.h"

enum {
	STACK_SIZE = 512,
	CALLS_MOST = 8,
	STEPS_MOST = 100000,
	VALUES_MOST = 32,
	VALUE_SIZE = 2048,
	SECTIONS_MOST = 4
};

struct call {
	__u64 saved[4]; /* r6 to r9 */
	size_t back;
};

struct vm {
	__u64 r[11];
	const struct bpf_insn *insns;
	size_t count, pc;
	struct call calls[CALLS_MOST];
	unsigned int depth;
	struct __sk_buff skb;
	struct frame *frame;
	struct vm_count *counts;
	__u8 stacks[CALLS_MOST][STACK_SIZE];
	__u8 values[VALUES_MOST][VALUE_SIZE]; /* copies of what lookups found */
	unsigned int value_count;
	struct {
		int fd;
		__u8 data[4096];
	} sections[SECTIONS_MOST]; /* .rodata, .bss */
	unsigned int section_count;
};

/* ---- memory -------------------------------------------------------------------------------- */
/* Two context fields are pointers, which the kernel widens when it rewrites the access. */
static bool load_context(struct vm *vm, __u64 address, __u64 *ret_value)
{
	__u64 offset = address - (__u64)(uintptr_t)&vm->skb;

	if (offset == offsetof(struct __sk_buff, data))
		*ret_value = (__u64)(uintptr_t)vm->frame->data;
	else if (offset == offsetof(struct __sk_buff, data_end))
		*ret_value = (__u64)(uintptr_t)(vm->frame->data + vm->frame->size);
	else
		return false;
	return true;
}

static size_t access_size(__u8 code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static void load(struct vm *vm, const struct bpf_insn *insn)
{
	__u64 address = vm->r[insn->src_reg] + (__u64)(__s64)insn->off, value = 0;

	if (!load_context(vm, address, &value))
		memcpy(&value, (const void *)(uintptr_t)address, access_size(insn->code));
	vm->r[insn->dst_reg] = value;
}

static void store(struct vm *vm, const struct bpf_insn *insn)
{
	__u64 address = vm->r[insn->dst_reg] + (__u64)(__s64)insn->off;
	__u64 value = BPF_CLASS(insn->code) == BPF_ST ? (__u64)(__s64)insn->imm
						      : vm->r[insn->src_reg];

	memcpy((void *)(uintptr_t)address, &value, access_size(insn->code));
}

/* Additions only, with or without fetch: what counters use. */
static int atomic(struct vm *vm, const struct bpf_insn *insn)
{
	void *at = (void *)(uintptr_t)(vm->r[insn->dst_reg] + (__u64)(__s64)insn->off);
	__u64 old = 0, sum;

	if ((insn->imm & ~BPF_FETCH) != BPF_ADD)
		return -ENOSYS;
	memcpy(&old, at, access_size(insn->code));
	sum = old + vm->r[insn->src_reg];
	memcpy(at, &sum, access_size(insn->code));
	if (insn->imm & BPF_FETCH)
		vm->r[insn->src_reg] = old;
	return 0;
}

/* ---- arithmetic and jumps ------------------------------------------------------------------ */
static int swap(struct vm *vm, const struct bpf_insn *insn)
{
	__u64 *to = &vm->r[insn->dst_reg];
	bool is_big = BPF_SRC(insn->code) == BPF_TO_BE; /* this machine is little endian */

	if (insn->imm == 16)
		*to = is_big ? htons((__u16)*to) : (__u16)*to;
	else if (insn->imm == 32)
		*to = is_big ? htonl((__u32)*to) : (__u32)*to;
	else
		*to = is_big ? __builtin_bswap64(*to) : *to;
	return 0;
}

static int arithmetic(struct vm *vm, const struct bpf_insn *insn)
{
	bool is_wide = BPF_CLASS(insn->code) == BPF_ALU64;
	__u64 a = vm->r[insn->dst_reg], b;
	unsigned int bits;

	if (BPF_OP(insn->code) == BPF_END)
		return swap(vm, insn);
	b = BPF_SRC(insn->code) == BPF_X ? vm->r[insn->src_reg] : (__u64)(__s64)insn->imm;
	if (!is_wide) {
		a = (__u32)a;
		b = (__u32)b;
	}
	bits = (unsigned int)b & (is_wide ? 63 : 31);
	switch (BPF_OP(insn->code)) {
		/* clang-format off */
	case BPF_ADD: a += b; break;
	case BPF_SUB: a -= b; break;
	case BPF_MUL: a *= b; break;
	case BPF_DIV: a = b ? a / b : 0; break;
	case BPF_MOD: a = b ? a % b : a; break;
	case BPF_OR: a |= b; break;
	case BPF_AND: a &= b; break;
	case BPF_XOR: a ^= b; break;
	case BPF_LSH: a <<= bits; break;
	case BPF_RSH: a >>= bits; break;
	case BPF_ARSH: a = is_wide ? (__u64)((__s64)a >> bits) :
				     (__u64)(__u32)((__s32)a >> bits); break;
	case BPF_NEG: a = -a; break;
	case BPF_MOV: a = b; break;
		/* clang-format on */
	default:
		return -ENOSYS;
	}
	vm->r[insn->dst_reg] = is_wide ? a : (__u32)a;
	return 0;
}

static bool is_taken(const struct vm *vm, const struct bpf_insn *insn)
{
	bool is_wide = BPF_CLASS(insn->code) == BPF_JMP;
	__u64 a = vm->r[insn->dst_reg];
	__u64 b = BPF_SRC(insn->code) == BPF_X ? vm->r[insn->src_reg] : (__u64)(__s64)insn->imm;
	__s64 x, y;

	if (!is_wide) {
		a = (__u32)a;
		b = (__u32)b;
	}
	x = is_wide ? (__s64)a : (__s32)a;
	y = is_wide ? (__s64)b : (__s32)b;
	switch (BPF_OP(insn->code)) {
		/* clang-format off */
	case BPF_JA: return true;
	case BPF_JEQ: return a == b;
	case BPF_JNE: return a != b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	case BPF_JLT: return a < b;
	case BPF_JLE: return a <= b;
	case BPF_JSET: return a & b;
	case BPF_JSGT: return x > y;
	case BPF_JSGE: return x >= y;
	case BPF_JSLT: return x < y;
	default: return x <= y; /* BPF_JSLE */
		/* clang-format on */
	}
}

/* ---- helpers ------------------------------------------------------------------------------- */
static enum table table_of(__u64 fd)
{
	struct bpf_map_info info = { .id = 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd((int)fd, &info, &size) < 0)
		return TABLE_COUNT;
	for (enum table table = T_FLOW; table < TABLE_COUNT; table++)
		if (strncmp(info.name, table_names[table], sizeof(info.name) - 1) == 0)
			return table;
	return TABLE_COUNT;
}

static int helper_lookup(struct vm *vm)
{
	enum table table = table_of(vm->r[1]);
	void *value = vm->values[vm->value_count];

	if (vm->value_count++ == VALUES_MOST - 1)
		return -ENOSYS;
	if (table < TABLE_COUNT)
		vm->counts->lookups[table]++;
	else
		vm->counts->other_lookups++;
	vm->r[0] = bpf_map_lookup_elem((int)vm->r[1], (const void *)(uintptr_t)vm->r[2], value)
			   ? 0
			   : (__u64)(uintptr_t)value;
	return 0;
}

static int helper_time(struct vm *vm)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	vm->r[0] = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
	return 0;
}

/* A program of one helper: the kernel's jiffies, 32 bits at a time. */
static __u32 jiffies_part(int shift)
{
	const struct bpf_insn insns[] = {
		CALL(BPF_FUNC_jiffies64),
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, shift),
		EXIT(),
	};
	__u8 frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame));
	_cleanup_close_ int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "jiffies", "GPL", insns,
					       ARRAY_SIZE(insns), NULL);

	return bpf_prog_test_run_opts(fd, &options) < 0 ? 0 : options.retval;
}

static int helper_jiffies(struct vm *vm)
{
	vm->r[0] = (__u64)jiffies_part(32) << 32 | jiffies_part(0);
	return 0;
}

/* bpf_l4_csum_replace with from 0: `to` is a difference; the pseudo header counts like the rest. */
static int helper_csum(struct vm *vm)
{
	__u64 offset = vm->r[2], sum;
	__u16 check;

	if (vm->r[3] || offset + 2 > vm->frame->size)
		return -ENOSYS;
	memcpy(&check, vm->frame->data + offset, 2);
	vm->r[0] = 0;
	if (vm->r[5] & BPF_F_MARK_MANGLED_0 && !check)
		return 0;
	sum = (__u64)(__u16)~check + (__u32)vm->r[4];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	check = (__u16)~sum;
	memcpy(vm->frame->data + offset, &check, 2);
	return 0;
}

static int helper_load_bytes(struct vm *vm)
{
	bool is_there = vm->r[2] + vm->r[4] <= vm->frame->size;

	if (is_there)
		memcpy((void *)(uintptr_t)vm->r[3], vm->frame->data + vm->r[2], vm->r[4]);
	vm->r[0] = is_there ? 0 : (__u64)-EFAULT;
	return 0;
}

static int helper(struct vm *vm, __s32 id)
{
	if (id >= 0 && id < VM_HELPERS)
		vm->counts->helpers[id]++;
	switch (id) {
	case BPF_FUNC_map_lookup_elem:
		return helper_lookup(vm);
	case BPF_FUNC_jiffies64: /* the verifier makes three instructions of it */
		return helper_jiffies(vm);
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_coarse_ns:
		return helper_time(vm);
	case BPF_FUNC_l4_csum_replace:
		return helper_csum(vm);
	case BPF_FUNC_skb_load_bytes:
		return helper_load_bytes(vm);
	case BPF_FUNC_redirect:
	case BPF_FUNC_redirect_peer:
	case BPF_FUNC_redirect_neigh:
		vm->r[0] = TC_ACT_REDIRECT;
		return 0;
	case BPF_FUNC_csum_update:
	case BPF_FUNC_skb_set_tunnel_key:
		vm->r[0] = 0;
		return 0;
	case BPF_FUNC_tail_call:
		vm->counts->tail_calls++;
		vm->r[0] = 0;
		return 0;
	}
	print_error("helper %d is not in the test's machine\n", id);
	return -ENOSYS;
}

/* ---- the machine --------------------------------------------------------------------------- */
static int call(struct vm *vm, const struct bpf_insn *insn)
{
	struct call *frame = &vm->calls[vm->depth];

	if (insn->src_reg == 0)
		return helper(vm, insn->imm);
	if (insn->src_reg != BPF_PSEUDO_CALL || vm->depth + 1 == CALLS_MOST)
		return -ENOSYS;
	memcpy(frame->saved, &vm->r[6], sizeof(frame->saved));
	frame->back = vm->pc;
	vm->depth++;
	vm->r[10] = (__u64)(uintptr_t)(vm->stacks[vm->depth] + STACK_SIZE);
	vm->pc = (size_t)((long)vm->pc + insn->imm);
	return 0;
}

/* True: the program's end. */
static bool leave(struct vm *vm)
{
	if (vm->depth == 0)
		return true;
	vm->depth--;
	memcpy(&vm->r[6], vm->calls[vm->depth].saved, sizeof(vm->calls[0].saved));
	vm->r[10] = (__u64)(uintptr_t)(vm->stacks[vm->depth] + STACK_SIZE);
	vm->pc = vm->calls[vm->depth].back;
	return false;
}

/* A copy of a section's bytes, made at first use. */
static __u8 *section_of(struct vm *vm, int fd)
{
	__u32 zero = 0;
	unsigned int i;

	for (i = 0; i < vm->section_count; i++)
		if (vm->sections[i].fd == fd)
			return vm->sections[i].data;
	if (i == SECTIONS_MOST || bpf_map_lookup_elem(fd, &zero, vm->sections[i].data) < 0)
		return NULL;
	vm->sections[i].fd = fd;
	vm->section_count++;
	return vm->sections[i].data;
}

/* 64-bit constants; tables are their descriptors, sections the machine's copies. */
static int load_wide(struct vm *vm, const struct bpf_insn *insn)
{
	__u8 *section;

	vm->pc++;
	if (insn->src_reg == BPF_PSEUDO_MAP_VALUE) {
		section = section_of(vm, insn->imm);
		vm->r[insn->dst_reg] = (__u64)(uintptr_t)section + (__u32)insn[1].imm;
		return section ? 0 : -ENOSYS;
	}
	vm->r[insn->dst_reg] = (__u32)insn->imm;
	if (insn->src_reg == 0)
		vm->r[insn->dst_reg] |= (__u64)(__u32)insn[1].imm << 32;
	return insn->src_reg == 0 || insn->src_reg == BPF_PSEUDO_MAP_FD ? 0 : -ENOSYS;
}

static int jump(struct vm *vm, const struct bpf_insn *insn)
{
	if (insn->code == (BPF_JMP | BPF_CALL))
		return call(vm, insn);
	if (is_taken(vm, insn))
		vm->pc = (size_t)((long)vm->pc + insn->off);
	return 0;
}

static int step(struct vm *vm, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return arithmetic(vm, insn);
	case BPF_JMP:
	case BPF_JMP32:
		return jump(vm, insn);
	case BPF_LDX:
		load(vm, insn);
		return 0;
	case BPF_ST:
		store(vm, insn);
		return 0;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			return atomic(vm, insn);
		store(vm, insn);
		return 0;
	default:
		return insn->code == (BPF_LD | BPF_DW | BPF_IMM) ? load_wide(vm, insn) : -ENOSYS;
	}
}

int vm_run(const struct bpf_program *program, struct frame *frame, __u32 ifindex,
	   struct vm_count *ret_count, __u32 *ret_verdict)
{
	static struct vm vm;
	int err = 0;

	memset(ret_count, 0, sizeof(*ret_count));
	memset(&vm, 0, sizeof(vm));
	vm.insns = bpf_program__insns(program);
	vm.count = bpf_program__insn_cnt(program);
	vm.frame = frame;
	vm.counts = ret_count;
	vm.skb.ifindex = ifindex;
	vm.skb.len = (__u32)frame->size;
	vm.skb.protocol = (__u32)(frame->data[12] | frame->data[13] << 8);
	vm.r[1] = (__u64)(uintptr_t)&vm.skb;
	vm.r[10] = (__u64)(uintptr_t)(vm.stacks[0] + STACK_SIZE);
	while (!err && vm.pc < vm.count && ret_count->instructions++ < STEPS_MOST) {
		const struct bpf_insn *insn = &vm.insns[vm.pc++];

		if (insn->code == (BPF_JMP | BPF_EXIT)) {
			if (!leave(&vm))
				continue;
			*ret_verdict = (__u32)vm.r[0];
			return 0;
		}
		err = step(&vm, insn);
		if (err)
			print_error("instruction %zu, code %#x\n", vm.pc - 1, insn->code);
	}
	return err ?: -EFAULT;
}
