// SPDX-License-Identifier: Apache-2.0
/* The one parser of YAML numbers. Numbers are doubles, as in JSON: fields check their range. */
#include "scalar.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool is_null(const char *text)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	return is_one_of(text, words, ARRAY_SIZE(words));
}

static bool is_true(const char *text)
{
	static const char *const words[] = { "y",    "Y",    "yes", "Yes", "YES", "true",
					     "True", "TRUE", "on",  "On",  "ON" };

	return is_one_of(text, words, ARRAY_SIZE(words));
}

static bool is_false(const char *text)
{
	static const char *const words[] = { "n",     "N",     "no",  "No",  "NO", "false",
					     "False", "FALSE", "off", "Off", "OFF" };

	return is_one_of(text, words, ARRAY_SIZE(words));
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* 0x, 0o, 0b and the plain leading zero of octal. */
static const char *take_base(const char *text, int *ret_base)
{
	*ret_base = 10;
	if (text[0] != '0' || !text[1])
		return text;
	switch (text[1] | 0x20) {
	case 'x':
		*ret_base = 16;
		return text + 2;
	case 'o':
		*ret_base = 8;
		return text + 2;
	case 'b':
		*ret_base = 2;
		return text + 2;
	default:
		*ret_base = 8;
		return text + 1;
	}
}

static bool parse_integer(const char *text, double *ret_number)
{
	bool is_negative = *text == '-';
	double number = 0;
	int base;

	text = take_base(text + (*text == '-' || *text == '+'), &base);
	if (!*text)
		return false;
	for (; *text; text++) {
		if (digit_of(*text) >= base)
			return false;
		number = number * base + digit_of(*text);
	}
	*ret_number = is_negative ? -number : number;
	return true;
}

static const char *skip_digits(const char *text)
{
	return text + strspn(text, "0123456789");
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(const char *text)
{
	const char *at = text + (*text == '-' || *text == '+');
	const char *whole = skip_digits(at);

	if (whole == at && (*whole != '.' || skip_digits(whole + 1) == whole + 1))
		return false;
	at = *whole == '.' ? skip_digits(whole + 1) : whole;
	if (*at == 'e' || *at == 'E') {
		const char *exponent = at + 1 + (at[1] == '-' || at[1] == '+');

		at = skip_digits(exponent);
		if (at == exponent)
			return false;
	}
	return !*at;
}

/* 1_000 is 1000 there. */
static void drop_underscores(const char *text, char *to)
{
	for (; *text; text++)
		if (*text != '_')
			*to++ = *text;
	*to = '\0';
}

#define NUMBER_MAX 64 /* longer ones are text: no field takes them anyway */

enum kube_scalar kube_scalar_resolve(const char *text, double *ret_number)
{
	char plain[NUMBER_MAX];

	if (is_null(text))
		return KUBE_SCALAR_NULL;
	if (is_true(text) || is_false(text)) {
		*ret_number = is_true(text);
		return KUBE_SCALAR_BOOL;
	}
	if (!strchr("+-.0123456789", text[0]) || strlen(text) >= sizeof(plain))
		return KUBE_SCALAR_TEXT;
	drop_underscores(text, plain);
	if (parse_integer(plain, ret_number))
		return KUBE_SCALAR_NUMBER;
	if (!is_float(plain))
		return KUBE_SCALAR_TEXT;
	*ret_number = strtod(plain, NULL);
	return KUBE_SCALAR_NUMBER;
}
