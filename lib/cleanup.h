/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Owners that free themselves at the end of their scope, and the marks of every escape. */
#include <stdlib.h>
#include <unistd.h>

#define LEAT_CLEANUP(function) __attribute__((cleanup(function)))

static inline void leat_cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void leat_cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_	LEAT_CLEANUP(leat_cleanup_free)
#define _cleanup_close_ LEAT_CLEANUP(leat_cleanup_close)

/* The value leaves its owner's scope: the owner forgets it. */
#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__typeof__(pointer) taken_ = (pointer);                                            \
		(pointer) = NULL;                                                                  \
		taken_;                                                                            \
	})
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
