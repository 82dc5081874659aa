// SPDX-License-Identifier: Apache-2.0
/* What a step left behind: flow entries, field by field, drop counters, events. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"

static __u16 entry_port(__u16 port, const struct wiring *wiring)
{
	return htons(port == CHOSEN ? wiring->chosen : port);
}

static __u8 entry_proto(const struct entry *entry, int family)
{
	return entry->proto == IPPROTO_ICMP && family == 6 ? IPPROTO_ICMPV6 : entry->proto;
}

static struct leat_flow_key entry_key(const struct entry *entry, const struct wiring *wiring)
{
	return (struct leat_flow_key){
		.saddr = party_addr(entry->wire.src, wiring->family),
		.daddr = party_addr(entry->wire.dst, wiring->family),
		.sport = entry_port(entry->wire.sport, wiring),
		.dport = entry_port(entry->wire.dport, wiring),
		.proto = entry_proto(entry, wiring->family),
		.kind = entry->kind,
	};
}

static struct leat_flow entry_flow(const struct entry *entry, const struct wiring *wiring)
{
	const struct tuple *nat = entry->nat.src ? &entry->nat : &entry->wire;

	return (struct leat_flow){
		.nat_saddr = party_addr(nat->src, wiring->family),
		.nat_daddr = party_addr(nat->dst, wiring->family),
		.nat_sport = entry_port(nat->sport, wiring),
		.nat_dport = entry_port(nat->dport, wiring),
		.nexthop = party_addr(entry->nexthop, wiring->family),
		.ifindex = world.device[entry->out],
		.src_slot = parties[entry->from].slot,
		.dst_slot = parties[entry->to].slot,
		.src_epoch = world.epochs[parties[entry->from].slot],
		.dst_epoch = world.epochs[parties[entry->to].slot],
		.node = entry->node,
		.egress_rule = entry->egress_rule,
		.ingress_rule = entry->ingress_rule,
		.service = entry->service,
		.hook = entry->hook,
		.action = entry->action,
		.flags = entry->flags,
		.tcp = entry->tcp,
	};
}

void flow_put(const struct entry *entry, int family)
{
	const struct wiring wiring = { .family = family };
	struct leat_flow_key key = entry_key(entry, &wiring);
	struct leat_flow flow = entry_flow(entry, &wiring);

	assert_int_equal(bpf_map_update_elem(world.maps[T_FLOW], &key, &flow, BPF_ANY), 0);
}

static void print_tuple(const char *title, const struct leat_flow_key *key)
{
	print_error("    %s: proto %u kind %u %s:%u -> %s:%u\n", title, key->proto, key->kind,
		    party_name_of(&key->saddr), ntohs(key->sport), party_name_of(&key->daddr),
		    ntohs(key->dport));
}

static int number_differs(const char *name, __u64 expected, __u64 got)
{
	if (expected == got)
		return 0;
	print_error("      %s: expected %llu, got %llu\n", name, expected, got);
	return 1;
}

static int addr_differs(const char *name, const struct leat_addr *expected,
			const struct leat_addr *got)
{
	char text[INET6_ADDRSTRLEN];

	if (memcmp(expected, got, sizeof(*got)) == 0)
		return 0;
	inet_ntop(AF_INET6, got, text, sizeof(text));
	print_error("      %s: expected %s, got %s (%s)\n", name, party_name_of(expected),
		    party_name_of(got), text);
	return 1;
}

static int times_differ(const struct leat_flow *got)
{
	struct timespec now;
	__u64 tick;

	clock_gettime(CLOCK_MONOTONIC, &now);
	tick = ((__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec) >> LEAT_TICK_SHIFT;
	if (got->created_tick + 30 >= tick && got->created_tick <= tick &&
	    got->seen_tick >= got->created_tick && got->seen_tick <= tick)
		return 0;
	print_error("      ticks: created %u, seen %u, now %llu\n", got->created_tick,
		    got->seen_tick, tick);
	return 1;
}

#define NUMBER(field) number_differs(#field, expected->field, got->field)
#define PORT(field)   number_differs(#field, ntohs(expected->field), ntohs(got->field))
#define ADDR(field)   addr_differs(#field, &expected->field, &got->field)

static int flow_differs(const struct leat_flow *expected, const struct leat_flow *got,
			bool is_stale)
{
	int wrong = ADDR(nat_saddr) + ADDR(nat_daddr) + PORT(nat_sport) + PORT(nat_dport);

	wrong += NUMBER(hook) + NUMBER(action) + NUMBER(flags) + NUMBER(tcp);
	wrong += NUMBER(src_slot) + NUMBER(dst_slot) + NUMBER(node) + NUMBER(ifindex);
	wrong += ADDR(nexthop) + NUMBER(egress_rule) + NUMBER(ingress_rule) + NUMBER(service);
	if (!is_stale)
		wrong += NUMBER(src_epoch) + NUMBER(dst_epoch);
	return wrong + times_differ(got);
}

size_t flows_count(void)
{
	struct leat_flow_key key, *last = NULL;
	size_t count = 0;

	for (; bpf_map_get_next_key(world.maps[T_FLOW], last, &key) == 0; last = &key)
		count++;
	return count;
}

static void print_flows(void)
{
	struct leat_flow_key key, *last = NULL;

	for (; bpf_map_get_next_key(world.maps[T_FLOW], last, &key) == 0; last = &key)
		print_tuple("in the table", &key);
}

int flow_get(const struct entry *entry, const struct wiring *wiring, struct leat_flow *ret_flow)
{
	struct leat_flow_key key = entry_key(entry, wiring);

	return bpf_map_lookup_elem(world.maps[T_FLOW], &key, ret_flow);
}

/* The table holds exactly `expected`. Returns what is wrong. */
int flows_check(const struct entry *expected, size_t count, const struct wiring *wiring)
{
	size_t there = flows_count();
	int wrong = 0;

	for (size_t i = 0; i < count; i++) {
		struct leat_flow_key key = entry_key(&expected[i], wiring);
		struct leat_flow want = entry_flow(&expected[i], wiring), got;
		int bad;

		if (bpf_map_lookup_elem(world.maps[T_FLOW], &key, &got) < 0) {
			print_tuple("no such flow entry", &key);
			wrong++;
			continue;
		}
		bad = flow_differs(&want, &got, expected[i].is_stale);
		if (bad)
			print_tuple("differs in the above", &key);
		wrong += bad;
	}
	if (there != count || wrong) {
		print_error("    flow table: expected %zu entries, got %zu\n", count, there);
		print_flows();
	}
	return wrong + (there != count);
}

