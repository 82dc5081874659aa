// SPDX-License-Identifier: Apache-2.0
/* One event of `leat monitor`: read from the agent's line, shown to a person or a program. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "describe.h"
#include "json.h"
#include "lib/text.h"
#include "maps/events.h"
#include "monitor.h"

#define RED   "\033[31m"
#define PLAIN "\033[0m"

struct number_field {
	const char *name;
	size_t offset;
	size_t size;
};

#define FIELD(json_name, member)                                                                   \
	{ json_name, offsetof(struct leat_event, member), sizeof(((struct leat_event *)0)->member) }

static const struct number_field fields[] = {
	FIELD("timeNs", time_ns),
	FIELD("reason", key.reason),
	FIELD("hook", key.hook),
	FIELD("proto", key.proto),
	FIELD("srcSlot", info.src_slot),
	FIELD("dstSlot", info.dst_slot),
	FIELD("srcIdentity", info.src_identity),
	FIELD("dstIdentity", info.dst_identity),
	FIELD("set", info.set),
	FIELD("rule", info.rule),
	FIELD("service", info.service),
	FIELD("ifindex", info.ifindex),
	FIELD("sourcePort", sport),
	FIELD("destinationPort", key.dport),
	FIELD("tcpFlags", tcp_flags),
	FIELD("length", length),
	FIELD("lost", lost),
};

static void put(void *member, size_t size, __u64 number)
{
	if (size == 1)
		*(__u8 *)member = (__u8)number;
	else if (size == 2)
		*(__u16 *)member = (__u16)number;
	else if (size == 4)
		*(__u32 *)member = (__u32)number;
	else
		*(__u64 *)member = number;
}

static int store(struct leat_event *event, const struct number_field *field, const cJSON *json)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, field->name);
	double most = field->size == 8 ? 18e18 : (double)((1ULL << (field->size * 8)) - 1);

	if (!item)
		return 0;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > most)
		return -EINVAL;
	put((char *)event + field->offset, field->size, (__u64)item->valuedouble);
	return 0;
}

/* The unspecified address is written as "". */
static int store_addr(struct leat_addr *ret_addr, const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

	if (text && !*text) {
		*ret_addr = (struct leat_addr){ 0 };
		return 0;
	}
	return text ? leat_addr_parse(text, ret_addr) : -EINVAL;
}

int leat_monitor_parse(const char *line, struct leat_event *ret_event)
{
	cJSON *root = cJSON_Parse(line);
	const cJSON *json = cJSON_GetObjectItemCaseSensitive(root, "event");
	struct leat_event event = { 0 };
	int err = cJSON_IsObject(json) ? 0 : -EINVAL;

	for (size_t i = 0; !err && i < ARRAY_SIZE(fields); i++)
		err = store(&event, &fields[i], json);
	err = err ? err : store_addr(&event.key.saddr, json, "source");
	err = err ? err : store_addr(&event.key.daddr, json, "destination");
	cJSON_Delete(root);
	if (err)
		return err;
	event.sport = htons(event.sport);
	event.key.dport = htons(event.key.dport);
	event.info.first_ns = event.info.last_ns = event.time_ns;
	event.info.packets = 1;
	*ret_event = event;
	return 0;
}

/* The wall clock's time of a monotonic one, RFC 3339 with milliseconds. */
static const char *time_format(__u64 time_ns, bool is_short, char buffer[LEAT_TIME_TEXT])
{
	struct timespec wall = { 0 }, mono = { 0 };
	long long ns, sec;
	struct tm parts = { 0 };
	size_t length;
	time_t when;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	ns = (wall.tv_sec - mono.tv_sec) * 1000000000LL + (wall.tv_nsec - mono.tv_nsec) +
	     (long long)time_ns;
	sec = ns / 1000000000LL;
	when = (time_t)sec;
	if (is_short)
		localtime_r(&when, &parts);
	else
		gmtime_r(&when, &parts);
	length = strftime(buffer, LEAT_TIME_TEXT, is_short ? "%H:%M:%S" : "%Y-%m-%dT%H:%M:%S",
			  &parts);
	snprintf(buffer + length, LEAT_TIME_TEXT - length, ".%03lld%s", ns / 1000000 % 1000,
		 is_short ? "" : "Z");
	return buffer;
}

