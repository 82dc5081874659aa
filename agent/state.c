// SPDX-License-Identifier: Apache-2.0
/*
 * state.json: the names behind the tables' numbers, for the command, which must tell them with
 * the agent dead. Written after each sync; not synced to the disk, because the next start
 * makes it anew.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "agent/agent.h"
#include "kube/selector.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

#define STATE_REST_MS 100

static cJSON *add_item(cJSON *list)
{
	cJSON *item = cJSON_CreateObject();
	cJSON_AddItemToArray(list, item);
	return item;
}

static void add_addrs(cJSON *object, const char *name, const struct leat_addr *addrs, size_t count)
{
	cJSON *list = cJSON_AddArrayToObject(object, name);
	for (size_t i = 0; i < count; i++)
		leat_json_add_addr(list, &addrs[i]);
}

static void add_strings(cJSON *object, const char *name, const struct leat_strings *strings)
{
	cJSON *list = cJSON_AddArrayToObject(object, name);
	for (size_t i = 0; i < strings->count; i++) {
		_cleanup_free_ char *safe = leat_text_escape(strings->items[i]);
		cJSON_AddItemToArray(list, cJSON_CreateString(safe ? safe : ""));
	}
}

/* ---- this node ---------------------------------------------------------------------------- */

static void add_objects(cJSON *state, const struct leat_agent *agent)
{
	cJSON *objects = cJSON_AddObjectToObject(state, "objects");
	for (int kind = 0; kind < KUBE_KIND_COUNT; kind++)
		cJSON_AddNumberToObject(
			objects, kube_kind_name((enum kube_kind)kind),
			(double)kube_store_count(agent->store, (enum kube_kind)kind));
}

static void add_config(cJSON *state, const struct leat_agent *agent)
{
	const struct leat_options *options = agent->options;
	cJSON *config = cJSON_AddObjectToObject(state, "config");
	cJSON_AddStringToObject(config, "tunnel", options->has_tunnel ? "vxlan" : "none");
	cJSON_AddNumberToObject(config, "mtu", agent->devices.pod_mtu);
	leat_json_add_cidrs(config, "clusterCIDR", options->cluster_cidrs.items,
			    options->cluster_cidrs.count);
	leat_json_add_cidrs(config, "serviceCIDR", options->service_cidrs.items,
			    options->service_cidrs.count);
	leat_json_add_cidrs(config, "podCIDRs", agent->pod_cidrs.items, agent->pod_cidrs.count);
	cJSON_AddBoolToObject(config, "masquerade",
			      options->is_masquerade4 || options->is_masquerade6);
	cJSON_AddStringToObject(config, "bpffs", options->bpffs);
	cJSON *devices = cJSON_AddArrayToObject(config, "devices");
	for (size_t i = 0; i < agent->devices.uplink_count; i++)
		cJSON_AddItemToArray(devices, cJSON_CreateString(agent->devices.uplinks[i].name));
}

static void add_general(cJSON *state, const struct leat_agent *agent)
{
	_cleanup_free_ char *source = NULL;
	if (asprintf(&source, "folder %s", agent->options->manifests) < 0)
		source = NULL;
	cJSON_AddStringToObject(state, "node", agent->options->node_name);
	cJSON_AddBoolToObject(state, "synced", agent->was_ready && !agent->why);
	cJSON_AddStringToObject(state, "source", source ? source : "");
	add_strings(state, "problems", &agent->problems);
	if (agent->why)
		cJSON_AddStringToObject(state, "why", agent->why);
	add_objects(state, agent);
	add_config(state, agent);
}

/* ---- names -------------------------------------------------------------------------------- */

static void add_labels(cJSON *item, const struct leat_agent *agent, const struct leat_ep *ep)
{
	const struct kube_object *pod =
		kube_store_get(agent->store, KUBE_POD, ep->pod_namespace, ep->pod_name);
	cJSON *labels = cJSON_AddObjectToObject(item, "labels");
	for (size_t i = 0; pod && i < pod->meta.labels.count; i++)
		cJSON_AddStringToObject(labels, pod->meta.labels.items[i].key,
					pod->meta.labels.items[i].value);
}

static const struct leat_verdicts *verdicts_of(const struct leat_desired *desired, __u32 slot)
{
	for (size_t i = 0; desired && i < desired->pod_count; i++)
		if (desired->pods[i].slot == slot)
			return &desired->pods[i];
	return NULL;
}

