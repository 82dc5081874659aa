// SPDX-License-Identifier: Apache-2.0
/*
 * Kubernetes objects to tables: each folder of tests/golden has in.yaml and out.txt. The lines
 * of in.yaml that begin with "#: " say what the node is:
 *   #: node NAME | host ADDRESS | service-cidr BLOCK | wired NAMESPACE/NAME ADDRESS [ADDRESS]
 *   #: makes-endpoints
 * LEAT_GOLDEN_WRITE=1 rewrites out.txt; read the difference before it is committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cleanup.h"
#include "lib/file.h"
#include "tests/golden/common_dump.h"
#include "tests/support/world.h"

#define FOLDER "tests/golden"

static void apply_wired(struct test_world *world, char *words)
{
	char *name = strtok(words, " "), *first = strtok(NULL, " "), *second = strtok(NULL, " ");
	char *slash = name ? strchr(name, '/') : NULL;

	assert_non_null(slash);
	assert_non_null(first);
	*slash = '\0';
	if (strchr(first, ':'))
		test_world_wire(world, name, slash + 1, NULL, first);
	else
		test_world_wire(world, name, slash + 1, first, second);
}

static void apply_line(struct test_world *world, char *line)
{
	char *words = strchr(line, ' ');

	if (words)
		*words++ = '\0';
	if (!strcmp(line, "node"))
		snprintf(world->node_name, sizeof(world->node_name), "%s", words);
	else if (!strcmp(line, "host"))
		test_world_host(world, words);
	else if (!strcmp(line, "service-cidr"))
		test_world_service_cidr(world, words);
	else if (!strcmp(line, "wired"))
		apply_wired(world, words);
	else if (!strcmp(line, "makes-endpoints"))
		world->snapshot.makes_endpoints = true;
	else
		fail_msg("unknown line: %s", line);
}

static void apply_lines(struct test_world *world, const char *text)
{
	while ((text = strstr(text, "#: "))) {
		char line[512];

		text += 3;
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
		apply_line(world, line);
	}
}

static void compare_or_write(const char *path, const struct leat_text *got)
{
	_cleanup_free_ char *wanted = NULL;
	size_t size, same = 0, line = 1;

	if (getenv("LEAT_GOLDEN_WRITE")) {
		assert_int_equal(leat_file_write_atomic(path, got->data, strlen(got->data), 0644),
				 0);
		return;
	}
	assert_int_equal(leat_file_read(path, 1 << 20, &wanted, &size), 0);
	if (!strcmp(wanted, got->data))
		return;
	for (; wanted[same] && wanted[same] == got->data[same]; same++)
		line += wanted[same] == '\n';
	while (same && wanted[same - 1] != '\n')
		same--;
	fail_msg("%s:%zu: wanted \"%.*s\", got \"%.*s\"", path, line,
		 (int)strcspn(wanted + same, "\n"), wanted + same,
		 (int)strcspn(got->data + same, "\n"), got->data + same);
}

static void run_folder(const char *name)
{
	struct test_world *world = malloc(sizeof(*world));
	_cleanup_free_ char *text = NULL;
	struct leat_text got = { 0 };
	char path[512];
	size_t size;

	assert_non_null(world);
	test_world_begin(world, "");
	snprintf(path, sizeof(path), "%s/%s/in.yaml", FOLDER, name);
	assert_int_equal(leat_file_read(path, 1 << 20, &text, &size), 0);
	apply_lines(world, text);
	test_world_apply(world, text);
	dump_desired(test_world_compile(world), &got);
	if (world->problem_count)
		leat_text_add(&got, "manifest problems\n");
	for (size_t i = 0; i < world->problem_count; i++)
		leat_text_add(&got, "  %s\n", world->problems[i]);
	assert_false(got.has_failed);
	snprintf(path, sizeof(path), "%s/%s/out.txt", FOLDER, name);
	compare_or_write(path, &got);
	leat_text_free(&got);
	test_world_end(world);
	free(world);
}

static int is_case(const struct dirent *entry)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/in.yaml", FOLDER, entry->d_name);
	file = fopen(path, "re");
	if (file)
		fclose(file);
	return file != NULL;
}

static void test_folders(void **state)
{
	struct dirent **entries;
	int count = scandir(FOLDER, &entries, is_case, alphasort);

	(void)state;
	assert_true(count >= 5);
	for (int i = 0; i < count; i++) {
		run_folder(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
