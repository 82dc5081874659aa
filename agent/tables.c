// SPDX-License-Identifier: Apache-2.0
/* See tables.h. Failures are counted and named, never end a pass: the rest must still be right. */
#include "tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const enum leat_table_id kept[] = { LEAT_TABLE_IPCACHE, LEAT_TABLE_CIDR,	  LEAT_TABLE_POLICY,
					   LEAT_TABLE_NODE,    LEAT_TABLE_DEVICE, LEAT_TABLE_IFEP };

static int read_endpoints(struct leat_tables *tables)
{
	const struct leat_table *table = &tables->maps->tables[LEAT_TABLE_EP];
	struct leat_rows rows;
	tables->slot_count = table->max_entries;
	tables->endpoints = calloc(tables->slot_count, sizeof(*tables->endpoints));
	if (!tables->endpoints)
		return -ENOMEM;
	int err = leat_table_read(table, &rows);
	if (err)
		return err;
	for (size_t i = 0; i < rows.count; i++) {
		__u32 slot = *(const __u32 *)leat_rows_key(&rows, i);
		memcpy(&tables->endpoints[slot], leat_rows_value(&rows, i),
		       sizeof(*tables->endpoints));
	}
	leat_rows_free(&rows);
	return 0;
}

int leat_tables_init(struct leat_tables *tables, const struct leat_maps *maps)
{
	*tables = (struct leat_tables){ .maps = maps };
	int err = read_endpoints(tables);
	for (size_t i = 0; !err && i < sizeof(kept) / sizeof(kept[0]); i++)
		err = leat_table_read(&maps->tables[kept[i]], &tables->actual[kept[i]]);
	return err;
}

void leat_tables_free(struct leat_tables *tables)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		leat_rows_free(&tables->actual[kept[i]]);
	free(tables->endpoints);
}

int leat_failures_init(struct leat_failures *failures)
{
	*failures = (struct leat_failures){ 0 };
	int err = leat_numbers_new(&failures->sets);
	err = err ?: leat_numbers_new(&failures->sets_denied);
	return err ?: leat_numbers_new(&failures->slots);
}

void leat_failures_free(struct leat_failures *failures)
{
	leat_numbers_free(failures->sets);
	leat_numbers_free(failures->sets_denied);
	leat_numbers_free(failures->slots);
}

static void note(struct leat_failures *failures, enum leat_table_id id, const void *key,
		 const void *value, int err)
{
	failures->count++;
	failures->first_error = failures->first_error ?: err;
	if (id == LEAT_TABLE_POLICY) {
		const struct leat_policy *policy = value;
		__u32 set = ((const struct leat_policy_key *)key)->set;
		(void)leat_numbers_add(failures->sets, set);
		if (policy->verdict == LEAT_VERDICT_DENY)
			(void)leat_numbers_add(failures->sets_denied, set);
	} else if (id == LEAT_TABLE_IPCACHE) {
		const struct leat_ipinfo *info = value;
		if (info->slot)
			(void)leat_numbers_add(failures->slots, info->slot);
	}
}

void leat_tables_put(struct leat_tables *tables, enum leat_table_id id,
		     const struct leat_delta *delta, struct leat_failures *failures)
{
	const struct leat_rows *rows = &delta->puts;
	for (size_t i = 0; i < rows->count; i++) {
		const void *key = leat_rows_key(rows, i), *value = leat_rows_value(rows, i);
		int err = leat_table_put(&tables->maps->tables[id], key, value);
		if (err)
			note(failures, id, key, value, err);
	}
}

void leat_tables_remove(struct leat_tables *tables, enum leat_table_id id,
			const struct leat_delta *delta, struct leat_failures *failures)
{
	size_t failed = 0;
	int err = leat_delta_remove(&tables->maps->tables[id], delta, &failed);
	failures->count += failed;
	failures->first_error = failures->first_error ?: err;
}

int leat_tables_settle(struct leat_tables *tables, enum leat_table_id id,
		       const struct leat_rows *desired, bool has_failed)
{
	struct leat_rows rows;
	int err = 0;
	if (has_failed) {
		err = leat_table_read(&tables->maps->tables[id], &rows);
		if (err)
			return err;
	} else {
		leat_rows_init(&rows, desired->key_size, desired->value_size);
		for (size_t i = 0; !err && i < desired->count; i++)
			err = leat_rows_add(&rows, leat_rows_key(desired, i),
					    leat_rows_value(desired, i));
	}
	if (err) {
		leat_rows_free(&rows);
		return err;
	}
	leat_rows_free(&tables->actual[id]);
	tables->actual[id] = rows;
	return 0;
}

static int write_endpoint(struct leat_tables *tables, __u32 slot,
			  const struct leat_endpoint *endpoint)
{
	if (slot == LEAT_SLOT_NONE || slot >= tables->slot_count)
		return -ERANGE;
	if (memcmp(&tables->endpoints[slot], endpoint, sizeof(*endpoint)) == 0)
		return 0;
	int err = leat_table_put(&tables->maps->tables[LEAT_TABLE_EP], &slot, endpoint);
	if (!err)
		tables->endpoints[slot] = *endpoint;
	return err;
}

int leat_tables_put_endpoint(struct leat_tables *tables, __u32 slot,
			     const struct leat_endpoint *endpoint)
{
	struct leat_endpoint now = *endpoint;
	if (slot >= tables->slot_count)
		return -ERANGE;
	const struct leat_endpoint *before = &tables->endpoints[slot];
	now.epoch = before->ifindex ? before->epoch : before->epoch + 1;
	return write_endpoint(tables, slot, &now);
}

static int raise_epoch(struct leat_tables *tables, __u32 slot)
{
	struct leat_endpoint now = tables->endpoints[slot];
	now.epoch++;
	return write_endpoint(tables, slot, &now);
}

static bool uses(const struct leat_endpoint *endpoint, const struct leat_numbers *sets)
{
	return ((endpoint->flags & LEAT_EP_EGRESS_ISOLATED) &&
		leat_numbers_has(sets, endpoint->egress_set)) ||
	       ((endpoint->flags & LEAT_EP_INGRESS_ISOLATED) &&
		leat_numbers_has(sets, endpoint->ingress_set));
}

int leat_tables_raise_epochs(struct leat_tables *tables, const struct leat_numbers *sets,
			     const struct leat_numbers *slots)
{
	int first_error = 0;
	for (__u32 slot = 1; slot < tables->slot_count; slot++) {
		const struct leat_endpoint *endpoint = &tables->endpoints[slot];
		if (!endpoint->ifindex ||
		    !(uses(endpoint, sets) || (slots && leat_numbers_has(slots, slot))))
			continue;
		int err = raise_epoch(tables, slot);
		first_error = first_error ?: err;
	}
	return first_error;
}

int leat_tables_close_endpoint(struct leat_tables *tables, __u32 slot)
{
	struct leat_endpoint now = { .epoch = tables->endpoints[slot].epoch + 1 };
	return write_endpoint(tables, slot, &now);
}
