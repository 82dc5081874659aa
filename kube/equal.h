/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whether two objects say the same. */
#include "object.h"

/* All fields but resourceVersion: a node's heartbeat raises that and changes nothing for us. */
bool kube_object_equals(const struct kube_object *a, const struct kube_object *b);
