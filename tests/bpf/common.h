/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the tests of the BPF programs share: a small world (common_world.c) in a network
 * namespace of its own, the shipped objects loaded over one set of tables (common_load.c),
 * packets built from a few words (common_packet.c) and rows that say packet in, packet out,
 * flow entries, drop reason (common_row.c). Start reading at struct row, then test_pod.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <leat/config.h>
#include <leat/drops.h>
#include <leat/endpoint.h>
#include <leat/event.h>
#include <leat/flow.h>
#include <leat/ipcache.h>
#include <leat/node.h>
#include <leat/policy.h>
#include <leat/service.h>

#include "lib/cleanup.h"

struct ring_buffer;

/* ---- who there is: every party has an address of each family, see common_world.c ---------- */
enum party {
	NOBODY,
	CLIENT,	      /* local pod, no policy selects it */
	SERVER,	      /* local pod, no policy selects it */
	GUARDED,      /* local pod, isolated for ingress */
	JAILED,	      /* local pod, isolated for egress */
	GHOST,	      /* in our own pod range, but no pod has it */
	REMOTE,	      /* pod on NODE2 that policies know */
	STRANGER,     /* pod on NODE2 that no policy knows */
	REMOTE_GHOST, /* in NODE2's pod range, but no pod is known to have it */
	FAR,	      /* pod on NODE3 */
	HOST,	      /* this node */
	NODE2,
	NODE3,
	ROUTER,	   /* next hop of the default route */
	NEIGHBOUR, /* on the uplink's link, no node */
	WORLD,	   /* outside, in a block that policies name */
	EXCEPTED,  /* outside, in that block's except */
	NOWHERE,   /* the node has an unreachable route to it */
	ELSEWHERE, /* routed by a device that is none of our uplinks */
	GATEWAY,   /* what pods see as their next hop */
	SVC, /* TCP 80 -> SERVER:8080, UDP 53 -> SERVER:5353, SCTP 80 -> 80, SCTP 81 -> 8081 */
	SVC_REMOTE,  /* TCP 80 -> REMOTE:8080, UDP 53 -> REMOTE:5353 */
	SVC_SELF,    /* TCP 80 -> CLIENT:8080, UDP 53 -> CLIENT:5353, SCTP 80 -> CLIENT:80 */
	SVC_EMPTY,   /* TCP 80, UDP 53: no backend */
	SVC_GUARDED, /* TCP 80 -> GUARDED:80, TCP 81 -> GUARDED:81 */
	SVC_HOST,    /* TCP 443 -> HOST:6443 */
	SVC_WORLD,   /* TCP 443 -> WORLD:443 */
	SVC_MANY,    /* TCP 80 -> SERVER:8080, REMOTE:8080, GUARDED:80 */
	SVC_FREE,    /* in the Service range, but no Service has it */
	MULTICAST,
	LOOPBACK,
	LINK_LOCAL,
	ZERO,
	MAPPED, /* IPv6 only: an IPv4-mapped address */
	PARTY_COUNT,
};

enum device {
	DEV_NONE,
	DEV_UPLINK,  /* in leat_device_v1 */
	DEV_UPLINK2, /* not in it */
	DEV_HOST,    /* leat_host */
	DEV_NET,     /* leat_net */
	DEV_OVERLAY, /* leat_vxlan */
	DEV_COUNT,
};

