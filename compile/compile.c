// SPDX-License-Identifier: Apache-2.0
/*
 * The pipeline: pods and namespaces, who owns which address, the policies that matter here,
 * peers to groups, blocks to regions, addresses to identities, and the rows that follow.
 */
#include "compile/compile.h"

#include <errno.h>
#include <stdlib.h>

#include <leat/ipcache.h>
#include <leat/node.h>
#include <leat/policy.h>

#include "compile/names.h"
#include "compile/policy.h"
#include "compile/service.h"

struct compilation {
	struct leat_arena arena;
	struct leat_problems problems;
	struct leat_world world;
	struct leat_nodes nodes;
	struct leat_owners owners;
	struct leat_peers peers;
	struct leat_targets targets;
	struct leat_blocks blocks;
	struct leat_identities identities;
	struct leat_addresses addresses;
	struct leat_endpoints endpoints;
};

static void init_desired(struct leat_desired *desired)
{
	*desired = (struct leat_desired){ 0 };
	leat_rows_init(&desired->ipcache, sizeof(struct leat_addr), sizeof(struct leat_ipinfo));
	leat_rows_init(&desired->cidrs, sizeof(struct leat_cidr_key), sizeof(struct leat_ipinfo));
	leat_rows_init(&desired->policy, sizeof(struct leat_policy_key),
		       sizeof(struct leat_policy));
	leat_rows_init(&desired->nodes, sizeof(__u32), sizeof(struct leat_node));
}

static void init_compilation(struct compilation *run, const struct leat_snapshot *snapshot)
{
	*run = (struct compilation){ 0 };
	run->world.snapshot = snapshot;
	run->world.arena = &run->arena;
	run->world.problems = &run->problems;
	run->peers.peer_ids.arena = &run->arena;
	run->peers.group_ids.arena = &run->arena;
	run->identities.world = &run->world;
	run->identities.blocks = &run->blocks;
	run->identities.peers = &run->peers;
	run->addresses.world = &run->world;
	run->addresses.nodes = &run->nodes;
	run->addresses.owners = &run->owners;
	run->addresses.blocks = &run->blocks;
	run->endpoints.world = &run->world;
	run->endpoints.nodes = &run->nodes;
	run->endpoints.owners = &run->owners;
}

/* What there is: nobody asks yet who may talk to whom. */
static int survey(struct compilation *run)
{
	int error = leat_world_build(&run->world);

	error = error ?: leat_nodes_build(&run->world, &run->nodes);
	return error ?: leat_owners_build(&run->world, &run->nodes, &run->owners);
}

static int identify(struct compilation *run)
{
	int error = leat_targets_build(&run->world, &run->peers, &run->targets);

	error = error ?: leat_peers_match(&run->world, &run->peers, &run->identities.class_groups);
	error = error ?: leat_blocks_build(&run->world, &run->nodes, &run->peers, &run->blocks);
	error = error ?: leat_identities_init(&run->identities, &run->targets);
	error = error ?: leat_addresses_identify(&run->addresses, &run->identities);
	return error ?: leat_identities_number(&run->identities);
}

static int write_tables(struct compilation *run, struct leat_desired *desired)
{
	int error = leat_addresses_write(&run->addresses, &run->identities, desired);

	error = error ?: leat_policy_write(&run->identities, &run->targets, &desired->policy);
	error = error ?: leat_verdicts_write(&run->world, &run->targets, desired);
	error = error ?: leat_nodes_write(&run->nodes, &desired->nodes);
	error = error ?: leat_services_write(&run->endpoints, desired);
	error = error
			?: leat_names_write(&run->addresses, &run->identities, &run->targets,
					    desired);
	return error ?: leat_problems_finish(&run->problems, desired);
}

int leat_compile(const struct leat_snapshot *snapshot, struct leat_desired *ret_desired)
{
	struct leat_desired desired;
	struct compilation run;
	int error;

	init_desired(&desired);
	init_compilation(&run, snapshot);
	error = survey(&run);
	error = error ?: identify(&run);
	error = error ?: write_tables(&run, &desired);
	leat_arena_free(&run.arena);
	leat_problems_free(&run.problems);
	if (error)
		leat_desired_free(&desired);
	else
		*ret_desired = desired;
	return error;
}
