// SPDX-License-Identifier: Apache-2.0
/* STATUS: can a pod be added now? Runtimes ask often and wait for the answer. */
#include <stdio.h>

#include "client.h"
#include "verbs.h"

#define STATUS_TIMEOUT_MS 2000

static int ask(const struct leat_cni_call *call, struct leat_cni_error *error)
{
	_cleanup_client_ struct leat_cni_client client = LEAT_CNI_CLIENT_NONE;
	int code = leat_cni_client_open(call->conf.socket, STATUS_TIMEOUT_MS, &client, error);

	return code
		       ?: leat_cni_client_call(&client, json_pack("{s:s}", "op", "ready"), NULL,
					       error);
}

int leat_cni_status(const struct leat_cni_call *call, struct leat_cni_error *error)
{
	int code = ask(call, error);

	if (code && code != LEAT_CNI_LIMITED)
		error->code = code = LEAT_CNI_UNAVAILABLE; /* whatever the cause: no ADD now */
	return code;
}
