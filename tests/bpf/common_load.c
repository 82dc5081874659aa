// SPDX-License-Identifier: Apache-2.0
/*
 * The shipped objects over one set of small tables, and single runs of their programs.
 * BPF_PROG_TEST_RUN gives no tunnel key and shows none: two wrapper programs, written here in
 * instructions, set one before a tail call into leat_from_overlay ("keyed") and look, in the
 * second of two rounds over one packet, at the one that the first round left ("spy").
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>

#include "common.h"
#include "common_insn.h"
#include "host.skel.h"
#include "overlay.skel.h"
#include "pod.skel.h"

const char *const table_names[TABLE_COUNT] = {
	LEAT_MAP_FLOW,	 LEAT_MAP_FRAG,	   LEAT_MAP_EP,	   LEAT_MAP_IFEP,
	LEAT_MAP_EPSTAT, LEAT_MAP_IPCACHE, LEAT_MAP_CIDR,  LEAT_MAP_POLICY,
	LEAT_MAP_SVC,	 LEAT_MAP_BACKEND, LEAT_MAP_NODE,  LEAT_MAP_DEVICE,
	LEAT_MAP_METRIC, LEAT_MAP_DROP,	   LEAT_MAP_EVLIM, LEAT_MAP_EVENT,
};

static const struct {
	enum leat_hook hook;
	const char *name;
} programs[] = {
	{ LEAT_HOOK_FROM_POD, "leat_from_pod" },	 { LEAT_HOOK_TO_POD, "leat_to_pod" },
	{ LEAT_HOOK_FROM_NET, "leat_from_net" },	 { LEAT_HOOK_FROM_HOST, "leat_from_host" },
	{ LEAT_HOOK_FROM_OVERLAY, "leat_from_overlay" },
};

static __u32 table_size(enum table table)
{
	switch (table) {
	case T_FLOW:
		return world.flow_entries ?: FLOW_ENTRIES;
	case T_EVENT:
		return 1 << 16;
	case T_METRIC:
		return LEAT_DROP_MAX;
	case T_EVLIM:
		return 1;
	case T_IPCACHE:
	case T_POLICY:
		return 256;
	case T_BACKEND:
		return 256;
	default:
		return 128;
	}
}

/* First object: its tables get their sizes. Later ones: they re-use those. */
static void tables_share(struct bpf_object *object)
{
	for (int table = 0; table < TABLE_COUNT; table++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, table_names[table]);

		if (!map)
			continue;
		if (world.maps[table] > 0)
			assert_int_equal(bpf_map__reuse_fd(map, world.maps[table]), 0);
		else
			assert_int_equal(bpf_map__set_max_entries(map, table_size(table)), 0);
	}
}

static void object_load(struct bpf_object *object)
{
	int err = bpf_object__load(object);

	if (err)
		fail_msg("%s: load: %s", bpf_object__name(object), strerror(-err));
	for (int table = 0; table < TABLE_COUNT; table++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, table_names[table]);

		/* A descriptor of our own: the table outlives the object. */
		if (map && world.maps[table] <= 0)
			world.maps[table] = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, programs[i].name);

		if (program)
			world.programs[programs[i].hook] = bpf_program__fd(program);
	}
}

void programs_configure(struct leat_config *config)
{
	*config = (struct leat_config){
		.flags = LEAT_CFG_TUNNEL | LEAT_CFG_MASQUERADE4 | LEAT_CFG_MASQUERADE6 |
			 LEAT_CFG_KTIME_COARSE | LEAT_CFG_REDIRECT_PEER,
		.vni = LEAT_VNI_DEFAULT,
		.overlay_ifindex = world.device[DEV_OVERLAY],
		.host_ifindex = world.device[DEV_NET],
		.overlay_mtu = OVERLAY_MTU,
		.half_open_max = HALF_OPEN_MAX,
		.masq_port_min = MASQ_PORT_MIN,
		.masq_port_max = MASQ_PORT_MAX,
		.event_rate = 1000000,
		.event_burst = 1000000,
	};
}

static int on_event(void *context, void *data, size_t size)
{
	(void)context;
	if (size < sizeof(world.event))
		return -EINVAL;
	memcpy(&world.event, data, sizeof(world.event));
	world.event_count++;
	return 0;
}

void programs_load(const struct leat_config *config)
{
	struct host_bpf *host = host_bpf__open();
	struct overlay_bpf *overlay = overlay_bpf__open();
	struct pod_bpf *pod = pod_bpf__open();

	assert_true(host && overlay && pod);
	world.config = *config;
	world.objects[0] = pod;
	world.objects[1] = host;
	world.objects[2] = overlay;
	memcpy((void *)&pod->rodata->leat_config, config, sizeof(*config));
	memcpy((void *)&host->rodata->leat_config, config, sizeof(*config));
	memcpy((void *)&overlay->rodata->leat_config, config, sizeof(*config));
	tables_share(pod->obj);
	object_load(pod->obj);
	tables_share(host->obj);
	object_load(host->obj);
	tables_share(overlay->obj);
	object_load(overlay->obj);
}

void programs_unload(void)
{
	pod_bpf__destroy(world.objects[0]);
	host_bpf__destroy(world.objects[1]);
	overlay_bpf__destroy(world.objects[2]);
	memset(world.objects, 0, sizeof(world.objects));
}

