// SPDX-License-Identifier: Apache-2.0
/* When a flow is over, and which key its other direction has. A table as specification. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "lib/cleanup.h"
#include "maps/flows.h"

#define S    LEAT_TCP_SYN
#define A    LEAT_TCP_ACK
#define F    LEAT_TCP_FIN
#define R    LEAT_TCP_RST
#define NONE 0x80 /* there is no such entry */

static const struct {
	const char *name;
	__u8 proto;
	__u8 forward; /* enum leat_flow_tcp, or NONE */
	__u8 reply;
	__u64 answers;
	__u32 seconds;
} cases[] = {
	{ "SYN", IPPROTO_TCP, S, 0, 0, 60 },
	{ "SYN, SYN+ACK", IPPROTO_TCP, S, S | A, 1, 60 },
	{ "handshake", IPPROTO_TCP, S | A, S | A, 1, 86400 },
	{ "FIN from the client", IPPROTO_TCP, S | A | F, S | A, 5, 3600 },
	{ "FIN from the server", IPPROTO_TCP, S | A, S | A | F, 5, 3600 },
	{ "FIN from both", IPPROTO_TCP, S | A | F, S | A | F, 5, 120 },
	{ "RST from the client", IPPROTO_TCP, S | A | R, S | A, 5, 120 },
	{ "RST from the server", IPPROTO_TCP, S | A, S | A | R, 5, 120 },
	{ "SYN refused", IPPROTO_TCP, S, A | R, 1, 120 },
	{ "half of an established flow is missing", IPPROTO_TCP, S | A, NONE, 0, 60 },
	{ "the other half", IPPROTO_TCP, NONE, S | A, 9, 60 },
	{ "UDP unanswered", IPPROTO_UDP, 0, 0, 0, 30 },
	{ "UDP answered", IPPROTO_UDP, 0, 0, 1, 180 },
	{ "UDP without its reply entry", IPPROTO_UDP, 0, NONE, 0, 30 },
	{ "ping", IPPROTO_ICMP, 0, 0, 1, 30 },
	{ "ping6", IPPROTO_ICMPV6, 0, 0, 0, 30 },
	{ "SCTP", IPPROTO_SCTP, 0, 0, 1, 600 },
	{ "GRE", 47, 0, 0, 0, 600 },
};

/* Ticks that are surely within, or surely beyond, so many seconds. */
static __u32 ticks_within(__u32 seconds)
{
	return (__u32)(((__u64)seconds * 1000000000ULL) >> LEAT_TICK_SHIFT);
}

static void test_timeouts(void **state)
{
	const __u32 now = 1000000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct leat_flow forward = { .tcp = cases[i].forward };
		struct leat_flow reply = { .tcp = cases[i].reply, .packets = cases[i].answers };
		const struct leat_flow *first = cases[i].forward & NONE ? NULL : &forward;
		const struct leat_flow *second = cases[i].reply & NONE ? NULL : &reply;
		__u32 young = now - ticks_within(cases[i].seconds);

		print_message("# %s\n", cases[i].name);
		assert_int_equal(leat_flow_timeout(&leat_flow_timeouts_default, cases[i].proto,
						   first, second),
				 cases[i].seconds);
		forward.seen_tick = reply.seen_tick = young;
		assert_false(leat_flow_is_expired(&leat_flow_timeouts_default, cases[i].proto,
						  first, second, now));
		forward.seen_tick = reply.seen_tick = young - 1;
		assert_true(leat_flow_is_expired(&leat_flow_timeouts_default, cases[i].proto, first,
						 second, now));
		/* The younger direction counts. */
		forward.seen_tick = young;
		assert_int_equal(leat_flow_is_expired(&leat_flow_timeouts_default, cases[i].proto,
						      first, second, now),
				 !first);
		forward.seen_tick = young - 1;
		reply.seen_tick = young;
		assert_int_equal(leat_flow_is_expired(&leat_flow_timeouts_default, cases[i].proto,
						      first, second, now),
				 !second);
	}
}

static void test_ticks_wrap(void **state)
{
	struct leat_flow flow = { .seen_tick = 0xfffffff0 };

	(void)state;
	assert_false(
		leat_flow_is_expired(&leat_flow_timeouts_default, IPPROTO_UDP, &flow, NULL, 5));
	assert_true(
		leat_flow_is_expired(&leat_flow_timeouts_default, IPPROTO_UDP, &flow, NULL, 40));
	/* A packet that came after `now` was read. */
	flow.seen_tick = 101;
	assert_false(
		leat_flow_is_expired(&leat_flow_timeouts_default, IPPROTO_UDP, &flow, NULL, 100));
}

static struct leat_addr addr_of(const char *text)
{
	struct leat_addr addr;

	assert_int_equal(leat_addr_parse(text, &addr), 0);
	return addr;
}

static void test_partner_of_a_translated_flow(void **state)
{
	const struct leat_flow_key key = { .saddr = addr_of("10.0.0.1"),
					   .daddr = addr_of("10.96.0.10"),
					   .sport = htons(4000),
					   .dport = htons(80),
					   .proto = IPPROTO_TCP };
	const struct leat_flow forward = { .nat_saddr = addr_of("10.0.0.1"),
					   .nat_daddr = addr_of("10.0.0.2"),
					   .nat_sport = htons(4000),
					   .nat_dport = htons(8080) };
	const struct leat_flow_key wanted = { .saddr = addr_of("10.0.0.2"),
					      .daddr = addr_of("10.0.0.1"),
					      .sport = htons(8080),
					      .dport = htons(4000),
					      .proto = IPPROTO_TCP };
	const struct leat_flow reply = { .nat_saddr = addr_of("10.96.0.10"),
					 .nat_daddr = addr_of("10.0.0.1"),
					 .nat_sport = htons(80),
					 .nat_dport = htons(4000) };
	struct leat_flow_key partner = leat_flow_partner(&key, &forward);

	(void)state;
	assert_memory_equal(&partner, &wanted, sizeof(wanted));
	partner = leat_flow_partner(&wanted, &reply);
	assert_memory_equal(&partner, &key, sizeof(key));
}

static void test_partner_of_an_echo(void **state)
{
	const struct leat_flow_key key = { .saddr = addr_of("fd00::1"),
					   .daddr = addr_of("fd00::2"),
					   .sport = htons(77),
					   .proto = IPPROTO_ICMPV6,
					   .kind = LEAT_KIND_ECHO_REQUEST };
	const struct leat_flow forward = { .nat_saddr = addr_of("fd00::9"),
					   .nat_daddr = addr_of("fd00::2"),
					   .nat_sport = htons(5) };
	struct leat_flow_key partner = leat_flow_partner(&key, &forward);

	(void)state;
	assert_int_equal(partner.kind, LEAT_KIND_ECHO_REPLY);
	assert_int_equal(partner.sport, 0);
	assert_int_equal(ntohs(partner.dport), 5);
	assert_int_equal(leat_addr_compare(&partner.daddr, &forward.nat_saddr), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_ticks_wrap),
		cmocka_unit_test(test_partner_of_a_translated_flow),
		cmocka_unit_test(test_partner_of_an_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
