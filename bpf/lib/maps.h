/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Every table, under the name that user space pins it by. Sizes are defaults: the loader sets
 * max_entries from the configuration before it loads. leat_scratch is private to an object.
 */
#include <leat/sizes.h>

#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LEAT_SIZE_FLOW);
	__type(key, struct leat_flow_key);
	__type(value, struct leat_flow);
} leat_flow_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LEAT_SIZE_FRAG);
	__type(key, struct leat_frag_key);
	__type(value, struct leat_frag);
} leat_frag_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LEAT_SIZE_EP);
	__type(key, __u32);
	__type(value, struct leat_endpoint);
} leat_ep_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LEAT_SIZE_EP);
	__type(key, __u32);
	__type(value, __u32);
} leat_ifep_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, LEAT_SIZE_EP);
	__type(key, __u32);
	__type(value, struct leat_epstat);
} leat_epstat_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LEAT_SIZE_IPCACHE);
	__type(key, struct leat_addr);
	__type(value, struct leat_ipinfo);
} leat_ipcache_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LEAT_SIZE_CIDR);
	__type(key, struct leat_cidr_key);
	__type(value, struct leat_ipinfo);
} leat_cidr_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LEAT_SIZE_POLICY);
	__type(key, struct leat_policy_key);
	__type(value, struct leat_policy);
} leat_policy_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, LEAT_SIZE_SVC);
	__type(key, struct leat_svc_key);
	__type(value, struct leat_svc);
} leat_svc_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LEAT_SIZE_BACKEND);
	__type(key, __u32);
	__type(value, struct leat_backend);
} leat_backend_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LEAT_SIZE_NODE);
	__type(key, __u32);
	__type(value, struct leat_node);
} leat_node_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LEAT_SIZE_DEVICE);
	__type(key, __u32);
	__type(value, struct leat_device);
} leat_device_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LEAT_SIZE_METRIC);
	__type(key, __u32);
	__type(value, struct leat_metric);
} leat_metric_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LEAT_SIZE_DROP);
	__type(key, struct leat_drop_key);
	__type(value, struct leat_drop_info);
} leat_drop_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LEAT_SIZE_EVENT);
} leat_event_v1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LEAT_SIZE_EVLIM);
	__type(key, __u32);
	__type(value, struct leat_evlim);
} leat_evlim_v1 SEC(".maps");