/* Numbers that the world's tables hold. */
enum {
	ID_CLIENT = 16,
	ID_SERVER,
	ID_GUARDED,
	ID_JAILED,
	ID_REMOTE,
	ID_WORLD,
	SET_GUARDED = 100,
	SET_JAILED,
	RULE_CLIENT_TCP80 = 201, /* into GUARDED, below too */
	RULE_ANY_UDP53,
	RULE_REMOTE,	   /* any protocol */
	RULE_REMOTE_TCP22, /* deny */
	RULE_ANY_TCP8443,  /* deny, of higher precedence than the next */
	RULE_CLIENT_TCP8443,
	RULE_CLIENT_TCP9000, /* 9000 to 9007, as a prefix */
	RULE_CLIENT_SCTP,    /* any port */
	RULE_WORLD_TCP80,
	RULE_SERVER_TCP8080 = 221, /* out of JAILED, below too */
	RULE_OUT_UDP53,
	RULE_OUT_REMOTE,
	RULE_OUT_WORLD_TCP443,
	RULE_OUT_GUARDED,    /* any protocol */
	SERVICE_TCP80 = 301, /* SVC */
	SERVICE_UDP53,
	SERVICE_SCTP80,
	SERVICE_SCTP81,
	SERVICE_REMOTE_TCP80,
	SERVICE_REMOTE_UDP53,
	SERVICE_SELF_TCP80,
	SERVICE_SELF_UDP53,
	SERVICE_SELF_SCTP80,
	SERVICE_EMPTY_TCP80,
	SERVICE_EMPTY_UDP53,
	SERVICE_GUARDED_TCP80,
	SERVICE_GUARDED_TCP81,
	SERVICE_HOST_TCP443,
	SERVICE_WORLD_TCP443,
	SERVICE_MANY_TCP80,
	NODE_SLOT2 = 5,
	NODE_SLOT3 = 6,
	MASQ_PORT_MIN = 60000,
	MASQ_PORT_MAX = 60063,
	OVERLAY_MTU = 1450,
	HALF_OPEN_MAX = 32,
	FLOW_ENTRIES = 2048,
};

/* ---- packets ------------------------------------------------------------------------------- */
enum { /* TCP flags; not named as in <netinet/tcp.h>, which some tests include too */
       FIN = 1,
       SYN = 2,
       RST = 4,
       PSH = 8,
       ACK = 16,
};

/* ICMP messages of both families by what they mean. */
enum icmp {
	ICMP_NONE,
	ICMP_ECHO_REQUEST, /* sport: identifier */
	ICMP_ECHO_ANSWER,  /* dport: identifier */
	ICMP_PORT_UNREACHABLE,
	ICMP_NET_UNREACHABLE, /* ICMPv6: no route */
	ICMP_TTL_EXCEEDED,
	ICMP_TOO_BIG,		     /* word: MTU */
	ICMP_NEIGHBOUR_SOLICITATION, /* ICMPv6 only, as the next two */
	ICMP_NEIGHBOUR_ADVERTISEMENT,
	ICMP_ROUTER_ADVERTISEMENT,
	ICMP_TIMESTAMP, /* IPv4; ICMPv6: node information query */
	ICMP_REDIRECTION,
};

enum cut { /* which part of the datagram this packet is */
	   CUT_NONE,
	   CUT_ATOMIC, /* IPv6: fragment header, but the whole datagram */
	   CUT_PART,   /* `part_size` bytes of what follows the IP header, from `part_offset` */
};

/* Zero means: as usual. `src` and `dst` are the IP addresses' owners. */
struct packet {
	enum party src, dst;
	__u16 sport, dport;
	__u8 proto;
	__u8 flags; /* TCP */
	enum icmp icmp;
	__u32 word;    /* ICMP: bytes 4 to 7 of an error; generated TCP: acknowledgement */
	__u16 payload; /* bytes after the L4 header; 0: 12 bytes; EMPTY: none */
	__u8 ttl;      /* 0: 64 */
	__u8 tos;
	const struct packet *inner; /* ICMP error: the packet it is about */
	__u16 quote;	   /* bytes of it, from its IP header; 0: 28 or 48; see QUOTE_MADE */
	bool is_generated; /* by our datapath: no identification, no flow label */
	bool is_answer;	   /* the datapath's echo reply, made of the request */
	bool has_df;
	bool has_no_checksum;  /* UDP: zero */
	bool has_bad_checksum; /* L4: off by one, must stay off by one */
	enum cut cut;
	__u16 part_offset, part_size; /* bytes; size 0: to the end */
	__u16 id;		      /* of the datagram; 0: 0x1234 */
	__u8 options;		      /* IPv4: bytes of options, multiple of 4 */
	/* IPv6: extension headers, in order: h hop-by-hop, d destination, r routing (type 2,
	 * none left), R routing type 0, a authentication, x unknown (135 mobility), n no next */
	const char *extensions;
	const char *tail_extensions; /* the same behind the fragment header: cut with the rest */
	/* Damage, done last. */
	__u8 version;	    /* of the IP header, if not 0 */
	__u8 header_words;  /* IPv4 IHL or TCP data offset + 16, if not 0 */
	__s16 length_error; /* added to the IP length field */
	__u16 cut_to;	    /* the frame ends after so many bytes, Ethernet included, if not 0 */
	__u16 ethertype;    /* if not 0 */
	const __u8 *eth_src, *eth_dst; /* if not NULL */
};

