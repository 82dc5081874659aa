// SPDX-License-Identifier: Apache-2.0
/*
 * Packets at random: well-formed ones, damaged in every way, through every program. What comes
 * out is held against rules that are true of any packet, by a reader and a policy written here
 * anew. LEAT_RANDOM_SEED and LEAT_RANDOM_COUNT steer it; a failure prints the seed and packet.
 */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"

enum {
	COUNT_DEFAULT = 1000000,
	SECONDS_MOST = 18,
	FRESH_EVERY = 400,
	FRAGMENTS = 4096,
	/* Test runs refuse frames that end in the IP header. */
	FRAME_LEAST = 34,
	FRAME_LEAST_IPV6 = 54
};

static __u64 random_state;

/* xorshift64: the same packets for the same seed, everywhere. */
static __u32 random_below(__u32 limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (__u32)(random_state >> 32) % limit;
}

static bool one_in(__u32 times)
{
	return random_below(times) == 0;
}

/* ---- making packets ------------------------------------------------------------------------ */
/* GUARDED sends nothing here: whatever reaches it was let in by its policy. */
static const enum party pods[] = { CLIENT, SERVER, JAILED };
static const enum party anywhere[] = {
	CLIENT,	    SERVER,    GUARDED,	  GUARDED,  GUARDED,   JAILED,	    GHOST,
	REMOTE,	    FAR,       HOST,	  NODE2,    ROUTER,    WORLD,	    EXCEPTED,
	NOWHERE,    ELSEWHERE, SVC,	  SVC_SELF, SVC_EMPTY, SVC_GUARDED, SVC_MANY,
	SVC_REMOTE, SVC_FREE,  MULTICAST, LOOPBACK, GATEWAY,   LINK_LOCAL,  ZERO,
};
static const __u16 ports[] = { 22,   53,   80,	 81,	443,   8080,  8443, 5353,
			       9000, 9007, 9008, 60000, 60001, 40000, 1,    65535 };
static const __u8 protos[] = { 6, 6, 6, 6, 17, 17, 17, 132, 47, 50, 253, 4, 41, 0, 44, 58, 1 };
static const __u8 flag_sets[] = { SYN,	     SYN, SYN, ACK,	  ACK | PSH, SYN | ACK,
				  FIN | ACK, RST, 0,   SYN | FIN, 0x3f,	     0xff };
static const char *const chains[] = {
	"h", "d", "r", "R", "a", "x", "n", "hdrd", "hddddddddd", "da"
};

#define PICK(array) ((array)[random_below(ARRAY_SIZE(array))])

static enum party sender_at(enum leat_hook hook, enum party pod)
{
	static const enum party outside[] = { WORLD, EXCEPTED, ROUTER, NODE2, REMOTE, CLIENT };
	static const enum party beyond[] = { REMOTE, STRANGER, REMOTE_GHOST, NODE2, FAR, WORLD };

	if (one_in(12))
		return PICK(anywhere);
	switch (hook) {
	case LEAT_HOOK_FROM_POD:
		return pod;
	case LEAT_HOOK_FROM_NET:
		return PICK(outside);
	case LEAT_HOOK_FROM_OVERLAY:
		return PICK(beyond);
	default:
		return one_in(4) ? PICK(outside) : HOST;
	}
}

static void choose_shape(struct packet *packet)
{
	packet->payload = one_in(3) ? EMPTY : (__u16)(1 + random_below(one_in(20) ? 1500 : 120));
	packet->ttl = one_in(10) ? (__u8)random_below(3) : 64;
	packet->has_df = one_in(2);
	packet->options = one_in(6) ? (__u8)(4 * random_below(11)) : 0;
	packet->extensions = one_in(6) ? PICK(chains) : NULL;
	packet->has_no_checksum = one_in(9);
	packet->id = (__u16)(1 + random_below(50));
	if (one_in(6)) {
		packet->cut = one_in(6) ? CUT_ATOMIC : CUT_PART;
		packet->part_offset = (__u16)(one_in(2) ? 0 : 8 * random_below(20));
		packet->part_size = (__u16)(8 * random_below(12));
	}
}

static void choose_packet(struct packet *packet, struct packet *inner, enum leat_hook hook,
			  enum party pod)
{
	memset(packet, 0, sizeof(*packet));
	packet->src = sender_at(hook, pod);
	packet->dst = hook == LEAT_HOOK_TO_POD && !one_in(10) ? pod : PICK(anywhere);
	packet->sport = PICK(ports);
	packet->dport = PICK(ports);
	packet->proto = PICK(protos);
	packet->flags = PICK(flag_sets);
	if (one_in(8))
		packet->icmp = one_in(2) ? ICMP_ECHO_REQUEST : ICMP_ECHO_ANSWER;
	if (one_in(8)) {
		choose_shape(inner);
		packet->icmp = (enum icmp)(ICMP_PORT_UNREACHABLE + random_below(8));
		packet->inner = packet->icmp < ICMP_NEIGHBOUR_SOLICITATION ? inner : NULL;
		packet->quote = (__u16)(1 + random_below(80));
		*inner = (struct packet){ .src = packet->dst,
					  .dst = PICK(anywhere),
					  .sport = PICK(ports),
					  .dport = PICK(ports),
					  .proto = one_in(2) ? 17 : 6,
					  .flags = SYN };
	}
	choose_shape(packet);
}

