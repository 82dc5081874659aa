// SPDX-License-Identifier: Apache-2.0
/* The difference of two sorted tables, by one walk through both. */
#include "maps/delta.h"

#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"

void leat_delta_free(struct leat_delta *delta)
{
	leat_rows_free(&delta->puts);
	leat_rows_free(&delta->removes);
	delta->added = 0;
	delta->changed = 0;
}

/* Below 0: `desired` has a key that `actual` lacks; above: the other way; 0: both have it. */
static int compare_heads(const struct leat_rows *desired, size_t want,
			 const struct leat_rows *actual, size_t have)
{
	if (want == desired->count)
		return 1;
	if (have == actual->count)
		return -1;
	return memcmp(leat_rows_key(desired, want), leat_rows_key(actual, have), desired->key_size);
}

static int put_row(struct leat_delta *delta, const struct leat_rows *desired, size_t want,
		   size_t *counter)
{
	int err = leat_rows_add(&delta->puts, leat_rows_key(desired, want),
				leat_rows_value(desired, want));

	*counter += err == 0;
	return err;
}

static int compare_values(struct leat_delta *delta, const struct leat_rows *desired, size_t want,
			  const void *actual_value)
{
	if (!memcmp(leat_rows_value(desired, want), actual_value, desired->value_size))
		return 0;
	return put_row(delta, desired, want, &delta->changed);
}

int leat_delta_compute(const struct leat_rows *desired, const struct leat_rows *actual,
		       struct leat_delta *ret_delta)
{
	LEAT_CLEANUP(leat_delta_free) struct leat_delta delta = { 0 };
	size_t want = 0, have = 0;
	int err = 0;

	leat_rows_init(&delta.puts, desired->key_size, desired->value_size);
	leat_rows_init(&delta.removes, desired->key_size, desired->value_size);
	while (!err && (want < desired->count || have < actual->count)) {
		int order = compare_heads(desired, want, actual, have);

		if (order < 0)
			err = put_row(&delta, desired, want, &delta.added);
		else if (order > 0)
			err = leat_rows_add(&delta.removes, leat_rows_key(actual, have),
					    leat_rows_value(actual, have));
		else
			err = compare_values(&delta, desired, want, leat_rows_value(actual, have));
		want += order <= 0;
		have += order >= 0;
	}
	if (err < 0)
		return err;
	*ret_delta = delta;
	delta = (struct leat_delta){ 0 };
	return 0;
}

int leat_delta_put(const struct leat_table *table, const struct leat_delta *delta,
		   size_t *ret_failed)
{
	size_t failed = 0;
	int first = 0;

	for (size_t i = 0; i < delta->puts.count; i++) {
		int err = leat_table_put(table, leat_rows_key(&delta->puts, i),
					 leat_rows_value(&delta->puts, i));

		failed += err < 0;
		first = first ? first : err;
	}
	if (ret_failed)
		*ret_failed = failed;
	return first;
}

int leat_delta_remove(const struct leat_table *table, const struct leat_delta *delta,
		      size_t *ret_failed)
{
	size_t failed = 0;
	int first = 0;

	for (size_t i = 0; i < delta->removes.count; i++) {
		int err = leat_table_remove(table, leat_rows_key(&delta->removes, i));

		failed += err < 0;
		first = first ? first : err;
	}
	if (ret_failed)
		*ret_failed = failed;
	return first;
}
