/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The local socket (leat/api.h): connections, lines, answers, who may ask. What an op means is
 * requests.c's. An answer may come later than its request; the connection may be gone by then.
 */
#include <stdbool.h>

#include <uv.h>

#include "agent/json.h"

struct leat_api;
struct leat_connection;

/* One request under way. Answered exactly once; also when the connection is gone already. */
struct leat_request {
	struct leat_connection *connection;
};

/* `json` is the line; the callee answers `request` now or later. */
typedef void leat_api_on_request(void *context, struct leat_request *request, const cJSON *json);
/* The connection is gone: what it reserved may go. Only compare the pointer. */
typedef void leat_api_on_close(void *context, const struct leat_connection *connection);

struct leat_api_options {
	uv_loop_t *loop;
	const char *path;
	leat_api_on_request *on_request;
	leat_api_on_close *on_close;
	void *context;
};

int leat_api_open(const struct leat_api_options *options, struct leat_api **ret_api);
/* Starts closing everything and removes the socket's file; freed when the loop has run on. */
void leat_api_close(struct leat_api *api);

/* Takes `json`, adds "ok": true; NULL is {}. Frees the request. */
void leat_request_answer(struct leat_request *request, cJSON *json);
/* {"ok": false, "code", "msg", "details"}. Frees the request. */
void leat_request_refuse(struct leat_request *request, int code, const char *msg,
			 const char *details);
/* Answers, and makes the connection hear leat_api_broadcast() from now on. */
void leat_request_subscribe(struct leat_api *api, struct leat_request *request);
/* To all subscribers; takes `json`. Lines that a slow one does not read are lost to it. */
void leat_api_broadcast(struct leat_api *api, cJSON *json);
bool leat_api_has_subscribers(const struct leat_api *api);