static void damage(struct frame *frame)
{
	if (one_in(4))
		frame->data[14 + random_below(60)] = (__u8)random_below(256);
	if (one_in(8))
		frame->data[random_below(14)] = (__u8)random_below(256);
	if (one_in(6))
		frame->size = FRAME_LEAST + random_below((__u32)frame->size - FRAME_LEAST + 1);
	if (one_in(30))
		for (int i = 14; i < 74; i++)
			frame->data[i] = (__u8)random_below(256);
}

/* ---- reading them, independently ----------------------------------------------------------- */
struct reading {
	bool is_ip, is_whole; /* is_whole: L4 was found */
	int family;
	struct leat_addr src, dst;
	__u8 proto;
	__u16 sport, dport;
	__u32 id;
	bool is_later_part, is_part;
	__u8 icmp_type;
};

static void read_l4(struct reading *r, const struct frame *frame, size_t at)
{
	if (r->is_later_part || at + 4 > frame->size)
		return;
	r->sport = (__u16)(frame->data[at] << 8 | frame->data[at + 1]);
	r->dport = (__u16)(frame->data[at + 2] << 8 | frame->data[at + 3]);
	r->icmp_type = frame->data[at];
	r->is_whole = true;
}

static void read_ipv4(struct reading *r, const struct frame *frame)
{
	const __u8 *ip = frame->data + 14;
	unsigned int cut;

	r->is_ip = true;
	r->family = 4;
	memset(r->src.b + 10, 0xff, 2);
	memcpy(r->src.b + 12, ip + 12, 4);
	memset(r->dst.b + 10, 0xff, 2);
	memcpy(r->dst.b + 12, ip + 16, 4);
	r->proto = ip[9];
	r->id = (__u32)(ip[4] << 8 | ip[5]);
	cut = (unsigned int)(ip[6] << 8 | ip[7]);
	r->is_later_part = cut & 0x1fff;
	r->is_part = cut & 0x3fff;
	read_l4(r, frame, 14 + 4u * (ip[0] & 15));
}

static bool is_extension(__u8 next)
{
	return next == 0 || next == 43 || next == 60 || next == 51 || next == 44;
}

static void read_ipv6(struct reading *r, const struct frame *frame)
{
	size_t at = 14 + 40;
	__u8 next = frame->data[20];

	r->is_ip = true;
	r->family = 6;
	memcpy(r->src.b, frame->data + 22, 16);
	memcpy(r->dst.b, frame->data + 38, 16);
	while (is_extension(next) && at + 8 <= frame->size) {
		const __u8 *header = frame->data + at;

		if (next == 44) {
			r->is_later_part = header[2] || header[3] & 0xf8;
			r->is_part = r->is_later_part || header[3] & 1;
			memcpy(&r->id, header + 4, 4);
		}
		at += next == 44 ? 8 : next == 51 ? 4u * (header[1] + 2) : 8u * (header[1] + 1);
		next = header[0];
		if (r->is_later_part)
			break;
	}
	r->proto = next;
	read_l4(r, frame, at);
}

static struct reading read_frame(const struct frame *frame)
{
	struct reading reading = { .is_ip = false };
	unsigned int type = (unsigned int)(frame->data[12] << 8 | frame->data[13]);

	if (type == 0x0800 && frame->size >= 34)
		read_ipv4(&reading, frame);
	else if (type == 0x86dd && frame->size >= 54)
		read_ipv6(&reading, frame);
	return reading;
}

static bool is_addr(const struct leat_addr *addr, enum party party)
{
	struct leat_addr four = party_addr(party, 4), six = party_addr(party, 6);

	return !memcmp(addr, &four, 16) || !memcmp(addr, &six, 16);
}

/* ---- what must hold ------------------------------------------------------------------------ */
static struct {
	struct leat_addr src, dst;
	__u32 id;
	__u8 proto;
} opened[FRAGMENTS];
static unsigned int opened_count;

static void open_parts(const struct reading *in)
{
	__typeof__(opened[0]) *entry = &opened[opened_count++ % FRAGMENTS];

	entry->src = in->src;
	entry->dst = in->dst;
	entry->id = in->id;
	entry->proto = in->proto;
}

