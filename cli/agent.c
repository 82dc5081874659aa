// SPDX-License-Identifier: Apache-2.0
/*
 * The agent's socket, from the asking side. Every wait has a limit: a command must not hang on
 * an agent that does.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent.h"
#include "cli.h"

#define ANSWER_LIMIT   (128U << 20) /* a line longer than any state file is no answer */
#define READ_SIZE      65536
#define ASK_TIMEOUT_MS 5000

int leat_agent_connect(const char *path, struct leat_agent *ret_agent)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* a full backlog is -EAGAIN: an agent that does not accept is not answering */
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	*ret_agent = (struct leat_agent){ .fd = TAKE_FD(fd) };
	return 0;
}

void leat_agent_close(struct leat_agent *agent)
{
	if (agent->fd >= 0)
		close(agent->fd);
	free(agent->data);
	*agent = (struct leat_agent){ .fd = -1 };
}

int leat_agent_send(struct leat_agent *agent, const char *op)
{
	_cleanup_free_ char *line = leat_cli_format("{\"op\":\"%s\"}\n", op);
	size_t size = strlen(line);
	ssize_t sent = send(agent->fd, line, size, MSG_NOSIGNAL);

	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EPIPE; /* a fresh socket takes a line whole */
}

/* The end of the first line that is there, or NULL. */
static char *line_end(const struct leat_agent *agent, size_t searched)
{
	if (agent->size == searched)
		return NULL;
	return memchr(agent->data + searched, '\n', agent->size - searched);
}

static void drop_taken(struct leat_agent *agent)
{
	if (!agent->taken)
		return;
	agent->size -= agent->taken;
	memmove(agent->data, agent->data + agent->taken, agent->size);
	agent->taken = 0;
}

static int receive(struct leat_agent *agent, int timeout_ms)
{
	struct pollfd wait = { .fd = agent->fd, .events = POLLIN };
	ssize_t got;
	int ready;

	if (agent->size > ANSWER_LIMIT)
		return -EMSGSIZE;
	if (agent->allocated - agent->size < READ_SIZE) {
		agent->allocated = agent->allocated * 2 + READ_SIZE;
		agent->data = leat_cli_grow(agent->data, agent->allocated);
	}
	ready = poll(&wait, 1, timeout_ms);
	if (ready <= 0)
		return ready < 0 ? -errno : -ETIMEDOUT;
	got = recv(agent->fd, agent->data + agent->size, agent->allocated - agent->size, 0);
	if (got <= 0)
		return got < 0 && errno != ECONNRESET ? -errno : -EPIPE;
	agent->size += (size_t)got;
	return 0;
}

int leat_agent_line(struct leat_agent *agent, int timeout_ms, char **ret_line)
{
	size_t searched = 0;
	char *end;

	drop_taken(agent);
	while (!(end = line_end(agent, searched))) {
		int err;

		searched = agent->size;
		err = receive(agent, timeout_ms);
		if (err)
			return err;
	}
	*end = '\0';
	agent->taken = (size_t)(end - agent->data) + 1;
	*ret_line = agent->data;
	return 0;
}

int leat_agent_ask(struct leat_agent *agent, const char *op, cJSON **ret_answer)
{
	char *line = NULL;
	cJSON *answer;
	int err = leat_agent_send(agent, op);

	err = err ? err : leat_agent_line(agent, ASK_TIMEOUT_MS, &line);
	if (err)
		return err;
	answer = cJSON_Parse(line);
	*ret_answer = answer;
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")) ? 0 : -EPROTO;
}
