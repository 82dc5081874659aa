// SPDX-License-Identifier: Apache-2.0
/* Which policy sets can change their verdict: exactly those whose rows, or peers, change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <leat/ipcache.h>
#include <leat/policy.h>

#include "agent/affected.h"
#include "lib/addr.h"
#include "lib/cleanup.h"

static struct leat_addr addr(const char *text)
{
	struct leat_addr result;

	assert_int_equal(leat_addr_parse(text, &result), 0);
	return result;
}

static void add_addr(struct leat_rows *rows, const char *text, __u32 identity)
{
	const struct leat_addr key = addr(text);
	const struct leat_ipinfo value = { .identity = identity, .kind = LEAT_IP_POD };

	assert_int_equal(leat_rows_add(rows, &key, &value), 0);
	leat_rows_sort(rows, NULL);
}

static void add_block(struct leat_rows *rows, const char *text, __u32 identity)
{
	struct leat_cidr cidr;
	const struct leat_ipinfo value = { .identity = identity };

	assert_int_equal(leat_cidr_parse(text, &cidr, NULL), 0);
	const struct leat_cidr_key key = { .prefixlen = cidr.prefixlen, .addr = cidr.addr };

	assert_int_equal(leat_rows_add(rows, &key, &value), 0);
	leat_rows_sort(rows, NULL);
}

static void add_policy(struct leat_rows *rows, __u32 set, __u32 identity)
{
	const struct leat_policy_key key = {
		.prefixlen = LEAT_POLICY_PREFIX_PEER,
		.set = set,
		.identity = identity,
	};
	const struct leat_policy value = { .verdict = LEAT_VERDICT_ALLOW };

	assert_int_equal(leat_rows_add(rows, &key, &value), 0);
	leat_rows_sort(rows, NULL);
}

struct tables {
	struct leat_rows ipcache, cidrs;
};

static void tables_init(struct tables *tables)
{
	leat_rows_init(&tables->ipcache, sizeof(struct leat_addr), sizeof(struct leat_ipinfo));
	leat_rows_init(&tables->cidrs, sizeof(struct leat_cidr_key), sizeof(struct leat_ipinfo));
}

static void tables_free(struct tables *tables)
{
	leat_rows_free(&tables->ipcache);
	leat_rows_free(&tables->cidrs);
}

static void test_longest_match(void **state)
{
	static const struct {
		const char *text;
		__u32 want;
	} rows[] = {
		{ "10.1.2.3", 20 },	     { "10.1.9.9", 21 }, { "10.9.9.9", 22 },
		{ "11.0.0.1", 23 },	     { "fd00::1", 24 },	 { "fd00:0:0:1::1", 25 },
		{ "fe00::1", LEAT_ID_NONE },
	};
	struct tables tables LEAT_CLEANUP(tables_free);
	struct leat_world world = { &tables.ipcache, &tables.cidrs };

	(void)state;
	tables_init(&tables);
	add_addr(&tables.ipcache, "10.1.2.3", 20);
	add_block(&tables.cidrs, "10.1.0.0/16", 21);
	add_block(&tables.cidrs, "10.0.0.0/8", 22);
	add_block(&tables.cidrs, "0.0.0.0/0", 23);
	add_block(&tables.cidrs, "fd00::/16", 25);
	add_block(&tables.cidrs, "fd00::/64", 24);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct leat_addr wanted = addr(rows[i].text);

		if (leat_world_identity(&world, &wanted) != rows[i].want)
			fail_msg("%s", rows[i].text);
	}
}

/* Sets 100 (knows 20), 101 (knows 21), 102 (knows 22), 103 (knows whoever it is). */
static void sets_of(const struct leat_numbers *identities, struct leat_numbers *sets)
{
	struct leat_rows policy LEAT_CLEANUP(leat_rows_free);

	leat_rows_init(&policy, sizeof(struct leat_policy_key), sizeof(struct leat_policy));
	add_policy(&policy, 100, 20);
	add_policy(&policy, 101, 21);
	add_policy(&policy, 102, 22);
	add_policy(&policy, 103, LEAT_ID_ANY);
	assert_int_equal(leat_affected_by_identity(&policy, identities, sets), 0);
}

