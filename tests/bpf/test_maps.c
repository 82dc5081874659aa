// SPDX-License-Identifier: Apache-2.0
/*
 * maps/ on a kernel: opening and refusing, reading beside change, full tables, the flow sweep
 * and its half-open counts, events. Tables are those of tests/bpf/objects/loader_good.bpf.c's
 * shapes, made here without programs.
 */
#include "loader_lab.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>

#include "lib/addr.h"
#include "lib/cleanup.h"
#include "maps/delta.h"
#include "maps/epstat.h"
#include "maps/events.h"
#include "maps/flows.h"
#include "maps/scan.h"
#include "maps/shape.h"

enum { SLOTS = 16, FLOWS = 4096, BLOCKS = 64 };

static __u32 entries_of(enum leat_table_id table)
{
	switch (table) {
	case LEAT_TABLE_FLOW:
		return FLOWS;
	case LEAT_TABLE_EPSTAT:
	case LEAT_TABLE_EP:
		return SLOTS;
	case LEAT_TABLE_METRIC:
		return LEAT_DROP_MAX;
	case LEAT_TABLE_EVENT:
		return 4096;
	default:
		return BLOCKS;
	}
}

static void pin_table(enum leat_table_id table)
{
	const struct leat_shape *shape = &leat_shapes[table];
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];

	if (shape->type == BPF_MAP_TYPE_LPM_TRIE)
		opts.map_flags = BPF_F_NO_PREALLOC;
	if (table == LEAT_TABLE_EPSTAT)
		opts.map_flags = BPF_F_MMAPABLE;
	fd = bpf_map_create(shape->type, shape->name, shape->key_size, shape->value_size,
			    entries_of(table), &opts);
	assert_true(fd >= 0);
	snprintf(path, sizeof(path), "%s/maps/%s", LAB_DIR, shape->name);
	assert_int_equal(bpf_obj_pin(fd, path), 0);
}

static struct leat_maps *maps;

static int set_up(void **state)
{
	(void)state;
	libbpf_set_print(NULL);
	lab_run("mkdir -p %s/maps", LAB_DIR);
	for (int table = 0; table < LEAT_TABLE_COUNT; table++)
		pin_table((enum leat_table_id)table);
	return leat_maps_open(LAB_DIR, false, &maps, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	leat_maps_close(TAKE_PTR(maps));
	return system("rm -rf " LAB_DIR) ? -1 : 0;
}

static const struct leat_table *table_of(enum leat_table_id id)
{
	return &maps->tables[id];
}

static void test_open_names_what_is_wrong(void **state)
{
	_cleanup_free_ char *problem = NULL;
	struct leat_maps *opened = NULL;
	_cleanup_close_ int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "other", 8, 8, 1, NULL);

	(void)state;
	assert_int_equal(unlink(LAB_DIR "/maps/leat_svc_v1"), 0);
	assert_int_equal(leat_maps_open(LAB_DIR, true, &opened, &problem), -ENOENT);
	assert_non_null(strstr(problem, "table leat_svc_v1: cannot be opened at " LAB_DIR
					"/maps/leat_svc_v1: No such file"));
	assert_int_equal(bpf_obj_pin(fd, LAB_DIR "/maps/leat_svc_v1"), 0);
	assert_int_equal(leat_maps_open(LAB_DIR, true, &opened, &problem), -EPROTO);
	assert_non_null(strstr(problem, "table leat_svc_v1: is of type 1 with keys of 8"));
	assert_null(opened);
}

static void test_read_only_writes_nothing(void **state)
{
	struct leat_maps *reader = NULL;
	struct leat_rows rows;
	__u32 key = 1, value = 2;

	(void)state;
	assert_int_equal(leat_table_put(table_of(LEAT_TABLE_IFEP), &key, &value), 0);
	assert_int_equal(leat_maps_open(LAB_DIR, true, &reader, NULL), 0);
	assert_int_equal(leat_table_put(&reader->tables[LEAT_TABLE_IFEP], &key, &value), -EPERM);
	for (int table = 0; table < LEAT_TABLE_COUNT; table++) {
		if (table == LEAT_TABLE_EVENT)
			continue;
		assert_int_equal(leat_table_read(&reader->tables[table], &rows), 0);
		assert_int_equal(rows.count, table == LEAT_TABLE_IFEP);
		leat_rows_free(&rows);
	}
	assert_int_equal(leat_table_read(&reader->tables[LEAT_TABLE_EVENT], &rows), -EOPNOTSUPP);
	leat_maps_close(reader);
}

