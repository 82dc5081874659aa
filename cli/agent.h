/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The agent's socket, from the asking side: include/leat/api.h tells what goes over it. */
#include <cjson/cJSON.h>
#include <stddef.h>

struct leat_agent {
	int fd;
	char *data; /* received and not yet taken */
	size_t size;
	size_t allocated;
	size_t taken;
};

/* -ENOENT or -ECONNREFUSED: no agent is running; -EACCES: not root. */
int leat_agent_connect(const char *path, struct leat_agent *ret_agent);
void leat_agent_close(struct leat_agent *agent); /* a second time is fine */
/* Sends {"op": OP}. */
int leat_agent_send(struct leat_agent *agent, const char *op);
/* The next line, in memory of the agent's until the next call. -ETIMEDOUT, -EPIPE when the
 * agent went, -EMSGSIZE for a line without end. */
int leat_agent_line(struct leat_agent *agent, int timeout_ms, char **ret_line);
/* One question and its answer, an object with "ok": true. -EPROTO: the agent said no, or no
 * JSON; *ret_answer is then what it said, or NULL. The caller frees. */
int leat_agent_ask(struct leat_agent *agent, const char *op, cJSON **ret_answer);
