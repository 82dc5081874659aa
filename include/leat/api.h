/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The agent's local socket: SOCK_STREAM, mode 0600, only uid 0 is answered. One JSON object a
 * line each way; the connection stays open for more. Every answer has "ok": true, or "ok":
 * false with "code" (CNI error code), "msg" and "details". Requests are at most LEAT_API_LINE
 * bytes. Ops, their fields and their answers:
 *
 * add      {containerID, ifname, netns, network, podNamespace, podName, podUID, addresses?: [..]}
 *          reserves addresses; until "commit" the pod has no entry in any table.
 *          -> {hostIfname, mtu, mac, gatewayMAC, addresses: ["10.244.1.5/32", ...],
 *              gateways: ["169.254.1.1", "fe80::1"]}
 * commit   {containerID, ifname, ifindex (host side), mac (pod's)}
 *          programs attached, tables written, policy in place, host side device set up
 *          -> {}
 * del      {containerID, ifname}                -> {} also when unknown
 * check    {containerID, ifname, ifindex, mac, addresses}  -> {} or what differs
 * gc       {network, attachments: [{containerID, ifname}]} -> {removed: N}
 * ready    {}                                   -> {} or code 50 with why
 * status   {}                                   -> see leat(8)
 * monitor  {}                                   -> a line an event until either side closes
 */
#define LEAT_API_SOCKET_DEFAULT "/run/leat/agent.sock"
#define LEAT_API_LINE		65536

/* CNI error codes, from the CNI specification 1.1.0. */
enum leat_cni_code {
	LEAT_CNI_INCOMPATIBLE_VERSION = 1,
	LEAT_CNI_UNSUPPORTED_FIELD = 2,
	LEAT_CNI_UNKNOWN_CONTAINER = 3,
	LEAT_CNI_INVALID_ENVIRONMENT = 4,
	LEAT_CNI_IO_FAILURE = 5,
	LEAT_CNI_DECODE_FAILURE = 6,
	LEAT_CNI_INVALID_CONFIG = 7,
	LEAT_CNI_INVALID_NETNS = 8,
	LEAT_CNI_TRY_AGAIN = 11,
	LEAT_CNI_UNAVAILABLE = 50,
	LEAT_CNI_LIMITED = 51,
	LEAT_CNI_EXHAUSTED = 100, /* no free address */
	LEAT_CNI_EXISTS = 101,	  /* that attachment is there already */
	LEAT_CNI_DATAPATH = 102,  /* a table or program could not be written */
	LEAT_CNI_INTERNAL = 999,
};
