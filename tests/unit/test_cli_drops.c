// SPDX-License-Identifier: Apache-2.0
/* Drops explained, events read from the agent's socket, the agent's status asked for. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "cli/drop.h"
#include "cli/monitor.h"
#include "cli_fixture.h"
#include "maps/dump.h"
#include "maps/events.h"

static void drops_for_programs(void **state)
{
	cJSON *json = fixture_json("drops -o json", 0);
	const cJSON *total = cJSON_GetArrayItem(get(json, "totals"), 0);
	const cJSON *denied = cJSON_GetArrayItem(get(json, "recent"), 0);
	const cJSON *forged = cJSON_GetArrayItem(get(json, "recent"), 1);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(get(json, "totals")), 1);
	assert_field(total, "reason", "policy-ingress");
	assert_number(total, "packets", 1099511627776.0); /* exact also above 32 bits */
	assert_int_equal(cJSON_GetArraySize(get(json, "recent")), 2);
	assert_field(denied, "reason", "policy-ingress");
	assert_field(denied, "direction", "ingress");
	assert_field(get(denied, "from"), "name", "other/backend");
	assert_field(get(denied, "to"), "name", "shop/backend");
	assert_number(get(denied, "to"), "port", 8080);
	assert_string_equal(cJSON_GetArrayItem(get(denied, "policies"), 0)->valuestring,
			    "shop/allow-frontend");
	assert_field(denied, "explanation",
		     "no rule of NetworkPolicy shop/allow-frontend (ingress) allows it");
	assert_number(denied, "packets", 5);
	assert_number(denied, "ageSec", 3);
	assert_field(get(forged, "from"), "name", "other/backend"); /* who really sent it */
	assert_field(get(forged, "from"), "address", "10.1.0.2");
	assert_true(cJSON_IsNull(get(forged, "direction")));
	cJSON_Delete(json);
}

static void drops_for_people(void **state)
{
	(void)state;
	assert_int_equal(fixture_run("drops"), 0);
	assert_has(fixture.out, "policy-ingress  1099511627776     60  no ingress rule of the "
				"receiving pod allows it\n");
	assert_has(fixture.out, " 3s        5  other/backend (10.1.0.3)     shop/backend (10.1.0.2)"
				"  tcp/8080  ingress    policy-ingress   no rule of NetworkPolicy "
				"shop/allow-frontend (ingress) allows it\n");
	assert_has(fixture.out, "other/backend (as 10.1.0.2)");
	assert_int_equal(fixture_run("drops --all"), 0);
	assert_has(fixture.out, "flow-table-full");
	assert_int_equal(fixture_run("drops --reason spoofed-address"), 0);
	assert_null(strstr(fixture.out, "policy-ingress"));
	assert_int_equal(fixture_run("drops --endpoint far/away"), 0);
	assert_null(strstr(fixture.out, "shop/backend (10.1.0.2)"));
	assert_has(fixture.out, "far/away (10.2.0.9)");
}

struct why {
	__u8 reason;
	__u32 set, rule, service;
	const char *text;
};

static void every_cause_is_named(void **state)
{
	static const struct why cases[] = {
		{ LEAT_DROP_POLICY_INGRESS, SET_IN, 0, 0,
		  "no rule of NetworkPolicy shop/allow-frontend (ingress) allows it" },
		{ LEAT_DROP_POLICY_EGRESS, SET_OUT, 0, SERVICE,
		  "no rule of NetworkPolicies shop/a, shop/b (egress) allows it" },
		{ LEAT_DROP_POLICY_EGRESS, 9999, 0, 0,
		  "no rule of policy set 9999 (egress) allows it" },
		{ LEAT_DROP_POLICY_INGRESS, SET_IN, RULE_IN, 0,
		  "rule 0 of NetworkPolicy shop/allow-frontend (ingress) denies it" },
		{ LEAT_DROP_POLICY_INGRESS, SET_IN, 9999, 0, "rule 9999 (ingress) denies it" },
		{ LEAT_DROP_POLICY_INGRESS, 0, 0, 0,
		  "no ingress rule of the receiving pod allows it" },
		{ LEAT_DROP_SVC_NO_BACKEND, 0, 0, SERVICE,
		  "Service shop/backend:http has no endpoint: refused" },
		{ LEAT_DROP_SVC_NO_BACKEND, 0, 0, 9999, "Service 9999 has no endpoint: refused" },
		{ LEAT_DROP_TTL, 0, 0, SERVICE,
		  "TTL or hop limit used up (sent to shop/backend:http)" },
		{ LEAT_DROP_NOT_IP, 0, 0, 0,
		  "neither IPv4 nor IPv6: ARP and others are not needed here" },
	};
	struct leat_names *names = NULL;

	(void)state;
	assert_int_equal(leat_names_load(fixture.folder, &names), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct leat_drop_key key = drop_key("10.1.0.1", "10.1.0.2", cases[i].reason);
		struct leat_drop_info info = { .set = cases[i].set,
					       .rule = cases[i].rule,
					       .service = cases[i].service };
		char *text = leat_drop_explain(names, &key, &info);

		assert_string_equal(text, cases[i].text);
		free(text);
	}
	leat_names_free(names);
}

