// SPDX-License-Identifier: Apache-2.0
/*
 * leat: what the node's data path does with packets, and why. This is the table of commands;
 * each function is in the file of its noun, command.c picks the row.
 */
#include "commands.h"
#include "json.h"

static const struct leat_command commands[] = {
	{ .noun = "status",
	  .args = "",
	  .help = "is everything all right on this node?",
	  .more = "Asks the agent, reads the tables, looks at the attached programs. Exit code 0:\n"
		  "all is well; 1: something is wrong, or the agent is not running (the tables "
		  "are\n"
		  "printed all the same); 3: nothing is loaded.",
	  .run = leat_cmd_status },
	{ .noun = "endpoint",
	  .verb = "list",
	  .args = "",
	  .help = "the pods wired on this node",
	  .run = leat_cmd_endpoint_list },
	{ .noun = "endpoint",
	  .verb = "get",
	  .args = "NAME|SLOT|ADDRESS",
	  .arg_min = 1,
	  .arg_max = 1,
	  .help = "everything known of one of them",
	  .more = "NAME is NAMESPACE/NAME, or NAME alone where one namespace has it.",
	  .run = leat_cmd_endpoint_get },
	{ .noun = "service",
	  .verb = "list",
	  .args = "",
	  .help = "Service addresses and their backends",
	  .run = leat_cmd_service_list },
	{ .noun = "policy",
	  .verb = "list",
	  .args = "",
	  .options = leat_policy_options,
	  .help = "what NetworkPolicies allow on this node",
	  .run = leat_cmd_policy_list },
	{ .noun = "identity",
	  .verb = "list",
	  .args = "",
	  .help = "sets of addresses that policies tell apart",
	  .run = leat_cmd_identity_list },
	{ .noun = "flow",
	  .verb = "list",
	  .args = "",
	  .options = leat_flow_options,
	  .help = "connections, their state and who allowed them",
	  .more = "A line a flow, seen from who opened it. --reply adds the entries of the other\n"
		  "direction; one whose flow has no other entry left is always shown.",
	  .run = leat_cmd_flow_list },
	{ .noun = "drops",
	  .args = "",
	  .options = leat_drop_options,
	  .help = "dropped packets: totals, and of late who, whom, why",
	  .run = leat_cmd_drops },
	{ .noun = "monitor",
	  .args = "",
	  .options = leat_monitor_options,
	  .help = "drops as they happen",
	  .more = "With -o json: one object a line.",
	  .run = leat_cmd_monitor },
	{ .noun = "node",
	  .verb = "list",
	  .args = "",
	  .help = "the cluster's nodes as this one knows them",
	  .run = leat_cmd_node_list },
	{ .noun = "ip",
	  .verb = "list",
	  .args = "",
	  .help = "who every known address and block is",
	  .run = leat_cmd_ip_list },
	{ 0 },
};

int main(int argc, char **argv)
{
	struct leat_cli cli;
	int code;

	leat_out_use_cli_memory();
	leat_cli_init(&cli);
	code = leat_command_main(commands, &cli, argc, argv);
	leat_cli_close(&cli);
	return code;
}
