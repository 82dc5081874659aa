/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Numbers from text, text that grows, and the hash that names things by their content. */
#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/* Decimal digits only, no sign, no blanks, at most `most`. -EINVAL, -ERANGE. */
int leat_number_parse(const char *text, __u64 most, __u64 *ret_number);

/* Grows as needed; after a failed allocation it stays failed and its text is NULL. */
struct leat_text {
	char *data; /* zero terminated, owned; NULL when empty */
	size_t size;
	size_t allocated;
	bool has_failed;
};

void leat_text_add(struct leat_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void leat_text_free(struct leat_text *text);

/* FNV-1a, 64 bits: stable across versions and machines, because table numbers derive from it. */
__u64 leat_hash64(const void *data, size_t size, __u64 seed);
#define LEAT_HASH_SEED 0xcbf29ce484222325ULL

/* Copy of `text` with control characters and bytes that are not UTF-8 as \xNN; NULL on -ENOMEM. */
char *leat_text_escape(const char *text);
