/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Makes the tables say what the cluster says: compile, difference, writes in an order in which
 * no packet meets half a change. sync.c is the only file that sees compile/ and maps/ together.
 */
#include "agent/strings.h"
#include "compile/compile.h"
#include "maps/maps.h"

struct leat_sync_pod {
	struct leat_local_pod pod;
	__u32 ifindex; /* host side device */
	__u8 mac[6];   /* pod's interface */
};

struct leat_sync_input {
	struct leat_snapshot snapshot; /* its pods and pod_count are filled from here */
	const struct leat_sync_pod *pods;
	size_t pod_count;
	const struct leat_rows *devices; /* __u32 ifindex -> struct leat_device, sorted */
};

struct leat_sync;

/* Reads what the tables hold: the first run changes only what differs. */
int leat_sync_new(const struct leat_maps *maps, struct leat_sync **ret_sync);
void leat_sync_free(struct leat_sync *sync);

/* 0 also where some entries could not be written: those are named in `problems`, and
 * leat_sync_pod_problem() tells whose pods they concern. -ENOMEM and the like: nothing, or not
 * all of it, was written; what was written is consistent and the next run goes on from there. */
int leat_sync_run(struct leat_sync *sync, const struct leat_sync_input *input,
		  struct leat_strings *problems);
/* Why a local pod of the last run is not in place; NULL: it is. */
const char *leat_sync_pod_problem(const struct leat_sync *sync, __u32 slot);
/* What the last run compiled, with all names; NULL before the first. */
const struct leat_desired *leat_sync_desired(const struct leat_sync *sync);
/* Some time after a run: backends that nobody reads any more are zeroed. */
void leat_sync_settle(struct leat_sync *sync);
/* Writes of the last run, for the log. */
size_t leat_sync_writes(const struct leat_sync *sync);
