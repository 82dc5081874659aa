// SPDX-License-Identifier: Apache-2.0
/* GC: the agent frees every attachment of this network that is not in the list. */
#include "client.h"
#include "verbs.h"

#define GC_TIMEOUT_MS 30000

/* Only the two keys that count: a runtime may put more into each. */
static json_t *valid_attachments(const json_t *list)
{
	json_t *attachments = json_array(), *item;
	size_t i;

	json_array_foreach (list, i, item)
		json_array_append_new(attachments,
				      json_pack("{s:O, s:O}", "containerID",
						json_object_get(item, "containerID"), "ifname",
						json_object_get(item, "ifname")));
	if (json_array_size(attachments) == json_array_size(list))
		return attachments;
	json_decref(attachments); /* a shorter list would free what it should not */
	return NULL;
}

int leat_cni_gc(const struct leat_cni_call *call, struct leat_cni_error *error)
{
	_cleanup_client_ struct leat_cni_client client = LEAT_CNI_CLIENT_NONE;
	json_t *attachments;
	int code;

	code = leat_cni_client_open(call->conf.socket, GC_TIMEOUT_MS, &client, error);
	if (code)
		return code;
	attachments = valid_attachments(call->conf.attachments);
	if (!attachments)
		return leat_cni_fail(error, LEAT_CNI_INTERNAL, "out of memory");
	return leat_cni_client_call(&client,
				    json_pack("{s:s, s:s, s:o}", "op", "gc", "network",
					      call->conf.name, "attachments", attachments),
				    NULL, error);
}
