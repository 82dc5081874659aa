/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Later fragments have no ports: the first one, once allowed, leaves them here. */
#include "scratch.h"

inline_ void fragment_key(struct leat_frag_key *key, const struct slow *s)
{
	addr_copy(&key->saddr, &s->pkt.key.saddr);
	addr_copy(&key->daddr, &s->pkt.key.daddr);
	key->id = s->frag_id;
	key->proto = s->frag_proto;
}

stage_ int slow_fragment_note(void)
{
	struct slow *s = slow_get();
	struct leat_frag_key key = {};
	struct leat_frag frag = {};
	__u32 units;

	if (!s)
		return DROP(INTERNAL);
	units = (s->frag_head + 7) / 8;
	if (units > 255)
		return DROP(EXT_HEADERS);
	fragment_key(&key, s);
	frag.sport = s->pkt.key.sport;
	frag.dport = s->pkt.key.dport;
	frag.kind = s->pkt.key.kind;
	frag.proto = s->pkt.key.proto;
	frag.head_units = units;
	frag.seen_tick = now_tick();
	bpf_map_update_elem(&leat_frag_v1, &key, &frag, BPF_ANY);
	return STAGE_NEXT;
}

/* Completes the key of a later fragment. */
stage_ int slow_fragment_find(void)
{
	struct slow *s = slow_get();
	struct leat_frag_key key = {};
	const struct leat_frag *frag;

	if (!s)
		return DROP(INTERNAL);
	fragment_key(&key, s);
	frag = bpf_map_lookup_elem(&leat_frag_v1, &key);
	if (!frag || now_tick() - frag->seen_tick > LEAT_FRAG_TICKS)
		return DROP(FRAG_FIRST);
	if (s->frag_offset < frag->head_units * 8)
		return DROP(FRAG_TINY);
	s->pkt.key.sport = frag->sport;
	s->pkt.key.dport = frag->dport;
	s->pkt.key.kind = frag->kind;
	s->pkt.key.proto = frag->proto;
	s->server_port = frag->dport;
	return STAGE_NEXT;
}
