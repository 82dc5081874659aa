/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What vanished in one sync, and the flows that go with it: all of an address or a node that is
 * gone, UDP flows of a Service to a backend that is not its own any more (TCP is left alone).
 */
#include "maps/flows.h"

struct leat_gone;

int leat_gone_new(struct leat_gone **ret_gone);
void leat_gone_free(struct leat_gone *gone);
int leat_gone_add_addr(struct leat_gone *gone, const struct leat_addr *addr);
int leat_gone_add_node(struct leat_gone *gone, __u32 node);
int leat_gone_add_backend(struct leat_gone *gone, __u32 service,
			  const struct leat_backend *backend);
/* Adds pods that leave the ipcache, or are somewhere else in it. Sorted rows of leat_ipinfo. */
int leat_gone_add_moved(struct leat_gone *gone, const struct leat_rows *before,
			const struct leat_rows *after);
bool leat_gone_is_empty(const struct leat_gone *gone);
bool leat_gone_has_flow(const struct leat_gone *gone, const struct leat_flow_key *key,
			const struct leat_flow *flow);
/* Nothing to do where nothing is gone. */
int leat_gone_sweep(const struct leat_gone *gone, const struct leat_maps *maps,
		    size_t *ret_removed);