static void icmp_has_types_not_ports(void **state)
{
	struct leat_drop_key key = drop_key("10.1.0.1", "10.1.0.2", LEAT_DROP_POLICY_INGRESS);
	char *text;

	(void)state;
	key.proto = IPPROTO_ICMP;
	key.dport = htons(8 << 8 | 1);
	text = leat_drop_port(&key);
	assert_string_equal(text, "icmp type 8 code 1");
	free(text);
}

static struct leat_event some_event(void)
{
	struct leat_event event = { .time_ns = 123456789012ULL,
				    .key = drop_key("10.1.0.3", "10.1.0.2",
						    LEAT_DROP_POLICY_INGRESS),
				    .sport = htons(40001),
				    .tcp_flags = 2,
				    .length = 60,
				    .lost = 3 };

	event.info = (struct leat_drop_info){ .src_slot = 3,
					      .dst_slot = 2,
					      .src_identity = 0xfffffff0,
					      .dst_identity = ID_FRONTEND,
					      .set = SET_IN,
					      .ifindex = 13,
					      .first_ns = event.time_ns,
					      .last_ns = event.time_ns,
					      .packets = 1 };
	return event;
}

static char *event_line(const struct leat_event *event)
{
	cJSON *object = cJSON_CreateObject();
	char *text;

	cJSON_AddItemToObject(object, "event", leat_event_to_json(event));
	text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	return text;
}

/* What the agent writes is what the command reads. */
static void events_survive_the_socket(void **state)
{
	struct leat_event event = some_event(), read;
	char *line = event_line(&event);

	(void)state;
	memset(&read, 0xff, sizeof(read));
	assert_int_equal(leat_monitor_parse(line, &read), 0);
	assert_memory_equal(&read, &event, sizeof(event));
	cJSON_free(line);
}

/* Duplicate address detection and MLD have "::" as their source. */
static void unspecified_sources_survive_the_socket(void **state)
{
	struct leat_event event = some_event(), read;
	char *line;

	(void)state;
	event.key.saddr = (struct leat_addr){ 0 };
	line = event_line(&event);
	assert_int_equal(leat_monitor_parse(line, &read), 0);
	assert_memory_equal(&read, &event, sizeof(event));
	cJSON_free(line);
}

static void odd_lines_are_no_events(void **state)
{
	static const char *const odd[] = {
		"",
		"{",
		"[]",
		"{\"event\":1}",
		"{\"event\":{}}",
		"{\"event\":{\"source\":\"10.0.0.1\",\"destination\":\"x\"}}",
		"{\"event\":{\"source\":\"10.0.0.1\",\"destination\":\"10.0.0.2\",\"reason\":256}}",
		"{\"event\":{\"source\":\"10.0.0.1\",\"destination\":\"10.0.0.2\",\"set\":-1}}",
		"{\"event\":{\"source\":\"10.0.0.1\",\"destination\":\"10.0.0.2\",\"set\":\"1\"}}",
	};
	struct leat_event event;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		assert_int_equal(leat_monitor_parse(odd[i], &event), -EINVAL);
}

/* A child that answers `requests` lines on the socket with these texts, then closes. */
static pid_t serve(char *path, size_t path_size, const char *answer)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	snprintf(path, path_size, "%s/agent.sock", fixture.folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 4), 0);
	pid = fork();
	if (pid == 0) {
		char request[256];
		int client = accept(fd, NULL, NULL);
		ssize_t got = recv(client, request, sizeof(request), 0);

		if (got > 0 && send(client, answer, strlen(answer), MSG_NOSIGNAL) > 0)
			recv(client, request, sizeof(request), 0); /* until the other side closes */
		_exit(0);
	}
	close(fd);
	return pid;
}

static void end(pid_t pid, const char *path)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(unlink(path), 0);
}

static void monitor_shows_what_the_agent_tells(void **state)
{
	struct leat_event event = some_event();
	char *line = event_line(&event), *answer, path[100];
	cJSON *json;
	pid_t pid;

	(void)state;
	answer = leat_cli_format("{\"ok\":true}\n%s\nnonsense\n%s\n", line, line);
	pid = serve(path, sizeof(path), answer);
	fixture.socket = path;
	assert_int_equal(fixture_run("monitor --count 2 --seconds 20"), 0);
	end(pid, path);
	assert_has(fixture.out, "... 3 more drops were not reported (rate limit)\n");
	assert_has(fixture.out, "policy-ingress   other/backend (10.1.0.3) -> shop/backend "
				"(10.1.0.2) tcp/8080: no rule of NetworkPolicy "
				"shop/allow-frontend (ingress) allows it\n");
	assert_has(fixture.err, "a line that is no event");

	pid = serve(path, sizeof(path), answer);
	json = fixture_json("monitor --count 1 --seconds 20 -o json", 0); /* one object, one line */
	end(pid, path);
	assert_field(get(json, "from"), "name", "other/backend");
	assert_number(get(json, "from"), "port", 40001);
	assert_string_equal(cJSON_GetArrayItem(get(json, "tcpFlags"), 0)->valuestring, "syn");
	assert_number(json, "lost", 3);
	assert_field(json, "reason", "policy-ingress");
	cJSON_Delete(json);
	free(answer);
	cJSON_free(line);
}

