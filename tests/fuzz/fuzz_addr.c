// SPDX-License-Identifier: Apache-2.0
/* Any text as an address and as a block: what is taken prints as something that is taken again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/text.h"

static void check(bool is_right)
{
	if (!is_right)
		abort();
}

static void check_addr(const char *text)
{
	char buffer[LEAT_ADDR_TEXT];
	struct leat_addr addr, again;
	struct leat_cidr host;

	if (leat_addr_parse(text, &addr) < 0)
		return;
	check(leat_addr_parse(leat_addr_format(&addr, buffer), &again) == 0);
	check(leat_addr_compare(&addr, &again) == 0);
	host = leat_cidr_host(&addr);
	check(leat_cidr_contains(&host, &addr));
}

static void check_cidr(const char *text)
{
	char buffer[LEAT_CIDR_TEXT];
	struct leat_cidr cidr, again;
	bool is_masked;

	if (leat_cidr_parse(text, &cidr, NULL) < 0)
		return;
	check(leat_cidr_parse(leat_cidr_format(&cidr, buffer), &again, &is_masked) == 0);
	check(!is_masked && cidr.prefixlen == again.prefixlen);
	check(leat_cidr_covers(&cidr, &again) && leat_cidr_contains(&cidr, &cidr.addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	__u64 number;

	if (!text)
		return 0;
	check_addr(text);
	check_cidr(text);
	if (leat_number_parse(text, 65535, &number) == 0)
		check(number <= 65535);
	free(text);
	return 0;
}