static void test_array_slots(void **state)
{
	const struct leat_table *table = table_of(LEAT_TABLE_EP);
	struct leat_endpoint endpoint = { .ifindex = 5 }, found;
	LEAT_CLEANUP(leat_rows_free) struct leat_rows rows = { 0 };
	_cleanup_free_ char *problem = NULL;
	__u32 slot = 3;

	(void)state;
	assert_int_equal(leat_table_put(table, &slot, &endpoint), 0);
	assert_int_equal(leat_table_read(table, &rows), 0);
	assert_int_equal(rows.count, 1);
	assert_memory_equal(leat_rows_key(&rows, 0), &slot, sizeof(slot));
	assert_int_equal(leat_table_remove(table, &slot), 0);
	assert_int_equal(leat_table_get(table, &slot, &found), 0);
	assert_int_equal(found.ifindex, 0);
	slot = SLOTS;
	assert_int_equal(leat_table_put(table, &slot, &endpoint), -E2BIG);
	problem = leat_table_problem(table, -E2BIG);
	assert_string_equal(problem, "table leat_ep_v1 has no such slot: it has 16");
}

static void test_per_cpu_values_are_sums(void **state)
{
	const struct leat_table *table = table_of(LEAT_TABLE_METRIC);
	int cpus = libbpf_num_possible_cpus();
	LEAT_CLEANUP(leat_rows_free) struct leat_rows rows = { 0 };
	_cleanup_free_ struct leat_metric *all = calloc((size_t)cpus, sizeof(*all));
	struct leat_metric sum, wanted = { 0 };
	__u32 reason = LEAT_DROP_TTL;

	(void)state;
	for (int cpu = 0; cpu < cpus; cpu++) {
		all[cpu] = (struct leat_metric){ .packets = (__u64)cpu + 1, .bytes = 1ULL << 40 };
		wanted.packets += all[cpu].packets;
		wanted.bytes += all[cpu].bytes;
	}
	assert_int_equal(bpf_map_update_elem(table->fd, &reason, all, BPF_ANY), 0);
	assert_int_equal(leat_table_get(table, &reason, &sum), 0);
	assert_memory_equal(&sum, &wanted, sizeof(sum));
	assert_int_equal(leat_table_read(table, &rows), 0);
	assert_int_equal(rows.count, 1);
	assert_memory_equal(leat_rows_value(&rows, 0), &wanted, sizeof(wanted));
	wanted.packets = 5;
	assert_int_equal(leat_table_put(table, &reason, &wanted), 0);
	assert_int_equal(leat_table_get(table, &reason, &sum), 0);
	assert_memory_equal(&sum, &wanted, sizeof(sum));
	assert_int_equal(leat_table_remove(table, &reason), 0);
	assert_int_equal(leat_table_get(table, &reason, &sum), 0);
	assert_int_equal(sum.packets, 0);
}

static struct leat_cidr_key block_of(int number)
{
	struct leat_cidr_key key = { .prefixlen = 120, .addr.b = { [10] = 0xff, [11] = 0xff } };

	key.addr.b[12] = 10;
	key.addr.b[14] = (__u8)number;
	return key;
}

