// SPDX-License-Identifier: Apache-2.0
/*
 * What hangs on an endpoint's record: the pod's place in the store, its device, its addresses,
 * and the requests that wait for it. An address is free again only after the sync that removed
 * it from all tables and its flows with it.
 */
#include <errno.h>
#include <string.h>

#include <leat/api.h>

#include "agent/agent.h"
#include "agent/wiring.h"
#include "lib/cleanup.h"
#include "lib/log.h"

static size_t addrs_of(const struct leat_ep *ep, struct leat_addr addrs[2])
{
	size_t count = 0;
	if (!leat_addr_is_zero(&ep->addr4))
		addrs[count++] = ep->addr4;
	if (!leat_addr_is_zero(&ep->addr6))
		addrs[count++] = ep->addr6;
	return count;
}

void leat_agent_place(struct leat_agent *agent, const struct leat_ep *ep)
{
	struct leat_addr addrs[2];
	const struct leat_pod_place place = {
		.namespace = ep->pod_namespace,
		.name = ep->pod_name,
		.source = "",
		.node = agent->options->node_name,
		.addrs = addrs,
		.addr_count = addrs_of(ep, addrs),
	};
	if (!*ep->pod_namespace || !*ep->pod_name)
		return; /* wired by no Kubernetes: it has addresses, no name */
	int err = leat_pods_put_place(agent->pods, &place);
	if (err)
		log_error("pod %s/%s: address not noted: %s", ep->pod_namespace, ep->pod_name,
			  strerror(-err));
}

static void unplace(struct leat_agent *agent, const char *namespace, const char *name)
{
	int err = leat_pods_remove_place(agent->pods, namespace, name, "");
	if (err)
		log_error("pod %s/%s: address not forgotten: %s", namespace, name, strerror(-err));
	for (const struct leat_ep *ep = leat_endpoints_next(agent->endpoints, NULL); ep;
	     ep = leat_endpoints_next(agent->endpoints, ep))
		if (ep->state != LEAT_EP_RESERVED && strcmp(ep->pod_name, name) == 0 &&
		    strcmp(ep->pod_namespace, namespace) == 0)
			leat_agent_place(agent, ep); /* the same pod's next sandbox */
}

void leat_agent_release(struct leat_agent *agent, const struct leat_addr *addr4,
			const struct leat_addr *addr6)
{
	leat_ipam_release(agent->ipam, addr4);
	leat_ipam_release(agent->ipam, addr6);
}

int leat_agent_wait(struct leat_agent *agent, enum leat_waiter_kind kind,
		    struct leat_request *request, const struct leat_ep *ep)
{
	struct leat_waiter *waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return -ENOMEM;
	waiter->kind = kind;
	waiter->container_id = strdup(ep->container_id);
	waiter->ifname = strdup(ep->ifname);
	if (!waiter->container_id || !waiter->ifname) {
		free(waiter->container_id);
		free(waiter->ifname);
		free(waiter);
		return -ENOMEM;
	}
	waiter->request = request;
	waiter->addr4 = ep->addr4;
	waiter->addr6 = ep->addr6;
	waiter->next = agent->waiters;
	agent->waiters = waiter;
	leat_agent_want_sync(agent);
	return 0;
}

void leat_agent_unwire(struct leat_agent *agent, struct leat_ep *ep, struct leat_request *request)
{
	bool was_known = ep->state != LEAT_EP_RESERVED;
	_cleanup_free_ char *namespace = strdup(ep->pod_namespace);
	_cleanup_free_ char *name = strdup(ep->pod_name);
	int err = leat_wiring_remove(agent->devices.netlink, agent->options->bpffs, ep);
	if (err)
		log_warning("endpoint %s: device %s not removed: %s", ep->key, ep->host_ifname,
			    strerror(-err));
	err = leat_agent_wait(agent, LEAT_WAIT_DELETE, request, ep);
	if (err) { /* its address stays taken until the next start */
		log_error("endpoint %s: address not released: %s", ep->key, strerror(-err));
		if (request)
			leat_request_refuse(request, LEAT_CNI_TRY_AGAIN, "out of memory", NULL);
	}
	leat_endpoints_remove(agent->endpoints, ep);
	agent->is_state_dirty |= was_known;
	if (was_known && namespace && name)
		unplace(agent, namespace, name);
}

/* ---- after a sync ------------------------------------------------------------------------ */

