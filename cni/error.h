/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The error that a runtime shows to a person. Functions of this folder that take one return 0
 * or a CNI error code (positive, enum leat_cni_code) and have filled it in; the first cause
 * stays. Everything below (lib/) returns -errno as elsewhere.
 */
#include <leat/api.h>

struct leat_cni_error {
	int code;
	char msg[256];
	char details[512];
};

/* Returns `code`. Keeps what an earlier call said. */
int leat_cni_fail(struct leat_cni_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with a kernel error (-errno) as details. */
int leat_cni_fail_errno(struct leat_cni_error *error, int code, int err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* {cniVersion, code, msg, details} on standard output; `version` is the caller's, or NULL. */
void leat_cni_error_print(const struct leat_cni_error *error, const char *version);
