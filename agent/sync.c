// SPDX-License-Identifier: Apache-2.0
/*
 * One run: what must be there first is added (policy rows, nodes, backends), then addresses are
 * pointed to it, then Services and endpoints flip, then what nobody refers to goes. Epochs are
 * raised after the flips and again after the removals, only where a verdict can change.
 */
#include "sync.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/affected.h"
#include "agent/gone.h"
#include "agent/services.h"
#include "agent/tables.h"
#include "compile/bridge.h"
#include "lib/cleanup.h"

/* A set without rows: everything is denied. Below LEAT_ID_FIRST, so no compiled set has it. */
#define SET_CLOSED 2

static const enum leat_table_id synced[] = { LEAT_TABLE_POLICY,	 LEAT_TABLE_NODE, LEAT_TABLE_DEVICE,
					     LEAT_TABLE_IPCACHE, LEAT_TABLE_CIDR, LEAT_TABLE_IFEP };

struct leat_sync {
	const struct leat_maps *maps;
	struct leat_tables tables;
	struct leat_services services;
	struct leat_desired desired;
	bool has_desired;
	struct leat_failures failures; /* of the last run */
	struct leat_numbers *bad_slots;
	size_t writes;
};

/* One run's working set. */
struct run {
	struct leat_sync *sync;
	const struct leat_sync_input *input;
	struct leat_strings *problems;
	struct leat_rows ifep;
	const struct leat_rows *want[LEAT_TABLE_COUNT];
	struct leat_delta delta[LEAT_TABLE_COUNT];
	struct leat_rows bridge; /* policy rows for as long as the run lasts */
	bool has_failed[LEAT_TABLE_COUNT];
	struct leat_numbers *put_sets;	   /* whose verdicts the puts can change */
	struct leat_numbers *removed_sets; /* ... the removals */
	struct leat_numbers *flipped;	   /* slots with another set or flag */
	struct leat_gone *gone;
	bool has_removed;
};

int leat_sync_new(const struct leat_maps *maps, struct leat_sync **ret_sync)
{
	struct leat_sync *sync = calloc(1, sizeof(*sync));
	if (!sync)
		return -ENOMEM;
	sync->maps = maps;
	int err = leat_tables_init(&sync->tables, maps);
	err = err ?: leat_services_init(&sync->services, maps);
	err = err ?: leat_failures_init(&sync->failures);
	err = err ?: leat_numbers_new(&sync->bad_slots);
	if (err) {
		leat_sync_free(sync);
		return err;
	}
	*ret_sync = sync;
	return 0;
}

void leat_sync_free(struct leat_sync *sync)
{
	if (!sync)
		return;
	leat_tables_free(&sync->tables);
	leat_services_free(&sync->services);
	leat_failures_free(&sync->failures);
	leat_numbers_free(sync->bad_slots);
	if (sync->has_desired)
		leat_desired_free(&sync->desired);
	free(sync);
}

const struct leat_desired *leat_sync_desired(const struct leat_sync *sync)
{
	return sync->has_desired ? &sync->desired : NULL;
}

void leat_sync_settle(struct leat_sync *sync)
{
	leat_services_settle(&sync->services);
}

size_t leat_sync_writes(const struct leat_sync *sync)
{
	return sync->writes;
}

const char *leat_sync_pod_problem(const struct leat_sync *sync, __u32 slot)
{
	const struct leat_endpoint *ep = &sync->tables.endpoints[slot];
	if (leat_numbers_has(sync->bad_slots, slot))
		return "its entry could not be written: a table is full, see status";
	if (leat_numbers_has(sync->failures.slots, slot))
		return "its address could not be written: table leat_ipcache_v1 is full";
	if (((ep->flags & LEAT_EP_EGRESS_ISOLATED) &&
	     leat_numbers_has(sync->failures.sets, ep->egress_set)) ||
	    ((ep->flags & LEAT_EP_INGRESS_ISOLATED) &&
	     leat_numbers_has(sync->failures.sets, ep->ingress_set)))
		return "its policy could not be written: table leat_policy_v1 is full";
	return NULL;
}

/* ---- compile and difference ----------------------------------------------------------- */

