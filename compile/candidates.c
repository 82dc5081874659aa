// SPDX-License-Identifier: Apache-2.0
/*
 * Ready ones, else those that serve while they terminate. See candidates.h.
 */
#include "compile/candidates.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include <leat/service.h>

int leat_candidates_add(struct leat_candidates *candidates, struct leat_candidate candidate)
{
	if (candidates->count == candidates->allocated) {
		size_t more = candidates->allocated ? candidates->allocated * 2 : 8;
		struct leat_candidate *grown = leat_arena_resize(
			candidates->arena, candidates->items, more, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		candidates->items = grown;
		candidates->allocated = more;
	}
	candidates->items[candidates->count++] = candidate;
	return 0;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct leat_candidate *left = a, *right = b;
	int order = leat_addr_compare(&left->addr, &right->addr);

	return order ? order : (left->port > right->port) - (left->port < right->port);
}

static void merge_repeated(struct leat_candidates *candidates)
{
	size_t kept = 0;

	if (candidates->count)
		qsort(candidates->items, candidates->count, sizeof(*candidates->items),
		      compare_candidates);
	for (size_t i = 0; i < candidates->count; i++) {
		const struct leat_candidate *next = &candidates->items[i];
		struct leat_candidate *last = kept ? &candidates->items[kept - 1] : NULL;

		if (last && !compare_candidates(last, next)) {
			last->is_ready |= next->is_ready;
			last->is_fallback |= next->is_fallback;
		} else {
			candidates->items[kept++] = *next;
		}
	}
	candidates->count = kept;
}

int leat_candidates_choose(struct leat_candidates *candidates, struct leat_rows *rows)
{
	bool has_ready = false;

	merge_repeated(candidates);
	for (size_t i = 0; i < candidates->count; i++)
		has_ready |= candidates->items[i].is_ready;
	for (size_t i = 0; i < candidates->count; i++) {
		const struct leat_candidate *candidate = &candidates->items[i];
		struct leat_backend backend = { .addr = candidate->addr,
						.port = htons(candidate->port) };

		if (!(has_ready ? candidate->is_ready : candidate->is_fallback))
			continue;
		if (leat_rows_add(rows, &backend, NULL) < 0)
			return -ENOMEM;
	}
	leat_rows_sort(rows, NULL);
	return 0;
}