static void test_full_tables_say_so(void **state)
{
	const struct leat_table *trie = table_of(LEAT_TABLE_CIDR),
				*hash = table_of(LEAT_TABLE_IFEP);
	_cleanup_free_ char *problem = NULL;
	struct leat_ipinfo info = { .identity = 1 };
	struct leat_cidr_key extra = block_of(BLOCKS);

	(void)state;
	for (int i = 0; i < BLOCKS; i++) {
		struct leat_cidr_key key = block_of(i);
		__u32 number = (__u32)i;

		assert_int_equal(leat_table_put(trie, &key, &info), 0);
		assert_int_equal(leat_table_put(hash, &number, &number), 0);
	}
	assert_int_equal(leat_table_put(trie, &extra, &info), -E2BIG);
	assert_int_equal(leat_table_put(hash, &(__u32){ BLOCKS }, &(__u32){ 1 }), -E2BIG);
	problem = leat_table_problem(trie, -E2BIG);
	assert_string_equal(problem, "table leat_cidr_v1 is full: it has room for 64 entries");
	free(TAKE_PTR(problem));
	problem = leat_table_problem(hash, -EPERM);
	assert_string_equal(problem, "table leat_ifep_v1: Operation not permitted");
	assert_int_equal(leat_table_remove(trie, &extra), 0);
}

static void test_delta_goes_on_after_a_failure(void **state)
{
	const struct leat_table *table = table_of(LEAT_TABLE_IFEP);
	LEAT_CLEANUP(leat_rows_free) struct leat_rows desired = { 0 }, actual = { 0 };
	LEAT_CLEANUP(leat_delta_free) struct leat_delta delta = { 0 };
	size_t failed = 0;

	(void)state;
	leat_rows_init(&desired, 4, 4);
	leat_rows_init(&actual, 4, 4);
	for (__u32 i = 0; i < BLOCKS + 3; i++)
		assert_int_equal(leat_rows_add(&desired, &i, &i), 0);
	leat_rows_sort(&desired, NULL);
	assert_int_equal(leat_delta_compute(&desired, &actual, &delta), 0);
	assert_int_equal(leat_delta_put(table, &delta, &failed), -E2BIG);
	assert_int_equal(failed, 3);
	leat_delta_free(&delta);
	assert_int_equal(leat_table_read(table, &actual), 0);
	assert_int_equal(actual.count, BLOCKS);
	leat_rows_free(&desired);
	assert_int_equal(leat_delta_compute(&desired, &actual, &delta), 0);
	assert_int_equal(leat_delta_remove(table, &delta, &failed), 0);
	assert_int_equal(failed, 0);
	leat_rows_free(&actual);
	assert_int_equal(leat_table_read(table, &actual), 0);
	assert_int_equal(actual.count, 0);
}

/* ---- flows --------------------------------------------------------------------------------- */

struct flow_spec {
	__u16 port; /* tells flows apart */
	__u8 proto;
	__u32 slot;
	__u32 idle_forward; /* seconds */
	__u32 idle_reply;
	__u8 tcp_forward;
	__u8 tcp_reply;
	__u8 flags; /* of the forward entry */
	bool has_no_reply;
};

static struct leat_flow_key key_of(const struct flow_spec *spec)
{
	struct leat_flow_key key = { .sport = htons(spec->port),
				     .dport = htons(80),
				     .proto = spec->proto };

	assert_int_equal(leat_addr_parse("10.0.0.1", &key.saddr), 0);
	assert_int_equal(leat_addr_parse("10.96.0.1", &key.daddr), 0);
	return key;
}

static __u32 tick_ago(__u32 seconds)
{
	return leat_tick_now() - (__u32)(((__u64)seconds * 1000000000ULL) >> LEAT_TICK_SHIFT);
}

static void add_flow(const struct flow_spec *spec)
{
	struct leat_flow_key key = key_of(spec), reply_key;
	struct leat_flow forward = { .nat_saddr = key.saddr,
				     .nat_sport = key.sport,
				     .nat_dport = htons(8080),
				     .src_slot = spec->slot,
				     .seen_tick = tick_ago(spec->idle_forward),
				     .flags = spec->flags,
				     .tcp = spec->tcp_forward,
				     .packets = 1 };
	struct leat_flow reply = { .nat_saddr = key.daddr,
				   .nat_daddr = key.saddr,
				   .nat_sport = key.dport,
				   .nat_dport = key.sport,
				   .dst_slot = spec->slot,
				   .flags = LEAT_FLOW_REPLY,
				   .seen_tick = tick_ago(spec->idle_reply),
				   .tcp = spec->tcp_reply };

	assert_int_equal(leat_addr_parse("10.0.0.2", &forward.nat_daddr), 0);
	reply_key = leat_flow_partner(&key, &forward);
	assert_int_equal(leat_table_put(table_of(LEAT_TABLE_FLOW), &key, &forward), 0);
	if (!spec->has_no_reply)
		assert_int_equal(leat_table_put(table_of(LEAT_TABLE_FLOW), &reply_key, &reply), 0);
	if (spec->flags & LEAT_FLOW_HALF_OPEN) {
		struct leat_epstat stat;

		assert_int_equal(leat_table_get(table_of(LEAT_TABLE_EPSTAT), &spec->slot, &stat),
				 0);
		stat.half_open++;
		assert_int_equal(leat_table_put(table_of(LEAT_TABLE_EPSTAT), &spec->slot, &stat),
				 0);
	}
}

