// SPDX-License-Identifier: Apache-2.0
/*
 * From nothing, or from what another life of the agent left, to programs attached. Programs go
 * onto our own devices and the uplinks here; pods' devices get theirs by wiring.c. The tables
 * are read, not yet changed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "maps/flows.h"

static struct leat_config make_config(const struct leat_agent *agent)
{
	const struct leat_options *options = agent->options;
	return (struct leat_config){
		.flags = (options->has_tunnel ? LEAT_CFG_TUNNEL : 0) |
			 (options->is_masquerade4 ? LEAT_CFG_MASQUERADE4 : 0) |
			 (options->is_masquerade6 ? LEAT_CFG_MASQUERADE6 : 0),
		.vni = options->vni,
		.overlay_ifindex = (__u32)agent->devices.vxlan_ifindex,
		.host_ifindex = (__u32)agent->devices.net_ifindex,
		.overlay_mtu = options->has_tunnel ? agent->devices.pod_mtu : 0,
		.half_open_max = options->half_open_max,
		.masq_port_min = (__u16)options->masq_port_min,
		.masq_port_max = (__u16)options->masq_port_max,
		.event_rate = options->event_rate,
		.event_burst = options->event_rate,
	};
}

static int attach(struct leat_agent *agent, enum leat_program program, int ifindex,
		  char **ret_problem)
{
	int err = leat_loader_attach(agent->loader, program, ifindex);
	if (err && asprintf(ret_problem, "program %s on interface %d: %s",
			    leat_program_name(program), ifindex, strerror(-err)) < 0)
		return -ENOMEM;
	return err;
}

static bool has_uplink(const struct leat_uplink *uplinks, size_t count, int ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (uplinks[i].ifindex == ifindex)
			return true;
	return false;
}

int leat_datapath_attach_uplinks(struct leat_agent *agent, char **ret_problem)
{
	const struct leat_devices *devices = &agent->devices;
	int err = 0;
	for (size_t i = 0; !err && i < devices->uplink_count; i++)
		if (!has_uplink(agent->attached, agent->attached_count,
				devices->uplinks[i].ifindex))
			err = attach(agent, LEAT_PROG_FROM_NET, devices->uplinks[i].ifindex,
				     ret_problem);
	if (err)
		return err;
	for (size_t i = 0; i < agent->attached_count; i++)
		if (!has_uplink(devices->uplinks, devices->uplink_count,
				agent->attached[i].ifindex))
			(void)leat_loader_detach(agent->options->bpffs, LEAT_PROG_FROM_NET,
						 agent->attached[i].ifindex);
	struct leat_uplink *copy = calloc(devices->uplink_count + 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	if (devices->uplink_count)
		memcpy(copy, devices->uplinks, devices->uplink_count * sizeof(*copy));
	free(agent->attached);
	agent->attached = copy;
	agent->attached_count = devices->uplink_count;
	return 0;
}

static int attach_ours(struct leat_agent *agent, char **ret_problem)
{
	const struct leat_devices *devices = &agent->devices;
	int err = attach(agent, LEAT_PROG_FROM_HOST, devices->net_ifindex, ret_problem);
	if (!err && devices->vxlan_ifindex)
		err = attach(agent, LEAT_PROG_FROM_OVERLAY, devices->vxlan_ifindex, ret_problem);
	return err ?: leat_datapath_attach_uplinks(agent, ret_problem);
}

static int say(char **ret_problem, const char *what, int err)
{
	if (err && asprintf(ret_problem, "%s: %s", what, strerror(-err)) < 0)
		return -ENOMEM;
	return err;
}

/* Another agent with another state folder would write the same tables. */
static int lock_bpffs(struct leat_agent *agent, char **ret_problem)
{
	if (agent->bpffs_fd >= 0)
		return 0;
	int err = leat_lock_folder(agent->options->bpffs, &agent->bpffs_fd);
	if (err && asprintf(ret_problem, "%s: %s", agent->options->bpffs,
			    err == -EBUSY ? "another agent works there" : strerror(-err)) < 0)
		return -ENOMEM;
	return err;
}

static int open_programs(struct leat_agent *agent, char **ret_problem)
{
	const struct leat_options *options = agent->options;
	const struct leat_config config = make_config(agent);
	int err = leat_bpffs_ensure(options->bpffs, ret_problem);
	err = err ?: lock_bpffs(agent, ret_problem);
	err = err
		      ?: leat_loader_open(options->bpffs, &config, &options->sizes, &agent->loader,
					  ret_problem);
	if (err)
		return err;
	if (leat_loader_warnings(agent->loader))
		leat_strings_print(&agent->standing, "%s", leat_loader_warnings(agent->loader));
	return leat_maps_open(options->bpffs, false, &agent->maps, ret_problem);
}

int leat_datapath_start(struct leat_agent *agent, const struct kube_node *node, char **ret_problem)
{
	int err = leat_devices_look(&agent->devices, agent->options, node);
	err = err < 0 ? say(ret_problem, "devices", err) : 0;
	err = err ?: leat_devices_make(&agent->devices, agent->options, ret_problem);
	err = err ?: open_programs(agent, ret_problem);
	if (err)
		return err;
	(void)leat_loader_prune(agent->options->bpffs, NULL);
	(void)leat_flow_recount_half_open(agent->maps, NULL);
	err = say(ret_problem, "reading the tables", leat_sync_new(agent->maps, &agent->sync));
	err = err ?: attach_ours(agent, ret_problem);
	err = err ?: say(ret_problem, "sweeper", leat_sweeper_open(agent, &agent->sweeper));
	return err ?: say(ret_problem, "events", leat_monitor_open(agent, &agent->monitor));
}

void leat_datapath_stop(struct leat_agent *agent)
{
	leat_monitor_close(agent->monitor);
	leat_sweeper_close(agent->sweeper);
	leat_sync_free(agent->sync);
	if (agent->maps)
		leat_maps_close(agent->maps);
	if (agent->loader)
		leat_loader_close(agent->loader);
	free(agent->attached);
	agent->monitor = NULL;
	agent->sweeper = NULL;
	agent->sync = NULL;
	agent->maps = NULL;
	agent->loader = NULL;
	agent->attached = NULL;
	agent->attached_count = 0;
}
