/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The functions behind main.c's table; each is in the file of its noun. */
#include "command.h"

extern const struct leat_option leat_flow_options[];
extern const struct leat_option leat_drop_options[];
extern const struct leat_option leat_monitor_options[];
extern const struct leat_option leat_policy_options[];

int leat_cmd_status(struct leat_cli *cli);
int leat_cmd_endpoint_list(struct leat_cli *cli);
int leat_cmd_endpoint_get(struct leat_cli *cli);
int leat_cmd_service_list(struct leat_cli *cli);
int leat_cmd_policy_list(struct leat_cli *cli);
int leat_cmd_identity_list(struct leat_cli *cli);
int leat_cmd_flow_list(struct leat_cli *cli);
int leat_cmd_drops(struct leat_cli *cli);
int leat_cmd_monitor(struct leat_cli *cli);
int leat_cmd_node_list(struct leat_cli *cli);
int leat_cmd_ip_list(struct leat_cli *cli);
