// SPDX-License-Identifier: Apache-2.0
/* What of the loader needs no kernel: names of pins, sizes, and libbpf's words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <cmocka.h>

#include <leat/sizes.h>

#include "lib/cleanup.h"
#include "loader/capture.h"
#include "loader/object.h"
#include "loader/pins.h"

static void test_pin_names(void **state)
{
	enum leat_program program = LEAT_PROG_COUNT;
	char path[PATH_MAX];
	int ifindex = -1;

	(void)state;
	assert_int_equal(leat_pin_attach_path(path, "/b", "links", LEAT_PROG_FROM_OVERLAY, 12), 0);
	assert_string_equal(path, "/b/links/leat_from_overlay_12");
	assert_true(leat_pin_parse("leat_from_overlay_12", &program, &ifindex));
	assert_int_equal(program, LEAT_PROG_FROM_OVERLAY);
	assert_int_equal(ifindex, 12);
	assert_false(leat_pin_parse("leat_from_pod_", &program, &ifindex));
	assert_false(leat_pin_parse("leat_from_pod", &program, &ifindex));
	assert_false(leat_pin_parse("leat_from_pod_1x", &program, &ifindex));
	assert_false(leat_pin_parse("leat_from_pod_-1", &program, &ifindex));
	assert_false(leat_pin_parse("leat_from_pod_99999999999", &program, &ifindex));
	assert_false(leat_pin_parse("leat_other_1", &program, &ifindex));
	assert_int_equal(ifindex, 12);
}

static void test_path_too_long(void **state)
{
	char path[PATH_MAX], folder[PATH_MAX];

	(void)state;
	memset(folder, 'x', sizeof(folder));
	folder[sizeof(folder) - 1] = '\0';
	assert_int_equal(leat_pin_path(path, folder, "maps", "leat_flow_v1"), -ENAMETOOLONG);
}

static void test_sizes(void **state)
{
	const struct leat_sizes sizes = { .endpoints = 5, .policy = 6 };

	(void)state;
	assert_int_equal(leat_table_size(LEAT_TABLE_IFEP, &sizes), 5);
	assert_int_equal(leat_table_size(LEAT_TABLE_EPSTAT, &sizes), 5);
	assert_int_equal(leat_table_size(LEAT_TABLE_POLICY, &sizes), 6);
	assert_int_equal(leat_table_size(LEAT_TABLE_FLOW, &sizes), LEAT_SIZE_FLOW);
	assert_int_equal(leat_table_size(LEAT_TABLE_DEVICE, NULL), LEAT_SIZE_DEVICE);
}

/* libbpf complains of every byte string that is no object. */
static void make_libbpf_complain(void)
{
	assert_null(bpf_object__open_mem("no ELF at all..", 16, NULL));
}

static int outer_words;

static int count_words(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return outer_words++;
}

static void test_capture_keeps_and_restores(void **state)
{
	libbpf_print_fn_t before = libbpf_set_print(count_words);
	struct leat_capture outer, inner;

	(void)state;
	leat_capture_begin(&outer);
	leat_capture_begin(&inner);
	make_libbpf_complain();
	leat_capture_end(&inner);
	assert_true(strlen(leat_capture_last(&inner, 5)) > 0);
	assert_int_equal(outer.size, 0);
	make_libbpf_complain();
	assert_true(outer.size > 0);
	leat_capture_end(&outer);
	assert_int_equal(outer_words, 0);
	make_libbpf_complain();
	assert_true(outer_words > 0);
	libbpf_set_print(before);
}

static void test_capture_keeps_the_end(void **state)
{
	struct leat_capture capture = { 0 };

	(void)state;
	assert_string_equal(leat_capture_last(&capture, 3), "");
	snprintf(capture.tail, sizeof(capture.tail), "one\ntwo\nthree\n");
	capture.size = strlen(capture.tail);
	assert_string_equal(leat_capture_last(&capture, 2), "two\nthree\n");
	assert_string_equal(leat_capture_last(&capture, 9), "one\ntwo\nthree\n");
	leat_capture_begin(&capture);
	for (int i = 0; i < 200; i++)
		make_libbpf_complain();
	leat_capture_end(&capture);
	assert_int_equal(capture.size, sizeof(capture.tail) - 1);
	assert_int_equal(strlen(capture.tail), capture.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_names),
		cmocka_unit_test(test_path_too_long),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_capture_keeps_and_restores),
		cmocka_unit_test(test_capture_keeps_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