static void add_endpoint(cJSON *list, const struct leat_agent *agent, const struct leat_ep *ep,
			 const struct leat_verdicts *verdicts)
{
	char mac[LEAT_MAC_TEXT];
	cJSON *item = add_item(list);
	cJSON_AddNumberToObject(item, "slot", ep->slot);
	cJSON_AddStringToObject(item, "namespace", ep->pod_namespace);
	cJSON_AddStringToObject(item, "name", ep->pod_name);
	cJSON_AddStringToObject(item, "podUID", ep->pod_uid);
	cJSON_AddStringToObject(item, "containerID", ep->container_id);
	cJSON_AddStringToObject(item, "ifname", ep->ifname);
	cJSON_AddStringToObject(item, "network", ep->network);
	cJSON_AddStringToObject(item, "hostIfname", ep->host_ifname);
	cJSON_AddNumberToObject(item, "ifindex", ep->ifindex);
	cJSON_AddStringToObject(item, "mac", leat_mac_format(ep->mac, mac));
	const struct leat_addr both[] = { ep->addr4, ep->addr6 };
	add_addrs(item, "addresses", both, 2);
	add_labels(item, agent, ep);
	if (!verdicts)
		return;
	cJSON_AddNumberToObject(item, "flags", verdicts->flags);
	cJSON_AddNumberToObject(item, "egressSet", verdicts->egress_set);
	cJSON_AddNumberToObject(item, "ingressSet", verdicts->ingress_set);
}

static void add_endpoints(cJSON *state, const struct leat_agent *agent,
			  const struct leat_desired *desired)
{
	cJSON *list = cJSON_AddArrayToObject(state, "endpoints");
	for (const struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL); ep;
	     ep = leat_endpoints_next(agent->endpoints, ep))
		if (ep->state == LEAT_EP_COMMITTED)
			add_endpoint(list, agent, ep, verdicts_of(desired, ep->slot));
}

static void add_rules(cJSON *state, const struct leat_desired *desired)
{
	cJSON *list = cJSON_AddArrayToObject(state, "rules");
	for (size_t i = 0; i < desired->rule_count; i++) {
		const struct leat_name_rule *rule = &desired->rules[i];
		cJSON *item = add_item(list);
		cJSON_AddNumberToObject(item, "rule", rule->rule);
		cJSON_AddStringToObject(item, "namespace", rule->namespace);
		cJSON_AddStringToObject(item, "policy", rule->policy);
		cJSON_AddStringToObject(item, "direction",
					rule->dir == LEAT_INGRESS ? "ingress" : "egress");
		cJSON_AddNumberToObject(item, "index", rule->index);
	}
}

static void add_sets(cJSON *state, const struct leat_desired *desired)
{
	cJSON *list = cJSON_AddArrayToObject(state, "sets");
	for (size_t i = 0; i < desired->set_count; i++) {
		const struct leat_name_set *set = &desired->sets[i];
		cJSON *item = add_item(list);
		cJSON_AddNumberToObject(item, "set", set->set);
		cJSON_AddStringToObject(item, "direction",
					set->dir == LEAT_INGRESS ? "ingress" : "egress");
		cJSON *policies = cJSON_AddArrayToObject(item, "policies");
		for (size_t j = 0; j < set->policy_count; j++)
			cJSON_AddItemToArray(policies, cJSON_CreateString(set->policies[j]));
	}
}

static void add_identities(cJSON *state, const struct leat_desired *desired)
{
	cJSON *list = cJSON_AddArrayToObject(state, "identities");
	for (size_t i = 0; i < desired->identity_count; i++) {
		cJSON *item = add_item(list);
		cJSON_AddNumberToObject(item, "identity", desired->identities[i].identity);
		cJSON_AddStringToObject(item, "text", desired->identities[i].text);
		cJSON_AddNumberToObject(item, "addresses",
					(double)desired->identities[i].address_count);
	}
}

static void add_services(cJSON *state, const struct leat_desired *desired)
{
	cJSON *list = cJSON_AddArrayToObject(state, "services");
	for (size_t i = 0; i < desired->service_count; i++) {
		cJSON *item = add_item(list);
		cJSON_AddNumberToObject(item, "service", desired->services[i].service);
		cJSON_AddStringToObject(item, "namespace", desired->services[i].namespace);
		cJSON_AddStringToObject(item, "name", desired->services[i].name);
		cJSON_AddStringToObject(item, "port", desired->services[i].port);
	}
}