/* An error that the datapath makes quotes so much of the packet, from its IP header. */
#define QUOTE_MADE   256
#define EMPTY	     0xffff
#define TCP_SEQUENCE 0x10203040 /* of every TCP packet here */
/* In an expected packet or flow: the source port that the datapath chose in this row. */
#define CHOSEN	     0xfffe

/* clang-format off */
#define TCP(from, from_port, to, to_port, tcp_flags, ...)                             \
	{                                                                             \
		.proto = 6, .src = (from), .sport = (from_port), .dst = (to),         \
		.dport = (to_port), .flags = (tcp_flags), ##__VA_ARGS__               \
	}
#define UDP(from, from_port, to, to_port, ...)                                        \
	{                                                                             \
		.proto = 17, .src = (from), .sport = (from_port), .dst = (to),        \
		.dport = (to_port), ##__VA_ARGS__                                     \
	}
#define SCTP(from, from_port, to, to_port, ...)                                       \
	{                                                                             \
		.proto = 132, .src = (from), .sport = (from_port), .dst = (to),       \
		.dport = (to_port), ##__VA_ARGS__                                     \
	}
#define PROTO(number, from, to, ...)                                    \
	{                                                               \
		.proto = (number), .src = (from), .dst = (to), ##__VA_ARGS__ \
	}
#define PING(from, identifier, to, ...)                                                     \
	{                                                                                   \
		.icmp = ICMP_ECHO_REQUEST, .src = (from), .sport = (identifier), .dst = (to), \
		##__VA_ARGS__                                                               \
	}
#define PONG(from, to, identifier, ...)                                                    \
	{                                                                                  \
		.icmp = ICMP_ECHO_ANSWER, .src = (from), .dst = (to), .dport = (identifier), \
		##__VA_ARGS__                                                              \
	}
#define ICMP(kind, from, to, about, ...)                                            \
	{                                                                           \
		.icmp = (kind), .src = (from), .dst = (to),                         \
		.inner = &(const struct packet)about, ##__VA_ARGS__                 \
	}

/* The reset by which the datapath refuses a SYN with so many bytes of payload (RFC 9293, 3.5.2). */
#define REFUSAL(from, from_port, to, to_port, bytes)                                \
	{                                                                           \
		.proto = 6, .src = (from), .sport = (from_port), .dst = (to),       \
		.dport = (to_port), .flags = RST | ACK, .is_generated = true,       \
		.payload = EMPTY, .word = TCP_SEQUENCE + 1 + (bytes)                \
	}
/* An error that the datapath makes about the packet `about`, as it came in. */
#define MADE(kind, from, to, about, ...)                                            \
	{                                                                           \
		.icmp = (kind), .src = (from), .dst = (to), .is_generated = true,   \
		.inner = &(const struct packet)about, ##__VA_ARGS__                 \
	}
/* clang-format on */

#define FRAME_MAX 3400
struct frame {
	size_t size;
	size_t l3, l4; /* offsets */
	__u8 data[FRAME_MAX];
};

/* Ethernet addresses and, while a row runs, what CHOSEN stands for. */
struct wiring {
	int family; /* 4 or 6 */
	__u8 eth_src[6], eth_dst[6];
	__u16 chosen;
};

void packet_build(const struct packet *packet, const struct wiring *wiring, struct frame *ret);
__u8 packet_proto(const struct packet *packet, int family);
/* Prints both as bytes with what differs marked and named; 0 when equal. */
int frame_compare(const struct frame *expected, const struct frame *got);
void frame_print(const struct frame *frame);
__u16 checksum_of(const void *data, size_t size, __u32 start);

