/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The tables of addresses, blocks, policy, nodes, devices and endpoints: what they hold, and
 * the writes that change them. In which order they are called is sync.c's.
 */
#include "agent/affected.h"
#include "agent/strings.h"
#include "maps/delta.h"

struct leat_tables {
	const struct leat_maps *maps;
	struct leat_rows actual[LEAT_TABLE_COUNT]; /* IPCACHE, CIDR, POLICY, NODE, DEVICE, IFEP */
	struct leat_endpoint *endpoints;	   /* by slot, as written */
	__u32 slot_count;
};

/* Reads what the tables hold. */
int leat_tables_init(struct leat_tables *tables, const struct leat_maps *maps);
void leat_tables_free(struct leat_tables *tables);

/* What a put or remove could not do; numbers of the policy sets or slots it was for. */
struct leat_failures {
	size_t count;
	int first_error;
	struct leat_numbers *sets;	  /* some row is missing: closed, as all rows allow */
	struct leat_numbers *sets_denied; /* a row that denies is missing: must not be used */
	struct leat_numbers *slots;	  /* local pods whose address is not in the table */
};

int leat_failures_init(struct leat_failures *failures);
void leat_failures_free(struct leat_failures *failures);

void leat_tables_put(struct leat_tables *tables, enum leat_table_id id,
		     const struct leat_delta *delta, struct leat_failures *failures);
void leat_tables_remove(struct leat_tables *tables, enum leat_table_id id,
			const struct leat_delta *delta, struct leat_failures *failures);
/* The table holds `desired` now; after failures it is read again instead. */
int leat_tables_settle(struct leat_tables *tables, enum leat_table_id id,
		       const struct leat_rows *desired, bool has_failed);

/* All of an endpoint but its epoch; a slot that was free starts a new epoch at once. */
int leat_tables_put_endpoint(struct leat_tables *tables, __u32 slot,
			     const struct leat_endpoint *endpoint);
/* Every flow of endpoints that use one of `sets`, or whose slot is among `slots` (may be NULL),
 * is judged again. */
int leat_tables_raise_epochs(struct leat_tables *tables, const struct leat_numbers *sets,
			     const struct leat_numbers *slots);
/* Frees the slot: nobody's, with an epoch that no flow has. */
int leat_tables_close_endpoint(struct leat_tables *tables, __u32 slot);