static int compile(struct leat_sync *sync, const struct leat_sync_input *input)
{
	struct leat_snapshot snapshot = input->snapshot;
	struct leat_desired desired;
	_cleanup_free_ struct leat_local_pod *pods = calloc(input->pod_count + 1, sizeof(*pods));
	if (!pods)
		return -ENOMEM;
	for (size_t i = 0; i < input->pod_count; i++)
		pods[i] = input->pods[i].pod;
	snapshot.pods = pods;
	snapshot.pod_count = input->pod_count;
	int err = leat_compile(&snapshot, &desired);
	if (err)
		return err;
	if (sync->has_desired)
		leat_desired_free(&sync->desired);
	sync->desired = desired;
	sync->has_desired = true;
	return 0;
}

static int want_ifep(struct run *run)
{
	int err = 0;
	for (size_t i = 0; !err && i < run->input->pod_count; i++)
		err = leat_rows_add(&run->ifep, &run->input->pods[i].ifindex,
				    &run->input->pods[i].pod.slot);
	leat_rows_sort(&run->ifep, NULL);
	return err;
}

static int compute_deltas(struct run *run)
{
	const struct leat_desired *desired = &run->sync->desired;
	run->want[LEAT_TABLE_POLICY] = &desired->policy;
	run->want[LEAT_TABLE_NODE] = &desired->nodes;
	run->want[LEAT_TABLE_DEVICE] = run->input->devices;
	run->want[LEAT_TABLE_IPCACHE] = &desired->ipcache;
	run->want[LEAT_TABLE_CIDR] = &desired->cidrs;
	run->want[LEAT_TABLE_IFEP] = &run->ifep;
	int err = want_ifep(run);
	for (size_t i = 0; !err && i < ARRAY_SIZE(synced); i++)
		err = leat_delta_compute(run->want[synced[i]], &run->sync->tables.actual[synced[i]],
					 &run->delta[synced[i]]);
	return err;
}

/* Sets whose verdicts change by these address, block and policy rows. */
static int find_affected(struct run *run, bool is_put, struct leat_numbers *sets)
{
	const struct leat_desired *desired = &run->sync->desired;
	const struct leat_rows *actual = run->sync->tables.actual;
	const struct leat_delta *delta = run->delta;
	const struct leat_world before = { &actual[LEAT_TABLE_IPCACHE], &actual[LEAT_TABLE_CIDR] };
	const struct leat_world after = { &desired->ipcache, &desired->cidrs };
	const struct leat_rows *const policies[] = { &actual[LEAT_TABLE_POLICY], &desired->policy };
	const struct leat_change puts = { &delta[LEAT_TABLE_IPCACHE].puts,
					  &delta[LEAT_TABLE_CIDR].puts,
					  &delta[LEAT_TABLE_POLICY].puts };
	const struct leat_change removes = { &delta[LEAT_TABLE_IPCACHE].removes,
					     &delta[LEAT_TABLE_CIDR].removes,
					     &delta[LEAT_TABLE_POLICY].removes };
	return leat_affected_find(&before, &after, policies, is_put ? &puts : &removes, sets);
}

/* ---- what vanishes --------------------------------------------------------------------- */

static int note_gone_nodes(struct run *run)
{
	const struct leat_rows *removes = &run->delta[LEAT_TABLE_NODE].removes;
	int err = 0;
	for (size_t i = 0; !err && i < removes->count; i++)
		err = leat_gone_add_node(run->gone, *(const __u32 *)leat_rows_key(removes, i));
	return err;
}

static bool has_backend(const struct leat_frontend *frontend, const struct leat_backend *backend)
{
	return frontend && leat_rows_find(&frontend->backends, backend);
}

/* A Service without any backend keeps its flows: there is nothing better to move them to. */
static int note_gone_backends(struct run *run, const struct leat_svc_key *key,
			      const struct leat_frontend *frontend)
{
	const struct leat_backend *backends = NULL;
	const struct leat_svc *svc = leat_services_get(&run->sync->services, key, &backends);
	int err = 0;
	if (!svc || key->proto != IPPROTO_UDP || (frontend && !frontend->backends.count))
		return 0;
	for (__u32 i = 0; !err && i < svc->count; i++)
		if (!has_backend(frontend, &backends[i]))
			err = leat_gone_add_backend(run->gone, svc->service, &backends[i]);
	return err;
}

/* ---- Services -------------------------------------------------------------------------- */

