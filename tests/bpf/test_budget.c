// SPDX-License-Identifier: Apache-2.0
/*
 * What the programs cost, against budget.h: instructions that the verifier walks through (as
 * the kernel counts them), and what one packet of an established flow executes: instructions,
 * helpers, lookups in each table. The latter are counted by running the loaded program's own
 * instructions in a small machine (common_vm.c) over the tables that the kernel's first packets
 * filled; its verdict and its packet are compared with the kernel's, so it runs the same path.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <string.h>

#include "budget.h"
#include "common_vm.h"
#include "host.skel.h"
#include "overlay.skel.h"
#include "pod.skel.h"

static void check_verified(const char *title, const char *name, int fd, __u32 budget)
{
	struct bpf_prog_info info = { .id = 0 };
	__u32 size = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	print_message(
		"# %-18s %-28s %6u verified of %u, %5u instructions, %5u bytes of machine code\n",
		name, title, info.verified_insns, budget, info.xlated_prog_len / 8,
		info.jited_prog_len);
	assert_in_range(info.verified_insns, 1, budget);
	assert_in_range(budget, 1, 30000);
}

static void check_all_verified(const char *title)
{
	check_verified(title, "leat_from_pod", world.programs[LEAT_HOOK_FROM_POD],
		       BUDGET_VERIFIED_FROM_POD);
	check_verified(title, "leat_to_pod", world.programs[LEAT_HOOK_TO_POD],
		       BUDGET_VERIFIED_TO_POD);
	check_verified(title, "leat_from_net", world.programs[LEAT_HOOK_FROM_NET],
		       BUDGET_VERIFIED_FROM_NET);
	check_verified(title, "leat_from_host", world.programs[LEAT_HOOK_FROM_HOST],
		       BUDGET_VERIFIED_FROM_HOST);
	check_verified(title, "leat_from_overlay", world.programs[LEAT_HOOK_FROM_OVERLAY],
		       BUDGET_VERIFIED_FROM_OVERLAY);
}

/* The configuration is in .rodata: what it switches off is not walked through. */
static void test_verified_instructions(void **state)
{
	static const struct {
		const char *title;
		__u32 off;
	} kinds[] = {
		{ "without tunnel", LEAT_CFG_TUNNEL },
		{ "without masquerade", LEAT_CFG_MASQUERADE4 | LEAT_CFG_MASQUERADE6 },
		{ "on an old kernel", LEAT_CFG_KTIME_COARSE | LEAT_CFG_REDIRECT_PEER },
		{ "with nothing on", ~0u },
		{ "with everything on", 0 },
	};
	const struct leat_config saved = world.config;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct leat_config config = saved;

		config.flags &= ~kinds[i].off;
		programs_unload();
		programs_load(&config);
		check_all_verified(kinds[i].title);
	}
}

static const struct bpf_program *program_of(enum leat_hook hook)
{
	const struct pod_bpf *pod = world.objects[0];
	const struct host_bpf *host = world.objects[1];
	const struct overlay_bpf *overlay = world.objects[2];

	switch (hook) {
	case LEAT_HOOK_FROM_POD:
		return pod->progs.leat_from_pod;
	case LEAT_HOOK_TO_POD:
		return pod->progs.leat_to_pod;
	case LEAT_HOOK_FROM_NET:
		return host->progs.leat_from_net;
	case LEAT_HOOK_FROM_HOST:
		return host->progs.leat_from_host;
	default:
		return overlay->progs.leat_from_overlay;
	}
}

/* No program calls another: neither in this path nor in any. */
static void test_no_tail_call(void **state)
{
	(void)state;
	for (int hook = LEAT_HOOK_FROM_POD; hook <= LEAT_HOOK_FROM_OVERLAY; hook++) {
		const struct bpf_program *program = program_of((enum leat_hook)hook);
		const struct bpf_insn *insns = bpf_program__insns(program);

		assert_true(bpf_program__insn_cnt(program) > 0);
		for (size_t i = 0; i < bpf_program__insn_cnt(program); i++)
			assert_false(insns[i].code == (BPF_JMP | BPF_CALL) &&
				     insns[i].src_reg == 0 && insns[i].imm == BPF_FUNC_tail_call);
	}
}

/* A path: what establishes the flow, then the packet that is counted. */
struct path {
	const char *name;
	struct step open, answer; /* answer.hook 0: none */
	struct step packet;
	unsigned int instructions;
	unsigned int endpoint_lookups; /* of local endpoints: array reads */
	unsigned int node_lookups;     /* where the tunnel leads: array reads */
};

#define POD LEAT_HOOK_FROM_POD

