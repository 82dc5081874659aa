// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * For test_loader: all shipped tables, programs of the shipped names that do next to nothing.
 * leat_from_pod counts under the number that the configuration's vni says, and drops.
 */
#include "lib/maps.h"

const volatile __u32 constant_before = 7;
const volatile struct leat_config leat_config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} leat_scratch SEC(".maps");

static int count(struct __sk_buff *skb, __u32 number)
{
	struct leat_metric *metric = bpf_map_lookup_elem(&leat_metric_v1, &number);

	if (metric) {
		metric->packets++;
		metric->bytes += skb->len;
	}
	return 0;
}

SEC("tc")
int leat_from_pod(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *scratch = bpf_map_lookup_elem(&leat_scratch, &zero);

	if (scratch)
		*scratch += constant_before;
	count(skb, leat_config.vni);
	return 2; /* TC_ACT_SHOT */
}

SEC("tc")
int leat_to_pod(struct __sk_buff *skb)
{
	count(skb, 40);
	return 0;
}

SEC("tc")
int leat_from_net(struct __sk_buff *skb)
{
	count(skb, 41);
	return 0;
}

SEC("tc")
int leat_from_overlay(struct __sk_buff *skb)
{
	static const struct leat_event event = { .time_ns = 5, .length = 60 };

	bpf_ringbuf_output(&leat_event_v1, (void *)&event, sizeof(event), 0);
	count(skb, 42);
	return 0;
}
