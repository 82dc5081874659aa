// SPDX-License-Identifier: Apache-2.0
/*
 * Nanoseconds a packet of each program and path, by BPF_PROG_TEST_RUN with many repetitions,
 * beside an empty program's in the same minutes. A wrapper program puts the packet back to what
 * it was before each round and takes the next of a path's tuples; what it costs itself is
 * measured with the empty program behind it and taken off. Each number is the median of batches
 * that were interleaved with all others. `make bench-prog`; --update writes docs/performance.md.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "common.h"
#include "common_insn.h"

enum {
	TEMPLATE = 74, /* bytes that are put back: headers up to IPv6 and TCP */
	TUPLES = 60000,
	BATCHES = 15,
	ROUNDS = 60000, /* packets a batch; a first packet's batch is its tuples */
	FIRST_TUPLES = 20000,
	PATHS_MOST = 16,
	DOCUMENT_MOST = 1 << 20,
};

struct template
{
	__u8 data[80];
};

struct path {
	const char *name;
	enum leat_hook hook;
	enum party at;
	struct packet open; /* establishes the flow; proto 0: none */
	enum leat_hook open_hook;
	enum party open_at;
	struct packet packet; /* what is measured; its client's port varies */
	bool is_answer;	      /* the client's port is `packet`'s destination port */
	bool is_first;	      /* the table is emptied before each batch */
	unsigned int tuples;
};

#define POD	LEAT_HOOK_FROM_POD
#define OVERLAY LEAT_HOOK_FROM_OVERLAY
#define NET	LEAT_HOOK_FROM_NET
#define PORT	1025 /* the first of the tuples */
#define TO_SERVER                                                                                  \
	.hook = POD, .at = CLIENT, .open_hook = POD, .open_at = CLIENT,                            \
	.open = TCP(CLIENT, PORT, SERVER, 80, SYN, .payload = 30),                                 \
	.packet = TCP(CLIENT, PORT, SERVER, 80, ACK, .payload = 30)

/* clang-format off */
static const struct path paths[] = {
	{ "pod to local pod", TO_SERVER, .tuples = 1 },
	{ "pod to local pod, 1,000 flows", TO_SERVER, .tuples = 1000 },
	{ "pod to local pod, 10,000 flows", TO_SERVER, .tuples = 10000 },
	{ "pod to local pod, 60,000 flows", TO_SERVER, .tuples = 60000 },
	{ "pod to ClusterIP to local pod", .hook = POD, .at = CLIENT, .open_hook = POD,
	  .open_at = CLIENT, .open = TCP(CLIENT, PORT, SVC, 80, SYN, .payload = 30),
	  .packet = TCP(CLIENT, PORT, SVC, 80, ACK, .payload = 30), .tuples = 1 },
	{ "its reply", .hook = POD, .at = SERVER, .open_hook = POD, .open_at = CLIENT,
	  .open = TCP(CLIENT, PORT, SVC, 80, SYN, .payload = 30),
	  .packet = TCP(SERVER, 8080, CLIENT, PORT, ACK, .payload = 30), .is_answer = true,
	  .tuples = 1 },
	{ "pod to another node's pod", .hook = POD, .at = CLIENT, .open_hook = POD,
	  .open_at = CLIENT, .open = TCP(CLIENT, PORT, REMOTE, 80, SYN, .payload = 30),
	  .packet = TCP(CLIENT, PORT, REMOTE, 80, ACK, .payload = 30), .tuples = 1 },
	{ "from another node's pod", .hook = OVERLAY, .open_hook = OVERLAY,
	  .open = TCP(REMOTE, PORT, SERVER, 80, SYN, .payload = 30),
	  .packet = TCP(REMOTE, PORT, SERVER, 80, ACK, .payload = 30), .tuples = 1 },
	{ "pod to the outside, masqueraded", .hook = POD, .at = CLIENT, .open_hook = POD,
	  .open_at = CLIENT, .open = TCP(CLIENT, PORT, WORLD, 443, SYN, .payload = 30),
	  .packet = TCP(CLIENT, PORT, WORLD, 443, ACK, .payload = 30), .tuples = 1 },
	{ "the node's own packet at the uplink", .hook = NET,
	  .packet = TCP(WORLD, PORT, HOST, 22, ACK, .payload = 30), .tuples = 1 },
	{ "first packet, pod to local pod", .hook = POD, .at = CLIENT, .is_first = true,
	  .packet = TCP(CLIENT, PORT, SERVER, 80, SYN, .payload = 30), .tuples = FIRST_TUPLES },
	{ "first packet, pod to ClusterIP", .hook = POD, .at = CLIENT, .is_first = true,
	  .packet = TCP(CLIENT, PORT, SVC, 80, SYN, .payload = 30), .tuples = FIRST_TUPLES },
	{ "dropped by egress policy", .hook = POD, .at = JAILED,
	  .packet = TCP(JAILED, PORT, SERVER, 80, SYN, .payload = 30), .tuples = 1 },
};
/* clang-format on */

