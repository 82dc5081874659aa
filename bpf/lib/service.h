/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Is the destination a Service, and which of its backends takes this flow? */
#include "identity.h"

inline_ __u32 hash_mix(__u32 hash, __u32 word_)
{
	hash ^= word_;
	hash *= 0x9e3779b1;
	return hash ^ hash >> 15;
}

/* The same for a packet sent again, so that a repeated SYN meets the same backend. */
inline_ __u32 flow_hash(const struct leat_flow_key *key)
{
	const word *w = (const word *)key;
	__u32 hash = 0x1ea7;

#pragma unroll
	for (unsigned int i = 0; i < sizeof(*key) / sizeof(*w); i++)
		hash = hash_mix(hash, w[i]);
	return hash;
}

inline_ const struct leat_backend *backend_choose(const struct slow *s, const struct leat_svc *svc)
{
	__u32 slot = svc->first + flow_hash(&s->pkt.key) % svc->count;
	const struct leat_backend *backend = bpf_map_lookup_elem(&leat_backend_v1, &slot);

	return backend && !addr_is_zero(&backend->addr) ? backend : NULL;
}

inline_ int service_translate(struct slow *s, const struct leat_svc *svc)
{
	const struct leat_backend *backend = svc->count ? backend_choose(s, svc) : NULL;

	s->is_service = true;
	s->service = svc->service;
	if (!backend) {
		/* elsewhere there are some: the client shall try again, not give up */
		s->answer = svc->flags & LEAT_SVC_LOCAL ? ANSWER_NONE : ANSWER_PORT;
		return DROP(SVC_NO_BACKEND);
	}
	if (s->pkt.key.proto == IPPROTO_SCTP && backend->port != s->pkt.key.dport)
		return DROP(SCTP_REWRITE);
	addr_copy(&s->server, &backend->addr);
	s->server_port = backend->port;
	return STAGE_NEXT;
}

/* A Service's address is ours: nothing that is sent there goes anywhere else. */
inline_ int service_refuse(struct slow *s)
{
	if (s->server_info.kind != LEAT_IP_SERVICE)
		return STAGE_NEXT;
	if (s->pkt.key.kind == LEAT_KIND_ECHO_REQUEST && !s->pkt.fragment)
		return STAGE_NEXT; /* first.h has it answered */
	s->answer = ANSWER_PORT;
	return DROP(SVC_NO_PORT);
}

stage_ int slow_service(void)
{
	struct slow *s = slow_get();
	struct leat_svc_key key = {};
	const struct leat_svc *svc;

	if (!s)
		return DROP(INTERNAL);
	key.port = s->pkt.key.dport;
	key.proto = s->pkt.key.proto;
	key.scope = LEAT_SCOPE_CLUSTER;
	addr_copy(&key.addr, &s->pkt.key.daddr);
	if (s->pkt.key.kind == LEAT_KIND_PLAIN) {
		svc = bpf_map_lookup_elem(&leat_svc_v1, &key);
		if (svc)
			return service_translate(s, svc);
	}
	identify_server(s);
	return service_refuse(s);
}