static void monitor_filters(void **state)
{
	struct leat_event event = some_event();
	char *line = event_line(&event), *answer, path[100];
	pid_t pid;

	(void)state;
	answer = leat_cli_format("{\"ok\":true}\n%s\n", line);
	pid = serve(path, sizeof(path), answer);
	fixture.socket = path;
	assert_int_equal(fixture_run("monitor --seconds 1 --reason ttl-exceeded"), 0);
	end(pid, path);
	assert_string_equal(fixture.out, "");
	free(answer);
	cJSON_free(line);
}

static void a_healthy_agent_is_code_0(void **state)
{
	char path[100];
	cJSON *json;
	pid_t pid = serve(path, sizeof(path),
			  "{\"ok\":true,\"node\":\"n1\",\"version\":\"9\",\"pid\":42,"
			  "\"uptimeSec\":61,\"synced\":true,\"ready\":true,\"problems\":[],"
			  "\"source\":\"folder /shop\"}\n");

	(void)state;
	fixture.socket = path;
	json = fixture_json("status -o json", 0);
	end(pid, path);
	assert_true(cJSON_IsTrue(get(json, "healthy")));
	assert_number(get(json, "agent"), "pid", 42);
	assert_number(json, "endpoints", 3);
	assert_number(get(json, "drops"), "packets", 1099511627776.0);
	assert_field(cJSON_GetArrayItem(get(json, "tables"), 0), "name", LEAT_MAP_FLOW);
	assert_number(cJSON_GetArrayItem(get(json, "tables"), 0), "used", 2);
	cJSON_Delete(json);
}

static void a_dead_agent_is_code_1_and_all_is_shown(void **state)
{
	(void)state;
	assert_int_equal(fixture_run("status"), LEAT_EXIT_FAILED);
	assert_has(fixture.out, "Health:     degraded\n");
	assert_has(fixture.out, "Agent:      not running (/nonexistent/agent.sock: No such file or "
				"directory)\n");
	assert_has(fixture.out, "Node:       n1\n"); /* from the state file */
	assert_has(fixture.out, "Endpoints:  3\n");
	assert_has(fixture.out, "leat_flow_v1        2");
}

static void problems_are_code_1(void **state)
{
	char path[100];
	pid_t pid =
		serve(path, sizeof(path),
		      "{\"ok\":true,\"node\":\"n1\",\"synced\":false,\"ready\":false,"
		      "\"why\":\"no pod range\",\"problems\":[\"a.yaml:3: bad\\u001b[31m\"]}\n");

	(void)state;
	fixture.socket = path;
	assert_int_equal(fixture_run("status"), LEAT_EXIT_FAILED);
	end(pid, path);
	assert_has(fixture.out, "Problem:    the tables are not in step with the objects\n");
	assert_has(fixture.out, "Problem:    the agent is not ready: no pod range\n");
	assert_has(fixture.out, "Problem:    a.yaml:3: bad\\x1b[31m\n");
}

/* An agent that says no, or nothing that is JSON, or goes away, is one that does not answer. */
static void odd_agents_are_dead_agents(void **state)
{
	static const char *const answers[] = { "{\"ok\":false,\"msg\":\"no\"}\n", "what?\n",
					       "[]\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		char path[100];
		pid_t pid = serve(path, sizeof(path), answers[i]);

		fixture.socket = path;
		assert_int_equal(fixture_run("status"), LEAT_EXIT_FAILED);
		end(pid, path);
		assert_has(fixture.out, "Agent:      not running");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
	const struct CMUnitTest tests[] = {
		TEST(drops_for_programs),
		TEST(drops_for_people),
		TEST(every_cause_is_named),
		TEST(icmp_has_types_not_ports),
		TEST(events_survive_the_socket),
		TEST(unspecified_sources_survive_the_socket),
		TEST(odd_lines_are_no_events),
		TEST(monitor_shows_what_the_agent_tells),
		TEST(monitor_filters),
		TEST(a_healthy_agent_is_code_0),
		TEST(a_dead_agent_is_code_1_and_all_is_shown),
		TEST(problems_are_code_1),
		TEST(odd_agents_are_dead_agents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