static int plan_service(struct run *run, const struct leat_frontend *frontend)
{
	struct leat_svc_key key;
	memcpy(&key, &frontend->key, sizeof(key));
	const struct leat_services_want want = {
		.key = &key,
		.service = frontend->service,
		.flags = frontend->flags,
		.affinity_sec = frontend->affinity_sec,
		.backends = frontend->backends.count ? leat_rows_key(&frontend->backends, 0) : NULL,
		.count = (__u32)frontend->backends.count,
	};
	int err = note_gone_backends(run, &key, frontend);
	err = err ?: leat_services_plan(&run->sync->services, &want);
	if (err == -ENOMEM)
		return err;
	if (err)
		leat_strings_print(run->problems,
				   "table " LEAT_MAP_BACKEND
				   ": no room for %u backends of Service number %u: %s",
				   want.count, want.service, strerror(-err));
	return 0;
}

static int plan_services(struct run *run)
{
	const struct leat_desired *desired = &run->sync->desired;
	int err = 0;
	for (size_t i = 0; !err && i < desired->frontend_count; i++)
		err = plan_service(run, &desired->frontends[i]);
	return err;
}

static int compare_frontend(const void *key, const void *item)
{
	return memcmp(key, &((const struct leat_frontend *)item)->key, sizeof(struct leat_svc_key));
}

static void flip_services(struct run *run)
{
	size_t failed = 0;
	int err = leat_services_flip(&run->sync->services, &failed);
	_cleanup_free_ char *why =
		err ? leat_table_problem(&run->sync->maps->tables[LEAT_TABLE_SVC], err) : NULL;
	if (err)
		leat_strings_print(run->problems, "%s: %zu Services not written",
				   why ? why : strerror(-err), failed);
}

static int remove_services(struct run *run)
{
	struct leat_services *services = &run->sync->services;
	const struct leat_desired *desired = &run->sync->desired;
	int err = 0;
	for (size_t i = services->actual.count; !err && i-- > 0;) {
		const struct leat_svc_key *key = leat_rows_key(&services->actual, i);
		if (desired->frontend_count &&
		    bsearch(key, desired->frontends, desired->frontend_count,
			    sizeof(*desired->frontends), compare_frontend))
			continue;
		run->has_removed = true;
		err = note_gone_backends(run, key, NULL);
		err = err ?: leat_services_remove(services, key);
	}
	return err;
}

/* ---- endpoints ------------------------------------------------------------------------- */

static const struct leat_verdicts *verdicts_of(const struct leat_desired *desired, __u32 slot)
{
	for (size_t i = 0; i < desired->pod_count; i++)
		if (desired->pods[i].slot == slot)
			return &desired->pods[i];
	return NULL;
}

static void set_verdicts(const struct run *run, const struct leat_verdicts *verdicts,
			 struct leat_endpoint *endpoint)
{
	const struct leat_numbers *unusable = run->sync->failures.sets_denied;
	bool is_known = verdicts != NULL;
	endpoint->flags = is_known ? verdicts->flags
				   : LEAT_EP_EGRESS_ISOLATED | LEAT_EP_INGRESS_ISOLATED;
	endpoint->egress_set = is_known ? verdicts->egress_set : SET_CLOSED;
	endpoint->ingress_set = is_known ? verdicts->ingress_set : SET_CLOSED;
	if (leat_numbers_has(unusable, endpoint->egress_set))
		endpoint->egress_set = SET_CLOSED;
	if (leat_numbers_has(unusable, endpoint->ingress_set))
		endpoint->ingress_set = SET_CLOSED;
}

static bool is_same_owner(const struct leat_endpoint *a, const struct leat_endpoint *b)
{
	return leat_addr_compare(&a->addr4, &b->addr4) == 0 &&
	       leat_addr_compare(&a->addr6, &b->addr6) == 0 && a->ifindex == b->ifindex;
}

static int note_gone_endpoint(struct run *run, const struct leat_endpoint *endpoint)
{
	int err = 0;
	if (!leat_addr_is_zero(&endpoint->addr4))
		err = leat_gone_add_addr(run->gone, &endpoint->addr4);
	if (!err && !leat_addr_is_zero(&endpoint->addr6))
		err = leat_gone_add_addr(run->gone, &endpoint->addr6);
	return err;
}

static int put_endpoint(struct run *run, const struct leat_sync_pod *pod)
{
	struct leat_tables *tables = &run->sync->tables;
	__u32 slot = pod->pod.slot;
	struct leat_endpoint now = {
		.ifindex = pod->ifindex,
		.addr4 = pod->pod.addr4,
		.addr6 = pod->pod.addr6,
	};
	memcpy(now.mac, pod->mac, sizeof(now.mac));
	set_verdicts(run, verdicts_of(&run->sync->desired, slot), &now);
	if (slot >= tables->slot_count)
		return leat_numbers_add(run->sync->bad_slots, slot);
	struct leat_endpoint before = tables->endpoints[slot];
	int err = 0;
	if (before.ifindex && !is_same_owner(&before, &now))
		err = note_gone_endpoint(run, &before);
	if (before.ifindex &&
	    (!is_same_owner(&before, &now) || before.flags != now.flags ||
	     before.egress_set != now.egress_set || before.ingress_set != now.ingress_set))
		err = err ?: leat_numbers_add(run->flipped, slot);
	if (err)
		return err;
	if (leat_tables_put_endpoint(tables, slot, &now) < 0)
		return leat_numbers_add(run->sync->bad_slots, slot);
	return 0;
}

