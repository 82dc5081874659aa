// SPDX-License-Identifier: Apache-2.0
/* Any text escaped: no control character is left, and escaping once more changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/names.h"
#include "kube/scalar.h"
#include "lib/text.h"

static void check(bool is_right)
{
	if (!is_right)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char *once = text ? leat_text_escape(text) : NULL;
	char *twice = once ? leat_text_escape(once) : NULL;
	double number = 0;

	if (twice) {
		for (const char *at = once; *at; at++)
			check((unsigned char)*at >= ' ' && *at != 0x7f);
		check(strcmp(once, twice) == 0);
		kube_scalar_resolve(text, &number);
		check(!kube_is_dns_label(text) || kube_is_dns_subdomain(text));
		check(!kube_is_port_name(text) || kube_is_dns_label(text));
	}
	free(text);
	free(once);
	free(twice);
	return 0;
}