static size_t count_entries(enum leat_table_id id)
{
	LEAT_CLEANUP(leat_rows_free) struct leat_rows rows = { 0 };

	assert_int_equal(leat_table_read(table_of(id), &rows), 0);
	return rows.count;
}

static bool has_forward(const struct flow_spec *spec)
{
	struct leat_flow_key key = key_of(spec);
	struct leat_flow flow;

	return leat_table_get(table_of(LEAT_TABLE_FLOW), &key, &flow) == 0;
}

static __u32 half_open(__u32 slot)
{
	struct leat_epstat stat;

	assert_int_equal(leat_table_get(table_of(LEAT_TABLE_EPSTAT), &slot, &stat), 0);
	return stat.half_open;
}

/* Sweeps all; returns how many flows went. */
static size_t sweep(size_t step)
{
	struct leat_flow_sweep *under_way = NULL;
	size_t removed, total = 0;
	int more = 1;

	assert_int_equal(leat_flow_sweep_begin(maps, &leat_flow_timeouts_default, leat_tick_now(),
					       &under_way),
			 0);
	while (more > 0) {
		more = leat_flow_sweep_step(under_way, step, &removed);
		total += removed;
	}
	assert_int_equal(more, 0);
	leat_flow_sweep_free(under_way);
	return total;
}

#define SA (LEAT_TCP_SYN | LEAT_TCP_ACK)

static void test_sweep_judges_both_directions(void **state)
{
	static const struct {
		struct flow_spec spec;
		bool stays;
	} flows[] = {
		{ { 1, IPPROTO_TCP, 1, 80000, 80000, SA, SA, 0, false }, true },
		{ { 2, IPPROTO_TCP, 1, 90000, 90000, SA, SA, 0, false }, false },
		{ { 3, IPPROTO_TCP, 1, 90000, 5, SA, SA, 0, false }, true },
		{ { 4, IPPROTO_TCP, 1, 5, 90000, SA, SA, 0, false }, true },
		{ { 5, IPPROTO_TCP, 2, 70, 70, LEAT_TCP_SYN, 0, LEAT_FLOW_HALF_OPEN, false },
		  false },
		{ { 6, IPPROTO_TCP, 2, 40, 40, LEAT_TCP_SYN, 0, LEAT_FLOW_HALF_OPEN, false },
		  true },
		{ { 7, IPPROTO_UDP, 2, 35, 35, 0, 0, LEAT_FLOW_HALF_OPEN, false }, false },
		{ { 8, IPPROTO_TCP, 0, 70, 0, LEAT_TCP_SYN, 0, LEAT_FLOW_HALF_OPEN, true }, false },
		{ { 9, IPPROTO_TCP, 1, 125, 125, SA | LEAT_TCP_FIN, SA | LEAT_TCP_FIN, 0, false },
		  false },
		{ { 10, 47, 1, 500, 500, 0, 0, 0, false }, true },
	};
	size_t stays = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		add_flow(&flows[i].spec);
		stays += flows[i].stays;
	}
	assert_int_equal(half_open(2), 3);
	assert_int_equal(half_open(0), 1);
	assert_int_equal(sweep(1), ARRAY_SIZE(flows) - stays);
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++)
		assert_int_equal(has_forward(&flows[i].spec), flows[i].stays);
	assert_int_equal(count_entries(LEAT_TABLE_FLOW), stays * 2);
	assert_int_equal(half_open(2), 1);
	assert_int_equal(half_open(0), 0);
	assert_int_equal(sweep(1000), 0);
}