/* ---- the wrapper --------------------------------------------------------------------------- */
struct cursor { /* the wrapper's one value */
	__u64 next, count;
	struct bpf_tunnel_key key;
	__u32 pad;
};

static int cursor_map, template_map, jump_map, empty_program, wrapper, keyed_wrapper;

/* r6 = context, r7 = cursor, r8 = template */
/* clang-format off */
#define RESTORE                                                                        \
	MOV(6, 1), ELEMENT_ZERO, LOOKUP(cursor_map), MOV(7, 0),                        \
	INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 7, 0, 0), /* r1 = next */                  \
	INSN(BPF_STX | BPF_MEM | BPF_W, 10, 1, -4, 0), ADD_IMM(1, 1),                  \
	INSN(BPF_LDX | BPF_MEM | BPF_DW, 2, 7, 8, 0), /* r2 = count */                 \
	INSN(BPF_JMP | BPF_JLT | BPF_X, 1, 2, 1, 0), MOV_IMM(1, 0),                    \
	INSN(BPF_STX | BPF_MEM | BPF_DW, 7, 1, 0, 0), LOOKUP(template_map), MOV(8, 0), \
	MOV(1, 6), MOV_IMM(2, 0), MOV(3, 8), MOV_IMM(4, TEMPLATE), MOV_IMM(5, 0),      \
	CALL(BPF_FUNC_skb_store_bytes)
#define KEY                                                       \
	MOV(1, 6), MOV(2, 7), ADD_IMM(2, 16),                     \
	MOV_IMM(3, sizeof(struct bpf_tunnel_key)), MOV_IMM(4, 0), \
	CALL(BPF_FUNC_skb_set_tunnel_key)
/* clang-format on */

static int load(const char *name, const struct bpf_insn *insns, size_t count)
{
	static char log[8192];
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_buf = log, .log_size = sizeof(log),
		    .log_level = 1);
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", insns, count, &options);

	if (fd < 0) {
		fprintf(stderr, "bench: %s: %s\n%s\n", name, strerror(errno), log);
		exit(1);
	}
	return fd;
}

static void wrappers_load(void)
{
	cursor_map =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, "cursor", 4, sizeof(struct cursor), 1, NULL);
	template_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "template", 4, sizeof(struct template),
				      TUPLES, NULL);
	jump_map = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "jump", 4, 4, 1, NULL);

	const struct bpf_insn empty[] = { MOV_IMM(0, 0), EXIT() };
	const struct bpf_insn plain[] = { RESTORE, TAIL_CALL(jump_map) };
	const struct bpf_insn keyed[] = { RESTORE, KEY, TAIL_CALL(jump_map) };

	empty_program = load("empty", empty, ARRAY_SIZE(empty));
	wrapper = load("wrapper", plain, ARRAY_SIZE(plain));
	keyed_wrapper = load("keyed", keyed, ARRAY_SIZE(keyed));
}

