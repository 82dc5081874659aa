// SPDX-License-Identifier: Apache-2.0
/* A folder of manifests as it changes: whose word counts, and what stays when a file breaks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/folder.h"
#include "kube/selector.h"
#include "lib/cleanup.h"

struct fixture {
	char path[64];
	char published[80];
	struct kube_store *store;
	struct leat_pods *pods;
	struct leat_folder *folder;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/leat-test-folder-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	snprintf(fixture->published, sizeof(fixture->published), "%s/.leat", fixture->path);
	const struct leat_folder_options options = {
		.path = fixture->path,
		.published = fixture->published,
		.own_file = "n1.json",
		.store = NULL,
	};
	int err = kube_store_new(&fixture->store);
	err = err ?: leat_pods_new(fixture->store, &fixture->pods);
	struct leat_folder_options all = options;

	all.store = fixture->store;
	all.pods = fixture->pods;
	return err ?: leat_folder_new(&all, &fixture->folder);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *command = NULL;

	leat_folder_free(fixture->folder);
	leat_pods_free(fixture->pods);
	kube_store_free(fixture->store);
	if (asprintf(&command, "rm -rf %s", fixture->path) < 0 || system(command) != 0)
		return -1;
	free(fixture);
	return 0;
}

#define FIXTURE ((struct fixture *)*state)

/* By another file and a rename, as every careful writer does. */
static void put(const struct fixture *fixture, const char *name, const char *text)
{
	_cleanup_free_ char *path = NULL, *half = NULL;

	assert_true(asprintf(&path, "%s/%s", fixture->path, name) > 0);
	assert_true(asprintf(&half, "%s/.half", fixture->path) > 0);
	FILE *file = fopen(half, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(rename(half, path), 0);
}

static void drop(const struct fixture *fixture, const char *name)
{
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", fixture->path, name) > 0);
	assert_int_equal(unlink(path), 0);
}

static void scan(const struct fixture *fixture)
{
	bool is_settled = false;

	assert_int_equal(leat_folder_scan(fixture->folder, false, &is_settled), 0);
	assert_true(is_settled);
}

#define NAMESPACE(name, label)                                                                     \
	"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " name "\n  labels: {team: " label    \
	"}\n"
#define POD(name, label)                                                                           \
	"apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: shop\n  name: " name                   \
	"\n  labels: {app: " label "}\nspec:\n  containers: [{name: c, image: i}]\n"

/* The label's value, or NULL when the object is not there. */
static const char *team(const struct fixture *fixture, const char *name)
{
	const struct kube_object *object = kube_store_get(fixture->store, KUBE_NAMESPACE, "", name);

	return object ? kube_labels_get(&object->meta.labels, "team") : NULL;
}

static void assert_problem(const struct fixture *fixture, size_t count, const char *part)
{
	const struct leat_strings *problems = leat_folder_problems(fixture->folder);

	for (size_t i = 0; problems->count != count && i < problems->count; i++)
		print_message("%s\n", problems->items[i]);
	assert_int_equal(problems->count, count);
	for (size_t i = 0; i < count; i++)
		if (strstr(problems->items[i], part))
			return;
	if (count)
		fail_msg("no problem says \"%s\"", part);
}

static void test_come_change_go(void **state)
{
	put(FIXTURE, "a.yaml", NAMESPACE("one", "x") "---\n" NAMESPACE("two", "x"));
	put(FIXTURE, "b.json",
	    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\","
	    "\"metadata\":{\"name\":\"three\",\"labels\":{\"team\":\"j\"}}}");
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "two"), "x");
	assert_string_equal(team(FIXTURE, "three"), "j");
	put(FIXTURE, "a.yaml", NAMESPACE("one", "later"));
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "later");
	assert_null(team(FIXTURE, "two"));
	drop(FIXTURE, "b.json");
	scan(FIXTURE);
	assert_null(team(FIXTURE, "three"));
	assert_int_equal(kube_store_count(FIXTURE->store, KUBE_NAMESPACE), 1);
	__u64 generation = kube_store_generation(FIXTURE->store);

	scan(FIXTURE);
	assert_int_equal(kube_store_generation(FIXTURE->store), generation);
}

