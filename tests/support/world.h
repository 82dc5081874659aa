/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A node's view of a cluster for tests of compile/: objects from manifests, pods that are wired
 * here, addresses of the node. Every function fails the running test instead of returning an
 * error.
 */
#include "compile/compile.h"
#include "compile/explain.h"

#define TEST_WORLD_PODS	 128
#define TEST_WORLD_ADDRS 16

struct test_world {
	struct kube_store *store;
	struct leat_snapshot snapshot;
	struct leat_local_pod pods[TEST_WORLD_PODS];
	char names[TEST_WORLD_PODS][2][256];
	struct leat_addr host_addrs[TEST_WORLD_ADDRS];
	struct leat_cidr service_cidrs[TEST_WORLD_ADDRS];
	char node_name[256];
	char *problems[64]; /* of manifests; a test that expects none must say so */
	size_t problem_count;
	struct leat_desired desired; /* of the last test_world_compile() */
	bool is_compiled;
};

void test_world_begin(struct test_world *world, const char *node_name);
void test_world_end(struct test_world *world);
/* YAML or JSON; objects that are there are replaced. */
void test_world_apply(struct test_world *world, const char *manifest);
void test_world_remove(struct test_world *world, enum kube_kind kind, const char *namespace,
		       const char *name);
/* A pod that CNI wired here; either address may be NULL. Slots count up from 1. */
__u32 test_world_wire(struct test_world *world, const char *namespace, const char *name,
		      const char *addr4, const char *addr6);
void test_world_unwire_all(struct test_world *world);
void test_world_host(struct test_world *world, const char *addr);
void test_world_service_cidr(struct test_world *world, const char *cidr);
/* Compiles twice and fails when the two results differ in one byte. */
const struct leat_desired *test_world_compile(struct test_world *world);
struct leat_explanation test_world_judge(const struct test_world *world, const char *src,
					 const char *dst, __u8 proto, __u16 port);
bool test_world_allows(const struct test_world *world, const char *src, const char *dst, __u8 proto,
		       __u16 port);
/* A problem of the compiler that has both texts. */
bool test_world_complains(const struct test_world *world, const char *who, const char *what);
struct leat_addr test_addr(const char *text);
struct leat_cidr test_cidr(const char *text);
