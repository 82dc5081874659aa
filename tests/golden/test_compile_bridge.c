// SPDX-License-Identifier: Apache-2.0
/*
 * The moment between two compilations, when addresses have their new identities and endpoints
 * still their old sets: what both sides of it allow stays allowed where the bridge can tell, and
 * nothing is allowed that neither side allows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "compile/bridge.h"
#include "tests/golden/common_model.h"
#include "tests/support/world.h"

#define POLICY(spec)                                                                               \
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {namespace: x, name: "   \
	"p}\nspec: " spec "\n---\n"
#define POD(name, addr)                                                                            \
	"apiVersion: v1\nkind: Pod\nmetadata: {namespace: x, name: " name ", labels: {app: " name  \
	"}}\nstatus: {phase: Running, podIPs: [{ip: " addr "}]}\n---\n"

static void add_rows(struct leat_rows *all, const struct leat_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		assert_int_equal(
			leat_rows_add(all, leat_rows_key(rows, i), leat_rows_value(rows, i)), 0);
}

/* The tables between: old endpoints, new addresses, all policy rows. Shares memory with both. */
static struct leat_desired between(const struct leat_desired *before,
				   const struct leat_desired *after, bool has_bridge)
{
	struct leat_desired mixed = *after;
	struct leat_rows bridge;

	mixed.pods = before->pods;
	mixed.pod_count = before->pod_count;
	leat_rows_init(&mixed.policy, after->policy.key_size, after->policy.value_size);
	add_rows(&mixed.policy, &after->policy);
	add_rows(&mixed.policy, &before->policy);
	if (has_bridge) {
		assert_int_equal(leat_bridge_write(before, after, &bridge), 0);
		add_rows(&mixed.policy, &bridge);
		leat_rows_free(&bridge);
	}
	leat_rows_sort(&mixed.policy, NULL);
	return mixed;
}

static bool allows(const struct leat_desired *desired, const char *src, const char *dst)
{
	struct leat_tuple tuple = {
		.src = test_addr(src), .dst = test_addr(dst), .proto = IPPROTO_TCP, .port = 80
	};
	struct leat_explanation explanation;

	leat_evaluate(desired, &tuple, &explanation);
	return explanation.verdict == LEAT_VERDICT_ALLOW;
}

static void test_added_peer(void **state)
{
	struct test_world *world = malloc(sizeof(*world));
	struct leat_desired before, mixed;

	(void)state;
	assert_non_null(world);
	test_world_begin(world, "n1");
	test_world_apply(
		world,
		POD("a", "10.0.0.1") POD("b", "10.0.0.2") POD("c", "10.0.0.3") POLICY(
			"{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: "
			"{matchLabels: {app: b}}}]}]}"));
	test_world_wire(world, "x", "a", "10.0.0.1", NULL);
	test_world_compile(world);
	before = world->desired;
	world->is_compiled = false;
	test_world_apply(world, POLICY("{podSelector: {matchLabels: {app: a}}, ingress: [{from: "
				       "[{podSelector: {matchLabels: {app: b}}}]}, {from: "
				       "[{podSelector: {}}], ports: "
				       "[{port: 443}]}]}"));
	test_world_compile(world);
	assert_true(allows(&before, "10.0.0.2", "10.0.0.1"));
	assert_true(allows(&world->desired, "10.0.0.2", "10.0.0.1"));
	/* This is what the bridge is for: without it there is a gap. */
	mixed = between(&before, &world->desired, false);
	assert_false(allows(&mixed, "10.0.0.2", "10.0.0.1"));
	leat_rows_free(&mixed.policy);
	mixed = between(&before, &world->desired, true);
	assert_true(allows(&mixed, "10.0.0.2", "10.0.0.1"));
	assert_false(allows(&mixed, "10.0.0.3", "10.0.0.1"));
	leat_rows_free(&mixed.policy);
	leat_desired_free(&before);
	test_world_end(world);
	free(world);
}

static struct leat_desired compile_model(struct test_world *world, const struct model *model)
{
	struct leat_text json = { 0 };
	struct leat_desired desired;
	char addr4[64], addr6[64], namespace[16], name[16];

	test_world_begin(world, "here");
	model_write(model, &json);
	test_world_apply(world, json.data);
	leat_text_free(&json);
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
	desired = world->desired;
	world->is_compiled = false;
	test_world_end(world);
	return desired;
}

struct tally {
	size_t both, kept, kept_without;
};

static bool judge(const struct leat_desired *desired, const struct model_tuple *tuple)
{
	struct leat_explanation explanation;
	char src[64], dst[64];
	struct leat_tuple asked = {
		.src = test_addr(model_addr_text(&tuple->src, src)),
		.dst = test_addr(model_addr_text(&tuple->dst, dst)),
		.proto = (__u8)tuple->proto,
		.port = (__u16)tuple->port,
	};

	leat_evaluate(desired, &asked, &explanation);
	return explanation.verdict == LEAT_VERDICT_ALLOW;
}

/* The same pods; one policy is another one afterwards. */
static void check_seed(struct model *models, struct test_world *world, uint64_t seed,
		       struct tally *tally)
{
	struct leat_desired before, after, mixed, bare;
	int changed;

	model_make(&models[0], seed);
	model_make(&models[1], seed + 1000);
	changed = (int)(seed % (uint64_t)models[0].policy_count);
	before = compile_model(world, &models[0]);
	models[1].policies[0].namespace = models[0].policies[changed].namespace;
	models[0].policies[changed] = models[1].policies[0];
	after = compile_model(world, &models[0]);
	mixed = between(&before, &after, true);
	bare = between(&before, &after, false);
	for (int i = 0; i < 400; i++) {
		struct model_tuple tuple = model_pick(&models[0]);
		bool was = judge(&before, &tuple), will = judge(&after, &tuple);
		bool is = judge(&mixed, &tuple);

		if (is && !was && !will)
			fail_msg("seed %llu: allowed by neither", (unsigned long long)seed);
		tally->both += was && will;
		tally->kept += was && will && is;
		tally->kept_without += was && will && judge(&bare, &tuple);
	}
	leat_rows_free(&mixed.policy);
	leat_rows_free(&bare.policy);
	leat_desired_free(&before);
	leat_desired_free(&after);
}

static void test_random_changes(void **state)
{
	struct test_world *world = malloc(sizeof(*world));
	struct model *models = calloc(2, sizeof(*models));
	struct tally tally = { 0 };

	(void)state;
	assert_non_null(world);
	assert_non_null(models);
	for (uint64_t seed = 1; seed <= 60; seed++)
		check_seed(models, world, seed, &tally);
	print_message("# allowed before and after: %zu, also between: %zu, without a bridge: %zu\n",
		      tally.both, tally.kept, tally.kept_without);
	assert_true(tally.kept > tally.kept_without);
	free(models);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_added_peer),
		cmocka_unit_test(test_random_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