static void test_names_of_no_manifest(void **state)
{
	static const char *const names[] = { ".a.yaml",	   "a.yaml~", "#a.yaml#", "a.txt",
					     "a.yaml.swp", "a.tmp",   ".yaml" };
	_cleanup_free_ char *folder = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		put(FIXTURE, names[i], NAMESPACE("one", "x"));
	assert_true(asprintf(&folder, "%s/folder.yaml", FIXTURE->path) > 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	scan(FIXTURE);
	assert_int_equal(kube_store_count(FIXTURE->store, KUBE_NAMESPACE), 0);
	assert_problem(FIXTURE, 0, "");
}

static void test_first_name_wins(void **state)
{
	put(FIXTURE, "b.yaml", NAMESPACE("one", "b"));
	put(FIXTURE, "c.yaml", NAMESPACE("one", "c"));
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "b");
	assert_problem(FIXTURE, 1, "c.yaml: Namespace one: already defined in b.yaml: ignored");
	put(FIXTURE, "a.yaml", NAMESPACE("one", "a"));
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "a");
	drop(FIXTURE, "a.yaml"); /* b.yaml's version was handed on long ago: read again */
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "b");
	drop(FIXTURE, "b.yaml");
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "c");
	assert_problem(FIXTURE, 0, "");
	put(FIXTURE, "c.yaml", NAMESPACE("one", "c") "---\n" NAMESPACE("one", "again"));
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "c");
	assert_problem(FIXTURE, 1, "already defined");
}

static void test_broken_file_keeps_what_it_said(void **state)
{
	put(FIXTURE, "a.yaml", NAMESPACE("one", "x") "---\n" NAMESPACE("two", "x"));
	scan(FIXTURE);
	put(FIXTURE, "a.yaml", NAMESPACE("one", "later") "---\nkind: [Namespace\n");
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "later"); /* the good document counts */
	assert_string_equal(team(FIXTURE, "two"), "x");	    /* the other may be the broken one */
	assert_problem(FIXTURE, 2, "Namespace two: stays as it last was");
	put(FIXTURE, "a.yaml", "{{{");
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "later");
	assert_string_equal(team(FIXTURE, "two"), "x");
	put(FIXTURE, "a.yaml", NAMESPACE("one", "z"));
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "z");
	assert_null(team(FIXTURE, "two"));
	assert_problem(FIXTURE, 0, "");
}

static void test_unreadable_folder_changes_nothing(void **state)
{
	_cleanup_free_ char *aside = NULL;
	bool is_settled;

	put(FIXTURE, "a.yaml", NAMESPACE("one", "x"));
	scan(FIXTURE);
	assert_true(asprintf(&aside, "%s.aside", FIXTURE->path) > 0);
	assert_int_equal(rename(FIXTURE->path, aside), 0);
	assert_int_equal(leat_folder_scan(FIXTURE->folder, false, &is_settled), -ENOENT);
	assert_string_equal(team(FIXTURE, "one"), "x");
	assert_int_equal(rename(aside, FIXTURE->path), 0);
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "x");
}

/* As kubelet projects ConfigMaps: files are links into ..data, which is one link, replaced. */
static void test_swapped_links(void **state)
{
	char path[200], target[200];

	for (int i = 1; i <= 2; i++) {
		char name[40];

		snprintf(path, sizeof(path), "%s/..%d", FIXTURE->path, i);
		assert_int_equal(mkdir(path, 0755), 0);
		snprintf(name, sizeof(name), "..%d/a.yaml", i);
		put(FIXTURE, name, i == 1 ? NAMESPACE("one", "first") : NAMESPACE("one", "other"));
	}
	snprintf(path, sizeof(path), "%s/..data", FIXTURE->path);
	assert_int_equal(symlink("..1", path), 0);
	snprintf(target, sizeof(target), "%s/a.yaml", FIXTURE->path);
	assert_int_equal(symlink("..data/a.yaml", target), 0);
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "first");
	snprintf(target, sizeof(target), "%s/..new", FIXTURE->path);
	assert_int_equal(symlink("..2", target), 0);
	assert_int_equal(rename(target, path), 0);
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "other");
}

