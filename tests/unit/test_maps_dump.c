// SPDX-License-Identifier: Apache-2.0
/* Entries as JSON and as lines, word for word. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "lib/cleanup.h"
#include "maps/dump.h"
#include "maps/events.h"

static struct leat_addr addr_of(const char *text)
{
	struct leat_addr addr;

	assert_int_equal(leat_addr_parse(text, &addr), 0);
	return addr;
}

static void assert_json(cJSON *object, const char *wanted)
{
	char *text;

	assert_non_null(object);
	text = cJSON_PrintUnformatted(object);
	assert_string_equal(text, wanted);
	free(text);
	cJSON_Delete(object);
}

/* One table's entry in both forms. Key and value go in unaligned, as rows have them. */
static void assert_entry(enum leat_table_id table, const void *key, size_t key_size,
			 const void *value, size_t value_size, const char *json, const char *line)
{
	_cleanup_free_ unsigned char *row = malloc(1 + key_size + value_size);
	LEAT_CLEANUP(leat_text_free) struct leat_text text = { 0 };

	assert_non_null(row);
	memcpy(row + 1, key, key_size);
	memcpy(row + 1 + key_size, value, value_size);
	assert_json(leat_entry_to_json(table, row + 1, row + 1 + key_size), json);
	leat_entry_to_text(table, row + 1, row + 1 + key_size, &text);
	assert_string_equal(text.data, line);
}
#define ENTRY(table, key, value, json, line)                                                       \
	assert_entry(LEAT_TABLE_##table, key, sizeof(*(key)), value, sizeof(*(value)), json, line)

static void test_flow(void **state)
{
	const struct leat_flow_key key = { .saddr = addr_of("10.0.0.1"),
					   .daddr = addr_of("10.96.0.10"),
					   .sport = htons(4000),
					   .dport = htons(80),
					   .proto = IPPROTO_TCP };
	const struct leat_flow flow = { .nat_saddr = addr_of("10.0.0.1"),
					.nat_daddr = addr_of("10.0.1.2"),
					.nat_sport = htons(4000),
					.nat_dport = htons(8080),
					.src_slot = 1,
					.src_epoch = 4,
					.node = 3,
					.egress_rule = 17,
					.service = 22,
					.seen_tick = 9,
					.created_tick = 8,
					.hook = LEAT_HOOK_FROM_POD,
					.action = LEAT_FWD_TUNNEL,
					.flags = LEAT_FLOW_NAT_DST | LEAT_FLOW_HALF_OPEN,
					.tcp = LEAT_TCP_SYN,
					.packets = 2,
					.bytes = 120 };

	(void)state;
	ENTRY(FLOW, &key, &flow,
	      "{\"proto\":\"tcp\",\"source\":\"10.0.0.1\",\"sourcePort\":4000,"
	      "\"destination\":\"10.96.0.10\",\"destinationPort\":80,\"natSource\":\"10.0.0.1\","
	      "\"natSourcePort\":4000,\"natDestination\":\"10.0.1.2\","
	      "\"natDestinationPort\":8080,\"hook\":\"from-pod\",\"action\":\"tunnel\",\"node\":3,"
	      "\"srcSlot\":1,\"dstSlot\":0,\"srcEpoch\":4,\"dstEpoch\":0,\"egressRule\":17,"
	      "\"ingressRule\":0,\"service\":22,\"flags\":[\"nat-dst\",\"half-open\"],"
	      "\"tcp\":[\"syn\"],\"seenTick\":9,\"createdTick\":8,\"packets\":2,\"bytes\":120}",
	      "tcp 10.0.0.1:4000 > 10.96.0.10:80 as 10.0.0.1:4000 > 10.0.1.2:8080 from-pod to "
	      "tunnel node 3 slots 1>0 rules 17,0 packets 2 bytes 120 half-open");
}

static void test_echo_flow(void **state)
{
	const struct leat_flow_key key = { .saddr = addr_of("fd00::1"),
					   .daddr = addr_of("fd00::2"),
					   .dport = htons(7),
					   .proto = IPPROTO_ICMPV6,
					   .kind = LEAT_KIND_ECHO_REPLY };
	const struct leat_flow flow = { .hook = LEAT_HOOK_FROM_NET,
					.action = LEAT_FWD_NEIGH,
					.nexthop = addr_of("fd00::ff"),
					.ifindex = 4,
					.flags = LEAT_FLOW_REPLY };
	LEAT_CLEANUP(leat_text_free) struct leat_text text = { 0 };
	cJSON *object = leat_flow_to_json(&key, &flow);

	(void)state;
	assert_string_equal(cJSON_GetObjectItem(object, "kind")->valuestring, "echo-reply");
	assert_string_equal(cJSON_GetObjectItem(object, "nexthop")->valuestring, "fd00::ff");
	assert_int_equal(cJSON_GetObjectItem(object, "ifindex")->valueint, 4);
	cJSON_Delete(object);
	leat_entry_to_text(LEAT_TABLE_FLOW, &key, &flow, &text);
	assert_string_equal(text.data, "icmpv6 fd00::1 > [fd00::2]:7 from-net reply to neigh slots "
				       "0>0 rules 0,0 packets 0 bytes 0");
}

static void test_drop_and_event(void **state)
{
	const struct leat_drop_key key = { .saddr = addr_of("10.0.0.1"),
					   .daddr = addr_of("10.0.0.2"),
					   .dport = htons(0x0800),
					   .proto = IPPROTO_ICMP,
					   .reason = LEAT_DROP_POLICY_INGRESS,
					   .hook = LEAT_HOOK_FROM_POD };
	const struct leat_drop_info info = { .src_slot = 1,
					     .dst_slot = 2,
					     .src_identity = 30,
					     .set = 40,
					     .ifindex = 5,
					     .first_ns = 6,
					     .last_ns = 7,
					     .packets = 3 };
	const struct leat_event event = { .time_ns = 99,
					  .key = key,
					  .info = info,
					  .sport = htons(8),
					  .tcp_flags = 2,
					  .length = 60,
					  .lost = 1 };

	(void)state;
	ENTRY(DROP, &key, &info,
	      "{\"reason\":2,\"hook\":1,\"proto\":1,\"source\":\"10.0.0.1\","
	      "\"destination\":\"10.0.0.2\",\"destinationPort\":2048,\"srcSlot\":1,\"dstSlot\":2,"
	      "\"srcIdentity\":30,\"dstIdentity\":0,\"set\":40,\"rule\":0,\"service\":0,"
	      "\"ifindex\":5,\"firstNs\":6,\"lastNs\":7,\"packets\":3}",
	      "policy-ingress icmp 10.0.0.1 > 10.0.0.2 type 8 code 0 from-pod slots 1>2 identities "
	      "30>0 set 40 rule 0 service 0 packets 3");
	assert_json(leat_event_to_json(&event),
		    "{\"timeNs\":99,\"reason\":2,\"hook\":1,\"proto\":1,\"source\":\"10.0.0.1\","
		    "\"destination\":\"10.0.0.2\",\"destinationPort\":2048,\"srcSlot\":1,"
		    "\"dstSlot\":2,\"srcIdentity\":30,\"dstIdentity\":0,\"set\":40,\"rule\":0,"
		    "\"service\":0,\"ifindex\":5,\"sourcePort\":8,\"tcpFlags\":2,\"length\":60,"
		    "\"lost\":1}");
}

static void test_policy(void **state)
{
	struct leat_policy_key key = { .prefixlen = LEAT_POLICY_PREFIX_PORT(14),
				       .set = 20,
				       .identity = 16,
				       .dir = LEAT_INGRESS,
				       .proto = IPPROTO_UDP,
				       .port = htons(8080) };
	const struct leat_policy policy = { .rule = 18,
					    .precedence = 2,
					    .verdict = LEAT_VERDICT_ALLOW };

	(void)state;
	ENTRY(POLICY, &key, &policy,
	      "{\"set\":20,\"direction\":\"ingress\",\"identity\":16,\"proto\":\"udp\","
	      "\"port\":8080,\"lastPort\":8083,\"verdict\":\"allow\",\"rule\":18,\"precedence\":2}",
	      "set=20 direction=ingress identity=16 proto=udp port=8080 lastPort=8083 "
	      "verdict=allow "
	      "rule=18 precedence=2");
	key.prefixlen = LEAT_POLICY_PREFIX_PORT(16);
	ENTRY(POLICY, &key, &policy,
	      "{\"set\":20,\"direction\":\"ingress\",\"identity\":16,\"proto\":\"udp\","
	      "\"port\":8080,\"verdict\":\"allow\",\"rule\":18,\"precedence\":2}",
	      "set=20 direction=ingress identity=16 proto=udp port=8080 verdict=allow rule=18 "
	      "precedence=2");
	key.prefixlen = LEAT_POLICY_PREFIX_PEER;
	ENTRY(POLICY, &key, &policy,
	      "{\"set\":20,\"direction\":\"ingress\",\"identity\":16,\"verdict\":\"allow\","
	      "\"rule\":18,\"precedence\":2}",
	      "set=20 direction=ingress identity=16 verdict=allow rule=18 precedence=2");
}

static void test_small_tables(void **state)
{
	const __u32 three = 3;
	const struct leat_endpoint endpoint = { .ifindex = 7,
						.epoch = 2,
						.mac = { 2, 0, 0, 0xab, 0, 1 },
						.flags = LEAT_EP_INGRESS_ISOLATED,
						.ingress_set = 40,
						.addr4 = addr_of("10.0.0.1") };
	const struct leat_cidr_key block = { .prefixlen = 104, .addr = addr_of("10.0.0.0") };
	const struct leat_ipinfo range = { .identity = 1, .node = 2, .kind = LEAT_IP_POD_RANGE };
	const struct leat_svc_key frontend = { .addr = addr_of("fd00::a"),
					       .port = htons(53),
					       .proto = IPPROTO_UDP };
	const struct leat_svc service = { .service = 16, .first = 4, .count = 2 };
	const struct leat_metric metric = { .packets = 1ULL << 40, .bytes = 1 };

	(void)state;
	ENTRY(EP, &three, &endpoint,
	      "{\"slot\":3,\"ifindex\":7,\"epoch\":2,\"mac\":\"02:00:00:ab:00:01\","
	      "\"flags\":[\"ingress-isolated\"],\"egressSet\":0,\"ingressSet\":40,"
	      "\"addr4\":\"10.0.0.1\",\"addr6\":\"\"}",
	      "slot=3 ifindex=7 epoch=2 mac=02:00:00:ab:00:01 flags=ingress-isolated egressSet=0 "
	      "ingressSet=40 addr4=10.0.0.1 addr6=");
	ENTRY(CIDR, &block, &range,
	      "{\"block\":\"10.0.0.0/8\",\"kind\":\"pod-range\",\"identity\":1,\"slot\":0,"
	      "\"node\":2}",
	      "block=10.0.0.0/8 kind=pod-range identity=1 slot=0 node=2");
	ENTRY(SVC, &frontend, &service,
	      "{\"address\":\"fd00::a\",\"port\":53,\"proto\":\"udp\",\"scope\":\"cluster\","
	      "\"service\":16,\"first\":4,\"count\":2,\"flags\":[],\"affinitySec\":0,"
	      "\"maglev\":0}",
	      "address=fd00::a port=53 proto=udp scope=cluster service=16 first=4 count=2 flags= "
	      "affinitySec=0 maglev=0");
	ENTRY(METRIC, &three, &metric,
	      "{\"reason\":\"spoofed-address\",\"number\":3,\"packets\":1099511627776,\"bytes\":1}",
	      "reason=spoofed-address number=3 packets=1099511627776 bytes=1");
}

/* Every table that has entries can be shown. */
static void test_every_table(void **state)
{
	static const char zeros[512];

	(void)state;
	for (int table = 0; table < LEAT_TABLE_COUNT; table++) {
		cJSON *object = leat_entry_to_json((enum leat_table_id)table, zeros, zeros);

		assert_int_equal(!object, table == LEAT_TABLE_EVENT);
		cJSON_Delete(object);
	}
}

static void test_names(void **state)
{
	char buffer[LEAT_PROTO_TEXT];

	(void)state;
	assert_string_equal(leat_hook_name(LEAT_HOOK_FROM_OVERLAY), "from-overlay");
	assert_string_equal(leat_hook_name(200), "?");
	assert_string_equal(leat_action_name(LEAT_FWD_HOSTDEV), "hostdev");
	assert_string_equal(leat_action_name(200), "?");
	assert_string_equal(leat_ip_kind_name(LEAT_IP_SERVICE), "service");
	assert_string_equal(leat_ip_kind_name(0xffffffff), "?");
	assert_string_equal(leat_proto_format(253, buffer), "proto-253");
	assert_string_equal(leat_drop_label(LEAT_DROP_TOO_BIG), "too-big");
	assert_string_equal(leat_drop_label(0), "unknown");
	assert_string_equal(leat_drop_label(255), "unknown");
	assert_non_null(leat_drop_text(255));
	assert_string_equal(leat_drop_text(LEAT_DROP_NO_ROUTE), "the node has no route to it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow),	       cmocka_unit_test(test_echo_flow),
		cmocka_unit_test(test_drop_and_event), cmocka_unit_test(test_policy),
		cmocka_unit_test(test_small_tables),   cmocka_unit_test(test_every_table),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
