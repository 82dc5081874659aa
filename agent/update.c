// SPDX-License-Identifier: Apache-2.0
/*
 * One sync and what belongs to it: is this node known, are its devices right, compile and
 * write, routes, answers to whoever waited, publishing, the state file. Until the node is
 * known nothing is touched: what is pinned goes on as it is.
 */
#include <errno.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/cleanup.h"
#include "lib/log.h"

#define SETTLE_MS 1000

/* ---- why not ------------------------------------------------------------------------------ */

static void set_why(struct leat_agent *agent, const char *why)
{
	if (why && (!agent->why || strcmp(agent->why, why) != 0))
		log_warning("not ready: %s", why);
	free(agent->why);
	agent->why = why ? strdup(why) : NULL;
}

static void become_ready(struct leat_agent *agent)
{
	if (agent->was_ready && !agent->why)
		return;
	set_why(agent, NULL);
	log_info(agent->was_ready ? "ready again" : "ready");
	agent->was_ready = true;
	int err = leat_conflist_write(agent->options);
	if (err)
		log_error("%s: configuration not written: %s", agent->options->cni_conf_dir,
			  strerror(-err));
}

/* ---- pools -------------------------------------------------------------------------------- */

static bool is_same_cidrs(const struct leat_cidrs *a, const struct leat_cidr *b, size_t count)
{
	return a->count == count && (!count || memcmp(a->items, b, count * sizeof(*b)) == 0);
}

static void name_outsiders(struct leat_agent *agent)
{
	for (const struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL); ep;
	     ep = leat_endpoints_next(agent->endpoints, ep)) {
		const struct leat_addr *both[] = { &ep->addr4, &ep->addr6 };
		for (int i = 0; i < 2; i++) {
			char text[LEAT_ADDR_TEXT];
			if (leat_addr_is_zero(both[i]) || leat_ipam_is_inside(agent->ipam, both[i]))
				continue;
			leat_strings_print(&agent->problems,
					   "pod %s/%s: address %s is outside of this node's pod "
					   "ranges, which changed: it is kept until the pod ends",
					   ep->pod_namespace, ep->pod_name,
					   leat_addr_format(both[i], text));
		}
	}
}

static int set_pools(struct leat_agent *agent, const struct kube_node *node)
{
	if (is_same_cidrs(&agent->pod_cidrs, node->pod_cidrs, node->pod_cidr_count))
		return 0;
	struct leat_cidr *items = calloc(node->pod_cidr_count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	memcpy(items, node->pod_cidrs, node->pod_cidr_count * sizeof(*items));
	int err = leat_ipam_set_pools(agent->ipam, items, node->pod_cidr_count);
	if (err) {
		free(items);
		return err;
	}
	if (!agent->pod_cidrs.count && agent->pools_text)
		(void)leat_endpoints_decode_pools(agent->ipam, agent->pools_text);
	free(agent->pod_cidrs.items);
	agent->pod_cidrs = (struct leat_cidrs){ items, node->pod_cidr_count };
	return 0;
}

/* ---- devices ------------------------------------------------------------------------------ */

static int start_datapath(struct leat_agent *agent, const struct kube_node *node)
{
	_cleanup_free_ char *problem = NULL;
	int err = leat_datapath_start(agent, node, &problem);
	if (err) {
		set_why(agent, problem ? problem : strerror(-err));
		leat_datapath_stop(agent);
		return err;
	}
	leat_agent_reconcile(agent);
	agent->is_devices_dirty = false;
	return 0;
}

/* What the programs were loaded with: another of these means loading anew. */
static bool needs_reload(const struct leat_devices *before, const struct leat_devices *now)
{
	return before->net_ifindex != now->net_ifindex ||
	       before->vxlan_ifindex != now->vxlan_ifindex || before->pod_mtu != now->pod_mtu;
}

static int look_at_devices(struct leat_agent *agent, const struct kube_node *node)
{
	_cleanup_free_ char *problem = NULL;
	const struct leat_devices before = agent->devices;
	if (!agent->is_devices_dirty)
		return 0;
	agent->is_devices_dirty = false;
	int err = leat_devices_look(&agent->devices, agent->options, node);
	if (err >= 0)
		err = leat_devices_make(&agent->devices, agent->options, &problem);
	if (!err && needs_reload(&before, &agent->devices)) {
		log_info("devices or MTU changed: programs are loaded anew");
		leat_datapath_stop(agent);
		return start_datapath(agent, node);
	}
	err = err ?: leat_datapath_attach_uplinks(agent, &problem);
	if (err)
		set_why(agent, problem ? problem : strerror(-err));
	return err;
}

static int sync_routes(struct leat_agent *agent, const struct kube_node *own)
{
	size_t count = kube_store_count(agent->store, KUBE_NODE), used = 0;
	_cleanup_free_ const struct kube_node **others = calloc(count + 1, sizeof(*others));
	const struct kube_object *object = NULL;
	if (!others)
		return -ENOMEM;
	while ((object = kube_store_next(agent->store, KUBE_NODE, object)))
		if (&object->node != own && used < count)
			others[used++] = &object->node;
	return leat_routes_sync(&agent->devices, agent->options, own, others, used);
}

/* ---- tables ------------------------------------------------------------------------------- */

static size_t local_pods(const struct leat_agent *agent, struct leat_sync_pod *pods)
{
	size_t count = 0;
	for (const struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL); ep;
	     ep = leat_endpoints_next(agent->endpoints, ep)) {
		if (ep->state == LEAT_EP_RESERVED || !ep->ifindex)
			continue;
		struct leat_sync_pod *pod = &pods[count++];
		pod->pod = (struct leat_local_pod){
			.slot = ep->slot,
			.namespace = ep->pod_namespace,
			.name = ep->pod_name,
			.addr4 = ep->addr4,
			.addr6 = ep->addr6,
		};
		pod->ifindex = ep->ifindex;
		memcpy(pod->mac, ep->mac, sizeof(pod->mac));
	}
	return count;
}

