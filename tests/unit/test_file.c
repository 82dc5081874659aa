// SPDX-License-Identifier: Apache-2.0
/* Whole files in a folder of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/file.h"

static char folder[] = "/tmp/leat-test-file-XXXXXX";

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void check_content(const char *name, const char *expected)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	assert_int_equal(leat_file_read(at(name), 1000, &data, &size), 0);
	assert_int_equal(size, strlen(expected));
	assert_string_equal(data, expected);
}

static void test_write_and_read(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(leat_file_write_atomic(at("a"), "one", 3, 0640), 0);
	check_content("a", "one");
	assert_int_equal(stat(at("a"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(leat_file_write_atomic(at("a"), "longer", 6, 0600), 0);
	check_content("a", "longer");
	assert_int_equal(leat_file_write_atomic(at("a"), "", 0, 0600), 0);
	check_content("a", "");
	assert_int_equal(access(at("a.tmp"), F_OK), -1);
	assert_int_equal(unlink(at("a")), 0);
}

static void test_limit(void **state)
{
	char *data = (void *)1;
	size_t size = 42;

	(void)state;
	assert_int_equal(leat_file_write_atomic(at("a"), "0123456789", 10, 0600), 0);
	assert_int_equal(leat_file_read(at("a"), 9, &data, &size), -EFBIG);
	assert_ptr_equal(data, (void *)1);
	assert_int_equal(size, 42);
	assert_int_equal(leat_file_read(at("a"), 10, &data, &size), 0);
	assert_int_equal(size, 10);
	free(data);
	assert_int_equal(unlink(at("a")), 0);
}

/* procfs says 0 bytes and has more. */
static void test_size_unknown(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	(void)state;
	assert_int_equal(leat_file_read("/proc/self/status", 1 << 20, &data, &size), 0);
	assert_memory_equal(data, "Name:", 5);
	assert_true(size > 100);
	assert_int_equal(strlen(data), size);
}

static void test_what_is_no_file(void **state)
{
	char *data;
	size_t size;

	(void)state;
	assert_int_equal(leat_file_read(at("none"), 10, &data, &size), -ENOENT);
	assert_int_equal(leat_file_read(folder, 10, &data, &size), -EISDIR);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(leat_file_read(at("fifo"), 10, &data, &size), -EINVAL);
	assert_int_equal(unlink(at("fifo")), 0);
	assert_int_equal(leat_file_read("/dev/zero", 10, &data, &size), -EINVAL);
}

static void test_write_fails(void **state)
{
	(void)state;
	assert_int_equal(leat_file_write_atomic(at("none/a"), "x", 1, 0600), -ENOENT);
	/* the target is a folder: rename fails, nothing is left behind */
	assert_int_equal(mkdir(at("b"), 0700), 0);
	assert_int_equal(leat_file_write_atomic(at("b"), "x", 1, 0600), -EISDIR);
	assert_int_equal(access(at("b.tmp"), F_OK), -1);
	assert_int_equal(rmdir(at("b")), 0);
	/* a link put where the temporary file goes is not followed */
	assert_int_equal(symlink("/tmp/leat-test-not-there", at("c.tmp")), 0);
	assert_int_equal(leat_file_write_atomic(at("c"), "x", 1, 0600), -ELOOP);
	assert_int_equal(access("/tmp/leat-test-not-there", F_OK), -1);
	unlink(at("c.tmp"));
}

static void test_folders(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(leat_dir_make(at("d/e//f/"), 0711), 0);
	assert_int_equal(stat(at("d/e/f"), &status), 0);
	assert_true(S_ISDIR(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0711);
	assert_int_equal(leat_dir_make(at("d/e/f"), 0700), 0);
	assert_int_equal(leat_file_write_atomic(at("d/g"), "x", 1, 0600), 0);
	assert_int_equal(leat_dir_make(at("d/g"), 0700), -ENOTDIR);
	assert_int_equal(leat_dir_make(at("d/g/h"), 0700), -ENOTDIR);
	assert_int_equal(leat_dir_make("", 0700), -EINVAL);
	assert_int_equal(leat_dir_make("/", 0700), 0);
	unlink(at("d/g"));
	rmdir(at("d/e/f"));
	rmdir(at("d/e"));
	assert_int_equal(rmdir(at("d")), 0);
}

static int make_folder(void **state)
{
	(void)state;
	umask(0022);
	return mkdtemp(folder) ? 0 : -1;
}

/* Fails when a test left something behind. */
static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_and_read), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_size_unknown),   cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_write_fails),    cmocka_unit_test(test_folders),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
