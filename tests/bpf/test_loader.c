// SPDX-License-Identifier: Apache-2.0
/*
 * The loader on a kernel: pins, re-use, refusals, attaching by TCX and by clsact, replacing a
 * program under traffic, removing. Objects: tests/bpf/objects/.
 */
#include "loader_lab.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>

#include <leat/sizes.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "loader/clsact.h"
#include "loader/loader.h"
#include "loader/object.h"
#include "maps/maps.h"
#include "maps/shape.h"

#define COUNTED_AS 9 /* config.vni: where loader_good's leat_from_pod counts */
#define ETHERTYPE  0x88b5

struct object_file {
	struct leat_embedded embedded;
	char *data;
};

static struct object_file good = { .embedded.name = "good" };
static struct object_file bad = { .embedded.name = "bad" };
static const struct leat_config config = { .vni = COUNTED_AS };
static const struct leat_sizes small = { .flows = 1024,
					 .frags = 64,
					 .endpoints = 16,
					 .ipcache = 64,
					 .cidrs = 64,
					 .policy = 64,
					 .services = 64,
					 .backends = 64,
					 .nodes = 16,
					 .drops = 64,
					 .events_bytes = 4096 };

/* Beside this program, where the Makefile puts them. */
static int read_object(struct object_file *file, const char *name)
{
	char path[PATH_MAX], exe[PATH_MAX] = "";

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return -1;
	*strrchr(exe, '/') = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", exe, name) >= (int)sizeof(path))
		return -1;
	if (leat_file_read(path, 1 << 24, &file->data, &file->embedded.size) < 0) {
		fprintf(stderr, "%s is not built\n", path);
		return -1;
	}
	file->embedded.bytes = file->data;
	return 0;
}

static int begin(void **state)
{
	libbpf_set_print(NULL);
	return lab_begin(state) ?: read_object(&good, "loader_good.bpf.o") ?:
	       read_object(&bad, "loader_bad.bpf.o");
}

static int end(void **state)
{
	(void)state;
	free(good.data);
	free(bad.data);
	return 0;
}

/* Every test starts and ends with an empty filesystem and no devices of its own. */
static int clean(void **state)
{
	(void)state;
	leat_loader_remove_all(LAB_DIR);
	return system("ip link del lab0 2>/dev/null; ip link set lo up") < 0 ? -1 : 0;
}

static struct leat_loader *open_good(void)
{
	_cleanup_free_ char *problem = NULL;
	struct leat_loader *loader = NULL;
	int err = leat_loader_open_objects(LAB_DIR, &good.embedded, 1, &config, &small, &loader,
					   &problem);

	if (err < 0)
		fail_msg("open: %s: %s", strerror(-err), problem ? problem : "");
	return loader;
}

static void close_loader(struct leat_loader **loader)
{
	leat_loader_close(*loader);
}
#define _cleanup_loader_ LEAT_CLEANUP(close_loader)

static void close_maps(struct leat_maps **maps)
{
	leat_maps_close(*maps);
}

static __u32 pinned_map_id(const char *name)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	char path[PATH_MAX];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "%s/maps/%s", LAB_DIR, name);
	fd = bpf_obj_get(path);
	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	return info.id;
}

static __u64 count_of(__u32 number)
{
	LEAT_CLEANUP(close_maps) struct leat_maps *maps = NULL;
	struct leat_metric metric;

	assert_int_equal(leat_maps_open(LAB_DIR, true, &maps, NULL), 0);
	assert_int_equal(leat_table_get(&maps->tables[LEAT_TABLE_METRIC], &number, &metric), 0);
	return metric.packets;
}

static void run_once(const struct leat_loader *loader, enum leat_program program)
{
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));

	assert_int_equal(bpf_prog_test_run_opts(leat_loader_program_fd(loader, program), &opts), 0);
}

static int make_veth(void)
{
	lab_run("ip link add lab0 type veth peer name lab1");
	/* no IPv6 of their own: only what a test sends is on the wire */
	lab_run("ip link set lab0 addrgenmode none && ip link set lab1 addrgenmode none");
	lab_run("ip link set lab0 up && ip link set lab1 up");
	return (int)if_nametoindex("lab1");
}

