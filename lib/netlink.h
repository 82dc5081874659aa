/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * rtnetlink in small synchronous calls: links, addresses, routes, neighbours. Built on libnl's
 * sockets and messages, not on its caches, so that the kernel's own -errno comes back from
 * every call. A socket belongs to the network namespace it was opened in, for ever.
 * Namespaces themselves: netns.h.
 */
#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>
#include <net/if.h>

#include "addr.h"
#include "mac.h"

#define LEAT_ROUTE_PROTOCOL 171 /* rtm_protocol of every route that is ours */

/* ---- socket ---- */
struct leat_netlink;

/* In the namespace `netns_fd`, or in the caller's own when it is negative. */
int leat_netlink_open(int netns_fd, struct leat_netlink **ret_netlink);
/*
 * A socket that hears RTNLGRP_LINK only: poll leat_netlink_fd(), pass it to
 * leat_link_wait(); it takes no requests.
 */
int leat_netlink_open_links(int netns_fd, struct leat_netlink **ret_netlink);
int leat_netlink_fd(const struct leat_netlink *netlink);
void leat_netlink_close(struct leat_netlink *netlink); /* NULL is fine */

static inline void leat_cleanup_netlink(struct leat_netlink **netlink)
{
	leat_netlink_close(*netlink);
}
#define _cleanup_netlink_ __attribute__((cleanup(leat_cleanup_netlink)))

/* ---- links ---- */
struct leat_link {
	int ifindex;
	int peer_ifindex; /* IFLA_LINK: a veth's other end, in its own namespace; 0: none */
	__u32 flags;	  /* IFF_UP, IFF_LOWER_UP (1 << 16), ... */
	__u32 mtu;
	char name[IFNAMSIZ];
	char kind[16]; /* "veth", "vxlan", ..., "" for real devices */
	__u8 mac[LEAT_MAC_SIZE];
	bool has_peer_elsewhere; /* the other end is in another namespace */
};

/* -ENODEV: there is none. */
int leat_link_get_by_name(struct leat_netlink *netlink, const char *name,
			  struct leat_link *ret_link);
int leat_link_get_by_index(struct leat_netlink *netlink, int ifindex, struct leat_link *ret_link);
/* All links of the namespace; the caller frees *ret_links. */
int leat_link_list(struct leat_netlink *netlink, struct leat_link **ret_links, size_t *ret_count);

struct leat_veth {
	const char *name;
	const __u8 *mac; /* six bytes, NULL: the kernel's choice */
	const char *peer_name;
	const __u8 *peer_mac;
	int peer_netns_fd; /* negative: the same namespace */
	__u32 mtu;	   /* of both ends, 0: the kernel's default */
};

/* Both ends are down. -EEXIST when either name is taken where it should go. */
int leat_link_make_veth(struct leat_netlink *netlink, const struct leat_veth *veth);

struct leat_vxlan {
	const char *name;
	const __u8 *mac;
	__u32 mtu;
	__u16 port; /* UDP, host byte order */
};

/* External (collect metadata), no learning, UDP zero checksums allowed over IPv6 both ways. */
int leat_link_make_vxlan(struct leat_netlink *netlink, const struct leat_vxlan *vxlan);

int leat_link_set_up(struct leat_netlink *netlink, int ifindex);
int leat_link_set_down(struct leat_netlink *netlink, int ifindex);
int leat_link_set_mtu(struct leat_netlink *netlink, int ifindex, __u32 mtu);
int leat_link_set_mac(struct leat_netlink *netlink, int ifindex, const __u8 mac[LEAT_MAC_SIZE]);
int leat_link_set_name(struct leat_netlink *netlink, int ifindex, const char *name);
int leat_link_set_netns(struct leat_netlink *netlink, int ifindex, int netns_fd);
/* IPv6 link-local address by itself (true, the kernel's default) or none. */
int leat_link_set_autoconf(struct leat_netlink *netlink, int ifindex, bool is_on);
int leat_link_delete(struct leat_netlink *netlink, int ifindex);
/*
 * Until all of `flags` are set on the link, or -ETIMEDOUT. `links` must have been opened by
 * leat_netlink_open_links() in the namespace of `netlink`; no change is missed and none polled.
 */
int leat_link_wait(struct leat_netlink *netlink, struct leat_netlink *links, int ifindex,
		   __u32 flags, int timeout_ms);

/* ---- addresses of a link ---- */
/* prefixlen as in struct leat_cidr: over 128 bits, IPv4 /32 is 128. `flags` are IFA_F_*. */
int leat_ifaddr_add(struct leat_netlink *netlink, int ifindex, const struct leat_cidr *addr,
		    __u32 flags);
int leat_ifaddr_del(struct leat_netlink *netlink, int ifindex, const struct leat_cidr *addr);

struct leat_ifaddr {
	int ifindex;
	__u32 flags; /* IFA_F_* */
	__u8 scope;
	struct leat_cidr addr;
};

/* Of one link, or of all when ifindex is 0. */
int leat_ifaddr_list(struct leat_netlink *netlink, int ifindex, struct leat_ifaddr **ret_addrs,
		     size_t *ret_count);

/* ---- routes ---- */
/*
 * Unset fields are zero: no gateway, no preferred source, the kernel's metric (IPv6: listed as
 * 1024), main table, RTN_UNICAST, RT_SCOPE_UNIVERSE, LEAT_ROUTE_PROTOCOL. The family is that of
 * dst.addr, so the IPv4 default is ::ffff:0.0.0.0 with prefixlen 96. IPv6 routes of a type
 * without next hop are listed on lo (ifindex 1).
 */
struct leat_route {
	struct leat_cidr dst;
	struct leat_addr gateway;
	struct leat_addr src;
	int ifindex;
	__u32 metric;
	__u32 table;
	__u32 mtu;
	__u8 type;     /* RTN_UNICAST, RTN_UNREACHABLE, RTN_BLACKHOLE, ... */
	__u8 scope;    /* RT_SCOPE_LINK for a route without gateway; IPv6 has none */
	__u8 protocol; /* 0: LEAT_ROUTE_PROTOCOL */
	bool is_onlink;
};

int leat_route_add(struct leat_netlink *netlink, const struct leat_route *route); /* -EEXIST */
int leat_route_replace(struct leat_netlink *netlink, const struct leat_route *route);
int leat_route_del(struct leat_netlink *netlink, const struct leat_route *route); /* -ESRCH */
/* Main table, both families; only those of `protocol` unless it is 0. Single next hop only. */
int leat_route_list(struct leat_netlink *netlink, __u8 protocol, struct leat_route **ret_routes,
		    size_t *ret_count);

/* ---- permanent neighbours ---- */
struct leat_neigh {
	struct leat_addr addr;
	int ifindex;
	__u16 state; /* NUD_* */
	__u8 mac[LEAT_MAC_SIZE];
};

/* Adds or changes. */
int leat_neigh_set(struct leat_netlink *netlink, int ifindex, const struct leat_addr *addr,
		   const __u8 mac[LEAT_MAC_SIZE]);
int leat_neigh_del(struct leat_netlink *netlink, int ifindex, const struct leat_addr *addr);
/* Permanent ones of one link, or of all when ifindex is 0. */
int leat_neigh_list(struct leat_netlink *netlink, int ifindex, struct leat_neigh **ret_neighs,
		    size_t *ret_count);