static void refuse_commit(struct leat_agent *agent, struct leat_waiter *waiter, int code,
			  const char *msg, const char *details)
{
	struct leat_ep *ep =
		leat_endpoints_find(agent->endpoints, waiter->container_id, waiter->ifname);
	log_error("commit %s/%s: %s: %s", waiter->container_id, waiter->ifname, msg, details);
	if (ep && ep->state == LEAT_EP_COMMITTING)
		leat_agent_unwire(agent, ep, NULL);
	if (waiter->request)
		leat_request_refuse(waiter->request, code, msg, details);
	waiter->request = NULL;
}

static void finish_commit(struct leat_agent *agent, struct leat_waiter *waiter)
{
	struct leat_ep *ep =
		leat_endpoints_find(agent->endpoints, waiter->container_id, waiter->ifname);
	if (!ep || ep->state != LEAT_EP_COMMITTING) {
		refuse_commit(agent, waiter, LEAT_CNI_TRY_AGAIN, "endpoint was deleted meanwhile",
			      "");
		return;
	}
	const char *problem = leat_sync_pod_problem(agent->sync, ep->slot);
	if (problem) {
		refuse_commit(agent, waiter, LEAT_CNI_DATAPATH, "tables", problem);
		return;
	}
	int err = leat_wiring_up(&agent->devices, ep);
	if (err) {
		refuse_commit(agent, waiter, LEAT_CNI_DATAPATH, "device not set up",
			      strerror(-err));
		return;
	}
	ep->state = LEAT_EP_COMMITTED;
	log_info("endpoint %s/%s: %s is up as slot %u", ep->pod_namespace, ep->pod_name,
		 ep->host_ifname, ep->slot);
	if (waiter->request)
		leat_request_answer(waiter->request, NULL);
	waiter->request = NULL;
}

static void finish_delete(struct leat_agent *agent, struct leat_waiter *waiter)
{
	leat_agent_release(agent, &waiter->addr4, &waiter->addr6);
	if (waiter->request)
		leat_request_answer(waiter->request, NULL);
	waiter->request = NULL;
}

static bool has_kind(const struct leat_waiter *waiters, enum leat_waiter_kind kind)
{
	for (; waiters; waiters = waiters->next)
		if (waiters->kind == kind)
			return true;
	return false;
}

static int save(struct leat_agent *agent, const struct leat_waiter *waiters)
{
	if (!agent->is_state_dirty && !has_kind(waiters, LEAT_WAIT_COMMIT))
		return 0;
	int err = leat_endpoints_save(agent->endpoints, agent->ipam, agent->endpoints_path);
	agent->is_state_dirty = err != 0;
	if (err)
		log_error("%s: not written: %s", agent->endpoints_path, strerror(-err));
	return err;
}

/* The list in the order of arrival. */
static struct leat_waiter *take_waiters(struct leat_agent *agent)
{
	struct leat_waiter *list = NULL;
	while (agent->waiters) {
		struct leat_waiter *waiter = agent->waiters;
		agent->waiters = waiter->next;
		waiter->next = list;
		list = waiter;
	}
	return list;
}

static void put_back(struct leat_agent *agent, struct leat_waiter *waiter)
{
	waiter->next = agent->waiters;
	agent->waiters = waiter;
}

static void waiter_free(struct leat_waiter *waiter)
{
	free(waiter->container_id);
	free(waiter->ifname);
	free(waiter);
}

void leat_agent_finish_waiters(struct leat_agent *agent, int err, const char *why)
{
	struct leat_waiter *list = take_waiters(agent);
	int save_err = save(agent, list);
	while (list) {
		struct leat_waiter *waiter = list;
		list = waiter->next;
		if (waiter->kind == LEAT_WAIT_COMMIT && err)
			refuse_commit(agent, waiter, LEAT_CNI_DATAPATH, "sync failed", why);
		else if (waiter->kind == LEAT_WAIT_COMMIT && save_err)
			refuse_commit(agent, waiter, LEAT_CNI_IO_FAILURE,
				      "endpoints.json not written", strerror(-save_err));
		else if (waiter->kind == LEAT_WAIT_COMMIT)
			finish_commit(agent, waiter);
		else if (!err)
			finish_delete(agent, waiter);
		else if (waiter->request) { /* the address waits for the next sync */
			leat_request_answer(TAKE_PTR(waiter->request), NULL);
			put_back(agent, waiter);
			continue;
		} else {
			put_back(agent, waiter);
			continue;
		}
		waiter_free(waiter);
	}
}