static bool is_wanted(const struct run *run, __u32 slot)
{
	for (size_t i = 0; i < run->input->pod_count; i++)
		if (run->input->pods[i].pod.slot == slot)
			return true;
	return false;
}

static int close_endpoints(struct run *run)
{
	struct leat_tables *tables = &run->sync->tables;
	int err = 0;
	for (__u32 slot = 1; !err && slot < tables->slot_count; slot++) {
		if (!tables->endpoints[slot].ifindex || is_wanted(run, slot))
			continue;
		err = note_gone_endpoint(run, &tables->endpoints[slot]);
		err = err ?: leat_tables_close_endpoint(tables, slot);
	}
	return err;
}

static int flip_endpoints(struct run *run)
{
	int err = close_endpoints(run);
	for (size_t i = 0; !err && i < run->input->pod_count; i++)
		err = put_endpoint(run, &run->input->pods[i]);
	return err;
}

/* ---- one table ------------------------------------------------------------------------- */

static void name_failure(struct run *run, enum leat_table_id id, size_t failed, const char *what)
{
	const struct leat_table *table = &run->sync->maps->tables[id];
	_cleanup_free_ char *why = leat_table_problem(table, run->sync->failures.first_error);
	run->has_failed[id] = true;
	leat_strings_print(run->problems, "%s: %zu entries not %s", why ? why : table->name, failed,
			   what);
}

static void put(struct run *run, enum leat_table_id id)
{
	struct leat_failures *failures = &run->sync->failures;
	size_t before = failures->count;
	failures->first_error = 0;
	leat_tables_put(&run->sync->tables, id, &run->delta[id], failures);
	run->sync->writes += run->delta[id].puts.count;
	if (failures->count > before)
		name_failure(run, id, failures->count - before, "written");
}

static void drop(struct run *run, enum leat_table_id id)
{
	struct leat_failures *failures = &run->sync->failures;
	size_t before = failures->count;
	failures->first_error = 0;
	leat_tables_remove(&run->sync->tables, id, &run->delta[id], failures);
	run->sync->writes += run->delta[id].removes.count;
	run->has_removed |= run->delta[id].removes.count > 0;
	if (failures->count > before)
		name_failure(run, id, failures->count - before, "removed");
}

static int settle(struct run *run)
{
	int err = 0;
	for (size_t i = 0; !err && i < ARRAY_SIZE(synced); i++)
		if (run->has_failed[synced[i]] || run->delta[synced[i]].puts.count ||
		    run->delta[synced[i]].removes.count)
			err = leat_tables_settle(&run->sync->tables, synced[i],
						 run->want[synced[i]], run->has_failed[synced[i]]);
	return err;
}

/* Old sets that are asked about new identities until their endpoints flip. Best effort: what does
 * not fit is denied for that moment. */
static void put_bridge(struct run *run)
{
	const struct leat_rows *actual = run->sync->tables.actual;
	const struct leat_desired before = {
		.ipcache = actual[LEAT_TABLE_IPCACHE],
		.cidrs = actual[LEAT_TABLE_CIDR],
		.policy = actual[LEAT_TABLE_POLICY],
	};
	if (leat_bridge_write(&before, &run->sync->desired, &run->bridge) < 0)
		return;
	for (size_t i = 0; i < run->bridge.count; i++)
		(void)leat_table_put(&run->sync->maps->tables[LEAT_TABLE_POLICY],
				     leat_rows_key(&run->bridge, i),
				     leat_rows_value(&run->bridge, i));
}

static void drop_bridge(struct run *run)
{
	for (size_t i = 0; i < run->bridge.count; i++) {
		const void *key = leat_rows_key(&run->bridge, i);
		if (!leat_rows_find(run->want[LEAT_TABLE_POLICY], key))
			(void)leat_table_remove(&run->sync->maps->tables[LEAT_TABLE_POLICY], key);
	}
}

/* ---- the run --------------------------------------------------------------------------- */