/* ---- the world ----------------------------------------------------------------------------- */
struct party_info {
	const char *name, *addr4, *addr6;
	__u32 slot;	/* local pods */
	__u32 identity; /* 0: LEAT_ID_NONE */
	__u32 kind;	/* enum leat_ip_kind */
	__u32 node;
	bool is_in_ipcache;
};
extern const struct party_info parties[PARTY_COUNT];

struct leat_addr party_addr(enum party party, int family);
void party_mac(enum party party, __u8 ret_mac[6]); /* local pods, ROUTER and HOST (uplink) */
const char *party_name_of(const struct leat_addr *addr);

struct world {
	__u32 ifindex[PARTY_COUNT]; /* host sides of local pods */
	__u32 device[DEV_COUNT];
	int family;	 /* of the row that runs */
	int maps[32];	 /* by enum table */
	int programs[6]; /* by enum leat_hook */
	int keyed, spy;	 /* wrapper programs, common_load.c */
	int wrapper_map, wrapper_jump;
	__u64 metrics[LEAT_DROP_MAX]; /* before the step that runs */
	__u64 bytes[LEAT_DROP_MAX];
	struct ring_buffer *ring;
	struct leat_event event; /* the last one */
	unsigned int event_count;
	__u32 epochs[8];		    /* by slot */
	__u32 flow_entries;		    /* size of the flow table; 0: FLOW_ENTRIES */
	void (*tune)(struct leat_config *); /* changes what programs_configure() made, or NULL */
	struct leat_config config;
	void *objects[3]; /* skeletons, common_load.c */
};
extern struct world world;

/* clang-format off */
enum table {
	T_FLOW, T_FRAG, T_EP, T_IFEP, T_EPSTAT, T_IPCACHE, T_CIDR, T_POLICY, T_SVC, T_BACKEND,
	T_NODE, T_DEVICE, T_METRIC, T_DROP, T_EVLIM, T_EVENT, TABLE_COUNT,
};
/* clang-format on */
extern const char *const table_names[TABLE_COUNT];

int world_setup(void **state); /* namespace, devices, objects, tables; cmocka group setup */
int world_teardown(void **state);
void world_reset(void);		     /* as after setup: no flow, first epochs, first policies */
int net_setup(void);		     /* namespace and devices only */
bool net_command(const char *batch); /* lines for `ip -batch` */
void programs_load(const struct leat_config *config); /* over the tables that are there */
void programs_unload(void);
void programs_configure(struct leat_config *config); /* the world's usual configuration */

/* What steps do to the world before their packet. */
void endpoint_set(enum party pod, __u16 flags, __u32 egress_set, __u32 ingress_set);
void endpoint_bump(enum party pod); /* a new epoch */
void endpoint_remove(enum party pod);
/* Slot and device of `pod` are those of a new pod, which has the addresses of `other`. */
void endpoint_become(enum party pod, enum party other);
struct policy_row {
	__u32 set;
	__u8 dir;
	__u32 identity;
	__u8 proto;
	__u16 port;
	__u32 bits; /* LEAT_POLICY_PREFIX_... */
	__u32 rule;
	__u16 precedence; /* 0: 100 */
	bool is_deny;
};
void policy_put(const struct policy_row *row);
/* `first`: the slot of its IPv4 backends, those of IPv6 are a hundred later. */
void service_put(enum party svc, __u8 proto, __u16 port, struct leat_svc value);
void half_open_set(enum party pod, __u32 count);
__u32 half_open_get(enum party pod);
void flow_fill(void); /* until the table is full */
void flow_clear(void);
void fragments_age(__u32 ticks); /* what leat_frag_v1 holds is so much older now */
void events_limit_reset(void);	 /* the token buckets are as when loaded */

/* One run of a program. `keyed` programs get the tunnel key first. */
struct run {
	enum leat_hook hook;
	__u32 ifindex;
	const struct frame *in;
	__u32 gso_size;
	__u32 tunnel_remote, tunnel_vni; /* host byte order; hook FROM_OVERLAY only */
	unsigned int repeat;
	/* results */
	int verdict;
	__u32 ns;
	struct frame out;
};
int program_run(struct run *run);
/* Runs it again through a program that looks at the tunnel key which it left: 0 or -errno. */
int program_spy(struct run *run, __u32 *ret_remote, __u32 *ret_vni);