/* The key of the reply belongs to another, living flow by now: that one stays. */
static void test_sweep_spares_strangers(void **state)
{
	const struct flow_spec old = { 1, IPPROTO_UDP, 1, 500, 0, 0, 0, 0, true };
	struct leat_flow_key key = key_of(&old), taken;
	struct leat_flow flow, stranger = { .seen_tick = leat_tick_now(), .packets = 1 };

	(void)state;
	add_flow(&old);
	assert_int_equal(leat_table_get(table_of(LEAT_TABLE_FLOW), &key, &flow), 0);
	taken = leat_flow_partner(&key, &flow);
	stranger.nat_saddr = taken.saddr;
	stranger.nat_daddr = taken.daddr;
	stranger.nat_sport = htons(9);
	assert_int_equal(leat_table_put(table_of(LEAT_TABLE_FLOW), &taken, &stranger), 0);
	assert_int_equal(sweep(100), 1);
	assert_false(has_forward(&old));
	assert_int_equal(leat_table_get(table_of(LEAT_TABLE_FLOW), &taken, &flow), 0);
}

static void test_sweep_of_many_in_steps(void **state)
{
	struct leat_flow_sweep *under_way = NULL;
	size_t removed, steps = 0, total = 0;
	int more = 1;

	(void)state;
	for (__u16 port = 1; port <= FLOWS / 2; port++) {
		struct flow_spec spec = { port, IPPROTO_UDP,	     3,	   100, 100, 0,
					  0,	LEAT_FLOW_HALF_OPEN, false };

		if (port % 2)
			spec.idle_reply = 0;
		add_flow(&spec);
	}
	assert_int_equal(leat_flow_sweep_begin(maps, &leat_flow_timeouts_default, leat_tick_now(),
					       &under_way),
			 0);
	for (; more > 0; steps++) {
		more = leat_flow_sweep_step(under_way, 256, &removed);
		assert_true(removed <= 512);
		total += removed;
	}
	leat_flow_sweep_free(under_way);
	assert_int_equal(more, 0);
	assert_true(steps >= 4);
	assert_int_equal(total, FLOWS / 4);
	assert_int_equal(count_entries(LEAT_TABLE_FLOW), FLOWS / 2);
	assert_int_equal(half_open(3), FLOWS / 4);
}

static bool is_of_slot(const struct leat_flow_key *key, const struct leat_flow *flow, void *context)
{
	(void)key;
	return flow->src_slot == *(const __u32 *)context;
}

static void test_remove_matching_takes_both_directions(void **state)
{
	const struct flow_spec gone = { 1, IPPROTO_TCP,		4,    0, 0, LEAT_TCP_SYN,
					0, LEAT_FLOW_HALF_OPEN, false };
	const struct flow_spec stays = { 2, IPPROTO_TCP, 5, 0, 0, SA, SA, 0, false };
	__u32 slot = 4;
	size_t removed = 0;

	(void)state;
	add_flow(&gone);
	add_flow(&stays);
	assert_int_equal(leat_flow_remove_matching(maps, is_of_slot, &slot, &removed), 0);
	assert_int_equal(removed, 1);
	assert_int_equal(count_entries(LEAT_TABLE_FLOW), 2);
	assert_true(has_forward(&stays));
	assert_int_equal(half_open(4), 0);
}

static void test_recount(void **state)
{
	const struct flow_spec open = { 1, IPPROTO_TCP,		6,    0, 0, LEAT_TCP_SYN,
					0, LEAT_FLOW_HALF_OPEN, false };
	__u32 slot = 6, other = 7;
	struct leat_epstat wrong = { .half_open = 50 };
	size_t corrected = 0;

	(void)state;
	add_flow(&open);
	assert_int_equal(leat_flow_recount_half_open(maps, &corrected), 0);
	assert_int_equal(corrected, 0);
	assert_int_equal(leat_table_put(table_of(LEAT_TABLE_EPSTAT), &slot, &wrong), 0);
	assert_int_equal(leat_table_put(table_of(LEAT_TABLE_EPSTAT), &other, &wrong), 0);
	assert_int_equal(leat_flow_recount_half_open(maps, &corrected), 0);
	assert_int_equal(corrected, 2);
	assert_int_equal(half_open(6), 1);
	assert_int_equal(half_open(7), 0);
}

