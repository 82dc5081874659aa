/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Names that leat-cni and leat-agent must derive alike from an attachment (container and
 * interface name), so that either can clean up without the other.
 */
#include <stdbool.h>

#include <net/if.h>

/* CNI's rule: [a-zA-Z0-9][a-zA-Z0-9_.-]*, here also at most 253 bytes. */
bool leat_container_id_is_valid(const char *id);

/* The host side's name: "leat" and the low 40 bits of leat_hash64("ID/IFNAME") in hexadecimal. */
void leat_attachment_ifname(const char *container_id, const char *ifname, char buffer[IFNAMSIZ]);

/*
 * A DEL that found no agent leaves a file below LEAT_DELETED_DIR in the state folder, named by
 * all 16 hexadecimal digits of that hash: {"containerID", "ifname", "network"}. The agent
 * releases what it says, then removes the file.
 */
#define LEAT_DELETED_DIR  "deleted"
#define LEAT_DELETED_NAME 24 /* bytes that leat_attachment_deleted_name() needs */
void leat_attachment_deleted_name(const char *container_id, const char *ifname,
				  char buffer[LEAT_DELETED_NAME]);
