// SPDX-License-Identifier: Apache-2.0
/* See services.h. `actual` is kept sorted; it changes only by flips and removals that worked. */
#include "services.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

static struct leat_svc *held(const struct leat_services *services, const struct leat_svc_key *key)
{
	return (struct leat_svc *)leat_rows_find(&services->actual, key);
}

static int read_backends(struct leat_services *services)
{
	struct leat_rows rows;
	services->backends =
		calloc(services->backend_table->max_entries, sizeof(*services->backends));
	if (!services->backends)
		return -ENOMEM;
	int err = leat_table_read(services->backend_table, &rows);
	if (err)
		return err;
	for (size_t i = 0; i < rows.count; i++) {
		__u32 slot = *(const __u32 *)leat_rows_key(&rows, i);
		memcpy(&services->backends[slot], leat_rows_value(&rows, i),
		       sizeof(*services->backends));
	}
	leat_rows_free(&rows);
	return 0;
}

static bool is_used(const struct leat_backend *backend)
{
	static const struct leat_backend none;
	return memcmp(backend, &none, sizeof(none)) != 0;
}

static int rest(struct leat_services *services, __u32 first, __u32 count)
{
	struct leat_range *resting =
		reallocarray(services->resting, services->resting_count + 1, sizeof(*resting));
	if (!resting)
		return -ENOMEM;
	services->resting = resting;
	resting[services->resting_count++] = (struct leat_range){ first, count };
	return 0;
}

/* What a run that was killed wrote but never flipped to: it rests, too. */
static int rest_strays(struct leat_services *services)
{
	int err = 0;
	for (__u32 slot = 1; !err && slot < services->ranges.size; slot++)
		if (is_used(&services->backends[slot]) && !services->ranges.is_taken[slot]) {
			err = leat_ranges_claim(&services->ranges, slot, 1);
			err = err ?: rest(services, slot, 1);
		}
	return err;
}

static void claim_ranges(struct leat_services *services)
{
	for (size_t i = 0; i < services->actual.count; i++) {
		struct leat_svc *svc = (struct leat_svc *)leat_rows_value(&services->actual, i);
		if (leat_ranges_claim(&services->ranges, svc->first, svc->count) == 0)
			continue;
		/* No table of ours: taken as one without backends, so it is written anew. */
		svc->first = svc->count = 0;
	}
}

int leat_services_init(struct leat_services *services, const struct leat_maps *maps)
{
	*services = (struct leat_services){
		.svc_table = &maps->tables[LEAT_TABLE_SVC],
		.backend_table = &maps->tables[LEAT_TABLE_BACKEND],
	};
	leat_rows_init(&services->puts, sizeof(struct leat_svc_key), sizeof(struct leat_svc));
	int err = leat_ranges_init(&services->ranges, services->backend_table->max_entries);
	err = err ?: leat_table_read(services->svc_table, &services->actual);
	err = err ?: read_backends(services);
	if (err)
		return err;
	claim_ranges(services);
	return rest_strays(services);
}

void leat_services_free(struct leat_services *services)
{
	leat_rows_free(&services->actual);
	leat_rows_free(&services->puts);
	leat_ranges_free(&services->ranges);
	free(services->backends);
	free(services->resting);
}

const struct leat_svc *leat_services_get(const struct leat_services *services,
					 const struct leat_svc_key *key,
					 const struct leat_backend **ret_backends)
{
	const struct leat_svc *svc = held(services, key);
	if (svc)
		*ret_backends = services->backends + svc->first;
	return svc;
}

static int write_range(struct leat_services *services, const struct leat_services_want *want,
		       __u32 first)
{
	int err = 0;
	for (__u32 i = 0; !err && i < want->count; i++) {
		__u32 slot = first + i;
		err = leat_table_put(services->backend_table, &slot, &want->backends[i]);
		if (!err)
			services->backends[slot] = want->backends[i];
	}
	return err;
}

