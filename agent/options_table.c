// SPDX-License-Identifier: Apache-2.0
/*
 * One row an option, and how each type of value is read, printed and freed. Where values come
 * from and which of them counts is options.c's business.
 */
#include "options_table.h"

#include <errno.h>
#include <string.h>

#include <leat/api.h>
#include <leat/config.h>

#include "lib/cleanup.h"
#include "lib/text.h"

#define AT(field) offsetof(struct leat_options, field)
#define SIZE_ROW(option, field, what)                                                              \
	{ option, OPTION_NUMBER, AT(sizes.field), "0", 0, 1U << 28, "N", what }

const struct option_row leat_option_rows[] = {
	{ "config", OPTION_CONFIG, 0, NULL, 0, 0, "FILE", "read options from FILE (YAML)" },
	{ "node-name", OPTION_TEXT, AT(node_name), NULL, 0, 0, "NAME",
	  "name of this node's Node object" },
	{ "manifests", OPTION_TEXT, AT(manifests), NULL, 0, 0, "DIR",
	  "folder of Kubernetes manifests to follow" },
	{ "publish", OPTION_TEXT, AT(publish), NULL, 0, 0, "DIR",
	  "where nodes tell each other their pods (default: .leat in the manifests' folder)" },
	{ "bpffs", OPTION_TEXT, AT(bpffs), "/sys/fs/bpf/leat", 0, 0, "DIR", "where pins live" },
	{ "cgroup", OPTION_TEXT, AT(cgroup), "/sys/fs/cgroup", 0, 0, "DIR",
	  "cgroup v2 root (reserved for socket programs)" },
	{ "state-dir", OPTION_TEXT, AT(state_dir), "/var/lib/leat", 0, 0, "DIR",
	  "where addresses and endpoints are kept" },
	{ "socket", OPTION_TEXT, AT(socket), LEAT_API_SOCKET_DEFAULT, 0, 0, "PATH",
	  "local socket for leat-cni and leat" },
	{ "cni-conf-dir", OPTION_TEXT, AT(cni_conf_dir), NULL, 0, 0, "DIR",
	  "write 10-leat.conflist there when ready" },
	{ "devices", OPTION_TEXTS, AT(devices), "", 0, 0, "NAME,...",
	  "uplinks (default: devices of the default routes)" },
	{ "node-ip", OPTION_ADDRS, AT(node_ips), "", 0, 0, "ADDR,...",
	  "this node's addresses (default: those of its Node object)" },
	{ "cluster-cidr", OPTION_CIDRS, AT(cluster_cidrs), "", 0, 0, "CIDR,...",
	  "all nodes' pod ranges, for status only" },
	{ "service-cidr", OPTION_CIDRS, AT(service_cidrs), "", 0, 0, "CIDR,...",
	  "ranges of Service addresses" },
	{ "tunnel", OPTION_TUNNEL, AT(has_tunnel), "vxlan", 0, 0, "vxlan|none",
	  "how other nodes' pods are reached" },
	{ "vxlan-port", OPTION_NUMBER, AT(vxlan_port), "8472", 1, 65535, "PORT", "UDP port" },
	{ "vni", OPTION_NUMBER, AT(vni), "7471", 1, 0xffffff, "N", "VXLAN network number" },
	{ "mtu", OPTION_NUMBER, AT(mtu), "0", 0, 65535, "BYTES",
	  "MTU of pods; 0: what the uplink leaves" },
	{ "masquerade", OPTION_MASQUERADE, AT(is_masquerade4), "yes", 0, 0, "yes|no|ipv4|ipv6",
	  "pods reach the outside by the node's address" },
	{ "masquerade-ports", OPTION_PORTS, AT(masq_port_min), "61000-65535", 0, 0, "A-B",
	  "source ports for it, outside net.ipv4.ip_local_port_range" },
	{ "half-open-max", OPTION_NUMBER, AT(half_open_max), "16384", 0, 1U << 28, "N",
	  "unanswered flows a pod may have; 0: no limit" },
	{ "event-rate", OPTION_NUMBER, AT(event_rate), "1000", 1, 1000000, "N",
	  "drop events a second and CPU" },
	{ "sweep-interval", OPTION_NUMBER, AT(sweep_interval_sec), "5", 1, 3600, "SECONDS",
	  "how often old flows are looked for" },
	SIZE_ROW("flow-entries", flows, "size of the flow table; 0: default"),
	SIZE_ROW("fragment-entries", frags, "size of the fragment table"),
	SIZE_ROW("endpoint-entries", endpoints, "size of the endpoint table"),
	SIZE_ROW("ipcache-entries", ipcache, "size of the address table"),
	SIZE_ROW("cidr-entries", cidrs, "size of the block table"),
	SIZE_ROW("policy-entries", policy, "size of the policy table"),
	SIZE_ROW("service-entries", services, "size of the Service table"),
	SIZE_ROW("backend-entries", backends, "size of the backend table"),
	SIZE_ROW("drop-entries", drops, "size of the table of recent drops"),
	SIZE_ROW("event-bytes", events_bytes, "size of the event ring, a power of two"),
	{ "log-level", OPTION_LEVEL, AT(log_level), "info", 0, 0, "LEVEL",
	  "error, warning, info or debug" },
	{ "log-format", OPTION_FORMAT, AT(is_log_json), "text", 0, 0, "text|json", "of log lines" },
	{ "cleanup", OPTION_ACTION, 0, NULL, LEAT_CLEANUP_ALL, 0, NULL,
	  "remove every trace from this node and exit" },
	{ "print-config", OPTION_ACTION, 0, NULL, LEAT_PRINT_CONFIG, 0, NULL,
	  "print the effective options and exit" },
	{ "help", OPTION_ACTION, 0, NULL, LEAT_PRINT_HELP, 0, NULL, "this text" },
	{ "version", OPTION_ACTION, 0, NULL, LEAT_PRINT_VERSION, 0, NULL, "version" },
};
const size_t leat_option_row_count = ARRAY_SIZE(leat_option_rows);