static int sync_tables(struct leat_agent *agent)
{
	_cleanup_free_ struct leat_sync_pod *pods =
		calloc(leat_endpoints_count(agent->endpoints) + 1, sizeof(*pods));
	struct leat_rows devices;
	if (!pods)
		return -ENOMEM;
	int err = leat_devices_rows(&agent->devices, &devices);
	const struct leat_sync_input input = {
		.snapshot = {
			.store = agent->store,
			.node_name = agent->options->node_name,
			.host_addrs = agent->devices.host_addrs,
			.host_addr_count = agent->devices.host_addr_count,
			.service_cidrs = agent->options->service_cidrs.items,
			.service_cidr_count = agent->options->service_cidrs.count,
			.makes_endpoints = true,
		},
		.pods = pods,
		.pod_count = local_pods(agent, pods),
		.devices = &devices,
	};
	err = err ?: leat_sync_run(agent->sync, &input, &agent->problems);
	leat_rows_free(&devices);
	return err;
}

/* ---- problems ----------------------------------------------------------------------------- */

static void add_all(struct leat_strings *to, const struct leat_strings *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (!leat_strings_has(to, from->items[i]))
			leat_strings_print(to, "%s", from->items[i]);
}

/* Each is logged when it appears, not again while it stays. */
static void log_new(const struct leat_strings *before, const struct leat_strings *now)
{
	for (size_t i = 0; i < now->count; i++)
		if (!leat_strings_has(before, now->items[i]))
			log_warning("%s", now->items[i]);
}

static struct leat_strings begin_problems(struct leat_agent *agent)
{
	struct leat_strings before = agent->problems;
	agent->problems = (struct leat_strings){ 0 };
	add_all(&agent->problems, &agent->standing);
	add_all(&agent->problems, leat_folder_problems(agent->folder));
	return before;
}

static void end_problems(struct leat_agent *agent, struct leat_strings *before)
{
	add_all(&agent->problems, &agent->devices.problems);
	name_outsiders(agent);
	log_new(before, &agent->problems);
	leat_strings_free(before);
}

/* ---- the update --------------------------------------------------------------------------- */

static int find_node(struct leat_agent *agent, const struct kube_node **ret_node)
{
	const struct kube_node *node = leat_agent_node(agent);
	char why[400];
	if (node && node->pod_cidr_count) {
		*ret_node = node;
		return 0;
	}
	snprintf(why, sizeof(why),
		 node ? "Node %s in %s has no podCIDRs" : "Node %s is not defined in %s",
		 agent->options->node_name, agent->options->manifests);
	set_why(agent, why);
	return -ENOENT;
}

static int update(struct leat_agent *agent)
{
	const struct kube_node *node;
	if (!agent->is_folder_read)
		return -EAGAIN; /* why is set by who could not read it */
	int err = find_node(agent, &node);
	if (err)
		return err;
	err = set_pools(agent, node);
	if (err) {
		set_why(agent, err == -EINVAL ? "a pod range of this node has no usable address"
					      : strerror(-err));
		return err;
	}
	err = agent->sync ? look_at_devices(agent, node) : start_datapath(agent, node);
	if (err)
		return err;
	agent->store_generation = kube_store_generation(agent->store);
	err = sync_tables(agent);
	if (err) {
		set_why(agent, strerror(-err));
		return err;
	}
	err = sync_routes(agent, node);
	if (err)
		leat_strings_print(&agent->problems, "routes: %s", strerror(-err));
	return 0;
}

void leat_agent_update(struct leat_agent *agent)
{
	struct leat_strings before = begin_problems(agent);
	__u64 start_ms = leat_now_ms();
	int err = update(agent);
	end_problems(agent, &before);
	leat_agent_finish_waiters(agent, err, agent->why ? agent->why : "");
	if (!err) {
		log_debug("synced: %zu writes in %llu ms", leat_sync_writes(agent->sync),
			  leat_now_ms() - start_ms);
		become_ready(agent);
		leat_publish(agent);
		uv_timer_start(&agent->settle_timer, agent->settle_timer.timer_cb, SETTLE_MS, 0);
	}
	leat_state_want_write(agent);
}
