// SPDX-License-Identifier: Apache-2.0
/*
 * The same kind of rows with real packets: programs attached to real devices, frames sent and
 * received by packet sockets at the far ends, which are in a second network namespace. Shows
 * what a test run does not: that redirects end where the entries say, that VXLAN carries what
 * the tunnel key says, and that frames too short for a test run are dropped.
 */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common.h"

#define POD	LEAT_HOOK_FROM_POD
#define NET	LEAT_HOOK_FROM_NET
#define NODE	LEAT_HOOK_FROM_HOST
#define OVERLAY LEAT_HOOK_FROM_OVERLAY

enum {
	DEADLINE_MS = 3000,
	PLACES = 8,
	OUTER = 14 + 20 + 8 + 8, /* Ethernet, IPv4, UDP, VXLAN */
	PLACE_UPLINK = 5,	 /* pods are at their slots */
	PLACE_HOST = 6,
};

static int sockets[PLACES]; /* packet sockets at the far end of each device, and at leat_host */

/* ---- the second namespace ------------------------------------------------------------------ */
static int namespace_now(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static int socket_at(const char *device)
{
	struct sockaddr_ll where = { .sll_family = AF_PACKET,
				     .sll_protocol = htons(0x0003), /* all */
				     .sll_ifindex = (int)if_nametoindex(device) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(0x0003));

	if (fd < 0 || bind(fd, (struct sockaddr *)&where, sizeof(where)) < 0)
		fail_msg("packet socket at %s: %s", device, strerror(errno));
	return fd;
}

/* Moves the far ends of pods and uplink there; redirects to a pod need that. */
static bool far_ends_move(int far)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "link set pod1-eth0 netns /proc/%1$d/fd/%2$d\n"
		 "link set pod2-eth0 netns /proc/%1$d/fd/%2$d\n"
		 "link set pod3-eth0 netns /proc/%1$d/fd/%2$d\n"
		 "link set pod4-eth0 netns /proc/%1$d/fd/%2$d\n"
		 "link set uplink-far netns /proc/%1$d/fd/%2$d\n",
		 (int)getpid(), far);
	return net_command(text);
}

static bool far_ends_open(void)
{
	char name[32];

	if (!net_command("link set lo up\nlink set pod1-eth0 up\nlink set pod2-eth0 up\n"
			 "link set pod3-eth0 up\nlink set pod4-eth0 up\nlink set uplink-far up\n"))
		return false;
	for (int slot = 1; slot <= 4; slot++) {
		snprintf(name, sizeof(name), "pod%d-eth0", slot);
		sockets[slot] = socket_at(name);
	}
	sockets[PLACE_UPLINK] = socket_at("uplink-far");
	return true;
}

/* Every device is attached at its ingress first. */
static bool attach(enum leat_hook hook, __u32 ifindex, enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, where, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, what, .prog_fd = world.programs[hook]);

	if (point == BPF_TC_INGRESS && bpf_tc_hook_create(&where) != 0)
		return false;
	where.attach_point = point;
	return bpf_tc_attach(&where, &what) == 0;
}

static bool attach_all(void)
{
	static const enum party pods[] = { CLIENT, SERVER, GUARDED, JAILED };
	bool is_attached = attach(NET, world.device[DEV_UPLINK], BPF_TC_INGRESS) &&
			   attach(NODE, world.device[DEV_NET], BPF_TC_INGRESS) &&
			   attach(OVERLAY, world.device[DEV_OVERLAY], BPF_TC_INGRESS);

	for (size_t i = 0; i < ARRAY_SIZE(pods); i++)
		is_attached = is_attached && attach(POD, world.ifindex[pods[i]], BPF_TC_INGRESS) &&
			      attach(LEAT_HOOK_TO_POD, world.ifindex[pods[i]], BPF_TC_EGRESS);
	return is_attached;
}

