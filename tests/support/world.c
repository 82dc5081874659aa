// SPDX-License-Identifier: Apache-2.0
/*
 * Worlds for tests of compile/. See world.h.
 */
#include "tests/support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kube/decode.h"

struct leat_addr test_addr(const char *text)
{
	struct leat_addr addr = { 0 };

	if (leat_addr_parse(text, &addr) < 0)
		fail_msg("address %s", text);
	return addr;
}

struct leat_cidr test_cidr(const char *text)
{
	struct leat_cidr cidr = { 0 };

	if (leat_cidr_parse(text, &cidr, NULL) < 0)
		fail_msg("block %s", text);
	return cidr;
}

void test_world_begin(struct test_world *world, const char *node_name)
{
	memset(world, 0, sizeof(*world));
	assert_int_equal(kube_store_new(&world->store), 0);
	snprintf(world->node_name, sizeof(world->node_name), "%s", node_name);
	world->snapshot = (struct leat_snapshot){
		.store = world->store,
		.node_name = world->node_name,
		.host_addrs = world->host_addrs,
		.pods = world->pods,
		.service_cidrs = world->service_cidrs,
	};
}

void test_world_end(struct test_world *world)
{
	for (size_t i = 0; i < world->problem_count; i++)
		free(world->problems[i]);
	if (world->is_compiled)
		leat_desired_free(&world->desired);
	kube_store_free(world->store);
}

static void keep_problem(void *context, const char *problem)
{
	struct test_world *world = context;

	assert_true(world->problem_count < sizeof(world->problems) / sizeof(world->problems[0]));
	world->problems[world->problem_count++] = strdup(problem);
}

static void keep_object(void *context, struct kube_object *object)
{
	struct test_world *world = context;

	assert_int_equal(kube_store_put(world->store, object, NULL), 0);
}

void test_world_apply(struct test_world *world, const char *manifest)
{
	const struct kube_manifest_handlers handlers = {
		.on_object = keep_object,
		.on_problem = keep_problem,
		.context = world,
	};

	assert_true(kube_manifest_read("test.yaml", manifest, strlen(manifest), &handlers) >= 0);
}

void test_world_remove(struct test_world *world, enum kube_kind kind, const char *namespace,
		       const char *name)
{
	assert_int_equal(kube_store_remove(world->store, kind, namespace, name), 0);
}

__u32 test_world_wire(struct test_world *world, const char *namespace, const char *name,
		      const char *addr4, const char *addr6)
{
	size_t at = world->snapshot.pod_count++;
	struct leat_local_pod *pod = &world->pods[at];

	assert_true(at < TEST_WORLD_PODS);
	snprintf(world->names[at][0], sizeof(world->names[at][0]), "%s", namespace);
	snprintf(world->names[at][1], sizeof(world->names[at][1]), "%s", name);
	*pod = (struct leat_local_pod){ .slot = (__u32)at + 1,
					.namespace = world->names[at][0],
					.name = world->names[at][1] };
	if (addr4)
		pod->addr4 = test_addr(addr4);
	if (addr6)
		pod->addr6 = test_addr(addr6);
	return pod->slot;
}

void test_world_unwire_all(struct test_world *world)
{
	world->snapshot.pod_count = 0;
}

void test_world_host(struct test_world *world, const char *addr)
{
	assert_true(world->snapshot.host_addr_count < TEST_WORLD_ADDRS);
	world->host_addrs[world->snapshot.host_addr_count++] = test_addr(addr);
}

void test_world_service_cidr(struct test_world *world, const char *cidr)
{
	assert_true(world->snapshot.service_cidr_count < TEST_WORLD_ADDRS);
	world->service_cidrs[world->snapshot.service_cidr_count++] = test_cidr(cidr);
}

static void compare_rows(const struct leat_rows *a, const struct leat_rows *b)
{
	size_t stride = a->key_size + a->value_size;

	assert_int_equal(a->key_size, b->key_size);
	assert_int_equal(a->value_size, b->value_size);
	assert_int_equal(a->count, b->count);
	if (a->count)
		assert_memory_equal(a->data, b->data, a->count * stride);
	for (size_t i = 1; i < a->count; i++)
		assert_true(memcmp(leat_rows_key(a, i - 1), leat_rows_key(a, i), a->key_size) < 0);
}

static void compare_desired(const struct leat_desired *a, const struct leat_desired *b)
{
	compare_rows(&a->ipcache, &b->ipcache);
	compare_rows(&a->cidrs, &b->cidrs);
	compare_rows(&a->policy, &b->policy);
	compare_rows(&a->nodes, &b->nodes);
	assert_int_equal(a->pod_count, b->pod_count);
	assert_int_equal(a->frontend_count, b->frontend_count);
	assert_int_equal(a->problem_count, b->problem_count);
	for (size_t i = 0; i < a->frontend_count; i++) {
		assert_memory_equal(&a->frontends[i].key, &b->frontends[i].key,
				    sizeof(a->frontends[i].key));
		assert_int_equal(a->frontends[i].service, b->frontends[i].service);
		compare_rows(&a->frontends[i].backends, &b->frontends[i].backends);
	}
	for (size_t i = 0; i < a->problem_count; i++)
		assert_string_equal(a->problems[i], b->problems[i]);
}

const struct leat_desired *test_world_compile(struct test_world *world)
{
	struct leat_desired again;

	if (world->is_compiled)
		leat_desired_free(&world->desired);
	world->is_compiled = false;
	assert_int_equal(leat_compile(&world->snapshot, &world->desired), 0);
	world->is_compiled = true;
	assert_int_equal(leat_compile(&world->snapshot, &again), 0);
	compare_desired(&world->desired, &again);
	leat_desired_free(&again);
	return &world->desired;
}

struct leat_explanation test_world_judge(const struct test_world *world, const char *src,
					 const char *dst, __u8 proto, __u16 port)
{
	struct leat_tuple tuple = {
		.src = test_addr(src), .dst = test_addr(dst), .proto = proto, .port = port
	};
	struct leat_explanation explanation;

	leat_evaluate(&world->desired, &tuple, &explanation);
	return explanation;
}

bool test_world_allows(const struct test_world *world, const char *src, const char *dst, __u8 proto,
		       __u16 port)
{
	return test_world_judge(world, src, dst, proto, port).verdict == LEAT_VERDICT_ALLOW;
}

bool test_world_complains(const struct test_world *world, const char *who, const char *what)
{
	for (size_t i = 0; i < world->desired.problem_count; i++)
		if (strstr(world->desired.problems[i], who) &&
		    strstr(world->desired.problems[i], what))
			return true;
	return false;
}