/* clang-format off */
static const struct path paths[] = {
	{ "pod to local pod",
	  .open = { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SERVER, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 80, SYN, .ttl = 63) },
	  .answer = { .hook = POD, .at = SERVER,
		      .in = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		      .out = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
	  .packet = { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SERVER, 80, ACK) },
	  .instructions = BUDGET_RUN_POD_TO_POD, .endpoint_lookups = 2 },
	{ "pod to Service, local backend",
	  .open = { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC, 80, SYN),
		    .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 8080, SYN, .ttl = 63) },
	  .answer = { .hook = POD, .at = SERVER,
		      .in = TCP(SERVER, 8080, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		      .out = TCP(SVC, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
	  .packet = { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC, 80, ACK) },
	  .instructions = BUDGET_RUN_POD_TO_SERVICE, .endpoint_lookups = 2 },
	{ "the Service's answer",
	  .open = { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, SVC, 53),
		    .act = ACT_LOCAL, .out = UDP(CLIENT, 40000, SERVER, 5353, .ttl = 63) },
	  .answer = { .hook = POD, .at = SERVER, .in = UDP(SERVER, 5353, CLIENT, 40000),
		      .act = ACT_LOCAL, .out = UDP(SVC, 53, CLIENT, 40000, .ttl = 63) },
	  .packet = { .hook = POD, .at = SERVER, .in = UDP(SERVER, 5353, CLIENT, 40000) },
	  .instructions = BUDGET_RUN_SERVICE_REPLY, .endpoint_lookups = 2 },
	{ "pod to a pod of another node",
	  .open = { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, REMOTE, 80, SYN),
		    .act = ACT_TUNNEL, .out = TCP(CLIENT, 40000, REMOTE, 80, SYN, .ttl = 63) },
	  .packet = { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, REMOTE, 80, ACK) },
	  .instructions = BUDGET_RUN_POD_TO_REMOTE, .endpoint_lookups = 1, .node_lookups = 1 },
};
/* clang-format on */

static void check_lookups(const struct path *path, const struct vm_count *count)
{
	assert_int_equal(count->lookups[T_FLOW], 1);
	assert_in_range(count->lookups[T_EP], 0, path->endpoint_lookups);
	assert_in_range(count->lookups[T_NODE], 0, path->node_lookups);
	for (int table = 0; table < TABLE_COUNT; table++)
		if (table != T_FLOW && table != T_EP && table != T_NODE && count->lookups[table])
			fail_msg("%s: looks into %s", path->name, table_names[table]);
	assert_int_equal(count->other_lookups, 0);
	assert_int_equal(count->tail_calls, 0);
}

/* Calls that stay calls in machine code. */
static unsigned int calls_of(const struct vm_count *count)
{
	unsigned int calls = 0;

	for (int helper = 0; helper < VM_HELPERS; helper++)
		if (helper != BPF_FUNC_jiffies64)
			calls += count->helpers[helper];
	return calls;
}

/* One packet in the kernel, the same one in the machine: same verdict, same bytes. */
static void packet_count(const struct path *path, const struct wiring *wiring,
			 struct vm_count *ret_count)
{
	struct frame in = { .size = 0 };
	struct run run = { .hook = path->packet.hook,
			   .ifindex = world.ifindex[path->packet.at],
			   .in = &in,
			   .repeat = 1 };
	const struct bpf_program *program = program_of(path->packet.hook);
	__u32 verdict = 0;

	step_frames(&path->packet, wiring, &in);
	assert_int_equal(program_run(&run), 0);
	assert_int_equal(vm_run(program, &in, run.ifindex, ret_count, &verdict), 0);
	assert_int_equal(verdict, TC_ACT_REDIRECT);
	assert_int_equal(run.verdict, TC_ACT_REDIRECT);
	assert_int_equal(frame_compare(&run.out, &in), 0);
}

static void path_check(const struct path *path, int family)
{
	struct wiring wiring = { .family = family };
	struct vm_count count = { .instructions = 0 }, least = { .instructions = ~0u };

	world_reset();
	assert_true(step_run(&path->open, &wiring));
	if (path->answer.hook)
		assert_true(step_run(&path->answer, &wiring));
	/* Now and then a packet reads the clock for those after it: the usual one counts. */
	for (int i = 0; i < 5; i++) {
		packet_count(path, &wiring, &count);
		if (count.instructions < least.instructions)
			least = count;
	}
	print_message("# %-29s IPv%d: %3u instructions of %u, %u calls, lookups: flow %u, "
		      "endpoint %u, node %u, other 0\n",
		      path->name, family, least.instructions, path->instructions, calls_of(&least),
		      least.lookups[T_FLOW], least.lookups[T_EP], least.lookups[T_NODE]);
	check_lookups(path, &least);
	assert_in_range(least.instructions, 1, path->instructions);
}

static void test_established_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		path_check(&paths[i], 4);
		path_check(&paths[i], 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verified_instructions),
		cmocka_unit_test(test_no_tail_call),
		cmocka_unit_test(test_established_path),
	};

	return rows_run("budget", NULL, 0, tests, ARRAY_SIZE(tests));
}