static void add_pods(cJSON *state, const struct leat_desired *desired)
{
	cJSON *list = cJSON_AddArrayToObject(state, "pods");
	for (size_t i = 0; i < desired->addr_count; i++) {
		char text[LEAT_ADDR_TEXT];
		cJSON *item = add_item(list);
		cJSON_AddStringToObject(item, "address",
					leat_addr_format(&desired->addrs[i].addr, text));
		cJSON_AddStringToObject(item, "namespace", desired->addrs[i].namespace);
		cJSON_AddStringToObject(item, "name", desired->addrs[i].name);
	}
}

/* The compiler gives a node a slot; which one shows in the row of one of its addresses. */
static __u32 slot_of(const struct leat_desired *desired, const struct kube_node *node)
{
	for (size_t i = 0; i < node->addr_count; i++) {
		const struct leat_ipinfo *info = leat_rows_find(&desired->ipcache, &node->addrs[i]);
		if (info && info->kind == LEAT_IP_NODE)
			return info->node;
	}
	return 0;
}

static void add_nodes(cJSON *state, const struct leat_agent *agent,
		      const struct leat_desired *desired)
{
	cJSON *list = cJSON_AddArrayToObject(state, "nodes");
	const struct kube_object *object = NULL;
	while ((object = kube_store_next(agent->store, KUBE_NODE, object))) {
		const struct kube_node *node = &object->node;
		char text[LEAT_ADDR_TEXT];
		const __u32 slot = slot_of(desired, node);
		const struct leat_node *row = leat_rows_find(&desired->nodes, &slot);
		cJSON *item = add_item(list);
		cJSON_AddNumberToObject(item, "slot", slot);
		cJSON_AddStringToObject(item, "name", node->meta.name);
		add_addrs(item, "addresses", node->addrs, node->addr_count);
		leat_json_add_cidrs(item, "podCIDRs", node->pod_cidrs, node->pod_cidr_count);
		if (slot && row)
			cJSON_AddStringToObject(item, "tunnel",
						leat_addr_format(&row->tunnel, text));
	}
}

/* ---- the file, the answer ------------------------------------------------------------------- */

static char *encode(const struct leat_agent *agent)
{
	const struct leat_desired *desired = agent->sync ? leat_sync_desired(agent->sync) : NULL;
	_cleanup_json_ cJSON *state = cJSON_CreateObject();
	char now[32];
	time_t seconds = time(NULL);
	struct tm utc;
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
	cJSON_AddNumberToObject(state, "version", 1);
	cJSON_AddStringToObject(state, "time", now);
	add_general(state, agent);
	add_endpoints(state, agent, desired);
	if (desired) {
		add_pods(state, desired);
		add_rules(state, desired);
		add_sets(state, desired);
		add_identities(state, desired);
		add_services(state, desired);
		add_nodes(state, agent, desired);
	}
	return cJSON_Print(state);
}

void leat_state_write(struct leat_agent *agent)
{
	_cleanup_free_ char *text = encode(agent);
	agent->state_written_ms = leat_now_ms();
	int err = text ? leat_write_replace(agent->state_path, text, 0600) : -ENOMEM;
	if (err)
		log_error("%s: not written: %s", agent->state_path, strerror(-err));
}

static void on_state_timer(uv_timer_t *timer)
{
	leat_state_write(timer->data);
}

void leat_state_want_write(struct leat_agent *agent)
{
	__u64 since_ms = leat_now_ms() - agent->state_written_ms;
	if (uv_is_active((uv_handle_t *)&agent->state_timer))
		return;
	if (since_ms >= STATE_REST_MS)
		leat_state_write(agent);
	else
		uv_timer_start(&agent->state_timer, on_state_timer, STATE_REST_MS - since_ms, 0);
}

cJSON *leat_state_status(const struct leat_agent *agent)
{
	const __u64 uptime_sec = (leat_now_ms() - agent->started_ms) / 1000;
	cJSON *status = cJSON_CreateObject();
	add_general(status, agent);
	cJSON_AddStringToObject(status, "version", LEAT_VERSION);
	cJSON_AddNumberToObject(status, "pid", getpid());
	cJSON_AddNumberToObject(status, "uptimeSec", (double)uptime_sec);
	cJSON_AddBoolToObject(status, "ready", !agent->why);
	cJSON_AddNumberToObject(status, "endpoints",
				(double)leat_endpoints_count(agent->endpoints));
	cJSON_AddNumberToObject(status, "addressesUsed", (double)leat_ipam_used_count(agent->ipam));
	return status;
}
