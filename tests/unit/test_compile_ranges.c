// SPDX-License-Identifier: Apache-2.0
/* Port ranges as prefixes: they cover the range, nothing else, and are the fewest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile/ranges.h"

static void expect(__u16 first, __u16 last, size_t count, const struct leat_port_prefix *wanted)
{
	struct leat_port_prefix got[LEAT_RANGE_PREFIXES];

	assert_int_equal(leat_range_split(first, last, got), count);
	for (size_t i = 0; wanted && i < count; i++) {
		assert_int_equal(got[i].port, wanted[i].port);
		assert_int_equal(got[i].bits, wanted[i].bits);
	}
}

static void test_known_ranges(void **state)
{
	(void)state;
	expect(80, 80, 1, (struct leat_port_prefix[]){ { 80, 16 } });
	expect(80, 81, 1, (struct leat_port_prefix[]){ { 80, 15 } });
	expect(81, 82, 2, (struct leat_port_prefix[]){ { 81, 16 }, { 82, 16 } });
	expect(0, 65535, 1, (struct leat_port_prefix[]){ { 0, 0 } });
	expect(32768, 65535, 1, (struct leat_port_prefix[]){ { 32768, 1 } });
	expect(65535, 65535, 1, (struct leat_port_prefix[]){ { 65535, 16 } });
	expect(1, 65535, 16, NULL);
	expect(1, 65534, LEAT_RANGE_PREFIXES, NULL);
	expect(81, 80, 0, NULL);
}

static void test_cover_exactly(void **state)
{
	static const __u16 edges[] = { 1,    2,	    3,	   7,	  79,	 80,	81,    1023, 1024,
				       8080, 30000, 32767, 32768, 40001, 65533, 65534, 65535 };
	struct leat_port_prefix got[LEAT_RANGE_PREFIXES];

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		for (size_t j = i; j < sizeof(edges) / sizeof(edges[0]); j++) {
			size_t count = leat_range_split(edges[i], edges[j], got);
			__u32 next = edges[i];

			for (size_t k = 0; k < count; k++) {
				assert_int_equal(got[k].port, next);
				assert_int_equal(got[k].port & ((1u << (16 - got[k].bits)) - 1), 0);
				next += 1u << (16 - got[k].bits);
			}
			assert_int_equal(next, (__u32)edges[j] + 1);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_ranges),
		cmocka_unit_test(test_cover_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