static bool is_opened(const struct reading *in)
{
	for (unsigned int i = 0; i < opened_count && i < FRAGMENTS; i++)
		if (!memcmp(&opened[i].src, &in->src, 16) &&
		    !memcmp(&opened[i].dst, &in->dst, 16) && opened[i].id == in->id)
			return true;
	return false;
}

/* In the block that a rule names, outside of its except. */
static bool is_of_world(const struct leat_addr *addr)
{
	static const __u8 four[15] = { [10] = 0xff, 0xff, 203, 0, 113 };
	static const __u8 six[6] = { 0x20, 0x01, 0x0d, 0xb8, 0x01, 0x13 };

	if (!memcmp(addr, four, sizeof(four)))
		return addr->b[15] >> 6 != 1;
	return !memcmp(addr, six, sizeof(six)) && !(addr->b[6] == 0 && addr->b[7] == 1);
}

/* The policies of GUARDED (common_world.c), in the words of this file. */
static bool may_enter(const struct reading *out)
{
	bool is_client = is_addr(&out->src, CLIENT);

	if (is_addr(&out->src, HOST))
		return true;
	if (out->proto == 17 && out->dport == 53)
		return true;
	if (is_addr(&out->src, REMOTE))
		return !(out->proto == 6 && (out->dport == 22 || out->dport == 8443));
	if (is_client && out->proto == 132)
		return true;
	if (is_client && out->proto == 6)
		return out->dport == 80 || (out->dport >= 9000 && out->dport <= 9007);
	return is_of_world(&out->src) && out->proto == 6 && out->dport == 80;
}

static bool has_ports(__u8 proto)
{
	return proto == 6 || proto == 17 || proto == 132;
}

static bool is_icmp_error(const struct reading *r)
{
	if (r->proto == 1)
		return r->icmp_type == 3 || r->icmp_type == 11 || r->icmp_type == 12;
	return r->proto == 58 && r->icmp_type >= 1 && r->icmp_type <= 4;
}

static const char *check_entry(const struct reading *in, const struct reading *out)
{
	if (!is_addr(&out->dst, GUARDED))
		return NULL;
	if (in->is_later_part)
		return is_opened(in) ? NULL : "a later fragment without its first";
	if (has_ports(out->proto) && !out->is_whole)
		return "an isolated pod was reached by a packet without ports";
	if (!may_enter(out) && !is_icmp_error(out))
		return "an isolated pod was reached on a closed port";
	return NULL;
}

/* NODE2's own address or one of its pod range: 10.244.2.0/24, fd00:2::/64. */
static bool is_of_node2(const struct leat_addr *addr)
{
	static const __u8 four[15] = { [10] = 0xff, 0xff, 10, 244, 2 };
	static const __u8 six[8] = { 0xfd, 0, 0, 2 };

	return !memcmp(addr, four, sizeof(four)) || !memcmp(addr, six, sizeof(six)) ||
	       is_addr(addr, NODE2);
}

static const char *check_sender(const struct run *run, const struct reading *in, enum party pod)
{
	__u8 mac[6];

	if (run->hook == LEAT_HOOK_FROM_POD) {
		party_mac(pod, mac);
		if (memcmp(run->in->data + 6, mac, 6) != 0)
			return "a MAC address that is not the sender's passed";
		if (!is_addr(&in->src, pod))
			return "an address that is not the sender's passed";
	}
	if (run->hook == LEAT_HOOK_FROM_OVERLAY && !is_icmp_error(in) && !is_of_node2(&in->src))
		return "an address that is not the node's passed";
	return NULL;
}

static const char *check_passed(const struct run *run, const struct reading *in, enum party pod)
{
	struct reading out = read_frame(&run->out);
	/* What a pod's packet is left to the stack for, leat_to_pod judges. */
	bool is_delivered = run->verdict == TC_ACT_REDIRECT || run->hook == LEAT_HOOK_TO_POD;
	const char *problem = is_delivered ? check_entry(in, &out) : NULL;

	if (problem)
		return problem;
	if (!in->is_ip)
		return "what is not IP passed";
	if (in->is_part && !in->is_later_part)
		open_parts(in);
	return check_sender(run, in, pod);
}

static const char *check(const struct run *run, enum party pod)
{
	struct reading in = read_frame(run->in);
	bool is_same = run->in->size == run->out.size &&
		       memcmp(run->in->data, run->out.data, run->out.size) == 0;

	if (run->verdict != TC_ACT_OK && run->verdict != TC_ACT_SHOT &&
	    run->verdict != TC_ACT_REDIRECT)
		return "a verdict that no program has";
	if (run->hook == LEAT_HOOK_TO_POD && run->verdict == TC_ACT_REDIRECT)
		return "leat_to_pod redirected";
	if (run->hook == LEAT_HOOK_FROM_NET && run->verdict == TC_ACT_OK)
		return is_same ? NULL : "leat_from_net passed a packet on changed";
	if (run->hook == LEAT_HOOK_FROM_HOST && run->verdict == TC_ACT_OK)
		return "leat_from_host passed a packet on";
	if (run->hook == LEAT_HOOK_FROM_OVERLAY && run->verdict == TC_ACT_OK)
		return "leat_from_overlay passed a packet on";
	if (run->hook == LEAT_HOOK_FROM_NET && run->verdict == TC_ACT_SHOT && !in.is_ip)
		return "leat_from_net dropped what is not IP";
	return run->verdict == TC_ACT_SHOT ? NULL : check_passed(run, &in, pod);
}