/* The agent writes the file anew for every change: a pod's name may be newer than our start. */
static void refresh_names(struct leat_monitor *monitor)
{
	_cleanup_free_ char *path = leat_cli_format("%s/state.json", monitor->cli->state_dir);
	struct leat_names *names = NULL;
	struct stat now;

	if (stat(path, &now) < 0 ||
	    (now.st_ino == monitor->state.st_ino &&
	     memcmp(&now.st_mtim, &monitor->state.st_mtim, sizeof(now.st_mtim)) == 0))
		return;
	monitor->state = now;
	if (leat_names_load(monitor->cli->state_dir, &names) < 0)
		return;
	leat_names_free(monitor->cli->names);
	monitor->cli->names = names;
}

static void add_flags(cJSON *object, __u16 flags)
{
	static const char *const names[] = {
		"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"
	};
	cJSON *array = leat_field_array(object, "tcpFlags");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (flags & (1U << i))
			leat_field_append(array, names[i]);
	}
}

static void show_json(struct leat_monitor *monitor, const struct leat_event *event)
{
	struct leat_cli *cli = monitor->cli;
	cJSON *object = cJSON_CreateObject();
	cJSON *explained = leat_drop_explain_json(cli->names, &event->key, &event->info);
	char time[LEAT_TIME_TEXT];
	cJSON *item;

	leat_field_text(object, "time", time_format(event->time_ns, false, time));
	leat_field_number(object, "timeNs", (double)event->time_ns);
	while ((item = cJSON_DetachItemFromArray(explained, 0)))
		cJSON_AddItemToObject(object, item->string, item);
	cJSON_Delete(explained);
	leat_field_number(cJSON_GetObjectItemCaseSensitive(object, "from"), "port",
			  ntohs(event->sport));
	add_flags(object, event->tcp_flags);
	leat_field_number(object, "length", event->length);
	leat_field_number(object, "lost", (double)monitor->lost);
	leat_out_line(cli->out, object);
}

static char *sentence(const struct leat_names *names, const struct leat_event *event)
{
	_cleanup_free_ char *from = leat_drop_sender(names, &event->key, &event->info);
	_cleanup_free_ char *to = leat_drop_target(names, &event->key, &event->info);
	_cleanup_free_ char *port = leat_drop_port(&event->key);
	_cleanup_free_ char *why = leat_drop_explain(names, &event->key, &event->info);
	_cleanup_free_ char *text = leat_cli_format("%s -> %s %s: %s", from, to, port, why);

	return leat_text_escape(text);
}

static void show_text(struct leat_monitor *monitor, const struct leat_event *event)
{
	struct leat_cli *cli = monitor->cli;
	_cleanup_free_ char *text = sentence(cli->names, event);
	const char *label = leat_drop_label(event->key.reason);
	char time[LEAT_TIME_TEXT];

	if (monitor->lost)
		fprintf(cli->out, "... %llu more drops were not reported (rate limit)\n",
			(unsigned long long)monitor->lost);
	fprintf(cli->out, "%s %s%-16s%s %s\n", time_format(event->time_ns, true, time),
		cli->is_color ? RED : "", label, cli->is_color ? PLAIN : "", text ? text : "");
	fflush(cli->out);
}

void leat_monitor_show(struct leat_monitor *monitor, const struct leat_event *event)
{
	struct leat_cli *cli = monitor->cli;

	refresh_names(monitor);
	monitor->lost += event->lost;
	if (!leat_drop_matches(&monitor->filter, leat_cli_names(cli), &event->key, &event->info))
		return;
	if (cli->is_json)
		show_json(monitor, event);
	else
		show_text(monitor, event);
	monitor->lost = 0;
	if (monitor->has_limit)
		monitor->left--;
}
