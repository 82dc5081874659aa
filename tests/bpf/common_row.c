// SPDX-License-Identifier: Apache-2.0
/*
 * Runs rows: each in IPv4 and in IPv6, from the same words. Compares verdict, the whole packet,
 * drop counters, event, flow table and, for the tunnel, the key that was set.
 */
#include <linux/pkt_cls.h>
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

static const __u8 gateway_mac[6] = LEAT_GATEWAY_MAC;
static const __u8 host_mac[6] = LEAT_HOST_MAC;
static const __u8 net_mac[6] = LEAT_NET_MAC;
static const __u8 overlay_mac[6] = LEAT_OVERLAY_MAC;

static const struct {
	const char *name;
	int verdict;
} acts[] = {
	[ACT_DROP] = { "drop", TC_ACT_SHOT },
	[ACT_PASS] = { "pass", TC_ACT_OK },
	[ACT_STACK] = { "stack", TC_ACT_OK },
	[ACT_LOCAL] = { "local", TC_ACT_REDIRECT },
	[ACT_TUNNEL] = { "tunnel", TC_ACT_REDIRECT },
	[ACT_NEIGH] = { "neighbour", TC_ACT_REDIRECT },
	[ACT_HOSTDEV] = { "hostdev", TC_ACT_REDIRECT },
	[ACT_BACK] = { "back", TC_ACT_REDIRECT },
};

const char *act_name(enum act act)
{
	return acts[act].name;
}

/* Ethernet addresses of a packet as it meets the hook. */
static void wire_in(const struct step *step, struct wiring *wiring)
{
	memcpy(wiring->eth_src, gateway_mac, 6);
	switch (step->hook) {
	case LEAT_HOOK_FROM_POD:
		party_mac(step->at, wiring->eth_src);
		memcpy(wiring->eth_dst, gateway_mac, 6);
		break;
	case LEAT_HOOK_TO_POD:
		party_mac(step->at, wiring->eth_dst);
		break;
	case LEAT_HOOK_FROM_NET:
		party_mac(ROUTER, wiring->eth_src);
		party_mac(HOST, wiring->eth_dst);
		break;
	case LEAT_HOOK_FROM_HOST:
		memcpy(wiring->eth_src, host_mac, 6);
		memcpy(wiring->eth_dst, net_mac, 6);
		break;
	default:
		memcpy(wiring->eth_dst, overlay_mac, 6);
	}
}

/* And as it leaves; what the stack or a neighbour entry goes on with keeps them. */
void step_wire_out(const struct step *step, struct wiring *wiring)
{
	bool is_to_host = step->act == ACT_HOSTDEV ||
			  (step->act == ACT_BACK && step->hook == LEAT_HOOK_FROM_HOST);

	if (is_to_host) {
		memcpy(wiring->eth_src, net_mac, 6);
		memcpy(wiring->eth_dst, host_mac, 6);
	} else if (step->act == ACT_LOCAL || step->act == ACT_BACK) {
		memcpy(wiring->eth_src, gateway_mac, 6);
		party_mac(step->out.dst, wiring->eth_dst);
	} else if (step->act == ACT_TUNNEL) {
		memcpy(wiring->eth_src, gateway_mac, 6);
		memcpy(wiring->eth_dst, overlay_mac, 6);
	}
}

__u32 step_device(const struct step *step)
{
	switch (step->hook) {
	case LEAT_HOOK_FROM_NET:
		return world.device[DEV_UPLINK];
	case LEAT_HOOK_FROM_HOST:
		return world.device[DEV_NET];
	case LEAT_HOOK_FROM_OVERLAY:
		return world.device[DEV_OVERLAY];
	default:
		return world.ifindex[step->at];
	}
}

static __u32 outer_address(enum party node)
{
	struct leat_addr addr = party_addr(node, 4);
	__be32 word;

	memcpy(&word, addr.b + 12, sizeof(word));
	return ntohl(word);
}

/* The port that the datapath chose: from the packet that came out, where one is expected. */
static void learn_port(const struct step *step, const struct frame *out, struct wiring *wiring)
{
	bool is_echo = step->out.icmp == ICMP_ECHO_REQUEST;
	size_t offset = out->l4 + (is_echo ? 4 : 0);

	if (step->out.sport != CHOSEN || wiring->chosen || out->size < offset + 2)
		return;
	wiring->chosen = (__u16)(out->data[offset] << 8 | out->data[offset + 1]);
	if (wiring->chosen < MASQ_PORT_MIN || wiring->chosen > MASQ_PORT_MAX)
		fail_msg("port %u is outside of the masquerade range", wiring->chosen);
}

