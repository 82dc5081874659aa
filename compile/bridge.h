/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From one compilation to the next without a moment in which a peer that both allow is denied:
 * addresses change their identity in one table and endpoints their set in another, so for a
 * while old sets are asked about new identities.
 */
#include "compile/compile.h"

/* Rows of leat_policy_v1 that let sets which are going away answer for identities which are
 * new: as they did for the identity that the same addresses had before. Where those addresses
 * had several, none: denied for that moment, never allowed by mistake. To be written together
 * with after->policy, before any identity changes, and removed with what is left of
 * before->policy. -ENOMEM. */
int leat_bridge_write(const struct leat_desired *before, const struct leat_desired *after,
		      struct leat_rows *ret_rows);
