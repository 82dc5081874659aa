/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A moment by which something has to be done, so that several waits share one limit. */
#include <limits.h>
#include <time.h>

struct leat_cni_deadline {
	long long at_ms; /* CLOCK_MONOTONIC */
};

static inline long long leat_cni_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline struct leat_cni_deadline leat_cni_deadline_in(int timeout_ms)
{
	return (struct leat_cni_deadline){ leat_cni_now_ms() + timeout_ms };
}

/* For poll(): never negative, 0 when it has passed. */
static inline int leat_cni_deadline_left_ms(const struct leat_cni_deadline *deadline)
{
	const long long left = deadline->at_ms - leat_cni_now_ms();

	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