static const char *const level_names[] = { "error", "warning", "info", "debug" };

int leat_option_find(const char *name, size_t length)
{
	for (size_t i = 0; i < leat_option_row_count; i++)
		if (strlen(leat_option_rows[i].name) == length &&
		    strncmp(leat_option_rows[i].name, name, length) == 0)
			return (int)i;
	return -1;
}

static int set_text(char **field, const char *text, const char **ret_why)
{
	if (!*text)
		return *ret_why = "is empty", -EINVAL;
	char *copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

static int set_number(const struct option_row *row, __u32 *field, const char *text,
		      const char **ret_why)
{
	__u64 number;
	if (leat_number_parse(text, row->most, &number) < 0 || number < row->least)
		return *ret_why = "not a number in range", -EINVAL;
	*field = (__u32)number;
	return 0;
}

static int add_cidr(struct leat_cidrs *list, const char *text, const char **ret_why)
{
	struct leat_cidr cidr;
	bool is_masked;
	if (leat_cidr_parse(text, &cidr, &is_masked) < 0)
		return *ret_why = "not a block like 10.0.0.0/8 or fd00::/48", -EINVAL;
	if (is_masked)
		return *ret_why = "has bits set behind its length", -EINVAL;
	struct leat_cidr *items = realloc(list->items, (list->count + 1) * sizeof(cidr));
	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count++] = cidr;
	return 0;
}

static int add_addr(struct leat_addrs *list, const char *text, const char **ret_why)
{
	struct leat_addr addr;
	if (leat_addr_parse(text, &addr) < 0)
		return *ret_why = "not an address", -EINVAL;
	struct leat_addr *items = realloc(list->items, (list->count + 1) * sizeof(addr));
	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count++] = addr;
	return 0;
}

static int set_masquerade(struct leat_options *options, const char *text, const char **ret_why)
{
	bool is_yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	bool is_no = strcmp(text, "no") == 0 || strcmp(text, "false") == 0;
	bool is_ipv4 = strcmp(text, "ipv4") == 0;
	bool is_ipv6 = strcmp(text, "ipv6") == 0;
	if (!is_yes && !is_no && !is_ipv4 && !is_ipv6)
		return *ret_why = "neither yes, no, ipv4 nor ipv6", -EINVAL;
	options->is_masquerade4 = is_yes || is_ipv4;
	options->is_masquerade6 = is_yes || is_ipv6;
	return 0;
}

static int set_ports(struct leat_options *options, const char *text, const char **ret_why)
{
	const char *dash = strchr(text, '-');
	_cleanup_free_ char *low = dash ? strndup(text, (size_t)(dash - text)) : NULL;
	__u64 first, last;
	if (!low || leat_number_parse(low, 65535, &first) < 0 ||
	    leat_number_parse(dash + 1, 65535, &last) < 0 || first == 0 || last < first)
		return *ret_why = "not a range like 61000-65535", -EINVAL;
	options->masq_port_min = (__u32)first;
	options->masq_port_max = (__u32)last;
	return 0;
}

static int set_choice(bool *field, const char *text, const char *yes, const char *no,
		      const char **ret_why)
{
	if (strcmp(text, yes) != 0 && strcmp(text, no) != 0)
		return *ret_why = "not one of the choices", -EINVAL;
	*field = strcmp(text, yes) == 0;
	return 0;
}

