/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Services to frontends with their backends, and the names of their numbers. */
#include "compile/endpoints.h"

/* Fills desired->frontends and desired->services. -ENOMEM. */
int leat_services_write(struct leat_endpoints *endpoints, struct leat_desired *desired);