static void test_features_of_this_kernel(void **state)
{
	struct leat_features features = { 0 };

	(void)state;
	assert_int_equal(leat_features_probe(&features), 0);
	assert_true(features.has_ringbuf);
	/* 6.6 and later, which the machine that builds has; older ones run tests/kernels. */
	print_message("# tcx %d coarse %d peer %d\n", features.has_tcx, features.has_ktime_coarse,
		      features.has_redirect_peer);
	if (!access("/proc/sys/net/core/bpf_jit_enable", F_OK))
		assert_true(features.has_ktime_coarse && features.has_redirect_peer);
}

static void test_pins_tables_and_programs(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	LEAT_CLEANUP(close_maps) struct leat_maps *maps = NULL;
	_cleanup_free_ char *problem = NULL;

	(void)state;
	assert_int_equal(leat_maps_open(LAB_DIR, false, &maps, &problem), 0);
	assert_int_equal(maps->tables[LEAT_TABLE_FLOW].max_entries, 1024);
	assert_int_equal(maps->tables[LEAT_TABLE_EPSTAT].max_entries, 16);
	assert_int_equal(maps->tables[LEAT_TABLE_DEVICE].max_entries, LEAT_SIZE_DEVICE);
	assert_true(lab_exists(LAB_DIR "/progs/leat_from_pod"));
	assert_true(lab_exists(LAB_DIR "/progs/leat_from_overlay"));
	assert_false(lab_exists(LAB_DIR "/maps/leat_scratch"));
	assert_null(leat_loader_warnings(loader));
}

static void test_configuration_reaches_the_program(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();

	(void)state;
	run_once(loader, LEAT_PROG_FROM_POD);
	assert_int_equal(count_of(COUNTED_AS), 1);
	assert_int_equal(count_of(0), 0);
}

static void test_stats_are_the_programs_own(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	struct leat_program_stats from_pod, to_pod;

	(void)state;
	assert_int_equal(leat_loader_stats(loader, LEAT_PROG_FROM_POD, &from_pod), 0);
	assert_int_equal(leat_loader_stats(loader, LEAT_PROG_TO_POD, &to_pod), 0);
	assert_true(from_pod.xlated_insns > 10 && from_pod.verified_insns > 10);
	assert_true(from_pod.verified_insns > to_pod.verified_insns);
	assert_int_equal(leat_loader_stats(loader, LEAT_PROG_FROM_HOST, &to_pod), -ENOENT);
}

static void test_shipped_objects(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = NULL, *again = NULL;
	_cleanup_free_ char *problem = NULL;

	(void)state;
	if (leat_loader_open(LAB_DIR, &config, &small, &loader, &problem) < 0)
		fail_msg("%s", problem);
	for (int program = 0; program < LEAT_PROG_COUNT; program++) {
		struct leat_program_stats stats;

		assert_int_equal(leat_loader_stats(loader, (enum leat_program)program, &stats), 0);
		print_message("# %s: %u instructions verified, %u loaded\n",
			      leat_program_name((enum leat_program)program), stats.verified_insns,
			      stats.xlated_insns);
	}
	/* What it pinned has the shape that it expects of pins, sizes included. */
	if (leat_loader_open(LAB_DIR, &config, &small, &again, &problem) < 0)
		fail_msg("%s", problem);
	assert_null(leat_loader_warnings(again));
}

static void test_second_loader_uses_the_same_tables(void **state)
{
	_cleanup_loader_ struct leat_loader *first = open_good();
	__u32 id = pinned_map_id(LEAT_MAP_FLOW);
	_cleanup_loader_ struct leat_loader *second = NULL;

	(void)state;
	run_once(first, LEAT_PROG_FROM_POD);
	leat_loader_close(TAKE_PTR(first));
	second = open_good();
	assert_int_equal(pinned_map_id(LEAT_MAP_FLOW), id);
	run_once(second, LEAT_PROG_FROM_POD);
	assert_int_equal(count_of(COUNTED_AS), 2);
}

static void test_other_size_is_used_and_told(void **state)
{
	_cleanup_loader_ struct leat_loader *first = open_good();
	_cleanup_loader_ struct leat_loader *second = NULL;
	struct leat_sizes other = small;
	const char *warnings;
	__u32 id = pinned_map_id(LEAT_MAP_POLICY);

	(void)state;
	other.policy = 128;
	assert_int_equal(leat_loader_open_objects(LAB_DIR, &good.embedded, 1, &config, &other,
						  &second, NULL),
			 0);
	warnings = leat_loader_warnings(second);
	assert_non_null(warnings);
	assert_non_null(strstr(warnings, "leat_policy_v1: is pinned with room for 64"));
	assert_non_null(strstr(warnings, "the 128 that"));
	assert_null(strchr(warnings, '\n'));
	assert_int_equal(pinned_map_id(LEAT_MAP_POLICY), id);
}

