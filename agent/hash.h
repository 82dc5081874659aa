/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* uthash with our own hash function: its default one falls through switch cases unmarked. */
#include "lib/text.h"

#define HASH_FUNCTION(key, size, hash)                                                             \
	((hash) = (unsigned int)leat_hash64((key), (size), LEAT_HASH_SEED))

#include <uthash.h>
