/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Brings the programs into the kernel: features probed, rodata set, pinned maps re-used,
 * loaded once, attached by pinned links (TCX) or clsact filters, replaced without a gap.
 * Layout under BPFFS: maps/NAME, progs/NAME, links/PROGRAM_IFINDEX.
 */
#include <stdbool.h>
#include <stddef.h>

#include <leat/config.h>

struct leat_sizes { /* max_entries; 0: default of include/leat/sizes.h */
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

/* By trying, never by version. Leaves nothing behind. */
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
/* What is not as configured, yet works: a pinned table of another size than asked for is used as
 * it is. Lines for the log and `leat status`; NULL: nothing. Owned by the loader. */
const char *leat_loader_warnings(const struct leat_loader *loader);
/* From now on as if the kernel had no TCX. For tests, and for hooks that others must order. */
void leat_loader_force_clsact(struct leat_loader *loader);
/* Only closes descriptors: pins, links and filters stay. */
void leat_loader_close(struct leat_loader *loader);
/* Attaches, or replaces the program in the link that is pinned there already. Idempotent. */
int leat_loader_attach(struct leat_loader *loader, enum leat_program program, int ifindex);
/* Also for devices that are gone. -ENOENT is no error. */
int leat_loader_detach(const char *bpffs, enum leat_program program, int ifindex);
/* 1 attached and the newest program, 0 not, or -errno. */
int leat_loader_is_attached(struct leat_loader *loader, enum leat_program program, int ifindex);
/* Pins of links on devices that are gone; *ret_removed (may be NULL) counts them. Call it in the
 * network namespace that the programs are attached in. */
int leat_loader_prune(const char *bpffs, size_t *ret_removed);
/* Every link, filter, program and map pin under BPFFS, and nothing else; BPFFS itself when it is
 * empty then. Works without a loader, in the network namespace of the devices. */
int leat_loader_remove_all(const char *bpffs);
const struct leat_features *leat_loader_features(const struct leat_loader *loader);
int leat_loader_program_fd(const struct leat_loader *loader, enum leat_program program);

struct leat_program_stats {
	__u32 id;
	__u32 verified_insns; /* what the verifier walked; 0: this kernel does not say (5.16) */
	__u32 xlated_insns;
	__u32 jited_bytes;
};

int leat_loader_stats(const struct leat_loader *loader, enum leat_program program,
		      struct leat_program_stats *ret_stats);

/* Sees to it that DIR exists and is on a bpf filesystem: mounts one at DIR (or at /sys/fs/bpf, for
 * a DIR in there) when none is mounted there or above. *ret_problem as above. */
int leat_bpffs_ensure(const char *dir, char **ret_problem);
/* Undoes leat_bpffs_ensure(): unmounts what it mounted, if that is empty. */
int leat_bpffs_release(const char *dir);