/* ---- one batch ----------------------------------------------------------------------------- */
static void packet_at(const struct path *path, const struct packet *from, unsigned int tuple,
		      int family, struct frame *ret_frame)
{
	struct wiring wiring = { .family = family };
	bool is_open = from == &path->open;
	struct step step = { .hook = is_open ? path->open_hook : path->hook,
			     .at = is_open ? path->open_at : path->at,
			     .in = *from };

	if (path->is_answer && !is_open)
		step.in.dport = (__u16)(PORT + tuple);
	else
		step.in.sport = (__u16)(PORT + tuple);
	step_frames(&step, &wiring, ret_frame);
}

static void flow_open(const struct path *path, unsigned int tuple, int family)
{
	struct frame frame = { .size = 0 };
	struct run run = { .hook = path->open_hook,
			   .in = &frame,
			   .repeat = 1,
			   .tunnel_remote = 0xc0a83202,
			   .tunnel_vni = world.config.vni };
	const struct step step = { .hook = path->open_hook, .at = path->open_at };

	run.ifindex = step_device(&step);
	packet_at(path, &path->open, tuple, family, &frame);
	if (program_run(&run) != 0 || run.verdict == 2) {
		fprintf(stderr, "bench: %s: flow %u was not opened (%d)\n", path->name, tuple,
			run.verdict);
		exit(1);
	}
}

static void prepare(const struct path *path, int family)
{
	struct cursor cursor = { .count = path->tuples,
				 .key = { .tunnel_id = world.config.vni,
					  .local_ipv4 = 0xc0a83202 } };
	struct frame frame = { .size = 0 };
	struct template template;
	__u32 zero = 0;

	flow_clear();
	for (unsigned int tuple = 0; tuple < path->tuples; tuple++) {
		if (path->open.proto && !path->is_first)
			flow_open(path, tuple, family);
		packet_at(path, &path->packet, tuple, family, &frame);
		memcpy(template.data, frame.data, sizeof(template.data));
		bpf_map_update_elem(template_map, &tuple, &template, BPF_ANY);
	}
	bpf_map_update_elem(cursor_map, &zero, &cursor, BPF_ANY);
}

/* Nanoseconds a packet, or 0 with a message. */
static double batch(const struct path *path, int program, int family, int *ret_verdict)
{
	const struct step step = { .hook = path->hook, .at = path->at };
	struct __sk_buff context = { .ifindex = step_device(&step) };
	struct frame frame = { .size = 0 };
	__u8 out[256];
	__u32 zero = 0;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data, .data_out = out,
		    .data_size_out = sizeof(out), .ctx_in = &context,
		    .ctx_size_in = sizeof(context),
		    .repeat = (int)(path->is_first ? path->tuples : ROUNDS));

	packet_at(path, &path->packet, 0, family, &frame);
	options.data_size_in = (__u32)frame.size;
	bpf_map_update_elem(jump_map, &zero, &program, BPF_ANY);
	if (bpf_prog_test_run_opts(path->hook == OVERLAY ? keyed_wrapper : wrapper, &options) < 0)
		fprintf(stderr, "bench: %s: %s\n", path->name, strerror(errno));
	*ret_verdict = (int)options.retval;
	return options.duration;
}

static double empty_batch(void)
{
	__u8 frame[96] = { [12] = 0x08 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = ROUNDS * 4);

	bpf_prog_test_run_opts(empty_program, &options);
	return options.duration;
}

/* ---- all of them, interleaved -------------------------------------------------------------- */
struct result {
	double with[BATCHES], base[BATCHES];
	int verdict;
};

static struct result results[PATHS_MOST][2];
static double empties[BATCHES];

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
	qsort(values, BATCHES, sizeof(*values), compare);
	return values[BATCHES / 2];
}

static void measure(size_t index, int family, int number)
{
	const struct path *path = &paths[index];
	struct result *result = &results[index][family == 6];
	int ignored;

	prepare(path, family);
	if (!path->is_first)
		batch(path, world.programs[path->hook], family, &ignored); /* warm */
	result->with[number] = batch(path, world.programs[path->hook], family, &result->verdict);
	result->base[number] = batch(path, empty_program, family, &ignored);
}

