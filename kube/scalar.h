/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a plain YAML scalar is: as kubectl's reader (goyaml.v2) decides, so that a manifest means
 * here what it means there. `yes` is true, 0x50 is 80, 1.10 is a number, 2001-01-01 is text.
 */
#include <stdbool.h>

enum kube_scalar { KUBE_SCALAR_NULL, KUBE_SCALAR_BOOL, KUBE_SCALAR_NUMBER, KUBE_SCALAR_TEXT };

/* *ret_number: the number, or 1 and 0 for true and false. */
enum kube_scalar kube_scalar_resolve(const char *text, double *ret_number);
