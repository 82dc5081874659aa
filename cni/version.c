// SPDX-License-Identifier: Apache-2.0
/* See version.h. */
#include <errno.h>
#include <string.h>

#include "version.h"

static const char *const names[LEAT_CNI_VERSIONS] = {
	[LEAT_CNI_0_3_0] = "0.3.0",
	[LEAT_CNI_0_3_1] = "0.3.1",
	[LEAT_CNI_0_4_0] = "0.4.0",
	[LEAT_CNI_1_0_0] = "1.0.0",
	[LEAT_CNI_1_1_0] = LEAT_CNI_VERSION_LATEST,
};

int leat_cni_version_parse(const char *text, enum leat_cni_version *ret_version)
{
	for (int i = 0; i < LEAT_CNI_VERSIONS; i++)
		if (!strcmp(text, names[i])) {
			*ret_version = (enum leat_cni_version)i;
			return 0;
		}
	return -EINVAL;
}

const char *leat_cni_version_name(enum leat_cni_version version)
{
	return names[version];
}