static bool wire_setup(void)
{
	_cleanup_close_ int near = namespace_now(), far = -1;
	bool is_open;

	if (unshare(CLONE_NEWNET) < 0)
		return false;
	far = namespace_now();
	if (setns(near, CLONE_NEWNET) < 0 || !far_ends_move(far) || setns(far, CLONE_NEWNET) < 0)
		return false;
	is_open = far_ends_open();
	if (setns(near, CLONE_NEWNET) < 0)
		return false;
	sockets[PLACE_HOST] = socket_at(LEAT_DEV_HOST);
	return is_open && attach_all();
}

/* ---- sending ------------------------------------------------------------------------------- */
/* Around an inner frame: what another node's VXLAN device sends to ours. */
static void encapsulate(const struct step *step, const struct frame *inner, struct frame *ret)
{
	struct leat_addr from = party_addr(step->outer ?: NODE2, 4), to = party_addr(HOST, 4);
	size_t size = inner->size + 8 + 8 + 20;
	__u32 vni = step->vni ?: world.config.vni;
	const __u8 head[OUTER] = {
		2,
		0,
		0,
		0,
		5,
		1,
		2,
		0,
		0,
		0,
		5,
		2,
		8,
		0, /* Ethernet */
		0x45,
		0,
		(__u8)(size >> 8),
		(__u8)size,
		0,
		1,
		0,
		0,
		64,
		17,
		0,
		0, /* IPv4 */
		from.b[12],
		from.b[13],
		from.b[14],
		from.b[15],
		to.b[12],
		to.b[13],
		to.b[14],
		to.b[15],
		0xc0,
		0,
		8472 >> 8,
		8472 & 0xff,
		(__u8)((size - 20) >> 8),
		(__u8)(size - 20),
		0,
		0,
		8,
		0,
		0,
		0,
		(__u8)(vni >> 16),
		(__u8)(vni >> 8),
		(__u8)vni,
		0,
	};
	__u16 sum = checksum_of(head + 14, 20, 0);

	memcpy(ret->data, head, OUTER);
	ret->data[24] = (__u8)(sum >> 8);
	ret->data[25] = (__u8)sum;
	memcpy(ret->data + OUTER, inner->data, inner->size);
	ret->size = OUTER + inner->size;
}

static int place_of(const struct step *step)
{
	switch (step->hook) {
	case LEAT_HOOK_FROM_POD:
		return (int)parties[step->at].slot;
	case LEAT_HOOK_FROM_HOST:
		return PLACE_HOST;
	default:
		return PLACE_UPLINK;
	}
}

static void step_send(const struct step *step, const struct wiring *wiring)
{
	struct frame in = { .size = 0 }, outer = { .size = 0 };
	const struct frame *sent = &in;
	ssize_t size;

	step_frames(step, wiring, &in);
	if (step->hook == OVERLAY) {
		encapsulate(step, &in, &outer);
		sent = &outer;
	}
	size = send(sockets[place_of(step)], sent->data, sent->size, 0);
	if (size != (ssize_t)sent->size)
		fail_msg("send: %s", strerror(errno));
}

/* ---- receiving ----------------------------------------------------------------------------- */
static int place_expected(const struct step *step)
{
	if (step->act == ACT_LOCAL)
		for (enum party pod = CLIENT; pod <= JAILED; pod++)
			if (step->out.dst == pod)
				return (int)parties[pod].slot;
	if (step->act == ACT_BACK)
		return place_of(step);
	return step->act == ACT_HOSTDEV ? PLACE_HOST : PLACE_UPLINK;
}

/* What a neighbour is sent to by: its address as the kernel's table has it. */
static void wire_neighbour(const struct step *step, struct wiring *wiring)
{
	party_mac(HOST, wiring->eth_src);
	party_mac(ROUTER, wiring->eth_dst);
	if (step->out.dst == NODE2)
		wiring->eth_dst[5] = 2;
}