static void test_half_open_never_wraps(void **state)
{
	struct leat_epstats stats;

	(void)state;
	assert_int_equal(leat_epstats_open(maps, &stats), 0);
	leat_epstats_release(&stats, 1);
	leat_epstats_release(&stats, SLOTS);
	leat_epstats_release(&stats, 0xffffffff);
	assert_int_equal(leat_epstats_half_open(&stats, 1), 0);
	assert_false(leat_epstats_correct(&stats, 1, 5, 9));
	assert_true(leat_epstats_correct(&stats, 1, 0, 9));
	leat_epstats_release(&stats, 1);
	leat_epstats_close(&stats);
	assert_int_equal(half_open(1), 8);
}

/* ---- reading beside change ----------------------------------------------------------------- */

/* The entries that stay, by both ways of walking. */
static void assert_all_seen(const struct leat_table *table, size_t chunk, bool has_batch)
{
	LEAT_CLEANUP(leat_scan_free) struct leat_scan scan = { 0 };
	_cleanup_free_ bool *seen = calloc(FLOWS, sizeof(*seen));
	size_t count;
	int more;

	assert_int_equal(leat_scan_init(&scan, table, chunk), 0);
	scan.has_batch = has_batch;
	while ((more = leat_scan_next(&scan, &count)) > 0) {
		const struct leat_flow_key *keys = (const void *)scan.keys;

		for (size_t i = 0; i < count; i++)
			seen[ntohs(keys[i].sport)] = true;
	}
	assert_int_equal(more, 0);
	for (int i = 0; i < FLOWS / 4; i++)
		assert_true(seen[i]);
}

struct changer {
	pthread_t thread;
	bool is_stopping;
	__u64 changes;
};

static struct leat_flow_key numbered_key(__u16 number)
{
	return (struct leat_flow_key){ .sport = htons(number), .proto = IPPROTO_UDP };
}

