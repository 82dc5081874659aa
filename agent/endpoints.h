/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The pods that leat-cni wires on this node, by container and interface name, and the file
 * that remembers them and their addresses (endpoints.json). A record is reserved by "add" and
 * committed by "commit"; only committed ones have a slot, a place in the file and in tables.
 */
#include <stdbool.h>
#include <stddef.h>

#include <net/if.h>

#include "agent/hash.h"
#include "agent/ipam.h"
#include "lib/addr.h"

#define LEAT_RESERVATION_SEC 60

enum leat_endpoint_state {
	LEAT_EP_RESERVED,   /* has addresses, nothing else */
	LEAT_EP_COMMITTING, /* in the tables, not yet in the file, host side device down */
	LEAT_EP_COMMITTED,
};

struct leat_ep {
	char *key; /* "containerID/ifname" */
	char *container_id;
	char *ifname;
	char *network;
	char *pod_namespace;
	char *pod_name;
	char *pod_uid;
	char host_ifname[IFNAMSIZ];
	__u8 mac[6]; /* of the pod's interface */
	enum leat_endpoint_state state;
	__u32 slot;		/* 0: none yet */
	__u32 ifindex;		/* of the host side device; 0: not wired */
	struct leat_addr addr4; /* all zero: none */
	struct leat_addr addr6;
	__u64 reserved_ms;
	const void *owner; /* connection that reserved it; never followed, only compared */
	UT_hash_handle hh;
};

struct leat_ep_names {
	const char *container_id;
	const char *ifname;
	const char *network;
	const char *pod_namespace;
	const char *pod_name;
	const char *pod_uid;
};

struct leat_endpoints;

int leat_endpoints_new(__u32 slot_count, struct leat_endpoints **ret_endpoints);
void leat_endpoints_free(struct leat_endpoints *endpoints);

struct leat_ep *leat_endpoints_find(const struct leat_endpoints *endpoints,
				    const char *container_id, const char *ifname);
/* In the order they came. */
struct leat_ep *leat_endpoints_next(const struct leat_endpoints *endpoints,
				    const struct leat_ep *after);
size_t leat_endpoints_count(const struct leat_endpoints *endpoints);
/* A reserved record with host_ifname derived. -EEXIST, -ENOMEM. */
int leat_endpoints_add(struct leat_endpoints *endpoints, const struct leat_ep_names *names,
		       struct leat_ep **ret_ep);
/* Forgets and frees it, and its slot. */
void leat_endpoints_remove(struct leat_endpoints *endpoints, struct leat_ep *ep);
/* Gives it a slot, one that rested longest. -ENOSPC. */
int leat_endpoints_take_slot(struct leat_endpoints *endpoints, struct leat_ep *ep);
/* The pod's MAC: locally administered, derived from its IPv4 (else IPv6) address. */
void leat_ep_set_mac(struct leat_ep *ep);

/* Text of the file: committed and committing records, and where the pools stood. */
int leat_endpoints_encode(const struct leat_endpoints *endpoints, const struct leat_ipam *ipam,
			  char **ret_text);
int leat_endpoints_save(const struct leat_endpoints *endpoints, const struct leat_ipam *ipam,
			const char *path);
/*
 * Reads the file's text: records are added as committed, their addresses marked. What is wrong
 * is skipped; *ret_problem (owned by the caller, NULL: nothing) names it. -EBADMSG: it is no
 * such file at all (truncated, empty). Pools' positions go to `ipam` by leat_ipam_set_last(),
 * so set pools before, or call leat_endpoints_decode_pools() again after.
 */
int leat_endpoints_decode(struct leat_endpoints *endpoints, struct leat_ipam *ipam,
			  const char *text, char **ret_problem);
int leat_endpoints_decode_pools(struct leat_ipam *ipam, const char *text);
