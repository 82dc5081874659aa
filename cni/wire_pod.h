/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The pod's end of the wire: everything that happens inside its namespace. */
#include "wire.h"

int leat_cni_wire_configure_pod(const struct leat_cni_wire *wire, const struct leat_cni_plan *plan,
				const char *ifname, struct leat_cni_error *error);
