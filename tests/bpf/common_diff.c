// SPDX-License-Identifier: Apache-2.0
/* Two frames beside each other: which bytes differ, and which header fields those are. */
#include <stdio.h>
#include <string.h>

#include "common.h"

struct field {
	size_t offset, size;
	const char *name;
};

static const struct field ethernet[] = {
	{ 0, 6, "eth.dst" }, { 6, 6, "eth.src" }, { 12, 2, "eth.type" }, { 0, 0, NULL }
};
static const struct field ipv4[] = {
	{ 0, 1, "ip.version/ihl" }, { 1, 1, "ip.tos" },	      { 2, 2, "ip.length" },
	{ 4, 2, "ip.id" },	    { 6, 2, "ip.fragment" },  { 8, 1, "ip.ttl" },
	{ 9, 1, "ip.proto" },	    { 10, 2, "ip.checksum" }, { 12, 4, "ip.src" },
	{ 16, 4, "ip.dst" },	    { 0, 0, NULL },
};
static const struct field ipv6[] = {
	{ 0, 4, "ip6.version/class/label" },
	{ 4, 2, "ip6.length" },
	{ 6, 1, "ip6.next" },
	{ 7, 1, "ip6.hops" },
	{ 8, 16, "ip6.src" },
	{ 24, 16, "ip6.dst" },
	{ 0, 0, NULL },
};
static const struct field tcp[] = {
	{ 0, 2, "tcp.sport" },	{ 2, 2, "tcp.dport" },	   { 4, 8, "tcp.seq/ack" },
	{ 12, 2, "tcp.flags" }, { 16, 2, "tcp.checksum" }, { 0, 0, NULL },
};
static const struct field udp[] = {
	{ 0, 2, "udp.sport" },	  { 2, 2, "udp.dport" }, { 4, 2, "udp.length" },
	{ 6, 2, "udp.checksum" }, { 0, 0, NULL },
};
static const struct field icmp[] = {
	{ 0, 2, "icmp.type/code" },
	{ 2, 2, "icmp.checksum" },
	{ 4, 4, "icmp.rest" },
	{ 8, 2000, "icmp.quote" },
	{ 0, 0, NULL },
};
static const struct field nothing[] = { { 0, 0, NULL } };

static const struct field *l4_fields(const struct frame *frame)
{
	bool is_v6 = frame->data[12] == 0x86;
	__u8 proto = is_v6 ? frame->data[20] : frame->data[23];

	if (proto == 6)
		return tcp;
	if (proto == 17)
		return udp;
	return proto == 1 || proto == 58 ? icmp : nothing;
}

static const char *field_at(const struct field *fields, size_t offset)
{
	for (; fields->name; fields++)
		if (offset >= fields->offset && offset < fields->offset + fields->size)
			return fields->name;
	return "payload";
}

static const char *name_at(const struct frame *frame, size_t offset)
{
	bool is_v6 = frame->data[12] == 0x86;

	if (offset < 14)
		return field_at(ethernet, offset);
	if (frame->l4 && offset >= frame->l4)
		return field_at(l4_fields(frame), offset - frame->l4);
	return field_at(is_v6 ? ipv6 : ipv4, offset - 14);
}

static bool differs(const struct frame *a, const struct frame *b, size_t offset)
{
	return offset >= a->size || offset >= b->size || a->data[offset] != b->data[offset];
}

static void print_line(const char *title, const struct frame *frame, const struct frame *other,
		       size_t from)
{
	char text[128];
	int used = snprintf(text, sizeof(text), "    %-8s %4zu:", title, from);

	for (size_t at = from; at < from + 16 && at < frame->size; at++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%c%02x",
				 differs(frame, other, at) ? '*' : ' ', frame->data[at]);
	print_error("%s\n", text);
}

static void print_fields(const struct frame *expected, const struct frame *got, size_t most)
{
	const char *last = "";

	for (size_t at = 0; at < most; at++) {
		if (!differs(expected, got, at))
			continue;
		if (strcmp(last, name_at(expected, at)) == 0)
			continue;
		last = name_at(expected, at);
		print_error("    differs: %s (byte %zu)\n", last, at);
	}
}

void frame_print(const struct frame *frame)
{
	for (size_t from = 0; from < frame->size; from += 16)
		print_line("", frame, frame, from);
}

int frame_compare(const struct frame *expected, const struct frame *got)
{
	size_t most = expected->size > got->size ? expected->size : got->size;

	if (expected->size == got->size && memcmp(expected->data, got->data, got->size) == 0)
		return 0;
	print_error("    packet out: expected %zu bytes, got %zu\n", expected->size, got->size);
	print_fields(expected, got, most);
	for (size_t from = 0; from < most && from < 256; from += 16) {
		print_line("expected", expected, got, from);
		print_line("got", got, expected, from);
	}
	return 1;
}