/* Written in place: half of it must not count as all of it. */
static void test_file_being_written(void **state)
{
	char path[200];
	bool is_settled = true;

	put(FIXTURE, "a.yaml", NAMESPACE("one", "x"));
	scan(FIXTURE);
	snprintf(path, sizeof(path), "%s/a.yaml", FIXTURE->path);
	FILE *file = fopen(path, "we"); /* truncates: an empty file is a good manifest */

	assert_non_null(file);
	assert_int_equal(leat_folder_scan(FIXTURE->folder, false, &is_settled), 0);
	assert_false(is_settled);
	assert_string_equal(team(FIXTURE, "one"), "x");
	fputs(NAMESPACE("one", "later"), file);
	fclose(file);
	leat_folder_note_closed(FIXTURE->folder, "a.yaml");
	scan(FIXTURE);
	assert_string_equal(team(FIXTURE, "one"), "later");
}

#define PLACE(name, node, ip)                                                                      \
	"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\","              \
	"\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"" name "\"},"            \
	"\"spec\":{\"nodeName\":\"" node "\"},\"status\":{\"phase\":\"Running\","                  \
	"\"podIPs\":[{\"ip\":\"" ip "\"}]}}]}"

static const struct kube_pod *pod(const struct fixture *fixture, const char *name)
{
	const struct kube_object *object = kube_store_get(fixture->store, KUBE_POD, "shop", name);

	return object ? &object->pod : NULL;
}

static void test_places(void **state)
{
	char text[LEAT_ADDR_TEXT];

	assert_int_equal(mkdir(FIXTURE->published, 0755), 0);
	put(FIXTURE, "a.yaml", POD("web", "w"));
	put(FIXTURE, ".leat/n2.json", PLACE("web", "n2", "10.2.0.5"));
	put(FIXTURE, ".leat/n1.json", PLACE("mine", "n1", "10.1.0.5")); /* our own: not read */
	scan(FIXTURE);
	assert_null(pod(FIXTURE, "mine"));
	assert_int_equal(pod(FIXTURE, "web")->addr_count, 1);
	assert_string_equal(leat_addr_format(pod(FIXTURE, "web")->addrs, text), "10.2.0.5");
	assert_string_equal(pod(FIXTURE, "web")->node_name, "n2");
	assert_string_equal(kube_labels_get(&pod(FIXTURE, "web")->meta.labels, "app"), "w");
	put(FIXTURE, "a.yaml", POD("web", "v"));
	scan(FIXTURE);
	assert_string_equal(kube_labels_get(&pod(FIXTURE, "web")->meta.labels, "app"), "v");
	assert_int_equal(pod(FIXTURE, "web")->addr_count, 1);
	drop(FIXTURE, "a.yaml"); /* nobody describes it, but it runs */
	scan(FIXTURE);
	assert_int_equal(pod(FIXTURE, "web")->meta.labels.count, 0);
	assert_int_equal(pod(FIXTURE, "web")->addr_count, 1);
	put(FIXTURE, ".leat/n2.json", PLACE("other", "n2", "10.2.0.6"));
	scan(FIXTURE);
	assert_null(pod(FIXTURE, "web"));
	assert_non_null(pod(FIXTURE, "other"));
	drop(FIXTURE, ".leat/n2.json");
	scan(FIXTURE);
	assert_int_equal(kube_store_count(FIXTURE->store, KUBE_POD), 0);
}

static void test_own_place_wins(void **state)
{
	const struct leat_pod_place own = {
		.namespace = "shop",
		.name = "web",
		.source = "",
		.node = "n1",
	};

	assert_int_equal(mkdir(FIXTURE->published, 0755), 0);
	put(FIXTURE, ".leat/n2.json", PLACE("web", "n2", "10.2.0.5"));
	scan(FIXTURE);
	assert_int_equal(leat_pods_put_place(FIXTURE->pods, &own), 0);
	assert_string_equal(pod(FIXTURE, "web")->node_name, "n1");
	assert_int_equal(leat_pods_remove_place(FIXTURE->pods, "shop", "web", ""), 0);
	assert_string_equal(pod(FIXTURE, "web")->node_name, "n2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_come_change_go),
		TEST(test_names_of_no_manifest),
		TEST(test_first_name_wins),
		TEST(test_broken_file_keeps_what_it_said),
		TEST(test_unreadable_folder_changes_nothing),
		TEST(test_swapped_links),
		TEST(test_file_being_written),
		TEST(test_places),
		TEST(test_own_place_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
