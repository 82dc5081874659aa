/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* CHECK's view into the pod's namespace. */
#include "prev.h"
#include "wire.h"

struct leat_cni_expected {
	const json_t *prev; /* prevResult, checked */
	const char *ifname;
	int interface; /* its index in prevResult */
	char host_ifname[IFNAMSIZ];
	__u8 mac[LEAT_MAC_SIZE];
	__u8 gateway_mac[LEAT_MAC_SIZE];
};

/* LEAT_CNI_DATAPATH, naming the first thing that is not as it was. */
int leat_cni_check_pod(const struct leat_cni_wire *wire, const struct leat_cni_expected *expected,
		       struct leat_cni_error *error);
/* The addresses of our interface as prevResult has them; a new reference. */
json_t *leat_cni_expected_addresses(const struct leat_cni_expected *expected);
