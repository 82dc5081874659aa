/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One dropped packet, or many of one kind, explained: who, to whom, why, and by which policy. */
#include <cjson/cJSON.h>

#include "cli.h"
#include "names.h"

#define LEAT_TIME_TEXT 40

/* {"reason","meaning","direction","hook","proto","from":{..},"to":{..},...}; see leat(8). */
cJSON *leat_drop_explain_json(const struct leat_names *names, const struct leat_drop_key *key,
			      const struct leat_drop_info *info);
/* A sentence's part: "no rule of NetworkPolicy shop/a (ingress) allows it". New memory. */
char *leat_drop_explain(const struct leat_names *names, const struct leat_drop_key *key,
			const struct leat_drop_info *info);
/* "shop/stranger (10.244.1.7)"; the sender of a forged address is named by its device. */
char *leat_drop_sender(const struct leat_names *names, const struct leat_drop_key *key,
		       const struct leat_drop_info *info);
char *leat_drop_target(const struct leat_names *names, const struct leat_drop_key *key,
		       const struct leat_drop_info *info);
/* "tcp/8080", "icmp type 8 code 0", "gre". New memory. */
char *leat_drop_port(const struct leat_drop_key *key);
/* "ingress", "egress", or NULL where no policy decided. */
const char *leat_drop_direction(__u8 reason);

/* Number of the reason with this label; -EINVAL. */
int leat_drop_parse(const char *label, __u8 *ret_reason);

/* --endpoint and --reason of `leat drops` and `leat monitor`. */
struct leat_drop_filter {
	__u8 reason;	      /* 0: any */
	const char *endpoint; /* "namespace/name", or NULL */
};
/* 0, or an exit code after the message was printed. */
int leat_drop_filter_parse(struct leat_cli *cli, struct leat_drop_filter *ret_filter);
bool leat_drop_matches(const struct leat_drop_filter *filter, const struct leat_names *names,
		       const struct leat_drop_key *key, const struct leat_drop_info *info);
