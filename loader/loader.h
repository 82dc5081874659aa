/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Brings the programs into the kernel: features probed, rodata set, pinned maps re-used,
 * loaded once, attached by pinned links (TCX) or clsact filters, replaced without a gap.
 * Layout under BPFFS: maps/NAME, progs/NAME, links/PROGRAM_IFINDEX.
 */
#include <stdbool.h>

#include <leat/config.h>

struct leat_sizes { /* max_entries; 0: default of docs/maps.md */
	__u32 flows;
	__u32 frags;
	__u32 endpoints;
	__u32 ipcache;
	__u32 cidrs;
	__u32 policy;
	__u32 services;
	__u32 backends;
	__u32 nodes;
	__u32 drops;
	__u32 events_bytes;
};

struct leat_features {
	bool has_tcx;
	bool has_ktime_coarse;
	bool has_redirect_peer;
	bool has_ringbuf;
};

int leat_features_probe(struct leat_features *ret_features);

enum leat_program {
	LEAT_PROG_FROM_POD,
	LEAT_PROG_TO_POD,
	LEAT_PROG_FROM_NET,
	LEAT_PROG_FROM_HOST,
	LEAT_PROG_FROM_OVERLAY,
	LEAT_PROG_COUNT,
};

const char *leat_program_name(enum leat_program program); /* "leat_from_pod" */

struct leat_loader;

/* Loads all objects; maps that are pinned already are re-used, others are made and pinned.
 * KTIME_COARSE and REDIRECT_PEER in config->flags are set from the probe. On failure
 * *ret_problem (owned by the caller) says object and cause, with the verifier's last lines. */
int leat_loader_open(const char *bpffs, const struct leat_config *config,
		     const struct leat_sizes *sizes, struct leat_loader **ret_loader,
		     char **ret_problem);
/* Only closes descriptors: pins, links and filters stay. */
void leat_loader_close(struct leat_loader *loader);
/* Attaches, or replaces the program in the link that is pinned there already. Idempotent. */
int leat_loader_attach(struct leat_loader *loader, enum leat_program program, int ifindex);
/* Also for devices that are gone. -ENOENT is no error. */
int leat_loader_detach(const char *bpffs, enum leat_program program, int ifindex);
/* 1 attached and the newest program, 0 not, or -errno. */
int leat_loader_is_attached(struct leat_loader *loader, enum leat_program program, int ifindex);
/* Every link, filter, program and map pin under BPFFS, and nothing else. */
int leat_loader_remove_all(const char *bpffs);
const struct leat_features *leat_loader_features(const struct leat_loader *loader);
int leat_loader_program_fd(const struct leat_loader *loader, enum leat_program program);
