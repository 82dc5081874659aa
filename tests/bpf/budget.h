/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the programs may cost, held by test_budget.c. Numbers are raised only with a reason in
 * the commit's text, and lowered when something got better.
 */

/* Instructions that the verifier walks through (it gives up at 1,000,000, we at 30,000). */
#define BUDGET_VERIFIED_FROM_POD     27000
#define BUDGET_VERIFIED_TO_POD	     27000
#define BUDGET_VERIFIED_FROM_NET     27000
#define BUDGET_VERIFIED_FROM_HOST    27000
#define BUDGET_VERIFIED_FROM_OVERLAY 27000

/* Executed for one packet of an established flow. */
#define BUDGET_RUN_POD_TO_POD	  320
#define BUDGET_RUN_POD_TO_SERVICE 450
#define BUDGET_RUN_SERVICE_REPLY  450
#define BUDGET_RUN_POD_TO_REMOTE  400
