/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * The one place where a reason becomes a metric, an event and a verdict. Every drop is
 * counted; what the rate limit lets pass is also told (ring buffer) and kept (leat_drop_v1).
 */
#include "reset.h"

#define NS_PER_SEC 1000000000ULL

/* In IP bytes; where the IP header is missing or lies: all behind the Ethernet header. */
inline_ __u32 drop_size(const struct __sk_buff *skb, const struct slow *s)
{
	return s && s->pkt.length ? s->pkt.length : skb->len - ETH_HLEN;
}

inline_ void drop_count(struct __sk_buff *skb, const struct slow *s, __u32 reason)
{
	struct leat_metric *metric = bpf_map_lookup_elem(&leat_metric_v1, &reason);

	if (!metric)
		return;
	metric->packets++;
	metric->bytes += drop_size(skb, s);
}

/* Token bucket. `*ret_lost`: what it held back since it let the last one pass. */
inline_ bool drop_may_tell(__u64 now, __u32 *ret_lost)
{
	__u32 zero = 0, rate = leat_config.event_rate;
	struct leat_evlim *limit = bpf_map_lookup_elem(&leat_evlim_v1, &zero);
	__u64 cost, full;

	if (!limit || !rate)
		return false;
	cost = NS_PER_SEC / rate;
	full = cost * leat_config.event_burst;
	limit->tokens += now - limit->last_ns;
	limit->last_ns = now;
	if (limit->tokens > full)
		limit->tokens = full;
	if (limit->tokens < cost) {
		limit->lost++;
		return false;
	}
	limit->tokens -= cost;
	*ret_lost = limit->lost;
	limit->lost = 0;
	return true;
}

inline_ void drop_describe(struct __sk_buff *skb, struct slow *s, __u32 reason, __u64 now)
{
	struct leat_drop_key *key = &s->drop_key;
	struct leat_drop_info *info = &s->drop;

	__builtin_memset(key, 0, sizeof(*key));
	__builtin_memset(info, 0, sizeof(*info));
	addr_copy(&key->saddr, &s->client);
	addr_copy(&key->daddr, &s->server);
	key->dport = s->server_port;
	key->proto = s->pkt.key.proto;
	key->reason = reason;
	key->hook = s->hook;
	if (key->proto == pkt_icmp_proto(&s->pkt))
		key->dport = bpf_htons(s->pkt.icmp_type << 8 | s->pkt.icmp_code);
	info->src_slot = s->client_slot;
	info->dst_slot = s->server_slot;
	info->src_identity = s->client_info.identity;
	info->dst_identity = s->server_info.identity;
	info->set = s->denied_set;
	info->rule = s->denied_rule;
	info->service = s->service;
	info->ifindex = skb->ifindex;
	info->first_ns = now;
	info->last_ns = now;
	info->packets = 1;
}

inline_ void drop_keep(struct slow *s, __u64 now)
{
	struct leat_drop_info *old = bpf_map_lookup_elem(&leat_drop_v1, &s->drop_key);

	if (!old) {
		bpf_map_update_elem(&leat_drop_v1, &s->drop_key, &s->drop, BPF_ANY);
		return;
	}
	s->drop.first_ns = old->first_ns;
	s->drop.packets = old->packets + 1;
	*old = s->drop;
	s->drop.first_ns = now;
	s->drop.packets = 1;
}

inline_ void drop_tell(struct __sk_buff *skb, struct slow *s, __u64 now, __u32 lost)
{
	struct leat_event *event = bpf_ringbuf_reserve(&leat_event_v1, sizeof(*event), 0);

	if (!event)
		return;
	event->time_ns = now;
	event->key = s->drop_key;
	event->info = s->drop;
	event->sport = s->pkt.key.sport;
	event->tcp_flags = s->pkt.tcp_flags;
	event->length = drop_size(skb, s);
	event->lost = lost;
	event->zero = 0;
	bpf_ringbuf_submit(event, 0);
}

/* Where judging did not come to: the tuple as it is on the wire. */
inline_ void drop_complete(struct slow *s)
{
	if (addr_is_zero(&s->client) && addr_is_zero(&s->server)) {
		addr_copy(&s->client, &s->pkt.key.saddr);
		addr_copy(&s->server, &s->pkt.key.daddr);
		s->server_port = s->pkt.key.dport;
	}
	if (!s->client_slot && s->hook == LEAT_HOOK_FROM_POD)
		s->client_slot = s->in_slot;
	if (!s->server_slot && s->hook == LEAT_HOOK_TO_POD)
		s->server_slot = s->in_slot;
}

/* Whoever sent it hears of it, if it was one of ours. */
inline_ int drop_answer(struct __sk_buff *skb, const struct slow *s)
{
	int action;

	if (!s->answer || !answer_is_due(s))
		return TC_ACT_SHOT;
	action = slow_reset(skb);
	return action < 0 ? slow_error_answer(skb) : action;
}

stage_ int slow_drop(struct __sk_buff *skb, __u32 reason)
{
	struct slow *s = slow_get();
	__u64 now = bpf_ktime_get_ns();
	__u32 lost = 0;

	drop_count(skb, s, reason);
	if (!s)
		return TC_ACT_SHOT;
	if (drop_may_tell(now, &lost)) {
		drop_complete(s);
		drop_describe(skb, s, reason, now);
		drop_keep(s, now);
		drop_tell(skb, s, now, lost);
	}
	return drop_answer(skb, s);
}
