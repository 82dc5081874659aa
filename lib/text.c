// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers from text, text that grows, content hashes, and text made safe to print. The one
 * place where digits become numbers: nothing else calls strtol or atoi.
 */
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int leat_number_parse(const char *text, __u64 most, __u64 *ret_number)
{
	bool is_too_large = false;
	__u64 number = 0;

	if (!*text)
		return -EINVAL;
	for (const char *at = text; *at; at++) {
		unsigned int digit = (unsigned char)*at - '0';

		if (digit > 9)
			return -EINVAL;
		/* once too large stays so, but what is no digit is still looked for */
		is_too_large |= __builtin_mul_overflow(number, 10, &number) ||
				__builtin_add_overflow(number, digit, &number) || number > most;
	}
	if (is_too_large)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

static void fail(struct leat_text *text)
{
	free(text->data);
	*text = (struct leat_text){ .has_failed = true };
}

static bool reserve(struct leat_text *text, size_t more)
{
	size_t needed = text->size + more + 1;
	size_t allocated = text->allocated ? text->allocated : 64;
	char *data;

	if (needed <= text->allocated)
		return true;
	while (allocated < needed)
		allocated *= 2;
	data = realloc(text->data, allocated);
	if (!data)
		return false;
	text->data = data;
	text->allocated = allocated;
	return true;
}

void leat_text_add(struct leat_text *text, const char *format, ...)
{
	va_list args, again;
	int size;

	if (text->has_failed)
		return;
	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	if (size >= 0 && reserve(text, (size_t)size)) {
		vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
		text->size += (size_t)size;
	} else {
		fail(text);
	}
	va_end(again);
	va_end(args);
}

void leat_text_free(struct leat_text *text)
{
	free(text->data);
	*text = (struct leat_text){};
}

__u64 leat_hash64(const void *data, size_t size, __u64 seed)
{
	const unsigned char *bytes = data;
	__u64 hash = seed;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	return hash;
}

/* Bytes that follow a first byte, and the least and most that the second may be (RFC 3629). */
static size_t sequence_shape(unsigned char first, unsigned char *ret_least, unsigned char *ret_most)
{
	/* second byte a0: no overlong form; 9f: no surrogate; 90: no overlong form; 8f: the end */
	*ret_least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*ret_most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	if (first >= 0xf0 && first <= 0xf4)
		return 3;
	return 0;
}

/* Length of the printable character at `text`, 0 if there is none. */
static size_t printable_length(const unsigned char *text)
{
	unsigned char least, most;
	size_t more;

	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	more = sequence_shape(text[0], &least, &most);
	if (!more || text[1] < least || text[1] > most)
		return 0;
	for (size_t i = 2; i <= more; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009f: terminals take them for escape sequences */
	return text[0] == 0xc2 && text[1] < 0xa0 ? 0 : more + 1;
}

char *leat_text_escape(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = (const unsigned char *)text;
	char *escaped = malloc(strlen(text) * 4 + 1), *to = escaped;

	if (!escaped)
		return NULL;
	while (*from) {
		size_t length = printable_length(from);

		if (length) {
			memcpy(to, from, length);
			to += length;
			from += length;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[*from >> 4];
		*to++ = digits[*from & 15];
		from++;
	}
	*to = '\0';
	return escaped;
}