static void test_other_shape_is_refused(void **state)
{
	_cleanup_free_ char *problem = NULL;
	struct leat_loader *loader = NULL;
	_cleanup_close_ int fd =
		bpf_map_create(BPF_MAP_TYPE_HASH, "leat_flow_v1", 40, 64, 10, NULL);

	(void)state;
	lab_run("mkdir -p %s/maps", LAB_DIR);
	assert_int_equal(bpf_obj_pin(fd, LAB_DIR "/maps/leat_flow_v1"), 0);
	assert_int_equal(leat_loader_open_objects(LAB_DIR, &good.embedded, 1, &config, &small,
						  &loader, &problem),
			 -EPROTO);
	assert_null(loader);
	assert_non_null(strstr(problem, "leat_flow_v1: is pinned as hash, key 40, value 64"));
	assert_non_null(strstr(problem, "needs hash, key 40, value 120"));
	assert_false(lab_exists(LAB_DIR "/maps/leat_ep_v1"));
	assert_true(lab_exists(LAB_DIR "/maps/leat_flow_v1"));
}

static void test_verifier_says_why(void **state)
{
	const struct leat_embedded objects[] = { good.embedded, bad.embedded };
	_cleanup_free_ char *problem = NULL;
	struct leat_loader *loader = NULL;
	int err = leat_loader_open_objects(LAB_DIR, objects, 2, &config, &small, &loader, &problem);

	(void)state;
	assert_true(err < 0);
	assert_non_null(problem);
	assert_non_null(strstr(problem, "object bad: cannot be loaded"));
	assert_non_null(strstr(problem, "invalid access to packet"));
	assert_non_null(strstr(problem, "leat_from_pod"));
	/* What the good one had made is not pinned. */
	assert_false(lab_exists(LAB_DIR "/maps/leat_flow_v1"));
	assert_false(lab_exists(LAB_DIR "/progs/leat_from_pod"));
}

static void test_needs_a_bpf_filesystem(void **state)
{
	_cleanup_free_ char *problem = NULL;
	struct leat_loader *loader = NULL;

	(void)state;
	assert_int_equal(leat_loader_open_objects("/mnt/plain", &good.embedded, 1, &config, &small,
						  &loader, &problem),
			 -EINVAL);
	assert_non_null(strstr(problem, "/mnt/plain: not on a bpf filesystem"));
	assert_false(lab_exists("/mnt/plain"));
}

static __u32 link_id(const char *path)
{
	struct bpf_link_info info = { 0 };
	__u32 size = sizeof(info);
	_cleanup_close_ int fd = bpf_obj_get(path);

	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	return info.id;
}

static void link_path(char path[PATH_MAX], const char *program, int ifindex)
{
	snprintf(path, PATH_MAX, "%s/links/%s_%d", LAB_DIR, program, ifindex);
}

static void skip_without_tcx(const struct leat_loader *loader)
{
	if (!leat_loader_features(loader)->has_tcx)
		skip();
}

