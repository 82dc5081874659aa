/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One entry of a table as a JSON object and as a line for people. Enumerations get their names,
 * addresses are text, ports and lengths host byte order; slots, rules, identities, sets and
 * Services stay numbers: whoever knows their names (state.json) adds them.
 */
#include <cjson/cJSON.h>

#include "lib/text.h"
#include "maps.h"

/* All return a new object that the caller owns, NULL when memory ran out. */

/* {"proto","source","sourcePort","destination","destinationPort","kind"?, "natSource",
 *  "natSourcePort","natDestination","natDestinationPort","nexthop"?,"ifindex"?,"srcSlot",
 *  "dstSlot","srcEpoch","dstEpoch","node","egressRule","ingressRule","service","hook":"from-pod",
 *  "action":"local","flags":["reply",..],"tcp":["syn",..],"seenTick","createdTick","packets",
 *  "bytes"} */
cJSON *leat_flow_to_json(const struct leat_flow_key *key, const struct leat_flow *flow);
/* All numbers, as on the agent's socket (op "monitor"): {"timeNs","reason","hook","proto",
 *  "source","sourcePort","destination","destinationPort","srcSlot","dstSlot","srcIdentity",
 *  "dstIdentity","set","rule","service","ifindex","tcpFlags","length","lost"} */
cJSON *leat_event_to_json(const struct leat_event *event);
/* As the event's, but "firstNs","lastNs","packets" and no sourcePort, tcpFlags, length, lost. */
cJSON *leat_drop_to_json(const struct leat_drop_key *key, const struct leat_drop_info *info);

/* Any table's entry; the fields are the value's and the key's, in camelCase. NULL also for
 * LEAT_TABLE_EVENT, which has no entries. */
cJSON *leat_entry_to_json(enum leat_table_id table, const void *key, const void *value);
/* Appends one line without newline: a sentence for flows and drops, "field=value ..." for the
 * rest. */
void leat_entry_to_text(enum leat_table_id table, const void *key, const void *value,
			struct leat_text *text);

/* Names of numbers that never change; "?" for unknown ones. */
const char *leat_hook_name(__u8 hook);	   /* "from-pod" */
const char *leat_action_name(__u8 action); /* "local" */
const char *leat_ip_kind_name(__u32 kind); /* "pod-range" */
/* "tcp", or "proto-253" in `buffer`. */
#define LEAT_PROTO_TEXT 16
const char *leat_proto_format(__u8 proto, char buffer[LEAT_PROTO_TEXT]);