static void *change_table(void *context)
{
	struct changer *changer = context;
	struct leat_flow flow = { 0 };

	for (__u32 i = 0; !__atomic_load_n(&changer->is_stopping, __ATOMIC_RELAXED); i++) {
		struct leat_flow_key key = numbered_key((__u16)(FLOWS / 4 + i % (FLOWS / 4)));

		if (bpf_map_update_elem(table_of(LEAT_TABLE_FLOW)->fd, &key, &flow, BPF_NOEXIST))
			bpf_map_delete_elem(table_of(LEAT_TABLE_FLOW)->fd, &key);
		__atomic_fetch_add(&changer->changes, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void test_reading_beside_change(void **state)
{
	const struct leat_table *table = table_of(LEAT_TABLE_FLOW);
	struct changer changer = { 0 };
	struct leat_flow flow = { 0 };

	(void)state;
	for (__u16 i = 0; i < FLOWS / 4; i++) {
		struct leat_flow_key key = numbered_key(i);

		assert_int_equal(leat_table_put(table, &key, &flow), 0);
	}
	assert_all_seen(table, 64, false);
	assert_all_seen(table, 1, true); /* a chunk smaller than a bucket grows */
	assert_int_equal(pthread_create(&changer.thread, NULL, change_table, &changer), 0);
	while (__atomic_load_n(&changer.changes, __ATOMIC_RELAXED) < 1000)
		continue;
	for (int i = 0; i < 100; i++) {
		LEAT_CLEANUP(leat_rows_free) struct leat_rows rows = { 0 };

		assert_all_seen(table, 64, true);
		assert_int_equal(leat_table_read(table, &rows), 0);
		assert_in_range(rows.count, FLOWS / 4, FLOWS / 2);
	}
	__atomic_store_n(&changer.is_stopping, true, __ATOMIC_RELAXED);
	pthread_join(changer.thread, NULL);
}

/* Key by key, removing all that is shown: the walk must not lose its way. */
static void test_removing_while_walking(void **state)
{
	const struct leat_table *table = table_of(LEAT_TABLE_CIDR);
	struct leat_ipinfo info = { .identity = 1 };

	(void)state;
	for (int has_batch = 0; has_batch < 2; has_batch++) {
		LEAT_CLEANUP(leat_scan_free) struct leat_scan scan = { 0 };
		size_t count, total = 0;

		for (int i = 0; i < BLOCKS; i++) {
			struct leat_cidr_key key = block_of(i);

			assert_int_equal(leat_table_put(table, &key, &info), 0);
		}
		assert_int_equal(leat_scan_init(&scan, table, 7), 0);
		scan.has_batch = has_batch;
		while (leat_scan_next(&scan, &count) > 0)
			for (size_t i = 0; i < count; i++, total++)
				leat_table_remove(table, scan.keys + i * table->key_size);
		assert_int_equal(total, BLOCKS);
		assert_int_equal(count_entries(LEAT_TABLE_CIDR), 0);
	}
}

/* ---- events -------------------------------------------------------------------------------- */

/* A program that sends one event of zeros; there is no other way to write to a ring buffer. */
static int load_event_program(int ring_fd)
{
	enum { SIZE = sizeof(struct leat_event) };
	struct bpf_insn code[8 + SIZE / 8] = { 0 };
	int n = 0;

	for (int at = -SIZE; at < 0; at += 8)
		code[n++] = (struct bpf_insn){ .code = BPF_ST | BPF_MEM | BPF_DW,
					       .dst_reg = 10,
					       .off = (__s16)at };
	code[n++] = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
				       .dst_reg = 1,
				       .src_reg = BPF_PSEUDO_MAP_FD,
				       .imm = ring_fd };
	n++;
	code[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
				       .dst_reg = 2,
				       .src_reg = 10 };
	code[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K,
				       .dst_reg = 2,
				       .imm = -SIZE };
	code[n++] =
		(struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = SIZE };
	code[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4 };
	code[n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ringbuf_output };
	code[n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "events", "GPL", code, (size_t)n, NULL);
}

static void count_event(void *context, const struct leat_event *event)
{
	assert_int_equal(event->time_ns, 0);
	(*(int *)context)++;
}

static void test_events(void **state)
{
	_cleanup_close_ int program = load_event_program(table_of(LEAT_TABLE_EVENT)->fd);
	struct leat_events *events = NULL;
	struct leat_maps *reader = NULL;
	struct pollfd readable = { .events = POLLIN };
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = 3);
	int count = 0;

	(void)state;
	assert_true(program >= 0);
	/* The command reads events, too, and opens all else read-only. */
	assert_int_equal(leat_maps_open(LAB_DIR, true, &reader, NULL), 0);
	assert_int_equal(leat_events_open(reader, count_event, &count, &events), 0);
	readable.fd = leat_events_fd(events);
	assert_int_equal(poll(&readable, 1, 0), 0);
	assert_int_equal(leat_events_read(events), 0);
	assert_int_equal(bpf_prog_test_run_opts(program, &opts), 0);
	assert_int_equal(poll(&readable, 1, 5000), 1);
	assert_int_equal(leat_events_read(events), 3);
	assert_int_equal(count, 3);
	assert_int_equal(leat_events_read(events), 0);
	leat_events_close(events);
	leat_maps_close(reader);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_open_names_what_is_wrong),
		CASE(test_read_only_writes_nothing),
		CASE(test_array_slots),
		CASE(test_per_cpu_values_are_sums),
		CASE(test_full_tables_say_so),
		CASE(test_delta_goes_on_after_a_failure),
		CASE(test_sweep_judges_both_directions),
		CASE(test_sweep_spares_strangers),
		CASE(test_sweep_of_many_in_steps),
		CASE(test_remove_matching_takes_both_directions),
		CASE(test_recount),
		CASE(test_half_open_never_wraps),
		CASE(test_reading_beside_change),
		CASE(test_removing_while_walking),
		CASE(test_events),
	};

	return cmocka_run_group_tests(tests, lab_begin, NULL);
}
