// SPDX-License-Identifier: Apache-2.0
/* See attachment.h. */
#include <stdio.h>
#include <string.h>

#include <leat/config.h>

#include "attachment.h"
#include "text.h"

#define CONTAINER_ID_MAX 253

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool leat_container_id_is_valid(const char *id)
{
	size_t size = strnlen(id, CONTAINER_ID_MAX + 1);

	if (!size || size > CONTAINER_ID_MAX || !is_alphanumeric(id[0]))
		return false;
	for (size_t i = 1; i < size; i++)
		if (!is_alphanumeric(id[i]) && !strchr("_.-", id[i]))
			return false;
	return true;
}

static __u64 attachment_hash(const char *container_id, const char *ifname)
{
	__u64 hash = leat_hash64(container_id, strlen(container_id), LEAT_HASH_SEED);

	hash = leat_hash64("/", 1, hash);
	return leat_hash64(ifname, strlen(ifname), hash);
}

void leat_attachment_ifname(const char *container_id, const char *ifname, char buffer[IFNAMSIZ])
{
	const __u64 hash = attachment_hash(container_id, ifname) & 0xffffffffffULL;

	snprintf(buffer, IFNAMSIZ, LEAT_DEV_POD_PREFIX "%010llx", (unsigned long long)hash);
}

void leat_attachment_deleted_name(const char *container_id, const char *ifname,
				  char buffer[LEAT_DELETED_NAME])
{
	const __u64 hash = attachment_hash(container_id, ifname);

	snprintf(buffer, LEAT_DELETED_NAME, "%016llx.json", (unsigned long long)hash);
}
