/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Label selectors: source of the rules is metav1.LabelSelector. */
#include "object.h"

/* NotIn and DoesNotExist match where the key is absent; an empty selector matches all. */
bool kube_selector_matches(const struct kube_selector *selector, const struct kube_labels *labels);
const char *kube_labels_get(const struct kube_labels *labels, const char *key); /* or NULL */