/* ---- rows ---------------------------------------------------------------------------------- */
enum act {		/* what is to become of the packet */
	   ACT_DROP,	/* TC_ACT_SHOT */
	   ACT_PASS,	/* TC_ACT_OK, as it was */
	   ACT_STACK,	/* TC_ACT_OK, Ethernet header as it was */
	   ACT_LOCAL,	/* redirected to the pod that has `out`'s destination address */
	   ACT_TUNNEL,	/* redirected to leat_vxlan with the key of `node` */
	   ACT_NEIGH,	/* redirected to a neighbour, Ethernet header as it was */
	   ACT_HOSTDEV, /* redirected to leat_net: the host stack gets it */
	   ACT_BACK,	/* an ICMP error goes to where the packet came from */
};

struct tuple {
	enum party src;
	__u16 sport;
	enum party dst;
	__u16 dport;
};

/* A flow entry; what is left out is zero, `nat` left out is `wire`. */
struct entry {
	struct tuple wire, nat;
	__u8 proto; /* 1: ICMP of the row's family */
	__u8 kind;
	__u8 hook, action, flags, tcp;
	enum party from, to; /* local pods: src_slot, dst_slot */
	__u32 node;
	enum device out; /* LEAT_FWD_NEIGH */
	enum party nexthop;
	__u32 egress_rule, ingress_rule, service;
	bool is_stale; /* its epochs are older than the endpoints' */
};

struct event_row { /* what the drop's event must say beside reason, hook and device */
	enum party src, dst;
	__u16 sport, dport; /* dport of ICMP: type << 8 | code is computed from the packet */
	__u32 src_identity, dst_identity, set, rule, service;
	enum party from, to;
};

struct step {
	const char *name;
	int only; /* 4 or 6: in this family only */
	void (*before)(void);
	enum leat_hook hook;
	enum party at; /* FROM_POD, TO_POD: whose device */
	struct packet in;
	__u32 gso_size;
	enum party outer; /* FROM_OVERLAY: who sends the VXLAN packet; default NODE2 */
	__u32 vni;	  /* default: ours */
	enum act act;
	enum leat_drop drop;
	struct packet out;
	enum party tunnel; /* ACT_TUNNEL: the node it must go to; default NODE2 */
	const struct event_row *event;
	const struct entry *flows; /* the whole table afterwards, in any order */
	__u32 flow_count;
	bool has_no_flow; /* the table must be empty afterwards */
	void (*after)(void);
};
/* clang-format off */
#define FLOWS(...)                                                        \
	.flows = (const struct entry[]){ __VA_ARGS__ },                   \
	.flow_count = ARRAY_SIZE(((const struct entry[]){ __VA_ARGS__ }))
/* clang-format on */

#define STEPS_MAX 8
struct row {
	const char *name;
	int only; /* 4 or 6: this family only */
	struct step steps[STEPS_MAX];
};

/* Runs every row in both families as a cmocka group; returns the number that failed. */
int rows_run(const char *name, const struct row *rows, size_t count, const struct CMUnitTest *more,
	     size_t more_count);
void row_run(const struct row *row, int family);
bool step_run(const struct step *step, struct wiring *wiring);
__u32 step_device(const struct step *step);
/* The Ethernet addresses that the packet must have afterwards, if `wiring` has those before. */
void step_wire_out(const struct step *step, struct wiring *wiring);
void step_frames(const struct step *step, const struct wiring *wiring, struct frame *ret_in);

int flows_check(const struct entry *expected, size_t count, const struct wiring *wiring);
int flow_get(const struct entry *entry, const struct wiring *wiring, struct leat_flow *ret_flow);
void flow_put(const struct entry *entry, int family);
size_t flows_count(void);
void metrics_read(__u64 packets[LEAT_DROP_MAX], __u64 bytes[LEAT_DROP_MAX]);
int drops_check(enum leat_drop reason, __u64 bytes);
int event_check(const struct step *step, const struct wiring *wiring);
const char *drop_name(unsigned int reason);
const char *act_name(enum act act);