/* ---- wrappers ------------------------------------------------------------------------------ */
struct wrapper_value {
	struct bpf_tunnel_key key;
	__u32 pad;
	__u64 flags;
};

/* r6 = context, r7 = the wrappers' one value */
#define PROLOGUE MOV(6, 1), ELEMENT_ZERO, LOOKUP(world.wrapper_map), MOV(7, 0)

static int wrapper_load(const char *name, const struct bpf_insn *insns, size_t count)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", insns, count, NULL);

	if (fd < 0)
		fail_msg("wrapper program %s: %s", name, strerror(errno));
	return fd;
}

static void wrappers_load(void)
{
	world.wrapper_map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "wrapper", sizeof(__u32),
					   sizeof(struct wrapper_value), 1, NULL);
	world.wrapper_jump = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "jump", sizeof(__u32),
					    sizeof(__u32), 1, NULL);
	assert_true(world.wrapper_map > 0 && world.wrapper_jump > 0);

	const struct bpf_insn keyed[] = {
		PROLOGUE,
		MOV(1, 6),
		MOV(2, 7),
		MOV_IMM(3, sizeof(struct bpf_tunnel_key)),
		MOV_IMM(4, 0),
		CALL(BPF_FUNC_skb_set_tunnel_key),
		TAIL_CALL(world.wrapper_jump),
	};
	const struct bpf_insn spy[] = {
		PROLOGUE,
		MOV(1, 6),
		MOV(2, 7),
		MOV_IMM(3, sizeof(struct bpf_tunnel_key)),
		MOV_IMM(4, 0),
		CALL(BPF_FUNC_skb_get_tunnel_key),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 1, 0),
		EXIT(), /* 0: there is a key, and the value holds it */
		TAIL_CALL(world.wrapper_jump),
	};

	world.keyed = wrapper_load("keyed", keyed, ARRAY_SIZE(keyed));
	world.spy = wrapper_load("spy", spy, ARRAY_SIZE(spy));
}

static int test_run(int fd, struct run *run)
{
	struct __sk_buff context = { .ifindex = run->ifindex,
				     .ingress_ifindex =
					     run->hook == LEAT_HOOK_TO_POD ? 0 : run->ifindex,
				     .gso_size = run->gso_size,
				     .gso_segs = run->gso_size ? 2 : 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = run->in->data,
		    .data_size_in = (__u32)run->in->size, .data_out = run->out.data,
		    .data_size_out = sizeof(run->out.data), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = (int)run->repeat);
	int err = bpf_prog_test_run_opts(fd, &options);

	if (err)
		return err < -1 ? err : -errno;
	run->verdict = (int)options.retval;
	run->ns = options.duration;
	run->out.size = options.data_size_out;
	return 0;
}

static void jump_to(int program)
{
	__u32 zero = 0;

	assert_int_equal(bpf_map_update_elem(world.wrapper_jump, &zero, &program, BPF_ANY), 0);
}

int program_run(struct run *run)
{
	/* What a receiver reads as the remote address is what a sender calls its local one. */
	struct wrapper_value value = { .key = { .tunnel_id = run->tunnel_vni,
						.local_ipv4 = run->tunnel_remote } };
	__u32 zero = 0;

	if (run->hook != LEAT_HOOK_FROM_OVERLAY)
		return test_run(world.programs[run->hook], run);
	jump_to(world.programs[run->hook]);
	assert_int_equal(bpf_map_update_elem(world.wrapper_map, &zero, &value, BPF_ANY), 0);
	return test_run(world.keyed, run);
}

int program_spy(struct run *run, __u32 *ret_remote, __u32 *ret_vni)
{
	struct wrapper_value value = { .pad = 0 };
	__u32 zero = 0;
	int err;

	if (run->hook == LEAT_HOOK_FROM_OVERLAY)
		return -ENOTSUP;
	jump_to(world.programs[run->hook]);
	run->repeat = 2;
	err = test_run(world.spy, run);
	run->repeat = 1;
	if (err || run->verdict != 0)
		return err ?: -ENOENT;
	assert_int_equal(bpf_map_lookup_elem(world.wrapper_map, &zero, &value), 0);
	*ret_remote = value.key.local_ipv4;
	*ret_vni = value.key.tunnel_id;
	return 0;
}

/* ---- the group's setup --------------------------------------------------------------------- */
int world_setup(void **state)
{
	struct leat_config config;

	(void)state;
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (net_setup() < 0)
		return -1;
	programs_configure(&config);
	if (world.tune)
		world.tune(&config);
	programs_load(&config);
	wrappers_load();
	world.ring = ring_buffer__new(world.maps[T_EVENT], on_event, NULL, NULL);
	assert_non_null(world.ring);
	world_reset();
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	ring_buffer__free(world.ring);
	programs_unload();
	for (int table = 0; table < TABLE_COUNT; table++)
		if (world.maps[table] > 0)
			close(world.maps[table]);
	close(world.keyed);
	close(world.spy);
	close(world.wrapper_map);
	close(world.wrapper_jump);
	memset(&world, 0, sizeof(world));
	return 0;
}
