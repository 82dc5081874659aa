// SPDX-License-Identifier: Apache-2.0
/*
 * When a flow is over, from what its two entries have seen. Pure. The defaults are kube-proxy's
 * where it sets them (conntrack.tcpEstablishedTimeout 24 h, tcpCloseWaitTimeout 1 h), else those
 * of Linux conntrack, half-open shorter so that a flood passes sooner.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <time.h>

#include "maps/flows.h"

const struct leat_flow_timeouts leat_flow_timeouts_default = {
	.tcp_established = 86400,
	.tcp_half_open = 60,
	.tcp_closing = 120,
	.tcp_half_closed = 3600,
	.udp_answered = 180,
	.udp_unanswered = 30,
	.icmp = 30,
	.other = 600,
};

static bool has_seen(const struct leat_flow *flow, __u8 tcp_bits)
{
	return flow && (flow->tcp & tcp_bits);
}

static __u32 tcp_timeout(const struct leat_flow_timeouts *timeouts, const struct leat_flow *forward,
			 const struct leat_flow *reply)
{
	int ends = has_seen(forward, LEAT_TCP_FIN) + has_seen(reply, LEAT_TCP_FIN);

	if (ends == 2 || has_seen(forward, LEAT_TCP_RST) || has_seen(reply, LEAT_TCP_RST))
		return timeouts->tcp_closing;
	if (!has_seen(forward, LEAT_TCP_ACK) || !has_seen(reply, LEAT_TCP_ACK))
		return timeouts->tcp_half_open;
	return ends ? timeouts->tcp_half_closed : timeouts->tcp_established;
}

__u32 leat_flow_timeout(const struct leat_flow_timeouts *timeouts, __u8 proto,
			const struct leat_flow *forward, const struct leat_flow *reply)
{
	switch (proto) {
	case IPPROTO_TCP:
		return tcp_timeout(timeouts, forward, reply);
	case IPPROTO_UDP:
		return reply && reply->packets ? timeouts->udp_answered : timeouts->udp_unanswered;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return timeouts->icmp;
	default:
		return timeouts->other;
	}
}

/* Ticks since the entry's last packet; the program may have seen one after now_tick was taken. */
static __u32 idle_ticks(const struct leat_flow *flow, __u32 now_tick)
{
	__s32 idle = (__s32)(now_tick - flow->seen_tick);

	return idle < 0 ? 0 : (__u32)idle;
}

bool leat_flow_is_expired(const struct leat_flow_timeouts *timeouts, __u8 proto,
			  const struct leat_flow *forward, const struct leat_flow *reply,
			  __u32 now_tick)
{
	__u64 timeout_ns = leat_flow_timeout(timeouts, proto, forward, reply) * 1000000000ULL;

	if (forward && ((__u64)idle_ticks(forward, now_tick) << LEAT_TICK_SHIFT) <= timeout_ns)
		return false;
	if (reply && ((__u64)idle_ticks(reply, now_tick) << LEAT_TICK_SHIFT) <= timeout_ns)
		return false;
	return true;
}

static __u8 partner_kind(__u8 kind)
{
	switch (kind) {
	case LEAT_KIND_ECHO_REQUEST:
		return LEAT_KIND_ECHO_REPLY;
	case LEAT_KIND_ECHO_REPLY:
		return LEAT_KIND_ECHO_REQUEST;
	default:
		return kind;
	}
}

struct leat_flow_key leat_flow_partner(const struct leat_flow_key *key,
				       const struct leat_flow *flow)
{
	return (struct leat_flow_key){
		.saddr = flow->nat_daddr,
		.daddr = flow->nat_saddr,
		.sport = flow->nat_dport,
		.dport = flow->nat_sport,
		.proto = key->proto,
		.kind = partner_kind(key->kind),
	};
}

__u32 leat_tick_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__u32)(((__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec) >> LEAT_TICK_SHIFT);
}