void metrics_read(__u64 packets[LEAT_DROP_MAX], __u64 bytes[LEAT_DROP_MAX])
{
	int cpus = libbpf_num_possible_cpus();
	struct leat_metric *values = calloc((size_t)cpus, sizeof(*values));

	assert_non_null(values);
	for (__u32 reason = 0; reason < LEAT_DROP_MAX; reason++) {
		packets[reason] = bytes[reason] = 0;
		assert_int_equal(bpf_map_lookup_elem(world.maps[T_METRIC], &reason, values), 0);
		for (int cpu = 0; cpu < cpus; cpu++) {
			packets[reason] += values[cpu].packets;
			bytes[reason] += values[cpu].bytes;
		}
	}
	free(values);
}

const char *drop_name(unsigned int reason)
{
	static const char *const names[LEAT_DROP_MAX] = { "none",
#define DROP_NAME(number, name, label, text) [number] = label,
							  LEAT_DROPS(DROP_NAME) };

	return reason < LEAT_DROP_MAX && names[reason] ? names[reason] : "?";
}

/* Since the step's start: one drop of `reason` with so many bytes, and nothing else. */
int drops_check(enum leat_drop reason, __u64 bytes)
{
	__u64 packets[LEAT_DROP_MAX], sizes[LEAT_DROP_MAX];
	int wrong = 0;

	metrics_read(packets, sizes);
	for (unsigned int i = 0; i < LEAT_DROP_MAX; i++) {
		__u64 more = packets[i] - world.metrics[i];

		if (more == (i == reason && reason != LEAT_DROP_NONE))
			continue;
		print_error("    drop reason %s (%u): counted %llu, expected %d\n", drop_name(i), i,
			    more, i == reason);
		wrong++;
	}
	if (!wrong && reason && sizes[reason] - world.bytes[reason] != bytes) {
		print_error("    drop reason %s: counted %llu bytes, expected %llu\n",
			    drop_name(reason), sizes[reason] - world.bytes[reason], bytes);
		wrong++;
	}
	return wrong;
}

static int event_tuple_check(const struct event_row *row, const struct wiring *wiring)
{
	const struct leat_drop_key *key = &world.event.key;
	const struct leat_drop_info *info = &world.event.info;
	struct leat_addr from = party_addr(row->src, wiring->family);
	struct leat_addr to = party_addr(row->dst, wiring->family);

	return addr_differs("event.saddr", &from, &key->saddr) +
	       addr_differs("event.daddr", &to, &key->daddr) +
	       number_differs("event.sport", row->sport, ntohs(world.event.sport)) +
	       number_differs("event.dport", row->dport, ntohs(key->dport)) +
	       number_differs("event.src_identity", row->src_identity, info->src_identity) +
	       number_differs("event.dst_identity", row->dst_identity, info->dst_identity) +
	       number_differs("event.src_slot", parties[row->from].slot, info->src_slot) +
	       number_differs("event.dst_slot", parties[row->to].slot, info->dst_slot) +
	       number_differs("event.set", row->set, info->set) +
	       number_differs("event.rule", row->rule, info->rule) +
	       number_differs("event.service", row->service, info->service);
}

/* The drop's one event, and its entry in the table of drops. */
int event_check(const struct step *step, const struct wiring *wiring)
{
	struct leat_drop_info info;
	int wrong;

	if (ring_buffer__consume(world.ring) < 0 || world.event_count != 1) {
		print_error("    events: expected 1, got %u\n", world.event_count);
		return 1;
	}
	wrong = number_differs("event.reason", step->drop, world.event.key.reason) +
		number_differs("event.hook", step->hook, world.event.key.hook) +
		number_differs("event.ifindex", step_device(step), world.event.info.ifindex) +
		number_differs("event.packets", 1, world.event.info.packets);
	if (step->event)
		wrong += event_tuple_check(step->event, wiring);
	if (bpf_map_lookup_elem(world.maps[T_DROP], &world.event.key, &info) < 0) {
		print_error("    leat_drop_v1 has no entry of the event's key\n");
		return wrong + 1;
	}
	return wrong + (info.packets < 1);
}
