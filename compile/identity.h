/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Identities: sets of atoms that hold for an address. An atom is a group of peers that the
 * address belongs to, or the number that a named port has there (only where an egress rule
 * that could reach it names one). No atoms: LEAT_ID_NONE.
 */
#include "compile/blocks.h"
#include "compile/targets.h"

#define LEAT_CLASS_NONE 0xffffffffu /* the address is no pod's */

struct leat_port_atom {
	const char *name;
	__u8 proto;
	__u16 port;
};

struct leat_identities {
	const struct leat_world *world;
	const struct leat_blocks *blocks;
	const struct leat_peers *peers;
	struct leat_ids *class_groups; /* by class */
	struct leat_intern wanted;     /* group, protocol, name of egress rules */
	struct leat_intern port_ids;   /* protocol, number, name */
	struct leat_port_atom *port_atoms;
	size_t port_allocated;
	struct leat_intern memo;	/* class and region */
	struct leat_ids memo_contents;	/* content, by memo */
	struct leat_intern contents;	/* atoms, sorted */
	__u32 *numbers;			/* by content, after leat_identities_number() */
	struct leat_ids *atom_contents; /* contents that have it, by atom, likewise */
};

#define LEAT_ATOM_OF_GROUP(group) ((group) * 2)
#define LEAT_ATOM_OF_PORT(port)	  ((port) * 2 + 1)

int leat_identities_init(struct leat_identities *identities, const struct leat_targets *targets);
/* What holds for an address of a pod of `class` (or LEAT_CLASS_NONE) in the region: the index of
 * its content, ready to be numbered. -ENOMEM. */
int leat_identity_find(struct leat_identities *identities, __u32 class,
		       const struct leat_region *region, __u32 *ret_content);
/* When all have been found: gives numbers and builds the index by atom. */
int leat_identities_number(struct leat_identities *identities);
/* Number of the named port at the addresses of a content; 0: it has none. */
__u16 leat_identity_port(const struct leat_identities *identities, __u32 content,
			 const struct leat_rule_port *port);
/* Contents whose addresses belong to the group. */
const struct leat_ids *leat_identities_of_group(const struct leat_identities *identities,
						__u32 group);
