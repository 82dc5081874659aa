// SPDX-License-Identifier: Apache-2.0
/*
 * CHECK: is everything that prevResult says still so, inside the pod and in the agent's tables?
 * What later plugins added is none of our business. Lookups in the pod: check_pod.c.
 */
#include <string.h>

#include "check_pod.h"
#include "client.h"
#include "lib/attachment.h"
#include "verbs.h"

#define CHECK_TIMEOUT_MS 10000

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int read_mac(const json_t *interface, const char *what, __u8 *ret_mac,
		    struct leat_cni_error *error)
{
	if (leat_mac_parse(text_of(interface, "mac"), ret_mac) == 0)
		return 0;
	return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
			     "prevResult tells no MAC of the %s interface", what);
}

static int read_expected(const struct leat_cni_call *call, struct leat_cni_expected *expected,
			 struct leat_cni_error *error)
{
	const json_t *prev = call->conf.prev_result;
	const json_t *container = leat_cni_prev_container_interface(prev, call->env.ifname);
	const json_t *host;
	int code;

	leat_attachment_ifname(call->env.container_id, call->env.ifname, expected->host_ifname);
	host = leat_cni_prev_host_interface(prev, expected->host_ifname);
	expected->prev = prev;
	expected->ifname = call->env.ifname;
	expected->interface = leat_cni_prev_interface_index(prev, container);
	if (!container || !host)
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "prevResult has no interface %s",
				     container ? expected->host_ifname : call->env.ifname);
	code = read_mac(container, "container's", expected->mac, error);
	return code ?: read_mac(host, "host's", expected->gateway_mac, error);
}

static int ask_agent(const struct leat_cni_call *call, const struct leat_cni_expected *expected,
		     int host_ifindex, struct leat_cni_error *error)
{
	_cleanup_client_ struct leat_cni_client client = LEAT_CNI_CLIENT_NONE;
	char mac[LEAT_MAC_TEXT];
	json_t *addresses;
	int code;

	code = leat_cni_client_open(call->conf.socket, CHECK_TIMEOUT_MS, &client, error);
	if (code)
		return code;
	addresses = leat_cni_expected_addresses(expected);
	return leat_cni_client_call(&client,
				    json_pack("{s:s, s:s, s:s, s:i, s:s, s:o}", "op", "check",
					      "containerID", call->env.container_id, "ifname",
					      call->env.ifname, "ifindex", host_ifindex, "mac",
					      leat_mac_format(expected->mac, mac), "addresses",
					      addresses),
				    NULL, error);
}

static int check_host_side(const struct leat_cni_wire *wire,
			   const struct leat_cni_expected *expected, int *ret_ifindex,
			   struct leat_cni_error *error)
{
	struct leat_link link;
	int err;

	err = leat_link_get_by_name(wire->host, expected->host_ifname, &link);
	if (err < 0)
		return leat_cni_fail_errno(error, LEAT_CNI_DATAPATH, err,
					   "host interface %s is gone", expected->host_ifname);
	if (!(link.flags & IFF_UP) || memcmp(link.mac, expected->gateway_mac, LEAT_MAC_SIZE))
		return leat_cni_fail(error, LEAT_CNI_DATAPATH,
				     "host interface %s is down or has another MAC",
				     expected->host_ifname);
	*ret_ifindex = link.ifindex;
	return 0;
}

int leat_cni_check(const struct leat_cni_call *call, struct leat_cni_error *error)
{
	_cleanup_wire_ struct leat_cni_wire wire = LEAT_CNI_WIRE_NONE;
	struct leat_cni_expected expected = {};
	int code, host_ifindex = 0;

	code = read_expected(call, &expected, error);
	code = code ?: leat_cni_wire_open(call->env.netns, &wire, error);
	code = code ?: check_host_side(&wire, &expected, &host_ifindex, error);
	code = code ?: leat_cni_check_pod(&wire, &expected, error);
	return code ?: ask_agent(call, &expected, host_ifindex, error);
}
