// SPDX-License-Identifier: Apache-2.0
/* See client.h. The socket does not block once connected: every wait is a poll with the deadline.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "client.h"
#include "lib/cleanup.h"

#define ANSWER_MAX 65536

/* A full backlog makes connect() wait: only SO_SNDTIMEO limits that on AF_UNIX. */
static int connect_to(const char *path, int timeout_ms)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000L };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static bool is_trusted(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

int leat_cni_client_open(const char *path, int timeout_ms, struct leat_cni_client *ret_client,
			 struct leat_cni_error *error)
{
	const struct leat_cni_deadline deadline = leat_cni_deadline_in(timeout_ms);
	_cleanup_close_ int fd = connect_to(path, timeout_ms);

	if (fd < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_TRY_AGAIN, fd,
					   "leat-agent is not there on %s", path);
	if (!is_trusted(fd))
		return leat_cni_fail(error, LEAT_CNI_TRY_AGAIN,
				     "who listens on %s is not root's leat-agent", path);
	*ret_client = (struct leat_cni_client){ .fd = TAKE_FD(fd), .deadline = deadline };
	return 0;
}

void leat_cni_client_close(struct leat_cni_client *client)
{
	leat_cleanup_close(&client->fd);
	client->fd = -1;
}

static int wait_for(const struct leat_cni_client *client, short events)
{
	struct pollfd agent = { .fd = client->fd, .events = events };
	int count;

	do
		count = poll(&agent, 1, leat_cni_deadline_left_ms(&client->deadline));
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	return count ? 0 : -ETIMEDOUT;
}

static int send_all(const struct leat_cni_client *client, const char *data, size_t size)
{
	while (size) {
		ssize_t count = send(client->fd, data, size, MSG_NOSIGNAL);
		int err;

		if (count >= 0) {
			data += count;
			size -= (size_t)count;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		err = wait_for(client, POLLOUT);
		if (err < 0)
			return err;
	}
	return 0;
}

/* One line without its end, zero terminated. -ECONNRESET: closed before that. */
static int receive_line(const struct leat_cni_client *client, char *line, size_t size)
{
	size_t used = 0;

	while (used < size - 1) {
		ssize_t count = recv(client->fd, line + used, size - 1 - used, 0);
		char *end;
		int err;

		if (!count)
			return -ECONNRESET;
		if (count < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (count < 0) {
			err = wait_for(client, POLLIN);
			if (err < 0)
				return err;
			continue;
		}
		end = memchr(line + used, '\n', (size_t)count);
		used += (size_t)count;
		if (end) {
			*end = '\0';
			return 0;
		}
	}
	return -EMSGSIZE;
}

static int exchange(struct leat_cni_client *client, const json_t *request, char *line, size_t size)
{
	_cleanup_free_ char *text = json_dumps(request, JSON_COMPACT);
	size_t length;
	int err;

	if (!text)
		return -ENOMEM;
	length = strlen(text);
	if (length + 1 > LEAT_API_LINE)
		return -E2BIG;
	text[length] = '\n'; /* over the final zero */
	err = send_all(client, text, length + 1);
	return err < 0 ? err : receive_line(client, line, size);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The agent's {ok: false, code, msg, details} becomes ours. */
static int take_refusal(const json_t *answer, struct leat_cni_error *error)
{
	json_int_t code = json_integer_value(json_object_get(answer, "code"));
	const char *msg = text_of(answer, "msg");

	if (code < 1 || code > LEAT_CNI_INTERNAL)
		code = LEAT_CNI_INTERNAL;
	if (!error->code)
		snprintf(error->details, sizeof(error->details), "%s", text_of(answer, "details"));
	return leat_cni_fail(error, (int)code, "%s", msg[0] ? msg : "leat-agent refused");
}

static int read_answer(struct leat_cni_client *client, const char *line, json_t **ret_answer,
		       struct leat_cni_error *error)
{
	json_error_t where;
	json_t *answer = json_loads(line, JSON_REJECT_DUPLICATES, &where);
	const json_t *ok = json_object_get(answer, "ok");
	int code = 0;

	if (!json_is_boolean(ok)) {
		client->is_lost = true;
		code = leat_cni_fail(error, LEAT_CNI_INTERNAL,
				     "leat-agent's answer makes no sense");
	} else if (json_is_false(ok)) {
		code = take_refusal(answer, error);
	}
	if (code || !ret_answer)
		json_decref(answer);
	else
		*ret_answer = answer;
	return code;
}

int leat_cni_client_call(struct leat_cni_client *client, json_t *request, json_t **ret_answer,
			 struct leat_cni_error *error)
{
	_cleanup_free_ char *line = malloc(ANSWER_MAX);
	int err = line && request ? exchange(client, request, line, ANSWER_MAX) : -ENOMEM;

	json_decref(request);
	if (err == -ENOMEM)
		return leat_cni_fail(error, LEAT_CNI_INTERNAL, "out of memory");
	if (err == -E2BIG)
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "the request is larger than the agent's limit of %d bytes",
				     LEAT_API_LINE);
	if (err < 0) {
		client->is_lost = true;
		return leat_cni_fail_errno(error, LEAT_CNI_TRY_AGAIN, err,
					   "leat-agent did not answer");
	}
	return read_answer(client, line, ret_answer, error);
}
