/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which flows `leat flow list` shows. */
#include "cli.h"

struct leat_flow_filter {
	bool has_slot;
	__u32 slot;
	bool has_addr;
	struct leat_addr addr;
	__u16 port; /* 0: any */
	bool has_proto;
	__u8 proto;
	bool has_reply;
};

/* From the options; 0, or an exit code after the message was printed. */
int leat_flow_filter_parse(struct leat_cli *cli, struct leat_flow_filter *ret_filter);
/* Address and port count on either side, before and after the translation. */
bool leat_flow_matches(const struct leat_flow_filter *filter, const struct leat_flow_key *key,
		       const struct leat_flow *flow);