static int packet_check(const struct step *step, struct run *run, struct wiring *wiring)
{
	struct frame expected = { .size = 0 };

	if (step->act == ACT_DROP)
		return 0;
	if (step->act == ACT_PASS)
		return frame_compare(run->in, &run->out);
	step_wire_out(step, wiring);
	packet_build(&step->out, wiring, &expected);
	run->out.l4 = expected.l4;
	if (step->out.sport == CHOSEN && !wiring->chosen) {
		learn_port(step, &run->out, wiring);
		packet_build(&step->out, wiring, &expected);
	}
	return frame_compare(&expected, &run->out);
}

static int tunnel_check(const struct step *step, struct run *run)
{
	__u32 want = outer_address(step->tunnel ?: NODE2), remote = 0, vni = 0;
	int err = program_spy(run, &remote, &vni);

	if (err == -ENOTSUP)
		return 0;
	if (err == 0 && remote == want && vni == world.config.vni)
		return 0;
	print_error("    tunnel key: %s: expected %08x vni %u, got %08x vni %u\n", strerror(-err),
		    want, world.config.vni, remote, vni);
	return 1;
}

static int aftermath_check(const struct step *step, const struct frame *in, struct wiring *wiring)
{
	int wrong = drops_check(step->drop, in->size - 14);

	if (step->drop)
		wrong += event_check(step, wiring);
	if (step->flow_count || step->has_no_flow)
		wrong += flows_check(step->flows, step->flow_count, wiring);
	return wrong;
}

static int verdict_check(const struct step *step, const struct run *run)
{
	if (run->verdict == acts[step->act].verdict)
		return 0;
	print_error("    verdict: expected %d (%s), got %d\n", acts[step->act].verdict,
		    act_name(step->act), run->verdict);
	return 1;
}

void step_frames(const struct step *step, const struct wiring *wiring, struct frame *ret_in)
{
	struct wiring in = *wiring;

	wire_in(step, &in);
	packet_build(&step->in, &in, ret_in);
}

static void step_prepare(const struct step *step)
{
	if (step->before)
		step->before();
	ring_buffer__consume(world.ring);
	world.event_count = 0;
	metrics_read(world.metrics, world.bytes);
}

bool step_run(const struct step *step, struct wiring *wiring)
{
	struct frame in = { .size = 0 };
	struct run run = { .hook = step->hook,
			   .ifindex = step_device(step),
			   .in = &in,
			   .gso_size = step->gso_size,
			   .repeat = 1,
			   .tunnel_remote = outer_address(step->outer ?: NODE2),
			   .tunnel_vni = step->vni ?: world.config.vni };
	int wrong, err;

	step_prepare(step);
	wire_in(step, wiring);
	packet_build(&step->in, wiring, &in);
	err = program_run(&run);
	if (err) {
		print_error("    test run: %s\n", strerror(-err));
		return false;
	}
	wrong = verdict_check(step, &run);
	if (!wrong)
		wrong = packet_check(step, &run, wiring);
	wrong += aftermath_check(step, &in, wiring);
	if (!wrong && step->act == ACT_TUNNEL)
		wrong = tunnel_check(step, &run);
	if (!wrong && step->after)
		step->after();
	return wrong == 0;
}

void row_run(const struct row *row, int family)
{
	struct wiring wiring = { .family = family };

	world.family = family;
	world_reset();
	for (int i = 0; i < STEPS_MAX && row->steps[i].hook; i++) {
		if (row->steps[i].only && row->steps[i].only != family)
			continue;
		if (step_run(&row->steps[i], &wiring))
			continue;
		fail_msg("%s (IPv%d), step %d: %s", row->name, family, i + 1,
			 row->steps[i].name ?: "");
	}
}

struct job {
	const struct row *row;
	int family;
	char name[160];
};

static void job_run(void **state)
{
	const struct job *job = *state;

	row_run(job->row, job->family);
}

int rows_run(const char *name, const struct row *rows, size_t count, const struct CMUnitTest *more,
	     size_t more_count)
{
	struct CMUnitTest *tests = calloc(2 * count + more_count, sizeof(*tests));
	struct job *jobs = calloc(2 * count, sizeof(*jobs));
	size_t used = 0, failed;

	if (!tests || !jobs)
		return 1;
	for (size_t i = 0; i < 2 * count; i++) {
		struct job *job = &jobs[used];

		*job = (struct job){ .row = &rows[i / 2], .family = i % 2 ? 6 : 4 };
		if (job->row->only && job->row->only != job->family)
			continue;
		snprintf(job->name, sizeof(job->name), "%s, IPv%d", job->row->name, job->family);
		tests[used++] = (struct CMUnitTest){ .name = job->name,
						     .test_func = job_run,
						     .initial_state = job };
	}
	for (size_t i = 0; i < more_count; i++)
		tests[used++] = more[i];
	failed = (size_t)_cmocka_run_group_tests(name, tests, used, world_setup, world_teardown);
	free(tests);
	free(jobs);
	return (int)failed;
}
