/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * TCX links by their system calls: the libbpf we build with (1.1) is older than them. A link
 * lives as long as its pin; the pin outlives the device.
 */
#include <stdbool.h>

#include <linux/types.h>

/* enum bpf_attach_type since Linux 6.6. */
enum leat_tcx_side {
	LEAT_TCX_INGRESS = 46,
	LEAT_TCX_EGRESS = 47,
};

/* Asks by attaching to a device that cannot be: leaves nothing. */
bool leat_tcx_is_there(int program_fd);
/* The link's descriptor or -errno (-ENODEV). Runs after the programs that are there already. */
int leat_tcx_attach(int program_fd, int ifindex, enum leat_tcx_side side);
/* Replaces the program at once: every packet meets the old one or the new one. */
int leat_tcx_update(int link_fd, int program_fd);
int leat_tcx_detach(int link_fd);

struct leat_tcx_info {
	__u32 program_id;
	__u32 ifindex; /* 0: the device is gone */
	__u32 side;
};

/* -EINVAL when the descriptor is no TCX link. */
int leat_tcx_info(int link_fd, struct leat_tcx_info *ret_info);
