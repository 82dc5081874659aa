// SPDX-License-Identifier: Apache-2.0
/* See mac.h. */
#include "mac.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *leat_mac_format(const __u8 mac[LEAT_MAC_SIZE], char buffer[LEAT_MAC_TEXT])
{
	snprintf(buffer, LEAT_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return buffer;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int leat_mac_parse(const char *text, __u8 ret_mac[LEAT_MAC_SIZE])
{
	__u8 mac[LEAT_MAC_SIZE];

	if (strlen(text) != LEAT_MAC_TEXT - 1)
		return -EINVAL;
	for (int i = 0; i < LEAT_MAC_SIZE; i++) {
		const char *pair = text + 3 * i;

		if (digit(pair[0]) < 0 || digit(pair[1]) < 0)
			return -EINVAL;
		if (i + 1 < LEAT_MAC_SIZE && pair[2] != ':')
			return -EINVAL;
		mac[i] = (__u8)(digit(pair[0]) << 4 | digit(pair[1]));
	}
	memcpy(ret_mac, mac, sizeof(mac));
	return 0;
}
