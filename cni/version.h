/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The versions of the CNI specification that we speak, in order. */
#include <stdbool.h>

enum leat_cni_version {
	LEAT_CNI_0_3_0,
	LEAT_CNI_0_3_1,
	LEAT_CNI_0_4_0,
	LEAT_CNI_1_0_0,
	LEAT_CNI_1_1_0,
	LEAT_CNI_VERSIONS
};

#define LEAT_CNI_VERSION_LATEST	 "1.1.0"
#define LEAT_CNI_VERSION_MISSING "0.1.0" /* what the specification says no cniVersion means */

/* -EINVAL: not one of ours. */
int leat_cni_version_parse(const char *text, enum leat_cni_version *ret_version);
const char *leat_cni_version_name(enum leat_cni_version version);