static int set_one(struct leat_options *options, const struct option_row *row, const char *text,
		   const char **ret_why)
{
	void *field = (char *)options + row->offset;
	switch (row->type) {
	case OPTION_TEXT:
		return set_text(field, text, ret_why);
	case OPTION_NUMBER:
		return set_number(row, field, text, ret_why);
	case OPTION_TEXTS:
		return leat_strings_add(field, text, strlen(text));
	case OPTION_CIDRS:
		return add_cidr(field, text, ret_why);
	case OPTION_ADDRS:
		return add_addr(field, text, ret_why);
	case OPTION_TUNNEL:
		return set_choice(field, text, "vxlan", "none", ret_why);
	case OPTION_MASQUERADE:
		return set_masquerade(options, text, ret_why);
	case OPTION_PORTS:
		return set_ports(options, text, ret_why);
	case OPTION_LEVEL:
		*ret_why = "neither error, warning, info nor debug";
		return leat_log_level_parse(text, field);
	case OPTION_FORMAT:
		return set_choice(field, text, "json", "text", ret_why);
	case OPTION_CONFIG:
	case OPTION_ACTION:
		break;
	}
	return 0;
}

static bool is_list(const struct option_row *row)
{
	return row->type == OPTION_TEXTS || row->type == OPTION_CIDRS || row->type == OPTION_ADDRS;
}

/* "a, b,c": each part without the blanks around it. */
static int split(const char *text, struct leat_strings *ret_parts)
{
	int err = 0;
	while (!err && *text) {
		text += strspn(text, ", \t");
		size_t length = strcspn(text, ", \t");
		if (length)
			err = leat_strings_add(ret_parts, text, length);
		text += length;
	}
	return err;
}

static int set_list(struct leat_options *options, const struct option_row *row, const char *text,
		    const char **ret_why)
{
	struct leat_strings parts = { 0 };
	int err = split(text, &parts);
	for (size_t i = 0; !err && i < parts.count; i++)
		err = set_one(options, row, parts.items[i], ret_why);
	leat_strings_free(&parts);
	return err;
}

int leat_option_set(struct leat_options *options, const struct option_row *row,
		    const struct leat_strings *texts, const char **ret_value, const char **ret_why)
{
	if (is_list(row))
		leat_option_clear(options, row);
	for (size_t i = 0; i < texts->count; i++) {
		*ret_value = texts->items[i];
		int err = is_list(row) ? set_list(options, row, texts->items[i], ret_why)
				       : set_one(options, row, texts->items[i], ret_why);
		if (err)
			return err;
	}
	return 0;
}

void leat_option_clear(struct leat_options *options, const struct option_row *row)
{
	void *field = (char *)options + row->offset;
	if (row->type == OPTION_TEXT) {
		free(*(char **)field);
		*(char **)field = NULL;
	} else if (row->type == OPTION_TEXTS) {
		leat_strings_free(field);
	} else if (row->type == OPTION_CIDRS) {
		struct leat_cidrs *cidrs = field;
		free(cidrs->items);
		*cidrs = (struct leat_cidrs){ 0 };
	} else if (row->type == OPTION_ADDRS) {
		struct leat_addrs *addrs = field;
		free(addrs->items);
		*addrs = (struct leat_addrs){ 0 };
	}
}

static void print_list(const struct option_row *row, const void *field, FILE *stream)
{
	char buffer[LEAT_CIDR_TEXT];
	const struct leat_strings *texts = field;
	const struct leat_cidrs *cidrs = field;
	const struct leat_addrs *addrs = field;
	fputs("[", stream);
	for (size_t i = 0; i < texts->count; i++) {
		const char *text = row->type == OPTION_TEXTS ? texts->items[i]
				   : row->type == OPTION_CIDRS
					   ? leat_cidr_format(&cidrs->items[i], buffer)
					   : leat_addr_format(&addrs->items[i], buffer);
		fprintf(stream, "%s\"%s\"", i ? ", " : "", text);
	}
	fputs("]\n", stream);
}

static const char *masquerade_text(const struct leat_options *options)
{
	if (options->is_masquerade4)
		return options->is_masquerade6 ? "yes" : "ipv4";
	return options->is_masquerade6 ? "ipv6" : "no";
}

void leat_option_print(const struct leat_options *options, const struct option_row *row,
		       FILE *stream)
{
	const void *field = (const char *)options + row->offset;
	const char *text = NULL;
	if (row->type == OPTION_TEXT)
		text = *(char *const *)field;
	else if (row->type == OPTION_TUNNEL)
		text = *(const bool *)field ? "vxlan" : "none";
	else if (row->type == OPTION_FORMAT)
		text = *(const bool *)field ? "json" : "text";
	else if (row->type == OPTION_MASQUERADE)
		text = masquerade_text(options);
	else if (row->type == OPTION_LEVEL)
		text = level_names[options->log_level];

	if (text)
		fprintf(stream, "%s: \"%s\"\n", row->name, text);
	else if (row->type == OPTION_NUMBER)
		fprintf(stream, "%s: %u\n", row->name, *(const __u32 *)field);
	else if (row->type == OPTION_PORTS)
		fprintf(stream, "%s: %u-%u\n", row->name, options->masq_port_min,
			options->masq_port_max);
	else if (is_list(row)) {
		fprintf(stream, "%s: ", row->name);
		print_list(row, field, stream);
	}
}
