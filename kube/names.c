// SPDX-License-Identifier: Apache-2.0
/* Character by character, no locale: isalnum() would ask it. */
#include "names.h"

#include <stddef.h>
#include <string.h>

#define LABEL_MAX     63
#define SUBDOMAIN_MAX 253
#define PORT_NAME_MAX 15

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c);
}

static bool is_label(const char *text, size_t length, size_t most)
{
	if (length == 0 || length > most || text[0] == '-' || text[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_lower(text[i]) && !is_digit(text[i]) && text[i] != '-')
			return false;
	return true;
}

static bool is_subdomain(const char *text, size_t length)
{
	const char *end = text + length;

	if (length == 0 || length > SUBDOMAIN_MAX)
		return false;
	while (true) {
		const char *dot = memchr(text, '.', (size_t)(end - text));
		const char *stop = dot ? dot : end;

		if (!is_label(text, (size_t)(stop - text), SUBDOMAIN_MAX))
			return false;
		if (!dot)
			return true;
		text = dot + 1;
	}
}

static bool is_qualified_name(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > LABEL_MAX || !is_alnum(text[0]) || !is_alnum(text[length - 1]))
		return false;
	for (const char *at = text; *at; at++)
		if (!is_alnum(*at) && !strchr("-_.", *at))
			return false;
	return true;
}

bool kube_is_dns_label(const char *text)
{
	return is_label(text, strlen(text), LABEL_MAX);
}

bool kube_is_dns_subdomain(const char *text)
{
	return is_subdomain(text, strlen(text));
}

bool kube_is_label_key(const char *text)
{
	const char *slash = strchr(text, '/');

	if (slash && !is_subdomain(text, (size_t)(slash - text)))
		return false;
	return is_qualified_name(slash ? slash + 1 : text);
}

bool kube_is_label_value(const char *text)
{
	return !*text || is_qualified_name(text);
}

bool kube_is_port_name(const char *text)
{
	return is_label(text, strlen(text), PORT_NAME_MAX) && !strstr(text, "--") &&
	       strpbrk(text, "abcdefghijklmnopqrstuvwxyz");
}
