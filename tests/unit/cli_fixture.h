/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A node made up for the command's tests: two pods, a Service, policies, flows, drops, and the
 * state file that names them. fixture_run() runs the real table of commands on it.
 */
/* clang-format off: cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "lib/addr.h"
#include "lib/file.h"

/* The program's own table of commands, with its main() out of the way. */
int leat_program_main(int argc, char **argv);
#define main leat_program_main
#include "cli/main.c"
#undef main

#define SET_IN	    700
#define SET_OUT	    701
#define RULE_IN	    800
#define ID_FRONTEND 20
#define SERVICE	    900

static const char fixture_state[] =
	"{\"version\":1,\"node\":\"n1\",\"synced\":true,\"source\":\"folder "
	"/shop\",\"problems\":[],"
	"\"objects\":{\"Pod\":3},"
	"\"endpoints\":[{\"slot\":1,\"namespace\":\"shop\",\"name\":\"frontend\",\"containerID\":"
	"\"c1\",\"ifname\":\"eth0\",\"hostIfname\":\"leat0000000001\",\"addresses\":[\"10.1.0.1\","
	"\"fd00::1\"],\"labels\":{\"app\":\"frontend\"}},"
	"{\"slot\":2,\"namespace\":\"shop\",\"name\":\"backend\",\"addresses\":[\"10.1.0.2\"]},"
	"{\"slot\":3,\"namespace\":\"other\",\"name\":\"backend\",\"addresses\":[\"10.1.0.3\"]}],"
	"\"pods\":[{\"address\":\"10.2.0.9\",\"namespace\":\"far\",\"name\":\"away\"}],"
	"\"rules\":[{\"rule\":800,\"namespace\":\"shop\",\"policy\":\"allow-frontend\","
	"\"direction\":"
	"\"ingress\",\"index\":0}],"
	"\"sets\":[{\"set\":700,\"direction\":\"ingress\",\"policies\":[\"shop/allow-frontend\"]},"
	"{\"set\":701,\"direction\":\"egress\",\"policies\":[\"shop/a\",\"shop/b\"]}],"
	"\"identities\":[{\"identity\":20,\"text\":\"pods like shop/frontend\",\"addresses\":1}],"
	"\"services\":[{\"service\":900,\"namespace\":\"shop\",\"name\":\"backend\",\"port\":"
	"\"http\"}],"
	"\"nodes\":[{\"slot\":0,\"name\":\"n1\",\"addresses\":[\"192.168.0.1\"],\"podCIDRs\":[]},"
	"{\"slot\":5,\"name\":\"n2\",\"addresses\":[\"192.168.0.2\"],\"podCIDRs\":[\"10.2.0.0/"
	"24\"]}]}";

struct fixture {
	char folder[64]; /* holds state.json */
	const char *state_dir;
	const char *socket;
	struct leat_rows tables[LEAT_TABLE_COUNT];
	bool has_tables;
	char *out; /* of the last run, owned */
	char *err;
};

static struct fixture fixture;

static inline struct leat_addr addr_of(const char *text)
{
	struct leat_addr addr;

	assert_int_equal(leat_addr_parse(text, &addr), 0);
	return addr;
}

static inline void add_row(enum leat_table_id id, const void *key, const void *value)
{
	assert_int_equal(leat_rows_add(&fixture.tables[id], key, value), 0);
	leat_rows_sort(&fixture.tables[id], NULL);
}

static int fixture_read(struct leat_cli *cli, enum leat_table_id id, struct leat_rows *ret_rows)
{
	const struct leat_rows *from = &fixture.tables[id];
	struct leat_rows rows;

	if (!fixture.has_tables)
		return leat_cli_error(cli, LEAT_EXIT_NOTHING, "nothing is loaded");
	leat_rows_init(&rows, from->key_size, from->value_size);
	for (size_t i = 0; i < from->count; i++)
		assert_int_equal(
			leat_rows_add(&rows, leat_rows_key(from, i), leat_rows_value(from, i)), 0);
	*ret_rows = rows;
	return 0;
}

static inline void add_endpoint(__u32 slot, const char *addr4, const char *addr6, __u16 flags)
{
	struct leat_endpoint entry = { .ifindex = 10 + slot,
				       .epoch = 7,
				       .mac = { 2, 0, 0, 0, 0, (__u8)slot },
				       .flags = flags,
				       .egress_set = flags & LEAT_EP_EGRESS_ISOLATED ? SET_OUT : 0,
				       .ingress_set = flags & LEAT_EP_INGRESS_ISOLATED ? SET_IN : 0,
				       .addr4 = addr_of(addr4) };
	struct leat_ipinfo info = { .identity = slot == 1 ? ID_FRONTEND : LEAT_ID_NONE,
				    .slot = slot,
				    .kind = LEAT_IP_POD };
	struct leat_epstat stat = { .half_open = slot };

	if (addr6)
		entry.addr6 = addr_of(addr6);
	add_row(LEAT_TABLE_EP, &slot, &entry);
	add_row(LEAT_TABLE_EPSTAT, &slot, &stat);
	add_row(LEAT_TABLE_IPCACHE, &entry.addr4, &info);
}