static void test_attach_is_idempotent_and_replaces_in_place(void **state)
{
	_cleanup_loader_ struct leat_loader *first = open_good();
	_cleanup_loader_ struct leat_loader *second = NULL;
	int ifindex = make_veth();
	char path[PATH_MAX];
	__u32 id;

	(void)state;
	skip_without_tcx(first);
	link_path(path, "leat_from_pod", ifindex);
	assert_int_equal(leat_loader_is_attached(first, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(first, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(first, LEAT_PROG_TO_POD, ifindex), 0);
	assert_int_equal(leat_loader_is_attached(first, LEAT_PROG_FROM_POD, ifindex), 1);
	id = link_id(path);
	assert_int_equal(leat_loader_attach(first, LEAT_PROG_FROM_POD, ifindex), 0);
	second = open_good();
	assert_int_equal(leat_loader_is_attached(second, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(second, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_is_attached(second, LEAT_PROG_FROM_POD, ifindex), 1);
	assert_int_equal(leat_loader_is_attached(first, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(link_id(path), id);
	/* Detaching works without a loader, twice, and only what it names. */
	assert_int_equal(leat_loader_detach(LAB_DIR, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_detach(LAB_DIR, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_is_attached(second, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_is_attached(first, LEAT_PROG_TO_POD, ifindex), 1);
}

static void test_device_that_is_gone(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	int ifindex = make_veth(), other;
	char path[PATH_MAX];
	size_t removed = 99;

	(void)state;
	skip_without_tcx(loader);
	other = (int)if_nametoindex("lab0");
	link_path(path, "leat_from_pod", ifindex);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, other), 0);
	assert_int_equal(leat_loader_prune(LAB_DIR, &removed), 0);
	assert_int_equal(removed, 0);
	lab_run("ip link del lab0");
	assert_true(lab_exists(path)); /* the pin survives the device */
	assert_int_equal(leat_loader_is_attached(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), -ENODEV);
	/* Another device gets its number: the old pin must not pass for a link on it. */
	lab_run("ip link add lab0 index %d type veth peer name lab1", ifindex);
	assert_int_equal(leat_loader_is_attached(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_is_attached(loader, LEAT_PROG_FROM_POD, ifindex), 1);
	assert_int_equal(leat_loader_prune(LAB_DIR, &removed), 0);
	assert_int_equal(removed, 1); /* the other end's */
	assert_true(lab_exists(path));
}

static bool qdisc_is_there(const char *device)
{
	char command[128];

	snprintf(command, sizeof(command), "tc qdisc show dev %s | grep -q clsact", device);
	return system(command) == 0;
}

static void test_clsact_leaves_nothing(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	int ifindex = make_veth();
	__u32 id;

	(void)state;
	leat_loader_force_clsact(loader);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_TO_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_TO_POD, ifindex), 0);
	assert_int_equal(leat_loader_is_attached(loader, LEAT_PROG_FROM_POD, ifindex), 1);
	assert_int_equal(leat_clsact_query(ifindex, false, &id), 0);
	assert_int_equal(leat_loader_detach(LAB_DIR, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_clsact_query(ifindex, false, &id), -ENOENT);
	assert_int_equal(leat_clsact_query(ifindex, true, &id), 0);
	assert_true(qdisc_is_there("lab1"));
	assert_int_equal(leat_loader_remove_all(LAB_DIR), 0);
	assert_int_equal(leat_clsact_query(ifindex, true, &id), -ENOENT);
	assert_false(qdisc_is_there("lab1"));
	assert_false(lab_exists(LAB_DIR));
}

static void test_clsact_respects_others(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	int ifindex = make_veth();
	const char *others = "tc filter show dev lab1 egress | grep -q 'pref 5 bpf'";

	(void)state;
	leat_loader_force_clsact(loader);
	/* Our qdisc, later somebody's filter in it. */
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	lab_run("tc filter add dev lab1 egress prio 5 bpf da pinned %s/progs/leat_to_pod", LAB_DIR);
	assert_int_equal(leat_loader_remove_all(LAB_DIR), 0);
	lab_run("%s", others);
	assert_true(system("tc filter show dev lab1 ingress | grep -q bpf") != 0);
	/* Somebody's qdisc, even when empty. */
	lab_run("tc filter del dev lab1 egress prio 5");
	leat_loader_close(TAKE_PTR(loader));
	loader = open_good();
	leat_loader_force_clsact(loader);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_remove_all(LAB_DIR), 0);
	assert_true(qdisc_is_there("lab1"));
}

static void test_clsact_marks_of_devices_that_are_gone(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	int ifindex = make_veth();
	size_t removed = 0;

	(void)state;
	leat_loader_force_clsact(loader);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	lab_run("ip link del lab0");
	assert_int_equal(leat_loader_is_attached(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_prune(LAB_DIR, &removed), 0);
	assert_int_equal(removed, 1);
	lab_run("test -z \"$(ls %s/clsact)\"", LAB_DIR);
}

static void test_changes_between_tcx_and_clsact(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	_cleanup_loader_ struct leat_loader *fallback = open_good();
	int ifindex = make_veth();
	char path[PATH_MAX];
	__u32 id;

	(void)state;
	skip_without_tcx(loader);
	leat_loader_force_clsact(fallback);
	link_path(path, "leat_from_pod", ifindex);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_loader_attach(fallback, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_false(lab_exists(path));
	assert_int_equal(leat_loader_is_attached(fallback, LEAT_PROG_FROM_POD, ifindex), 1);
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(leat_clsact_query(ifindex, false, &id), -ENOENT);
	assert_int_equal(leat_loader_is_attached(loader, LEAT_PROG_FROM_POD, ifindex), 1);
	assert_false(qdisc_is_there("lab1"));
}

static void test_remove_all_touches_nothing_else(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	_cleanup_close_ int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 4, 1, NULL);
	int ifindex = make_veth();
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(leat_loader_attach(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(bpf_obj_pin(fd, LAB_DIR "/maps/other"), 0);
	assert_int_equal(leat_loader_remove_all(LAB_DIR), 0);
	link_path(path, "leat_from_pod", ifindex);
	assert_false(lab_exists(path));
	assert_false(lab_exists(LAB_DIR "/maps/leat_flow_v1"));
	assert_false(lab_exists(LAB_DIR "/progs"));
	assert_true(lab_exists(LAB_DIR "/maps/other"));
	assert_int_equal(leat_loader_is_attached(loader, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(unlink(LAB_DIR "/maps/other"), 0);
	assert_int_equal(leat_loader_remove_all(LAB_DIR), 0);
	assert_false(lab_exists(LAB_DIR));
	assert_int_equal(leat_loader_remove_all(LAB_DIR), 0);
}

static void test_leftover_of_a_killed_loader(void **state)
{
	_cleanup_loader_ struct leat_loader *loader = open_good();
	_cleanup_loader_ struct leat_loader *second = NULL;
	int program = leat_loader_program_fd(loader, LEAT_PROG_FROM_POD);

	(void)state;
	assert_int_equal(bpf_obj_pin(program, LAB_DIR "/progs/leat_from_pod_new"), 0);
	second = open_good();
	assert_non_null(second);
	assert_false(lab_exists(LAB_DIR "/progs/leat_from_pod_new"));
}

struct sender {
	pthread_t thread;
	int fd;
	struct sockaddr_ll to;
	__u64 sent;
	__u64 failed;
	bool is_stopping;
};

static void *send_frames(void *context)
{
	struct sender *sender = context;
	unsigned char frame[60] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,	      2,
		0,    0,    0,	  0,	1,    ETHERTYPE >> 8, ETHERTYPE & 0xff
	};

	while (!__atomic_load_n(&sender->is_stopping, __ATOMIC_RELAXED)) {
		if (sendto(sender->fd, frame, sizeof(frame), 0, (void *)&sender->to,
			   sizeof(sender->to)) == sizeof(frame))
			__atomic_fetch_add(&sender->sent, 1, __ATOMIC_RELAXED);
		else
			sender->failed++;
	}
	return NULL;
}

static int packet_socket(const char *device, __u16 protocol, struct sockaddr_ll *ret_addr)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*ret_addr = (struct sockaddr_ll){ .sll_family = AF_PACKET,
					  .sll_protocol = htons(protocol),
					  .sll_ifindex = (int)if_nametoindex(device) };
	assert_true(fd >= 0);
	if (protocol)
		assert_int_equal(bind(fd, (void *)ret_addr, sizeof(*ret_addr)), 0);
	return fd;
}

static void wait_until_sent(struct sender *sender, __u64 count)
{
	__u64 deadline = lab_now_ms() + 10000;

	while (__atomic_load_n(&sender->sent, __ATOMIC_RELAXED) < count)
		assert_true(lab_now_ms() < deadline);
}

/* Every frame must meet leat_from_pod, which drops it: one that arrives behind it, or one that it
 * did not count, fell into a gap. */
static void replace_under_traffic(bool has_tcx)
{
	_cleanup_loader_ struct leat_loader *first = open_good();
	_cleanup_loader_ struct leat_loader *second = open_good();
	struct sender sender = { 0 };
	struct sockaddr_ll addr;
	int ifindex = make_veth();
	__u64 deadline = lab_now_ms() + 10000;
	char byte;
	int receiver;

	if (has_tcx)
		skip_without_tcx(first);
	if (!has_tcx) {
		leat_loader_force_clsact(first);
		leat_loader_force_clsact(second);
	}
	receiver = packet_socket("lab1", ETHERTYPE, &addr);
	sender.fd = packet_socket("lab0", 0, &sender.to);
	assert_int_equal(leat_loader_attach(first, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(pthread_create(&sender.thread, NULL, send_frames, &sender), 0);
	for (int i = 0; i < 200; i++) {
		wait_until_sent(&sender, (__u64)i * 50);
		assert_int_equal(
			leat_loader_attach(i % 2 ? first : second, LEAT_PROG_FROM_POD, ifindex), 0);
	}
	__atomic_store_n(&sender.is_stopping, true, __ATOMIC_RELAXED);
	pthread_join(sender.thread, NULL);
	while (count_of(COUNTED_AS) < sender.sent && lab_now_ms() < deadline)
		continue;
	print_message("# %llu frames, 200 replacements\n", (unsigned long long)sender.sent);
	assert_true(sender.sent >= 9950);
	assert_int_equal(count_of(COUNTED_AS), sender.sent);
	assert_true(recv(receiver, &byte, 1, 0) < 0 && errno == EAGAIN);
	/* The receiver would have seen one: without a program it does. */
	assert_int_equal(leat_loader_detach(LAB_DIR, LEAT_PROG_FROM_POD, ifindex), 0);
	assert_int_equal(sendto(sender.fd, "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x88\xb5 12345678",
				23, 0, (void *)&sender.to, sizeof(sender.to)),
			 23);
	while ((recv(receiver, &byte, 1, 0) < 0) && lab_now_ms() < deadline)
		continue;
	assert_true(lab_now_ms() < deadline);
	close(receiver);
	close(sender.fd);
}

static void test_replacing_has_no_gap_tcx(void **state)
{
	(void)state;
	replace_under_traffic(true);
}

static void test_replacing_has_no_gap_clsact(void **state)
{
	(void)state;
	replace_under_traffic(false);
}

static void test_bpffs_is_mounted_and_released(void **state)
{
	_cleanup_free_ char *problem = NULL;

	(void)state;
	assert_int_equal(leat_bpffs_ensure("/mnt/own/leat", &problem), 0);
	lab_run("grep -q ' /mnt/own/leat .* - bpf leat ' /proc/self/mountinfo");
	assert_int_equal(leat_bpffs_ensure("/mnt/own/leat", &problem), 0);
	lab_run("test $(grep -c /mnt/own /proc/self/mountinfo) = 1");
	/* Not while something is in it, and never one that others mounted. */
	lab_run("mkdir /mnt/own/leat/maps");
	assert_int_equal(leat_bpffs_release("/mnt/own/leat"), 0);
	lab_run("grep -q /mnt/own/leat /proc/self/mountinfo");
	lab_run("rmdir /mnt/own/leat/maps");
	assert_int_equal(leat_bpffs_release("/mnt/own/leat"), 0);
	lab_run("! grep -q /mnt/own/leat /proc/self/mountinfo");
	assert_int_equal(leat_bpffs_ensure(LAB_DIR, &problem), 0);
	assert_true(lab_exists(LAB_DIR));
	assert_int_equal(leat_bpffs_release(LAB_MOUNT), 0);
	lab_run("grep -q ' %s ' /proc/self/mountinfo", LAB_MOUNT);
	assert_int_equal(leat_bpffs_ensure("relative", &problem), -EINVAL);
	assert_non_null(strstr(problem, "relative: not an absolute path"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, clean, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_features_of_this_kernel),
		CASE(test_pins_tables_and_programs),
		CASE(test_configuration_reaches_the_program),
		CASE(test_stats_are_the_programs_own),
		CASE(test_shipped_objects),
		CASE(test_second_loader_uses_the_same_tables),
		CASE(test_other_size_is_used_and_told),
		CASE(test_other_shape_is_refused),
		CASE(test_verifier_says_why),
		CASE(test_needs_a_bpf_filesystem),
		CASE(test_attach_is_idempotent_and_replaces_in_place),
		CASE(test_device_that_is_gone),
		CASE(test_clsact_leaves_nothing),
		CASE(test_clsact_respects_others),
		CASE(test_clsact_marks_of_devices_that_are_gone),
		CASE(test_changes_between_tcx_and_clsact),
		CASE(test_remove_all_touches_nothing_else),
		CASE(test_leftover_of_a_killed_loader),
		CASE(test_replacing_has_no_gap_tcx),
		CASE(test_replacing_has_no_gap_clsact),
		CASE(test_bpffs_is_mounted_and_released),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
