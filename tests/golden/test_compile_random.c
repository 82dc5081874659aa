// SPDX-License-Identifier: Apache-2.0
/*
 * The compiler against the plain reading of common_model.h: random worlds and policies, random
 * tuples of both families, and for each: the verdict, the rule that gets the credit, and the
 * policies that a deny names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/golden/common_model.h"
#include "tests/support/world.h"

#define SEEDS  150
#define TUPLES 600

struct tally {
	size_t isolated, denied, credited;
};

static void build_world(struct test_world *world, const struct model *model)
{
	struct leat_text json = { 0 };
	char addr4[64], addr6[64], namespace[16], name[16];

	test_world_begin(world, "here");
	model_write(model, &json);
	assert_false(json.has_failed);
	test_world_apply(world, json.data);
	if (world->problem_count)
		fail_msg("%s", world->problems[0]);
	leat_text_free(&json);
	test_world_host(world, model_addr_text(&model->host[0], addr4));
	test_world_host(world, model_addr_text(&model->host[1], addr6));
	for (int i = 0; i < MODEL_PODS; i++) {
		if (!model->pods[i].is_local)
			continue;
		snprintf(namespace, sizeof(namespace), "n%d", model->pods[i].namespace);
		snprintf(name, sizeof(name), "pod%d", i);
		test_world_wire(world, namespace, name,
				model_addr_text(&model->pods[i].addrs[0], addr4),
				model_addr_text(&model->pods[i].addrs[1], addr6));
	}
	test_world_compile(world);
}

static const struct leat_name_rule *name_rule(const struct leat_desired *desired, __u32 number)
{
	for (size_t i = 0; i < desired->rule_count; i++)
		if (desired->rules[i].rule == number)
			return &desired->rules[i];
	return NULL;
}

static const struct leat_name_set *name_set(const struct leat_desired *desired, __u32 number)
{
	for (size_t i = 0; i < desired->set_count; i++)
		if (desired->sets[i].set == number)
			return &desired->sets[i];
	return NULL;
}

/* The policies of the set are those that isolate the pod, in their order. */
static void check_set(const struct model *model, const struct model_side *wanted, int dir,
		      const struct leat_desired *desired, __u32 number)
{
	const struct leat_name_set *set = name_set(desired, number);
	size_t count = 0;
	char text[32];

	assert_non_null(set);
	for (int i = 0; i < model->policy_count; i++) {
		const struct model_policy *policy = &model->policies[i];

		if (!(dir ? policy->is_ingress : policy->is_egress) ||
		    !model_selects(model, i, wanted->pod))
			continue;
		snprintf(text, sizeof(text), "n%d/p%02d", policy->namespace, i);
		assert_true(count < set->policy_count);
		assert_string_equal(set->policies[count], text);
		count++;
	}
	assert_int_equal(count, set->policy_count);
}

static void check_rule(const struct model *model, const struct model_side *wanted, int dir,
		       const struct leat_desired *desired, __u32 number, const char *where)
{
	const struct leat_name_rule *rule = name_rule(desired, number);
	char namespace[16], policy[16];

	assert_non_null(rule);
	assert_int_equal(rule->dir, dir ? LEAT_INGRESS : LEAT_EGRESS);
	if (wanted->policy < 0)
		return;
	snprintf(namespace, sizeof(namespace), "n%d", model->policies[wanted->policy].namespace);
	snprintf(policy, sizeof(policy), "p%02d", wanted->policy);
	if (strcmp(rule->namespace, namespace) || strcmp(rule->policy, policy) ||
	    rule->index != (__u32)wanted->rule)
		fail_msg("%s: credit to %s/%s %u, wanted %s/%s %d", where, rule->namespace,
			 rule->policy, rule->index, namespace, policy, wanted->rule);
}

static void check_side(const struct model *model, const struct model_tuple *tuple, int dir,
		       const struct leat_desired *desired, const struct leat_side *got,
		       struct tally *tally, const char *where)
{
	struct model_side wanted = model_judge(model, tuple, dir);
	bool is_allowed = got->verdict == LEAT_VERDICT_ALLOW;

	if ((got->slot != 0) != (wanted.pod >= 0))
		fail_msg("%s: slot %u, wanted pod %d", where, got->slot, wanted.pod);
	if (is_allowed != wanted.is_allowed)
		fail_msg("%s: %s", where,
			 is_allowed ? "allowed, wanted denied" : "denied, wanted allowed");
	if (wanted.pod < 0 || wanted.is_exempt)
		return;
	assert_int_equal(got->is_isolated, wanted.is_isolated);
	if (!wanted.is_isolated) {
		assert_int_equal(got->set, 0);
		return;
	}
	tally->isolated++;
	check_set(model, &wanted, dir, desired, got->set);
	if (is_allowed) {
		tally->credited += wanted.policy >= 0;
		check_rule(model, &wanted, dir, desired, got->rule, where);
	} else {
		tally->denied++;
		assert_int_equal(got->rule, LEAT_RULE_NONE);
	}
}

static void check_tuple(struct model *model, const struct test_world *world, uint64_t seed,
			struct tally *tally)
{
	struct model_tuple tuple = model_pick(model);
	char src[64], dst[64], where[320];
	struct leat_explanation got;

	model_addr_text(&tuple.src, src);
	model_addr_text(&tuple.dst, dst);
	got = test_world_judge(world, src, dst, (__u8)tuple.proto, (__u16)tuple.port);
	for (int dir = 0; dir < 2; dir++) {
		snprintf(where, sizeof(where), "seed %llu, %s -> %s proto %d port %d, %s",
			 (unsigned long long)seed, src, dst, tuple.proto, tuple.port,
			 dir ? "ingress" : "egress");
		check_side(model, &tuple, dir, &world->desired, dir ? &got.ingress : &got.egress,
			   tally, where);
	}
}

static void test_random_worlds(void **state)
{
	struct test_world *world = malloc(sizeof(*world));
	struct model *model = malloc(sizeof(*model));
	struct tally tally = { 0 };

	(void)state;
	assert_non_null(world);
	assert_non_null(model);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		model_make(model, seed);
		build_world(world, model);
		for (int i = 0; i < TUPLES; i++)
			check_tuple(model, world, seed, &tally);
		test_world_end(world);
	}
	/* A comparison that never met a deny or a rule would prove nothing. */
	print_message("# %zu isolated ends, %zu denied, %zu credited to one rule\n", tally.isolated,
		      tally.denied, tally.credited);
	assert_true(tally.isolated > SEEDS * TUPLES / 10);
	assert_true(tally.denied > tally.isolated / 10);
	assert_true(tally.credited > tally.isolated / 10);
	free(model);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