/* Takes off the outer headers, if they are what the tunnel to `node` has. */
static bool decapsulate(const struct frame *outer, enum party node, struct frame *ret)
{
	struct leat_addr from = party_addr(HOST, 4), to = party_addr(node, 4);
	const __u8 *bytes = outer->data;
	const __u8 vxlan[8] = { 8, 0, 0, 0, 0, LEAT_VNI_DEFAULT >> 8, LEAT_VNI_DEFAULT & 0xff, 0 };

	if (outer->size < OUTER + 14 || bytes[12] != 8 || bytes[13] || bytes[23] != 17 ||
	    memcmp(bytes + 26, from.b + 12, 4) || memcmp(bytes + 30, to.b + 12, 4) ||
	    bytes[36] != 8472 >> 8 || bytes[37] != (8472 & 0xff) || memcmp(bytes + 42, vxlan, 8))
		return false;
	ret->size = outer->size - OUTER;
	memcpy(ret->data, bytes + OUTER, ret->size);
	return true;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool frame_receive(int fd, struct frame *ret)
{
	struct sockaddr_ll from = { .sll_family = 0 };
	socklen_t length = sizeof(from);
	ssize_t size =
		recvfrom(fd, ret->data, sizeof(ret->data), 0, (struct sockaddr *)&from, &length);

	ret->size = size > 0 ? (size_t)size : 0;
	return size > 0 && from.sll_pkttype != PACKET_OUTGOING;
}

/* True once `expected` came in; `*ret_last` is the frame that was most like it. */
static bool frame_wait(const struct step *step, const struct frame *expected,
		       struct frame *ret_last)
{
	struct pollfd wait = { .fd = sockets[place_expected(step)], .events = POLLIN };
	long end = now_ms() + DEADLINE_MS;
	struct frame got, inner;

	while (now_ms() < end) {
		poll(&wait, 1, 50);
		if (!frame_receive(wait.fd, &got))
			continue;
		if (step->act == ACT_TUNNEL) {
			if (!decapsulate(&got, step->tunnel ?: NODE2, &inner))
				continue;
			got = inner;
		}
		if (got.size == expected->size && !memcmp(got.data, expected->data, got.size))
			return true;
		if (got.size == expected->size)
			*ret_last = got;
	}
	return false;
}

static void drain(void)
{
	struct frame frame;

	for (int place = 1; place <= PLACE_HOST; place++)
		while (recv(sockets[place], frame.data, sizeof(frame.data), 0) > 0)
			;
}

static int drop_wait(enum leat_drop reason)
{
	__u64 packets[LEAT_DROP_MAX], bytes[LEAT_DROP_MAX];
	long end = now_ms() + DEADLINE_MS;

	do {
		metrics_read(packets, bytes);
		if (packets[reason] > world.metrics[reason])
			return 0;
	} while (now_ms() < end);
	print_error("    drop reason %s: not counted\n", drop_name(reason));
	return 1;
}

static int wire_step(const struct step *step, struct wiring *wiring)
{
	struct frame expected = { .size = 0 }, last = { .size = 0 };

	drain();
	metrics_read(world.metrics, world.bytes);
	step_send(step, wiring);
	if (step->drop && drop_wait(step->drop))
		return 1;
	if (step->act == ACT_DROP)
		return 0;
	step_wire_out(step, wiring);
	if (step->act == ACT_NEIGH)
		wire_neighbour(step, wiring);
	packet_build(&step->out, wiring, &expected);
	if (frame_wait(step, &expected, &last))
		return 0;
	print_error("    nothing came, or this:\n");
	return frame_compare(&expected, &last) ?: 1;
}

/* clang-format off */
static const struct row rows[] = {
	{ "pod to local pod, there and back",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SERVER, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(CLIENT, 40000, SERVER, 80, SYN, .ttl = 63) },
		     { .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK), .act = ACT_LOCAL,
		       .out = TCP(SERVER, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SERVER, 80, ACK),
		       .act = ACT_LOCAL,
		       .out = TCP(CLIENT, 40000, SERVER, 80, ACK, .ttl = 63) } } },
	{ "pod to Service, there and back, first packet and later ones",
	  .steps = { { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, SVC, 53),
		       .act = ACT_LOCAL, .out = UDP(CLIENT, 40000, SERVER, 5353, .ttl = 63) },
		     { .hook = POD, .at = SERVER, .in = UDP(SERVER, 5353, CLIENT, 40000),
		       .act = ACT_LOCAL, .out = UDP(SVC, 53, CLIENT, 40000, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, SVC, 53),
		       .act = ACT_LOCAL, .out = UDP(CLIENT, 40000, SERVER, 5353, .ttl = 63) } } },
	{ "pod to itself through its Service",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC_SELF, 80, SYN),
		       .act = ACT_LOCAL,
		       .out = TCP(GATEWAY, 40000, CLIENT, 8080, SYN, .ttl = 63) } } },
	{ "pod to another node's pod: VXLAN to that node, first packet and later ones",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, REMOTE, 80, SYN),
		       .act = ACT_TUNNEL,
		       .out = TCP(CLIENT, 40000, REMOTE, 80, SYN, .ttl = 63) },
		     { .hook = OVERLAY, .in = TCP(REMOTE, 80, CLIENT, 40000, SYN | ACK),
		       .act = ACT_LOCAL,
		       .out = TCP(REMOTE, 80, CLIENT, 40000, SYN | ACK, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, REMOTE, 80, ACK),
		       .act = ACT_TUNNEL,
		       .out = TCP(CLIENT, 40000, REMOTE, 80, ACK, .ttl = 63) },
		     { "and to a third node", .hook = POD, .at = CLIENT,
		       .in = PING(CLIENT, 5, FAR), .act = ACT_TUNNEL, .tunnel = NODE3,
		       .out = PING(CLIENT, 5, FAR, .ttl = 63) } } },
	{ "another node's pod to a pod over VXLAN",
	  .steps = { { .hook = OVERLAY, .in = TCP(REMOTE, 5000, SERVER, 80, SYN),
		       .act = ACT_LOCAL, .out = TCP(REMOTE, 5000, SERVER, 80, SYN, .ttl = 63) },
		     { .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 80, REMOTE, 5000, SYN | ACK), .act = ACT_TUNNEL,
		       .out = TCP(SERVER, 80, REMOTE, 5000, SYN | ACK, .ttl = 63) },
		     { "to an isolated one", .hook = OVERLAY,
		       .in = TCP(STRANGER, 5000, GUARDED, 80, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_POLICY_INGRESS },
		     { "from no node", .hook = OVERLAY, .outer = NEIGHBOUR,
		       .in = TCP(REMOTE, 5000, SERVER, 81, SYN), .act = ACT_DROP,
		       .drop = LEAT_DROP_TUNNEL_SOURCE },
		     { "from another node", .hook = OVERLAY, .outer = NODE3,
		       .in = TCP(REMOTE, 5000, SERVER, 80, ACK), .act = ACT_DROP,
		       .drop = LEAT_DROP_TUNNEL_SOURCE },
		     { "of another network", .hook = OVERLAY, .vni = 1,
		       .in = TCP(REMOTE, 5000, SERVER, 80, ACK), .act = ACT_DROP,
		       .drop = LEAT_DROP_TUNNEL_VNI },
		     { "to the node", .hook = OVERLAY, .in = TCP(REMOTE, 5000, HOST, 22, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_TUNNEL_TARGET } } },
	{ "pod to the outside, masqueraded, there and back",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60010, WORLD, 443, SYN),
		       .act = ACT_NEIGH, .out = TCP(HOST, 60010, WORLD, 443, SYN, .ttl = 63) },
		     { .hook = NET, .in = TCP(WORLD, 443, HOST, 60010, SYN | ACK),
		       .act = ACT_LOCAL,
		       .out = TCP(WORLD, 443, CLIENT, 60010, SYN | ACK, .ttl = 63) },
		     { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 60010, WORLD, 443, ACK),
		       .act = ACT_NEIGH, .out = TCP(HOST, 60010, WORLD, 443, ACK, .ttl = 63) },
		     { "to another node", .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 60011, NODE2, 53), .act = ACT_NEIGH,
		       .out = UDP(HOST, 60011, NODE2, 53, .ttl = 63) } } },
	{ "node to Services, there and back into its stack",
	  .steps = { { .hook = NODE, .in = TCP(HOST, 50000, SVC, 80, SYN), .act = ACT_LOCAL,
		       .out = TCP(HOST, 50000, SERVER, 8080, SYN) },
		     { .hook = POD, .at = SERVER,
		       .in = TCP(SERVER, 8080, HOST, 50000, SYN | ACK), .act = ACT_HOSTDEV,
		       .out = TCP(SVC, 80, HOST, 50000, SYN | ACK) },
		     { .hook = NODE, .in = UDP(HOST, 50000, SVC_REMOTE, 53),
		       .act = ACT_TUNNEL, .out = UDP(HOST, 50000, REMOTE, 5353) },
		     { .hook = OVERLAY, .in = UDP(REMOTE, 5353, HOST, 50000),
		       .act = ACT_HOSTDEV, .out = UDP(SVC_REMOTE, 53, HOST, 50000) } } },
	{ "refusals and errors come back to who sent the packet",
	  .steps = { { .hook = POD, .at = CLIENT, .in = TCP(CLIENT, 40000, SVC, 99, SYN),
		       .act = ACT_BACK, .drop = LEAT_DROP_SVC_NO_PORT,
		       .out = REFUSAL(SVC, 99, CLIENT, 40000, 12) },
		     { .hook = POD, .at = CLIENT, .in = UDP(CLIENT, 40000, SVC_EMPTY, 53),
		       .act = ACT_BACK, .drop = LEAT_DROP_SVC_NO_BACKEND,
		       .out = MADE(ICMP_PORT_UNREACHABLE, SVC_EMPTY, CLIENT,
				   UDP(CLIENT, 40000, SVC_EMPTY, 53)) },
		     { .hook = POD, .at = CLIENT,
		       .in = UDP(CLIENT, 40000, REMOTE, 53, .payload = 1440),
		       .act = ACT_BACK, .drop = LEAT_DROP_TOO_BIG,
		       .out = MADE(ICMP_TOO_BIG, GATEWAY, CLIENT,
				   UDP(CLIENT, 40000, REMOTE, 53, .payload = 1440),
				   .word = OVERLAY_MTU) },
		     { .hook = POD, .at = CLIENT, .in = PING(CLIENT, 9, SVC), .act = ACT_BACK,
		       .out = PONG(SVC, CLIENT, 9, .is_answer = true) },
		     { .hook = NODE, .in = TCP(HOST, 50000, SVC, 99, SYN), .act = ACT_BACK,
		       .drop = LEAT_DROP_SVC_NO_PORT,
		       .out = REFUSAL(SVC, 99, HOST, 50000, 12) } } },
	{ "frames that are too short for a test run",
	  .steps = { { "half an IP header", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .cut_to = 26), .act = ACT_DROP,
		       .drop = LEAT_DROP_TRUNCATED },
		     { "no IP header", .hook = POD, .at = CLIENT,
		       .in = TCP(CLIENT, 1, SERVER, 80, SYN, .cut_to = 14), .act = ACT_DROP,
		       .drop = LEAT_DROP_TRUNCATED } } },
	{ "a policy's drop, for comparison",
	  .steps = { { .hook = POD, .at = SERVER, .in = TCP(SERVER, 1, GUARDED, 80, SYN),
		       .act = ACT_DROP, .drop = LEAT_DROP_POLICY_INGRESS } } },
};
/* clang-format on */

static void row_run_on_wire(const struct row *row, int family)
{
	struct wiring wiring = { .family = family };

	world.family = family;
	world_reset();
	for (int i = 0; i < STEPS_MAX && row->steps[i].hook; i++)
		if (wire_step(&row->steps[i], &wiring))
			fail_msg("%s (IPv%d), step %d: %s", row->name, family, i + 1,
				 row->steps[i].name ?: "");
}

static void test_real_packets(void **state)
{
	(void)state;
	assert_true(wire_setup());
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		print_message("# %s\n", rows[i].name);
		row_run_on_wire(&rows[i], 4);
		row_run_on_wire(&rows[i], 6);
	}
	for (int place = 1; place <= PLACE_HOST; place++)
		close(sockets[place]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_real_packets) };

	return rows_run("real packets", NULL, 0, tests, ARRAY_SIZE(tests));
}