static void measure_all(void)
{
	for (int number = 0; number < BATCHES; number++) {
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\rbatch %d of %d", number + 1, BATCHES);
		empties[number] = empty_batch();
		for (size_t index = 0; index < ARRAY_SIZE(paths); index++)
			for (int family = 4; family <= 6; family += 2)
				measure(index, family, number);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%20s\r", "");
}

/* ---- the report ---------------------------------------------------------------------------- */
static void cpu_model(char *text, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(text, size, "unknown processor");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
			snprintf(text, size, "%s", strchr(line, ':') + 2);
			text[strcspn(text, "\n")] = '\0';
			break;
		}
	if (file)
		fclose(file);
}

static void report_machine(FILE *to)
{
	char model[128], date[32];
	time_t now = time(NULL);
	struct utsname name;
	struct tm day;

	uname(&name);
	cpu_model(model, sizeof(model));
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&now, &day));
	fprintf(to, "Measured on %s, kernel %s, %s, %ld cores, by `make bench-prog`.\n", date,
		name.release, model, sysconf(_SC_NPROCESSORS_ONLN));
	fprintf(to,
		"Nanoseconds a packet, net of the wrapper; median of %d interleaved batches. An "
		"empty program\ntakes %.0f.\n\n",
		BATCHES, median(empties));
}

static void report(FILE *to)
{
	static const char *const verdicts[] = { [0] = "pass", [2] = "drop", [7] = "redirect" };

	report_machine(to);
	fprintf(to, "| path | verdict | IPv4 | IPv6 |\n| --- | --- | ---: | ---: |\n");
	for (size_t index = 0; index < ARRAY_SIZE(paths); index++) {
		struct result *four = &results[index][0], *six = &results[index][1];
		int verdict = four->verdict;

		fprintf(to, "| %s | %s | %.0f | %.0f |\n", paths[index].name,
			verdict >= 0 && verdict < 8 && verdicts[verdict] ? verdicts[verdict] : "?",
			median(four->with) - median(four->base),
			median(six->with) - median(six->base));
	}
}

#define DOCUMENT   "docs/performance.md"
#define BEGIN_MARK "<!-- bench-prog: written by make bench-prog -->\n"
#define END_MARK   "<!-- end of bench-prog -->\n"

static char *document_read(void)
{
	FILE *file = fopen(DOCUMENT, "re");
	char *text = calloc(1, DOCUMENT_MOST);

	if (text && file)
		text[fread(text, 1, DOCUMENT_MOST - 1, file)] = '\0';
	else if (text)
		snprintf(text, DOCUMENT_MOST, "# Performance\n\n## Programs\n\n%s%s", BEGIN_MARK,
			 END_MARK);
	if (file)
		fclose(file);
	return text;
}

/* Replaces what is between the marks. */
static int document_update(void)
{
	_cleanup_free_ char *text = document_read();
	char *begin = text ? strstr(text, BEGIN_MARK) : NULL;
	char *end = begin ? strstr(begin, END_MARK) : NULL;
	FILE *file;

	if (!end) {
		fprintf(stderr, "bench: " DOCUMENT ": no marks to write between\n");
		return 1;
	}
	file = fopen(DOCUMENT, "we");
	if (!file)
		return 1;
	fprintf(file, "%.*s", (int)(begin - text) + (int)strlen(BEGIN_MARK), text);
	report(file);
	fprintf(file, "%s", end);
	return fclose(file) ? 1 : 0;
}

static void tune(struct leat_config *config)
{
	config->half_open_max = 0;
	config->event_rate = 100;
	config->event_burst = 100;
	config->masq_port_min = 1024;
	config->masq_port_max = 65535;
}

int main(int argc, char **argv)
{
	bool is_update = argc > 1 && strcmp(argv[1], "--update") == 0;

	world.flow_entries = 1 << 18;
	world.tune = tune;
	if (world_setup(NULL) < 0)
		return 1;
	wrappers_load();
	measure_all();
	report(stdout);
	if (is_update && document_update() != 0)
		return 1;
	return world_teardown(NULL) ? 1 : 0;
}
