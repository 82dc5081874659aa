/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * prevResult: the result of ADD, handed back. All versions that we speak have one shape here;
 * 0.3 and 0.4 only say "version" with each address too.
 */
#include <jansson.h>

#include "lib/addr.h"
#include "error.h"

/* Everything has the type that it should have, and interface indices point to something. */
int leat_cni_prev_check(const json_t *prev, struct leat_cni_error *error);

/* Both borrowed and checked; NULL when absent. */
const json_t *leat_cni_prev_container_interface(const json_t *prev, const char *ifname);
const json_t *leat_cni_prev_host_interface(const json_t *prev, const char *ifname);
/* Position of that interface in "interfaces", -1: it is not there. */
int leat_cni_prev_interface_index(const json_t *prev, const json_t *interface);
