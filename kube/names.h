/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What Kubernetes lets be a name. Source of the rules: k8s.io/apimachinery validation. */
#include <stdbool.h>

bool kube_is_dns_label(const char *text);     /* 63 bytes of a-z 0-9 -, not at the ends */
bool kube_is_dns_subdomain(const char *text); /* such labels and dots, 253 bytes */
bool kube_is_label_key(const char *text);     /* [subdomain/]name, name as below */
bool kube_is_label_value(const char *text);   /* empty, or 63 bytes of A-Za-z0-9-_., ends alnum */
bool kube_is_port_name(const char *text);     /* IANA_SVC_NAME: 15 bytes, a letter, no -- */
