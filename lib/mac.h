/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* MAC addresses as text. */
#include <linux/types.h>

#define LEAT_MAC_SIZE 6
#define LEAT_MAC_TEXT 18 /* bytes that leat_mac_format() needs */

/* "02:00:00:00:00:01"; returns `buffer`. */
const char *leat_mac_format(const __u8 mac[LEAT_MAC_SIZE], char buffer[LEAT_MAC_TEXT]);
/* Either case of letters. -EINVAL, and *ret_mac as it was. */
int leat_mac_parse(const char *text, __u8 ret_mac[LEAT_MAC_SIZE]);