static int new_range(struct leat_services *services, const struct leat_services_want *want,
		     __u32 *ret_first)
{
	__u32 first;
	int err = leat_ranges_take(&services->ranges, want->count, &first);
	if (err)
		return err;
	err = write_range(services, want, first);
	if (err) {
		leat_ranges_give(&services->ranges, first, want->count);
		return err;
	}
	*ret_first = first;
	return 0;
}

int leat_services_plan(struct leat_services *services, const struct leat_services_want *want)
{
	const struct leat_svc *before = held(services, want->key);
	struct leat_svc after = {
		.service = want->service,
		.count = want->count,
		.flags = want->flags,
		.affinity_sec = want->affinity_sec,
	};
	int err = 0;
	bool is_same_range =
		before && before->count == want->count &&
		(!want->count || memcmp(services->backends + before->first, want->backends,
					want->count * sizeof(*want->backends)) == 0);
	if (is_same_range)
		after.first = before->first;
	else
		err = new_range(services, want, &after.first);
	if (err || (before && memcmp(before, &after, sizeof(after)) == 0))
		return err;
	return leat_rows_add(&services->puts, want->key, &after);
}

static int flip(struct leat_services *services, const struct leat_svc_key *key,
		struct leat_svc *before, const struct leat_svc *after)
{
	int err = leat_table_put(services->svc_table, key, after);
	if (err) {
		if (after->count && (!before || before->first != after->first))
			(void)rest(services, after->first, after->count);
		return err;
	}
	if (!before)
		return leat_rows_add(&services->actual, key, after);
	if (before->first != after->first && before->count)
		err = rest(services, before->first, before->count);
	*before = *after;
	return err;
}

/* Those that are held already first: appending ends the order that held() needs. */
static int flip_all(struct leat_services *services, bool is_new, size_t *failed)
{
	struct leat_rows *puts = &services->puts;
	size_t sorted = services->actual.count;
	int first_error = 0;
	for (size_t i = 0; i < puts->count; i++) {
		size_t count = services->actual.count;
		services->actual.count = sorted;
		struct leat_svc *before = held(services, leat_rows_key(puts, i));
		services->actual.count = count;
		if (is_new == (before != NULL))
			continue;
		int err = flip(services, leat_rows_key(puts, i), before, leat_rows_value(puts, i));
		*failed += err != 0;
		first_error = first_error ?: err;
	}
	return first_error;
}

int leat_services_flip(struct leat_services *services, size_t *ret_failed)
{
	size_t failed = 0;
	leat_rows_sort(&services->puts, NULL);
	int err = flip_all(services, false, &failed);
	int also = flip_all(services, true, &failed);
	leat_rows_sort(&services->actual, NULL);
	leat_rows_free(&services->puts);
	leat_rows_init(&services->puts, sizeof(struct leat_svc_key), sizeof(struct leat_svc));
	*ret_failed = failed;
	return err ?: also;
}

static void drop_row(struct leat_rows *rows, const void *key)
{
	size_t size = rows->key_size + rows->value_size;
	unsigned char *record = (unsigned char *)leat_rows_find(rows, key) - rows->key_size;
	size_t index = (size_t)(record - rows->data) / size;
	memmove(record, record + size, (rows->count - index - 1) * size);
	rows->count--;
}

int leat_services_remove(struct leat_services *services, const struct leat_svc_key *key)
{
	const struct leat_svc *svc = held(services, key);
	struct leat_svc_key copy = *key; /* may point into `actual` */
	if (!svc)
		return 0;
	int err = leat_table_remove(services->svc_table, key);
	if (err)
		return err;
	if (svc->count)
		err = rest(services, svc->first, svc->count);
	drop_row(&services->actual, &copy);
	return err;
}

void leat_services_settle(struct leat_services *services)
{
	for (size_t i = 0; i < services->resting_count; i++) {
		const struct leat_range *range = &services->resting[i];
		for (__u32 slot = range->first; slot < range->first + range->count; slot++) {
			(void)leat_table_remove(services->backend_table, &slot);
			services->backends[slot] = (struct leat_backend){ 0 };
		}
		leat_ranges_give(&services->ranges, range->first, range->count);
	}
	free(services->resting);
	services->resting = NULL;
	services->resting_count = 0;
}