static void expect(struct tables *before, struct tables *after, const struct tables *changed,
		   const char *want)
{
	const struct leat_world was = { &before->ipcache, &before->cidrs };
	const struct leat_world is = { &after->ipcache, &after->cidrs };
	struct leat_numbers *identities = NULL, *sets = NULL;
	char got[64] = "";

	assert_int_equal(leat_numbers_new(&identities), 0);
	assert_int_equal(leat_numbers_new(&sets), 0);
	assert_int_equal(
		leat_affected_identities(&was, &is, &changed->ipcache, &changed->cidrs, identities),
		0);
	sets_of(identities, sets);
	for (__u32 set = 100; set < 104; set++)
		if (leat_numbers_has(sets, set))
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u ", set);
	assert_string_equal(got, want);
	leat_numbers_free(identities);
	leat_numbers_free(sets);
}

static void test_address_changes(void **state)
{
	struct tables before LEAT_CLEANUP(tables_free), after LEAT_CLEANUP(tables_free);
	struct tables changed LEAT_CLEANUP(tables_free);

	(void)state;
	tables_init(&before);
	tables_init(&after);
	tables_init(&changed);
	expect(&before, &after, &changed, "");
	add_addr(&before.ipcache, "10.0.0.2", 20);
	add_addr(&after.ipcache, "10.0.0.2", 21);
	add_addr(&changed.ipcache, "10.0.0.2", 21);
	expect(&before, &after, &changed, "100 101 ");
	/* a row that changed in something else than its identity */
	add_addr(&before.ipcache, "10.0.0.3", 22);
	add_addr(&after.ipcache, "10.0.0.3", 22);
	add_addr(&changed.ipcache, "10.0.0.3", 22);
	expect(&before, &after, &changed, "100 101 ");
}

/* A pod that goes leaves its address to the block around it, and takes it from there. */
static void test_address_and_block(void **state)
{
	struct tables before LEAT_CLEANUP(tables_free), after LEAT_CLEANUP(tables_free);
	struct tables changed LEAT_CLEANUP(tables_free);

	(void)state;
	tables_init(&before);
	tables_init(&after);
	tables_init(&changed);
	add_block(&before.cidrs, "10.0.0.0/8", 22);
	add_block(&after.cidrs, "10.0.0.0/8", 22);
	add_addr(&before.ipcache, "10.0.0.2", 20);
	add_addr(&changed.ipcache, "10.0.0.2", 20);
	expect(&before, &after, &changed, "100 102 ");
	expect(&after, &before, &changed, "100 102 ");
}

static void test_block_changes(void **state)
{
	struct tables before LEAT_CLEANUP(tables_free), after LEAT_CLEANUP(tables_free);
	struct tables changed LEAT_CLEANUP(tables_free);

	(void)state;
	tables_init(&before);
	tables_init(&after);
	tables_init(&changed);
	add_block(&before.cidrs, "10.0.0.0/8", 20);
	add_block(&after.cidrs, "10.0.0.0/8", 20);
	add_block(&after.cidrs, "10.1.0.0/16", 21); /* an except: part of the block leaves it */
	add_block(&changed.cidrs, "10.1.0.0/16", 21);
	expect(&before, &after, &changed, "100 101 ");
}

static void test_rows_of_sets(void **state)
{
	struct leat_rows rows LEAT_CLEANUP(leat_rows_free);
	struct leat_numbers *sets = NULL;

	(void)state;
	leat_rows_init(&rows, sizeof(struct leat_policy_key), sizeof(struct leat_policy));
	add_policy(&rows, 7, 20);
	add_policy(&rows, 7, 21);
	add_policy(&rows, 9, 20);
	assert_int_equal(leat_numbers_new(&sets), 0);
	assert_int_equal(leat_affected_sets(&rows, sets), 0);
	assert_int_equal(leat_numbers_count(sets), 2);
	assert_true(leat_numbers_has(sets, 7));
	assert_true(leat_numbers_has(sets, 9));
	leat_numbers_free(sets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest_match),	  cmocka_unit_test(test_address_changes),
		cmocka_unit_test(test_address_and_block), cmocka_unit_test(test_block_changes),
		cmocka_unit_test(test_rows_of_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
