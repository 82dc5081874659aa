// SPDX-License-Identifier: Apache-2.0
/*
 * DEL: may come again and again, without namespace, without prevResult, for containers nobody
 * knows, with the agent dead; a failing DEL keeps the pod from ever ending. It looks only at
 * the names, never into the pod's namespace.
 */
#include "forget.h"
#include "lib/attachment.h"
#include "wire.h"

int leat_cni_del(const struct leat_cni_call *call, struct leat_cni_error *error)
{
	char ifname[IFNAMSIZ];
	int code, err;

	code = leat_cni_forget(call, error);
	leat_attachment_ifname(call->env.container_id, call->env.ifname, ifname);
	err = leat_cni_wire_remove(ifname);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "interface %s cannot be removed", ifname);
	return code;
}
