// SPDX-License-Identifier: Apache-2.0
/* See forget.h; lib/attachment.h says where the note lies and what is in it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "forget.h"
#include "lib/attachment.h"
#include "lib/cleanup.h"
#include "lib/file.h"

#define DEL_TIMEOUT_MS 10000

static int folder_of(const struct leat_cni_call *call, char *path, size_t size)
{
	const int length = snprintf(path, size, "%s/" LEAT_DELETED_DIR, call->conf.state_dir);

	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

static int file_of(const struct leat_cni_call *call, char *path, size_t size)
{
	char name[LEAT_DELETED_NAME];
	int length;

	leat_attachment_deleted_name(call->env.container_id, call->env.ifname, name);
	length = snprintf(path, size, "%s/" LEAT_DELETED_DIR "/%s", call->conf.state_dir, name);
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

void leat_cni_tombstone_remove(const struct leat_cni_call *call)
{
	char path[PATH_MAX];

	if (file_of(call, path, sizeof(path)) == 0)
		unlink(path);
}

/* Without a state folder no agent ever kept anything, so there is nothing to note. */
static int write_tombstone(const struct leat_cni_call *call)
{
	_cleanup_free_ char *text = NULL;
	char folder[PATH_MAX], path[PATH_MAX];
	json_t *note;
	int err;

	if (access(call->conf.state_dir, F_OK) < 0 && errno == ENOENT)
		return 0;
	err = folder_of(call, folder, sizeof(folder));
	err = err ?: file_of(call, path, sizeof(path));
	err = err ?: leat_dir_make(folder, 0700);
	if (err < 0)
		return err;
	note = json_pack("{s:s, s:s, s:s}", "containerID", call->env.container_id, "ifname",
			 call->env.ifname, "network", call->conf.name);
	text = note ? json_dumps(note, JSON_COMPACT) : NULL;
	json_decref(note);
	if (!text)
		return -ENOMEM;
	return leat_file_write_atomic(path, text, strlen(text), 0600);
}

/* *ret_is_lost: nobody answered, so nobody knows yet. */
static int ask_agent(const struct leat_cni_call *call, bool *ret_is_lost,
		     struct leat_cni_error *error)
{
	_cleanup_client_ struct leat_cni_client client = LEAT_CNI_CLIENT_NONE;
	int code;

	code = leat_cni_client_open(call->conf.socket, DEL_TIMEOUT_MS, &client, error);
	if (code) {
		*ret_is_lost = true;
		return code;
	}
	code = leat_cni_client_call(&client,
				    json_pack("{s:s, s:s, s:s}", "op", "del", "containerID",
					      call->env.container_id, "ifname", call->env.ifname),
				    NULL, error);
	*ret_is_lost = client.is_lost;
	return code;
}

int leat_cni_forget(const struct leat_cni_call *call, struct leat_cni_error *error)
{
	struct leat_cni_error agent_error = {};
	bool is_lost = false;
	int code, err;

	code = ask_agent(call, &is_lost, &agent_error);
	if (!code)
		return 0;
	if (!is_lost) {
		*error = agent_error;
		return code;
	}
	err = write_tombstone(call);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_IO_FAILURE, err,
					   "leat-agent is not there, and no note for it can be "
					   "left in %s",
					   call->conf.state_dir);
	return 0;
}
