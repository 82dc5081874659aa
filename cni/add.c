// SPDX-License-Identifier: Apache-2.0
/*
 * ADD in two phases: the agent reserves addresses, we make the wire with its host side down,
 * the agent commits (programs, tables, policy, host side up). So the pod's first packet is
 * judged. What fails half way is undone before the error is told.
 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "client.h"
#include "forget.h"
#include "lib/attachment.h"
#include "result.h"
#include "verbs.h"
#include "wire.h"

#define AGENT_TIMEOUT_MS   30000 /* add and commit together */
#define CARRIER_TIMEOUT_MS 5000

static json_t *add_request(const struct leat_cni_call *call)
{
	const struct leat_cni_env *env = &call->env;
	json_t *request = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "op", "add",
				    "containerID", env->container_id, "ifname", env->ifname,
				    "netns", env->netns, "network", call->conf.name, "podNamespace",
				    env->pod_namespace, "podName", env->pod_name, "podUID",
				    env->pod_uid);
	json_t *addresses;
	char text[LEAT_ADDR_TEXT];

	if (!request || !call->conf.address_count)
		return request;
	addresses = json_array();
	for (size_t i = 0; i < call->conf.address_count; i++)
		json_array_append_new(
			addresses, json_string(leat_addr_format(&call->conf.addresses[i], text)));
	json_object_set_new(request, "addresses", addresses);
	return request;
}

static int reserve(const struct leat_cni_call *call, struct leat_cni_client *client,
		   json_t **ret_answer, struct leat_cni_error *error)
{
	int code = leat_cni_client_open(call->conf.socket, AGENT_TIMEOUT_MS, client, error);

	return code ?: leat_cni_client_call(client, add_request(call), ret_answer, error);
}

static int commit(const struct leat_cni_call *call, const struct leat_cni_wire *wire,
		  const struct leat_cni_plan *plan, struct leat_cni_client *client,
		  struct leat_cni_error *error)
{
	char mac[LEAT_MAC_TEXT];
	json_t *request = json_pack("{s:s, s:s, s:s, s:i, s:s}", "op", "commit", "containerID",
				    call->env.container_id, "ifname", call->env.ifname, "ifindex",
				    wire->host_ifindex, "mac", leat_mac_format(plan->mac, mac));

	return leat_cni_client_call(client, request, NULL, error);
}

static int print_result(const struct leat_cni_call *call, const struct leat_cni_plan *plan,
			struct leat_cni_error *error)
{
	json_t *result = leat_cni_result_make(&call->conf, &call->env, plan);
	int code = 0;

	if (!result)
		code = leat_cni_fail(error, LEAT_CNI_INTERNAL, "out of memory");
	else if (leat_cni_result_print(result) < 0)
		code = leat_cni_fail(error, LEAT_CNI_IO_FAILURE, "result cannot be written");
	json_decref(result);
	return code;
}

/* Everything after the reservation: fails with the wire perhaps half made. */
static int wire_up(const struct leat_cni_call *call, const json_t *answer,
		   struct leat_cni_wire *wire, struct leat_cni_client *client,
		   struct leat_cni_error *error)
{
	struct leat_cni_plan plan;
	int code;

	code = leat_cni_plan_read(answer, &call->env, &call->conf, &plan, error);
	code = code ?: leat_cni_wire_make(wire, &plan, call->env.ifname, error);
	code = code ?: commit(call, wire, &plan, client, error);
	code = code ?: leat_cni_wire_wait(wire, CARRIER_TIMEOUT_MS, error);
	return code ?: print_result(call, &plan, error);
}

/* The undoing's own failures are not told: the first cause is what a person needs. */
static void undo(const struct leat_cni_call *call, struct leat_cni_wire *wire)
{
	struct leat_cni_error ignored = {};

	leat_cni_wire_undo(wire);
	leat_cni_forget(call, &ignored);
}

int leat_cni_add(const struct leat_cni_call *call, struct leat_cni_error *error)
{
	_cleanup_wire_ struct leat_cni_wire wire = LEAT_CNI_WIRE_NONE;
	_cleanup_client_ struct leat_cni_client client = LEAT_CNI_CLIENT_NONE;
	json_t *answer = NULL;
	int code;

	code = leat_cni_wire_open(call->env.netns, &wire, error);
	code = code ?: leat_cni_wire_check_free(&wire, call->env.ifname, error);
	code = code ?: reserve(call, &client, &answer, error);
	if (code)
		return code;
	leat_cni_tombstone_remove(call);
	code = wire_up(call, answer, &wire, &client, error);
	json_decref(answer);
	if (code) {
		leat_cni_client_close(&client);
		undo(call, &wire);
	}
	return code;
}
