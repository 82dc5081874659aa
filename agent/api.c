// SPDX-License-Identifier: Apache-2.0
/*
 * See api.h. Everything a stranger controls is bounded: only uid 0 is answered at all, a line
 * has LEAT_API_LINE bytes, a connection that does not read its answers is closed.
 */
#include "api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <leat/api.h>

#include "lib/cleanup.h"
#include "lib/log.h"

#define BACKLOG		 512
#define CONNECTIONS_MOST 1024
#define UNREAD_MOST	 (1 << 20)

struct leat_connection {
	uv_pipe_t pipe;
	struct leat_api *api;
	struct leat_connection *previous, *next;
	unsigned int pending; /* requests not yet answered */
	bool is_closing;
	bool is_closed; /* libuv is done with it: freed when nothing is pending */
	bool is_subscribed;
	size_t size;
	char line[LEAT_API_LINE + 1];
};

struct leat_api {
	uv_pipe_t listener;
	struct leat_api_options options;
	char *path;
	struct leat_connection *connections;
	unsigned int count;
};

/* ---- connections ------------------------------------------------------------------------- */

static void free_if_done(struct leat_connection *connection)
{
	if (connection->is_closed && !connection->pending)
		free(connection);
}

static void on_connection_closed(uv_handle_t *handle)
{
	struct leat_connection *connection = handle->data;
	connection->is_closed = true;
	free_if_done(connection);
}

static void connection_close(struct leat_connection *connection)
{
	struct leat_api *api = connection->api;
	if (connection->is_closing)
		return;
	connection->is_closing = true;
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		api->connections = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	api->count--;
	uv_close((uv_handle_t *)&connection->pipe, on_connection_closed);
	api->options.on_close(api->options.context, connection);
}

static bool is_root(uv_pipe_t *pipe)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	uv_os_fd_t fd;
	return uv_fileno((uv_handle_t *)pipe, &fd) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == 0;
}

/* ---- answers ----------------------------------------------------------------------------- */

struct writing {
	uv_write_t write;
	char *text;
};

static void on_written(uv_write_t *write, int status)
{
	struct writing *writing = write->data;
	struct leat_connection *connection = write->handle->data;
	free(writing->text);
	free(writing);
	if (status < 0 && status != UV_ECANCELED)
		connection_close(connection);
}

static void send_text(struct leat_connection *connection, char *text)
{
	struct writing *writing = calloc(1, sizeof(*writing));
	if (!writing || connection->is_closing) {
		free(writing);
		free(text);
		return;
	}
	writing->text = text;
	writing->write.data = writing;
	uv_buf_t buffer = uv_buf_init(text, (unsigned int)strlen(text));
	if (uv_write(&writing->write, (uv_stream_t *)&connection->pipe, &buffer, 1, on_written) <
	    0) {
		free(text);
		free(writing);
		connection_close(connection);
	}
}

static char *to_line(const cJSON *json)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(json);
	char *line = NULL;
	if (!text || asprintf(&line, "%s\n", text) < 0)
		return NULL;
	return line;
}

static void send_json(struct leat_connection *connection, cJSON *json)
{
	char *line = connection->is_closing ? NULL : to_line(json);
	cJSON_Delete(json);
	if (line)
		send_text(connection, line);
	else if (!connection->is_closing)
		connection_close(connection);
}

static void request_finish(struct leat_request *request, cJSON *json)
{
	struct leat_connection *connection = request->connection;
	free(request);
	send_json(connection, json);
	connection->pending--;
	free_if_done(connection);
}

void leat_request_answer(struct leat_request *request, cJSON *json)
{
	if (!json)
		json = cJSON_CreateObject();
	cJSON_AddBoolToObject(json, "ok", true);
	request_finish(request, json);
}

void leat_request_refuse(struct leat_request *request, int code, const char *msg,
			 const char *details)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddBoolToObject(json, "ok", false);
	cJSON_AddNumberToObject(json, "code", code);
	cJSON_AddStringToObject(json, "msg", msg);
	cJSON_AddStringToObject(json, "details", details ? details : "");
	request_finish(request, json);
}

void leat_request_subscribe(struct leat_api *api, struct leat_request *request)
{
	(void)api;
	request->connection->is_subscribed = true;
	leat_request_answer(request, NULL);
}

bool leat_api_has_subscribers(const struct leat_api *api)
{
	for (const struct leat_connection *c = api->connections; c; c = c->next)
		if (c->is_subscribed)
			return true;
	return false;
}

