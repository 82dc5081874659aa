// SPDX-License-Identifier: Apache-2.0
/* What Kubernetes lets be a name. Source: the validation tests of k8s.io/apimachinery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdbool.h>

#include "kube/names.h"
#include "lib/cleanup.h"

#define X31  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X62  X31 X31
#define X63  X62 "x"
#define X252 X62 "x" X62 "x" X62 "x" X62 "x"

typedef bool check_fn(const char *text);

struct names {
	check_fn *check;
	const char *good[12];
	const char *bad[20];
};

static const struct names names[] = {
	{ kube_is_dns_label,
	  { "a", "1", "a-b", "a--b", "0-9", X63 },
	  { "", "-", "-a", "a-", "A", "a.b", "a_b", "a b", "a\n", "\xc3\xa9", X63 "x" } },
	{ kube_is_dns_subdomain,
	  { "a", "a.b", "a-b.c-d", "1.2", X252 "x" },
	  { "", ".", "a.", ".a", "a..b", "a.-b", "a-.b", "A.b", "a/b", "..", X252 "xx" } },
	{ kube_is_label_key,
	  { "a", "A", "a.b", "a_b-c.d", "x.io/a", "x-y.io/A.b", "1/2", X63, X252 "/a" },
	  { "", "/", "a/", "/a", "a/b/c", "A.io/a", "a.io/-a", "a.io/a-", "-a", "a-", "a b", "_a",
	    X63 "x", "x.io/" X63 "x", X252 "xx/a" } },
	{ kube_is_label_value,
	  { "", "a", "A", "0", "a.b_c-d", "v1.2.3", X63 },
	  { "-", "-a", "a-", ".a", "a.", "a b", "a/b", "a\n", "\xc3\xa9", X63 "x" } },
	{ kube_is_port_name,
	  { "a", "http", "a-1", "1-a", "1a", "abcdefghijklmno" },
	  { "", "80", "1-2", "-a", "a-", "a--b", "A", "a_b", "a.b", "abcdefghijklmnop" } },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t j = 0; names[i].good[j]; j++)
			if (!names[i].check(names[i].good[j]))
				fail_msg("%zu: '%s' is refused", i, names[i].good[j]);
		for (size_t j = 0; names[i].bad[j]; j++)
			if (names[i].check(names[i].bad[j]))
				fail_msg("%zu: '%s' is taken", i, names[i].bad[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
