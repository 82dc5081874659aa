/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * leat_svc_v1: a Service's address, port and protocol to a contiguous range of slots of
 * leat_backend_v1. An update writes a new range and then flips the one entry.
 */
#include "types.h"

#define LEAT_MAP_SVC	 "leat_svc_v1"	   /* BPF_MAP_TYPE_HASH */
#define LEAT_MAP_BACKEND "leat_backend_v1" /* BPF_MAP_TYPE_ARRAY */

enum leat_svc_scope {
	LEAT_SCOPE_CLUSTER = 0,	 /* clients in the cluster */
	LEAT_SCOPE_EXTERNAL = 1, /* clients outside; not used yet */
};

struct leat_svc_key {
	struct leat_addr addr;
	__be16 port;
	__u8 proto;
	__u8 scope; /* enum leat_svc_scope */
};

enum leat_svc_flags {
	LEAT_SVC_AFFINITY = 1 << 0, /* sessionAffinity ClientIP; not used yet */
	LEAT_SVC_LOCAL = 1 << 1,    /* none usable here, but elsewhere: drop, not refuse */
};

struct leat_svc {
	__u32 service;	    /* Service port number; names are in the agent's state file */
	__u32 first;	    /* slot of the first backend */
	__u32 count;	    /* backends; 0: refused at once */
	__u32 flags;	    /* enum leat_svc_flags */
	__u32 affinity_sec; /* 0: none */
	__u32 maglev;	    /* slot of the lookup table; 0: none. Not used yet */
};

struct leat_backend {
	struct leat_addr addr;
	__be16 port;
	__u16 flags; /* none yet */
};