static inline void add_service(void)
{
	struct leat_svc_key key = { addr_of("10.96.0.10"), htons(80), IPPROTO_TCP,
				    LEAT_SCOPE_CLUSTER };
	struct leat_svc svc = { .service = SERVICE, .first = 4, .count = 2 };
	struct leat_backend near = { addr_of("10.1.0.2"), htons(8080), 0 };
	struct leat_backend far = { addr_of("10.2.0.9"), htons(8080), 0 };
	__u32 slots[] = { 4, 5 };

	add_row(LEAT_TABLE_SVC, &key, &svc);
	add_row(LEAT_TABLE_BACKEND, &slots[0], &near);
	add_row(LEAT_TABLE_BACKEND, &slots[1], &far);
}

static inline void add_policy(void)
{
	struct leat_policy_key key = { .prefixlen = LEAT_POLICY_PREFIX_PORT(14),
				       .set = SET_IN,
				       .identity = ID_FRONTEND,
				       .dir = LEAT_INGRESS,
				       .proto = IPPROTO_TCP,
				       .port = htons(8080) };
	struct leat_policy policy = { .rule = RULE_IN,
				      .precedence = 3,
				      .verdict = LEAT_VERDICT_ALLOW };

	add_row(LEAT_TABLE_POLICY, &key, &policy);
}

/* shop/frontend:40000 -> Service shop/backend:http at shop/backend:8080, answered. */
static inline void add_flow(void)
{
	struct leat_flow_key key = { addr_of("10.1.0.1"),
				     addr_of("10.96.0.10"),
				     htons(40000),
				     htons(80),
				     IPPROTO_TCP,
				     0,
				     0 };
	struct leat_flow flow = { .nat_saddr = key.saddr,
				  .nat_daddr = addr_of("10.1.0.2"),
				  .nat_sport = key.sport,
				  .nat_dport = htons(8080),
				  .src_slot = 1,
				  .dst_slot = 2,
				  .ingress_rule = RULE_IN,
				  .service = SERVICE,
				  .seen_tick = 90,
				  .created_tick = 50,
				  .hook = LEAT_HOOK_FROM_POD,
				  .action = LEAT_FWD_LOCAL,
				  .flags = LEAT_FLOW_NAT_DST,
				  .tcp = LEAT_TCP_SYN | LEAT_TCP_ACK,
				  .packets = 12,
				  .bytes = 1200 };
	struct leat_flow_key back = {
		flow.nat_daddr, key.saddr, flow.nat_dport, key.sport, IPPROTO_TCP, 0, 0
	};
	struct leat_flow reply = { .nat_saddr = key.daddr,
				   .nat_daddr = key.saddr,
				   .nat_sport = key.dport,
				   .nat_dport = key.sport,
				   .src_slot = 2,
				   .dst_slot = 1,
				   .hook = LEAT_HOOK_FROM_POD,
				   .action = LEAT_FWD_LOCAL,
				   .service = SERVICE,
				   .seen_tick = 91,
				   .created_tick = 50,
				   .flags = LEAT_FLOW_REPLY | LEAT_FLOW_NAT_SRC,
				   .tcp = LEAT_TCP_ACK,
				   .packets = 9,
				   .bytes = 900 };

	add_row(LEAT_TABLE_FLOW, &key, &flow);
	add_row(LEAT_TABLE_FLOW, &back, &reply);
}

static inline struct leat_drop_key drop_key(const char *from, const char *to, __u8 reason)
{
	struct leat_drop_key key = { .saddr = addr_of(from),
				     .daddr = addr_of(to),
				     .dport = htons(8080),
				     .proto = IPPROTO_TCP,
				     .reason = reason,
				     .hook = LEAT_HOOK_FROM_POD };
	return key;
}