/* ---- the loop ------------------------------------------------------------------------------ */
static __u64 drops_total(void)
{
	__u64 packets[LEAT_DROP_MAX], bytes[LEAT_DROP_MAX], total = 0;

	metrics_read(packets, bytes);
	for (int reason = 0; reason < LEAT_DROP_MAX; reason++)
		total += packets[reason];
	return total;
}

static void print_packet(const struct run *run, const char *problem, __u64 seed, __u32 number)
{
	print_error("packet %u of seed %llu, hook %d, verdict %d: %s\n", number, seed, run->hook,
		    run->verdict, problem);
	print_error("  in:\n");
	frame_print(run->in);
	print_error("  out:\n");
	frame_print(&run->out);
}

static void fresh_start(void)
{
	flow_clear();
	opened_count = 0;
	for (enum party pod = CLIENT; pod <= JAILED; pod++)
		half_open_set(pod, 0);
	half_open_set(NOBODY, 0);
}

static void make_run(struct run *run, struct frame *in, enum party *ret_pod)
{
	const enum leat_hook hook = (enum leat_hook)(LEAT_HOOK_FROM_POD + random_below(5));
	struct wiring wiring = { .family = one_in(2) ? 4 : 6 };
	struct packet inner = { .src = CLIENT };
	struct step step = { .hook = hook };

	step.at = hook == LEAT_HOOK_TO_POD && one_in(2) ? GUARDED : PICK(pods);
	choose_packet(&step.in, &inner, hook, step.at);
	step_frames(&step, &wiring, in);
	damage(in);
	*run = (struct run){ .hook = hook,
			     .ifindex = step_device(&step),
			     .in = in,
			     .repeat = 1,
			     .tunnel_remote = 0xc0a83202,
			     .tunnel_vni = world.config.vni };
	*ret_pod = step.at;
}

/* Drops are counted: at least as many as packets were shot, refusals come on top. */
static const char *check_counters(__u64 counted, __u64 shot, __u64 redirected)
{
	if (counted < shot)
		return "packets were dropped without being counted";
	return counted <= shot + redirected ? NULL : "more drops counted than packets dropped";
}

static __u64 number_from(const char *variable, __u64 fallback)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : fallback;
}

static void test_random_packets(void **state)
{
	__u64 seed = number_from("LEAT_RANDOM_SEED", 20261121);
	__u32 count = (__u32)number_from("LEAT_RANDOM_COUNT", COUNT_DEFAULT), number;
	__u64 shot = 0, redirected = 0, passed = 0, before;
	time_t end = time(NULL) + SECONDS_MOST;
	const char *problem = NULL;

	(void)state;
	random_state = seed * 0x9e3779b97f4a7c15ULL + 1;
	world_reset();
	before = drops_total();
	for (number = 0; number < count && !problem && time(NULL) < end; number++) {
		static struct frame in;
		static struct run run;
		enum party pod;

		if (number % FRESH_EVERY == 0)
			fresh_start();
		if (one_in(100)) /* as if policies had changed: flows are judged again */
			endpoint_bump((enum party)(CLIENT + random_below(4)));
		make_run(&run, &in, &pod);
		if (in.size < FRAME_LEAST_IPV6 && in.data[12] == 0x86)
			continue;
		if (program_run(&run) != 0)
			fail_msg("packet %u of seed %llu: test run failed", number, seed);
		shot += run.verdict == TC_ACT_SHOT;
		passed += run.verdict == TC_ACT_OK;
		redirected += run.verdict == TC_ACT_REDIRECT;
		problem = check(&run, pod);
		if (!problem && number % 50 == 0)
			problem = check_counters(drops_total() - before, shot, redirected);
		if (problem)
			print_packet(&run, problem, seed, number);
	}
	ring_buffer__consume(world.ring);
	assert_null(problem);
	print_message("# %u packets: %llu dropped, %llu passed, %llu redirected\n", number, shot,
		      passed, redirected);
	/* A test that reached nothing would show nothing. */
	assert_true(number >= 10000 || number == count);
	assert_true(shot > number / 10 && redirected > number / 50 && passed > number / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_packets) };

	return rows_run("random packets", NULL, 0, tests, ARRAY_SIZE(tests));
}
