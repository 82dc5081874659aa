// SPDX-License-Identifier: Apache-2.0
/*
 * Packets from a few words, every byte and every checksum computed here from RFC 791, 8200,
 * 9293, 768, 792, 4443 and 9260, with nothing taken from the datapath under test.
 */
#include <arpa/inet.h>
#include <string.h>

#include "common.h"

enum {
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_GRE = 47,
	PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,
	L4_MAX = FRAME_MAX - 200,
};

struct l4 { /* the datagram's content, before it is cut into parts */
	size_t size;
	__u8 data[L4_MAX];
};

static void put8(__u8 **at, unsigned int value)
{
	*(*at)++ = (__u8)value;
}

static void put16(__u8 **at, unsigned int value)
{
	put8(at, value >> 8);
	put8(at, value);
}

static void put32(__u8 **at, __u32 value)
{
	put16(at, value >> 16);
	put16(at, value & 0xffff);
}

static void put_bytes(__u8 **at, const void *data, size_t size)
{
	memcpy(*at, data, size);
	*at += size;
}

static void put_pattern(__u8 **at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put8(at, (unsigned int)('a' + i % 26));
}

static void set16(__u8 *at, unsigned int value)
{
	put16(&at, value);
}

/* One's complement sum (RFC 1071), returned as it is written into a header. */
__u16 checksum_of(const void *data, size_t size, __u32 start)
{
	const __u8 *bytes = data;
	__u64 sum = start;

	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? bytes[i] : (__u32)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

static __u32 pseudo_sum(const struct packet *packet, int family, unsigned int proto, size_t size)
{
	struct leat_addr from = party_addr(packet->src, family);
	struct leat_addr to = party_addr(packet->dst, family);
	size_t skip = family == 6 ? 0 : 12;
	__u32 sum = (__u32)size + proto;

	for (size_t i = skip; i < 16; i++) {
		sum += i % 2 ? from.b[i] : (__u32)from.b[i] << 8;
		sum += i % 2 ? to.b[i] : (__u32)to.b[i] << 8;
	}
	return sum;
}

/* CRC32c, bit by bit (RFC 9260, appendix A). */
static __u32 crc32c(const __u8 *data, size_t size)
{
	__u32 crc = 0xffffffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

__u8 packet_proto(const struct packet *packet, int family)
{
	if (packet->icmp)
		return family == 6 ? PROTO_ICMP6 : PROTO_ICMP;
	return packet->proto;
}

static __u16 port_of(__u16 port, const struct wiring *wiring)
{
	return port == CHOSEN ? wiring->chosen : port;
}

static size_t payload_size(const struct packet *packet)
{
	return packet->payload == EMPTY ? 0 : packet->payload ? packet->payload : 12;
}

static void checksum_put(struct l4 *l4, size_t offset, __u32 sum, const struct packet *packet)
{
	__u16 value = checksum_of(l4->data, l4->size, sum);

	if (value == 0 && packet->proto == PROTO_UDP)
		value = 0xffff;
	if (packet->has_no_checksum)
		value = 0;
	set16(l4->data + offset, value + packet->has_bad_checksum);
}

static void build_tcp(const struct packet *packet, const struct wiring *wiring, struct l4 *l4)
{
	__u8 *at = l4->data;

	put16(&at, port_of(packet->sport, wiring));
	put16(&at, port_of(packet->dport, wiring));
	put32(&at, packet->is_generated ? 0 : TCP_SEQUENCE);
	put32(&at, packet->is_generated ? packet->word : packet->flags & ACK ? 0x50607080 : 0);
	put8(&at, (packet->header_words >= 16 ? packet->header_words - 16u : 5u) << 4);
	put8(&at, packet->flags);
	put16(&at, packet->is_generated ? 0 : 0xfaf0);
	put32(&at, 0);
	put_pattern(&at, payload_size(packet));
	l4->size = (size_t)(at - l4->data);
	checksum_put(l4, 16, pseudo_sum(packet, wiring->family, PROTO_TCP, l4->size), packet);
}

static void build_udp(const struct packet *packet, const struct wiring *wiring, struct l4 *l4)
{
	__u8 *at = l4->data;

	put16(&at, port_of(packet->sport, wiring));
	put16(&at, port_of(packet->dport, wiring));
	put16(&at, (unsigned int)(8 + payload_size(packet)));
	put16(&at, 0);
	put_pattern(&at, payload_size(packet));
	l4->size = (size_t)(at - l4->data);
	checksum_put(l4, 6, pseudo_sum(packet, wiring->family, PROTO_UDP, l4->size), packet);
}

static void build_sctp(const struct packet *packet, const struct wiring *wiring, struct l4 *l4)
{
	__u8 *at = l4->data;
	__u32 crc;

	put16(&at, port_of(packet->sport, wiring));
	put16(&at, port_of(packet->dport, wiring));
	put32(&at, 0); /* verification tag of an INIT */
	put32(&at, 0);
	put32(&at, 0x01000014); /* INIT chunk, 20 bytes */
	put32(&at, 0xcafe0001);
	put32(&at, 0x0001a000);
	put32(&at, 0x000a000a);
	put32(&at, 0x00000001);
	l4->size = (size_t)(at - l4->data);
	crc = crc32c(l4->data, l4->size);
	for (int i = 0; i < 4; i++) /* least significant byte first */
		l4->data[8 + i] = (__u8)(crc >> 8 * i);
}

static void build_other(const struct packet *packet, struct l4 *l4)
{
	__u8 *at = l4->data;

	if (packet->proto == PROTO_GRE)
		put32(&at, 0x00000800);
	put_pattern(&at, payload_size(packet));
	l4->size = (size_t)(at - l4->data);
}

static unsigned int extension_number(char letter)
{
	switch (letter) {
	case 'h':
		return 0;
	case 'd':
		return 60;
	case 'r':
	case 'R':
		return 43;
	case 'a':
		return 51;
	case 'x':
		return 135;
	default:
		return 59;
	}
}

/* Eight bytes each (authentication: 24). */
static void put_extension(__u8 **at, char letter, unsigned int next)
{
	static const __u8 padding[6] = { 1, 4, 0, 0, 0, 0 };
	static const __u8 routing2[6] = { 2, 0, 0, 0, 0, 0 };
	static const __u8 routing0[6] = { 0, 1, 0, 0, 0, 0 };

	put8(at, next);
	put8(at, letter == 'a' ? 4 : 0);
	if (letter == 'a') {
		put16(at, 0);
		put_pattern(at, 20);
	} else {
		put_bytes(at, letter == 'r' ? routing2 : letter == 'R' ? routing0 : padding, 6);
	}
}

static const struct {
	__u8 type4, code4, type6, code6;
} icmp_numbers[] = {
	[ICMP_ECHO_REQUEST] = { 8, 0, 128, 0 },
	[ICMP_ECHO_ANSWER] = { 0, 0, 129, 0 },
	[ICMP_PORT_UNREACHABLE] = { 3, 3, 1, 4 },
	[ICMP_NET_UNREACHABLE] = { 3, 0, 1, 0 },
	[ICMP_TTL_EXCEEDED] = { 11, 0, 3, 0 },
	[ICMP_TOO_BIG] = { 3, 4, 2, 0 },
	[ICMP_NEIGHBOUR_SOLICITATION] = { 17, 0, 135, 0 },
	[ICMP_NEIGHBOUR_ADVERTISEMENT] = { 18, 0, 136, 0 },
	[ICMP_ROUTER_ADVERTISEMENT] = { 9, 0, 134, 0 },
	[ICMP_TIMESTAMP] = { 13, 0, 139, 0 },
	[ICMP_REDIRECTION] = { 5, 1, 137, 0 },
};

static void build_datagram(const struct packet *packet, const struct wiring *wiring,
			   struct frame *frame);

/* The quoted packet: its IP header and what fits of the rest. */
static void put_quote(__u8 **at, const struct packet *packet, const struct wiring *wiring)
{
	struct frame inner = { .size = 0 };
	size_t size = packet->quote ?: wiring->family == 6 ? 48 : 28;

	if (packet->is_generated)
		size = QUOTE_MADE;
	build_datagram(packet->inner, wiring, &inner);
	if (size > inner.size)
		size = inner.size;
	put_bytes(at, inner.data, size);
}

static void build_icmp(const struct packet *packet, const struct wiring *wiring, struct l4 *l4)
{
	bool is_v6 = wiring->family == 6;
	__u8 *at = l4->data;
	__u32 sum = 0;

	put8(&at, is_v6 ? icmp_numbers[packet->icmp].type6 : icmp_numbers[packet->icmp].type4);
	put8(&at, is_v6 ? icmp_numbers[packet->icmp].code6 : icmp_numbers[packet->icmp].code4);
	put16(&at, 0);
	if (packet->inner) {
		put32(&at, packet->word);
		put_quote(&at, packet, wiring);
	} else {
		put16(&at, port_of(packet->icmp == ICMP_ECHO_ANSWER ? packet->dport : packet->sport,
				   wiring));
		put16(&at, 7); /* sequence number */
		put_pattern(&at, payload_size(packet));
	}
	l4->size = (size_t)(at - l4->data);
	if (is_v6)
		sum = pseudo_sum(packet, 6, PROTO_ICMP6, l4->size);
	checksum_put(l4, 2, sum, packet);
}

static void build_l4(const struct packet *packet, const struct wiring *wiring, struct l4 *l4)
{
	if (packet->icmp)
		build_icmp(packet, wiring, l4);
	else if (packet->proto == PROTO_TCP)
		build_tcp(packet, wiring, l4);
	else if (packet->proto == PROTO_UDP)
		build_udp(packet, wiring, l4);
	else if (packet->proto == PROTO_SCTP)
		build_sctp(packet, wiring, l4);
	else
		build_other(packet, l4);
}

/* Bytes of the datagram that this packet carries; whether more follow. */
static size_t part_size(const struct packet *packet, const struct l4 *l4, bool *ret_more)
{
	size_t offset = packet->cut == CUT_PART ? packet->part_offset : 0;
	size_t size = offset < l4->size ? l4->size - offset : 0;

	if (packet->cut == CUT_PART && packet->part_size && packet->part_size < size)
		size = packet->part_size;
	*ret_more = offset + size < l4->size;
	return size;
}

static void put_ipv4(const struct packet *packet, struct frame *frame, const struct l4 *l4)
{
	struct leat_addr from = party_addr(packet->src, 4);
	struct leat_addr to = party_addr(packet->dst, 4);
	__u8 *start = frame->data + frame->size, *at = start;
	unsigned int words = 5 + packet->options / 4u, id = packet->id ?: 0x1234;
	unsigned int offset = packet->cut == CUT_PART ? packet->part_offset / 8u : 0;
	bool has_more = false;
	size_t size = part_size(packet, l4, &has_more);

	if (packet->header_words && packet->header_words < 16)
		words = packet->header_words;
	put8(&at, (packet->version ?: 4u) << 4 | words);
	put8(&at, packet->tos);
	put16(&at, (unsigned int)((int)(20 + packet->options + size) + packet->length_error));
	put16(&at, packet->is_generated ? 0 : id);
	put16(&at, (packet->has_df ? 0x4000u : 0) | (has_more ? 0x2000u : 0) | offset);
	put8(&at, packet->ttl ?: 64);
	put8(&at, packet_proto(packet, 4));
	put16(&at, 0);
	put_bytes(&at, from.b + 12, 4);
	put_bytes(&at, to.b + 12, 4);
	for (unsigned int i = 0; i < packet->options; i++)
		put8(&at, i + 1 < packet->options ? 1 : 0); /* no operation ..., end */
	set16(start + 10, checksum_of(start, (size_t)(at - start), 0));
	put_bytes(&at, l4->data + (packet->cut == CUT_PART ? packet->part_offset : 0), size);
	frame->l4 = (size_t)(start - frame->data) + 20 + packet->options;
	frame->size = (size_t)(at - frame->data);
}

static void put_fragment_header(__u8 **at, const struct packet *packet, unsigned int next,
				bool has_more)
{
	unsigned int offset = packet->cut == CUT_PART ? packet->part_offset & 0xfff8u : 0;

	put8(at, next);
	put8(at, 0);
	put16(at, offset | has_more);
	put32(at, packet->id ?: 0x1234);
}

static void put_extensions(__u8 **at, const struct packet *packet, bool has_more)
{
	const char *letters = packet->extensions ?: "";
	unsigned int last = packet->tail_extensions ? extension_number(*packet->tail_extensions)
						    : packet_proto(packet, 6);

	for (; *letters; letters++)
		put_extension(at, *letters,
			      letters[1]    ? extension_number(letters[1])
			      : packet->cut ? 44
					    : last);
	if (packet->cut)
		put_fragment_header(at, packet, last, has_more);
}

static void put_ipv6(const struct packet *packet, struct frame *frame, const struct l4 *l4)
{
	struct leat_addr from = party_addr(packet->src, 6);
	struct leat_addr to = party_addr(packet->dst, 6);
	__u8 *start = frame->data + frame->size, *at = start;
	bool has_more = false;
	size_t size = part_size(packet, l4, &has_more);

	put32(&at, (packet->version ?: 6u) << 28 | (__u32)packet->tos << 20 |
			   (packet->is_generated ? 0 : 0x54321));
	put16(&at, 0);
	put8(&at, packet->extensions && *packet->extensions ? extension_number(*packet->extensions)
		  : packet->cut				    ? 44
							    : packet_proto(packet, 6));
	put8(&at, packet->ttl ?: 64);
	put_bytes(&at, from.b, 16);
	put_bytes(&at, to.b, 16);
	put_extensions(&at, packet, has_more);
	frame->l4 = (size_t)(at - frame->data);
	put_bytes(&at, l4->data + (packet->cut == CUT_PART ? packet->part_offset : 0), size);
	frame->size = (size_t)(at - frame->data);
	set16(start + 4, (unsigned int)((int)(at - start) - 40 + packet->length_error));
}

/* Extension headers between the fragment header and the ports. */
static void put_tail_extensions(const struct packet *packet, struct l4 *l4)
{
	const char *letters = packet->tail_extensions;
	__u8 headers[64], *at = headers;

	for (; *letters; letters++)
		put_extension(&at, *letters,
			      letters[1] ? extension_number(letters[1]) : packet_proto(packet, 6));
	memmove(l4->data + (at - headers), l4->data, l4->size);
	memcpy(l4->data, headers, (size_t)(at - headers));
	l4->size += (size_t)(at - headers);
}

static void build_datagram(const struct packet *packet, const struct wiring *wiring,
			   struct frame *frame)
{
	struct l4 l4;

	build_l4(packet, wiring, &l4);
	if (packet->tail_extensions)
		put_tail_extensions(packet, &l4);
	if (wiring->family == 6)
		put_ipv6(packet, frame, &l4);
	else
		put_ipv4(packet, frame, &l4);
}

void packet_build(const struct packet *packet, const struct wiring *wiring, struct frame *ret)
{
	__u8 *at = ret->data;

	put_bytes(&at, packet->eth_dst ?: wiring->eth_dst, 6);
	put_bytes(&at, packet->eth_src ?: wiring->eth_src, 6);
	put16(&at, packet->ethertype ?: wiring->family == 6 ? 0x86dd : 0x0800);
	ret->size = ret->l3 = 14;
	build_datagram(packet, wiring, ret);
	if (packet->cut_to && packet->cut_to < ret->size)
		ret->size = packet->cut_to;
}