static inline void add_drops(void)
{
	struct leat_drop_key denied = drop_key("10.1.0.3", "10.1.0.2", LEAT_DROP_POLICY_INGRESS);
	struct leat_drop_key forged = drop_key("10.1.0.2", "10.2.0.9", LEAT_DROP_SPOOFED_ADDR);
	struct leat_drop_info info = { .src_slot = 3,
				       .dst_slot = 2,
				       .set = SET_IN,
				       .ifindex = 13,
				       .first_ns = 40ULL << 30,
				       .last_ns = 97ULL * 1000000000,
				       .packets = 5 };
	struct leat_metric metric = { .packets = 1ULL << 40, .bytes = 60 };
	__u32 reason = LEAT_DROP_POLICY_INGRESS;

	add_row(LEAT_TABLE_DROP, &denied, &info);
	info.dst_slot = 0;
	info.set = 0;
	info.last_ns = 90ULL * 1000000000;
	add_row(LEAT_TABLE_DROP, &forged, &info);
	add_row(LEAT_TABLE_METRIC, &reason, &metric);
}

static inline void add_node(void)
{
	struct leat_node node = { .tunnel = addr_of("192.168.0.2") };
	struct leat_cidr_key key = { 120, addr_of("10.2.0.0") };
	struct leat_ipinfo info = { .identity = LEAT_ID_NONE,
				    .node = 5,
				    .kind = LEAT_IP_POD_RANGE };
	__u32 slot = 5;

	add_row(LEAT_TABLE_NODE, &slot, &node);
	add_row(LEAT_TABLE_CIDR, &key, &info);
}

static inline int fixture_begin(void **state)
{
	static const struct {
		__u32 key, value;
	} sizes[] = {
#define FIXTURE_SIZE(id, name, key, value) { sizeof(key), sizeof(value) },
		LEAT_TABLES(FIXTURE_SIZE)
#undef FIXTURE_SIZE
	};
	char path[128];

	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/leat-cli-XXXXXX");
	assert_non_null(mkdtemp(fixture.folder));
	snprintf(path, sizeof(path), "%s/state.json", fixture.folder);
	assert_int_equal(
		leat_file_write_atomic(path, fixture_state, sizeof(fixture_state) - 1, 0600), 0);
	fixture.state_dir = fixture.folder;
	fixture.socket = "/nonexistent/agent.sock";
	fixture.has_tables = true;
	for (int id = 0; id < LEAT_TABLE_COUNT; id++)
		leat_rows_init(&fixture.tables[id], sizes[id].key, sizes[id].value);
	add_endpoint(1, "10.1.0.1", "fd00::1", LEAT_EP_EGRESS_ISOLATED);
	add_endpoint(2, "10.1.0.2", NULL, LEAT_EP_INGRESS_ISOLATED);
	add_endpoint(3, "10.1.0.3", NULL, 0);
	add_service();
	add_policy();
	add_flow();
	add_drops();
	add_node();
	return 0;
}

static inline int fixture_end(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/state.json", fixture.folder);
	unlink(path);
	rmdir(fixture.folder);
	for (int id = 0; id < LEAT_TABLE_COUNT; id++)
		leat_rows_free(&fixture.tables[id]);
	free(fixture.out);
	free(fixture.err);
	return 0;
}

/* Runs `leat` with these words; output in fixture.out and fixture.err. */
static inline int fixture_run(const char *words)
{
	_cleanup_free_ char *copy = strdup(words);
	size_t out_size, err_size;
	char *argv[32] = { (char *)"leat" }, *rest = NULL;
	struct leat_cli cli;
	int argc = 1, code;

	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	free(fixture.out);
	free(fixture.err);
	leat_cli_init(&cli);
	cli.out = open_memstream(&fixture.out, &out_size);
	cli.err = open_memstream(&fixture.err, &err_size);
	cli.read_table = fixture_read;
	cli.state_dir = fixture.state_dir;
	cli.socket = fixture.socket;
	cli.is_color = false;
	cli.now_ns = 100ULL * 1000000000;
	code = leat_command_main(commands, &cli, argc, argv);
	leat_cli_close(&cli);
	fclose(cli.out);
	fclose(cli.err);
	return code;
}

/* The same, and the output as JSON; the caller deletes. */
static inline cJSON *fixture_json(const char *words, int code)
{
	cJSON *json;

	assert_int_equal(fixture_run(words), code);
	json = cJSON_Parse(fixture.out);
	if (!json)
		fail_msg("no JSON: %s%s", fixture.out, fixture.err);
	return json;
}

static inline const cJSON *get(const cJSON *object, const char *field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);

	if (!item)
		fail_msg("field %s is not there", field);
	return item;
}

static inline void assert_field(const cJSON *object, const char *field, const char *text)
{
	const char *found = cJSON_GetStringValue(get(object, field));

	assert_string_equal(found ? found : "(no text)", text);
}

static inline void assert_number(const cJSON *object, const char *field, double number)
{
	assert_true(cJSON_IsNumber(get(object, field)));
	assert_true(get(object, field)->valuedouble == number);
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}