void leat_api_broadcast(struct leat_api *api, cJSON *json)
{
	_cleanup_free_ char *line = to_line(json);
	struct leat_connection *next;
	cJSON_Delete(json);
	for (struct leat_connection *c = api->connections; c && line; c = next) {
		next = c->next;
		if (!c->is_subscribed ||
		    uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > UNREAD_MOST)
			continue;
		char *copy = strdup(line);
		if (copy)
			send_text(c, copy);
	}
}

/* ---- requests ---------------------------------------------------------------------------- */

static void take_line(struct leat_connection *connection, const char *line, size_t size)
{
	struct leat_request *request = calloc(1, sizeof(*request));
	if (!request) {
		connection_close(connection);
		return;
	}
	request->connection = connection;
	connection->pending++;
	_cleanup_json_ cJSON *json = cJSON_ParseWithLength(line, size);
	if (!cJSON_IsObject(json))
		leat_request_refuse(request, LEAT_CNI_DECODE_FAILURE, "request is no JSON object",
				    NULL);
	else
		connection->api->options.on_request(connection->api->options.context, request,
						    json);
}

/* All whole lines; what remains moves to the front. Nothing after the connection closed. */
static void take_lines(struct leat_connection *connection)
{
	size_t start = 0;
	connection->pending++; /* stays while its lines are read */
	while (!connection->is_closing) {
		char *end = memchr(connection->line + start, '\n', connection->size - start);
		if (!end)
			break;
		size_t size = (size_t)(end - connection->line) - start;
		take_line(connection, connection->line + start, size);
		start += size + 1;
	}
	memmove(connection->line, connection->line + start, connection->size - start);
	connection->size -= start;
	connection->pending--;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct leat_connection *connection = handle->data;
	(void)suggested;
	*buffer = uv_buf_init(connection->line + connection->size,
			      (unsigned int)(LEAT_API_LINE - connection->size));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct leat_connection *connection = stream->data;
	(void)buffer;
	if (size == 0)
		return;
	if (size < 0) { /* UV_ENOBUFS: the line is too long */
		connection_close(connection);
		return;
	}
	connection->size += (size_t)size;
	take_lines(connection);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct leat_api *api = listener->data;
	struct leat_connection *connection = status < 0 ? NULL : calloc(1, sizeof(*connection));
	if (!connection)
		return;
	connection->api = api;
	connection->pipe.data = connection;
	(void)uv_pipe_init(api->options.loop, &connection->pipe, 0);
	connection->next = api->connections;
	if (api->connections)
		api->connections->previous = connection;
	api->connections = connection;
	api->count++;
	if (uv_accept(listener, (uv_stream_t *)&connection->pipe) < 0 ||
	    api->count > CONNECTIONS_MOST || !is_root(&connection->pipe) ||
	    uv_read_start((uv_stream_t *)&connection->pipe, on_alloc, on_read) < 0)
		connection_close(connection);
}

/* ---- the socket -------------------------------------------------------------------------- */

static void on_listener_closed(uv_handle_t *handle)
{
	struct leat_api *api = handle->data;
	free(api->path);
	free(api);
}

static int listen_at(struct leat_api *api)
{
	struct sockaddr_un addr;
	if (strlen(api->path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG; /* libuv would cut it */
	mode_t before = umask(0177);
	(void)unlink(api->path); /* of an agent that was killed: we hold its lock */
	int err = uv_pipe_bind(&api->listener, api->path);
	umask(before);
	return err ?: uv_listen((uv_stream_t *)&api->listener, BACKLOG, on_connection);
}

int leat_api_open(const struct leat_api_options *options, struct leat_api **ret_api)
{
	struct leat_api *api = calloc(1, sizeof(*api));
	if (!api)
		return -ENOMEM;
	api->options = *options;
	api->listener.data = api;
	(void)uv_pipe_init(options->loop, &api->listener, 0);
	api->path = strdup(options->path);
	int err = api->path ? listen_at(api) : -ENOMEM;
	if (err) {
		uv_close((uv_handle_t *)&api->listener, on_listener_closed);
		return err;
	}
	*ret_api = api;
	return 0;
}

void leat_api_close(struct leat_api *api)
{
	(void)unlink(api->path);
	while (api->connections)
		connection_close(api->connections);
	uv_close((uv_handle_t *)&api->listener, on_listener_closed);
}