static int add_all(struct run *run)
{
	put(run, LEAT_TABLE_POLICY);
	put_bridge(run);
	put(run, LEAT_TABLE_NODE);
	put(run, LEAT_TABLE_DEVICE);
	int err = plan_services(run);
	put(run, LEAT_TABLE_IPCACHE);
	put(run, LEAT_TABLE_CIDR);
	flip_services(run);
	err = err ?: flip_endpoints(run);
	put(run, LEAT_TABLE_IFEP);
	return err ?: leat_tables_raise_epochs(&run->sync->tables, run->put_sets, run->flipped);
}

static int remove_all(struct run *run)
{
	int err = remove_services(run);
	drop(run, LEAT_TABLE_IFEP);
	drop(run, LEAT_TABLE_IPCACHE);
	drop(run, LEAT_TABLE_CIDR);
	drop(run, LEAT_TABLE_POLICY);
	drop(run, LEAT_TABLE_NODE);
	drop(run, LEAT_TABLE_DEVICE);
	return err ?: leat_tables_raise_epochs(&run->sync->tables, run->removed_sets, NULL);
}

static int run_init(struct run *run)
{
	leat_rows_init(&run->ifep, sizeof(__u32), sizeof(__u32));
	leat_rows_init(&run->bridge, sizeof(struct leat_policy_key), sizeof(struct leat_policy));
	int err = leat_numbers_new(&run->put_sets);
	err = err ?: leat_numbers_new(&run->removed_sets);
	err = err ?: leat_numbers_new(&run->flipped);
	return err ?: leat_gone_new(&run->gone);
}

static void run_free(struct run *run)
{
	leat_rows_free(&run->ifep);
	leat_rows_free(&run->bridge);
	for (size_t i = 0; i < ARRAY_SIZE(synced); i++)
		leat_delta_free(&run->delta[synced[i]]);
	leat_numbers_free(run->put_sets);
	leat_numbers_free(run->removed_sets);
	leat_numbers_free(run->flipped);
	leat_gone_free(run->gone);
}

static int reset_failures(struct leat_sync *sync)
{
	leat_failures_free(&sync->failures);
	leat_numbers_free(sync->bad_slots);
	sync->bad_slots = NULL;
	int err = leat_failures_init(&sync->failures);
	return err ?: leat_numbers_new(&sync->bad_slots);
}

static int apply(struct run *run)
{
	int err = run_init(run);
	err = err ?: reset_failures(run->sync);
	err = err ?: compute_deltas(run);
	err = err ?: find_affected(run, true, run->put_sets);
	err = err ?: find_affected(run, false, run->removed_sets);
	err = err
		      ?: leat_gone_add_moved(run->gone,
					     &run->sync->tables.actual[LEAT_TABLE_IPCACHE],
					     &run->sync->desired.ipcache);
	err = err ?: note_gone_nodes(run);
	if (err)
		return err; /* nothing was written */
	err = add_all(run);
	drop_bridge(run);
	err = err ?: remove_all(run);
	for (size_t i = 0; err && i < ARRAY_SIZE(synced); i++)
		run->has_failed[synced[i]] = true; /* who knows how far it came: read again */
	int also = leat_gone_sweep(run->gone, run->sync->maps, NULL);
	if (also)
		leat_strings_print(run->problems, "flows of what vanished not removed: %s",
				   strerror(-also));
	also = settle(run);
	return err ?: also;
}

int leat_sync_run(struct leat_sync *sync, const struct leat_sync_input *input,
		  struct leat_strings *problems)
{
	struct leat_strings first = { 0 }, second = { 0 };
	int err = compile(sync, input);
	if (err)
		return err;
	sync->writes = 0;
	leat_services_settle(&sync->services);
	struct run run = { .sync = sync, .input = input, .problems = &first };
	err = apply(&run);
	bool is_worth_another = !err && first.count && run.has_removed;
	run_free(&run);
	if (is_worth_another) { /* the removals may have made room */
		run = (struct run){ .sync = sync, .input = input, .problems = &second };
		err = apply(&run);
		run_free(&run);
	}
	const struct leat_strings *last = is_worth_another ? &second : &first;
	for (size_t i = 0; i < last->count; i++)
		leat_strings_print(problems, "%s", last->items[i]);
	for (size_t i = 0; i < sync->desired.problem_count; i++)
		leat_strings_print(problems, "%s", sync->desired.problems[i]);
	leat_strings_free(&first);
	leat_strings_free(&second);
	return err;
}
