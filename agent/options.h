/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the daemon was asked to be: flags over environment over config file over defaults.
 * Every option has one name in all three places: --node-name, LEAT_NODE_NAME, `node-name:`.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "agent/strings.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "loader/loader.h"

enum leat_action {
	LEAT_RUN,
	LEAT_CLEANUP_ALL,
	LEAT_PRINT_CONFIG,
	LEAT_PRINT_HELP,
	LEAT_PRINT_VERSION
};

struct leat_cidrs {
	struct leat_cidr *items;
	size_t count;
};

struct leat_addrs {
	struct leat_addr *items;
	size_t count;
};

struct leat_options {
	enum leat_action action;
	char *node_name;
	char *manifests;
	char *publish; /* NULL: <manifests>/.leat */
	char *bpffs;
	char *cgroup;
	char *state_dir;
	char *socket;
	char *cni_conf_dir;	     /* NULL: the runtime's configuration is somebody else's */
	struct leat_strings devices; /* none: those of the default routes */
	struct leat_addrs node_ips;  /* none: those of the Node object */
	struct leat_cidrs cluster_cidrs;
	struct leat_cidrs service_cidrs;
	bool has_tunnel;
	bool is_masquerade4;
	bool is_masquerade6;
	bool is_log_json;
	enum leat_log_level log_level;
	__u32 vxlan_port;
	__u32 vni;
	__u32 mtu; /* of pods; 0: what the uplink leaves */
	__u32 masq_port_min;
	__u32 masq_port_max;
	__u32 half_open_max;
	__u32 event_rate;
	__u32 sweep_interval_sec;
	struct leat_sizes sizes;
};

/*
 * Reads all three sources. `environment` is a NULL terminated list of NAME=VALUE. -EINVAL with
 * *ret_problem (owned by the caller), which names option, value and source; -ENOMEM.
 */
int leat_options_read(int argc, char **argv, char **environment, struct leat_options *ret_options,
		      char **ret_problem);
void leat_options_free(struct leat_options *options);
/* In the config file's own form. */
void leat_options_print(const struct leat_options *options, FILE *stream);
void leat_options_help(FILE *stream);
