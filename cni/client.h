/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The agent's socket, from the asking side: one JSON line there, one back, all before one
 * deadline. See leat/api.h for the requests. Whoever listens must be root or ourselves.
 */
#include <stdbool.h>

#include <jansson.h>

#include "deadline.h"
#include "error.h"

struct leat_cni_client {
	int fd;
	bool is_lost; /* the agent did not answer as it should; nothing more can be asked */
	struct leat_cni_deadline deadline;
};

/* LEAT_CNI_TRY_AGAIN when nobody is there. */
int leat_cni_client_open(const char *path, int timeout_ms, struct leat_cni_client *ret_client,
			 struct leat_cni_error *error);
/*
 * Takes over `request` (NULL: out of memory). The agent's refusal comes back as its own code,
 * msg and details; *ret_answer is the caller's to json_decref() and may be asked not to be kept
 * (NULL).
 */
int leat_cni_client_call(struct leat_cni_client *client, json_t *request, json_t **ret_answer,
			 struct leat_cni_error *error);
void leat_cni_client_close(struct leat_cni_client *client);

#define _cleanup_client_     __attribute__((cleanup(leat_cni_client_close)))
#define LEAT_CNI_CLIENT_NONE { .fd = -1 }
