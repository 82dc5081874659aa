// SPDX-License-Identifier: Apache-2.0
/*
 * From classes and regions to identities. See identity.h.
 */
#include "compile/identity.h"

#include <errno.h>
#include <string.h>

#include "compile/numbers.h"
#include "lib/text.h"

/* A named port that egress rules of the group (or of no group) ask for. */
static int write_wanted(struct leat_identities *identities, struct leat_bytes *bytes, __u32 group,
			__u8 proto, const char *name)
{
	bytes->size = 0;
	return leat_bytes_number(identities->world->arena, bytes, (__u64)proto << 32 | group)
		       ?: leat_bytes_text(identities->world->arena, bytes, name);
}

static int want_ports(struct leat_identities *identities, const struct leat_rule *rule,
		      struct leat_bytes *bytes)
{
	for (size_t i = 0; i < rule->port_count; i++) {
		const struct leat_rule_port *port = &rule->ports[i];
		__u32 id;

		if (!port->name)
			continue;
		if (write_wanted(identities, bytes, rule->group, port->proto, port->name) < 0 ||
		    leat_intern_put(&identities->wanted, bytes->data, bytes->size, &id, NULL) < 0)
			return -ENOMEM;
	}
	return 0;
}

int leat_identities_init(struct leat_identities *identities, const struct leat_targets *targets)
{
	struct leat_arena *arena = identities->world->arena;
	struct leat_bytes bytes = { 0 };

	identities->wanted.arena = arena;
	identities->port_ids.arena = arena;
	identities->memo.arena = arena;
	identities->contents.arena = arena;
	for (size_t i = 0; i < targets->rule_count; i++)
		if (targets->rules[i].dir == LEAT_EGRESS &&
		    want_ports(identities, &targets->rules[i], &bytes) < 0)
			return -ENOMEM;
	return 0;
}

static int is_wanted(struct leat_identities *identities, const struct leat_ids *groups,
		     const struct kube_port *port, struct leat_bytes *bytes)
{
	__u32 group = LEAT_GROUP_ANY;

	for (size_t i = 0;; group = groups->items[i++]) {
		if (write_wanted(identities, bytes, group, port->proto, port->name) < 0)
			return -ENOMEM;
		if (leat_intern_find(&identities->wanted, bytes->data, bytes->size) !=
		    LEAT_ID_ABSENT)
			return 1;
		if (i == groups->count)
			return 0;
	}
}

static int find_port_atom(struct leat_identities *identities, const struct kube_port *port,
			  __u32 *ret_port)
{
	struct leat_arena *arena = identities->world->arena;
	struct leat_bytes bytes = { 0 };
	size_t count;
	bool is_new;

	if (leat_bytes_number(arena, &bytes, (__u64)port->proto << 16 | port->port) < 0 ||
	    leat_bytes_text(arena, &bytes, port->name) < 0 ||
	    leat_intern_put(&identities->port_ids, bytes.data, bytes.size, ret_port, &is_new) < 0)
		return -ENOMEM;
	if (!is_new)
		return 0;
	count = identities->port_ids.count;
	if (count > identities->port_allocated) {
		struct leat_port_atom *grown =
			leat_arena_resize(arena, identities->port_atoms, count * 2, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		identities->port_atoms = grown;
		identities->port_allocated = count * 2;
	}
	identities->port_atoms[count - 1] =
		(struct leat_port_atom){ port->name, port->proto, port->port };
	return 0;
}

static int add_port_atoms(struct leat_identities *identities, __u32 class,
			  const struct leat_ids *groups, struct leat_ids *atoms)
{
	const struct leat_pod_class *pods = &identities->world->classes[class];
	struct leat_bytes bytes = { 0 };

	if (!identities->wanted.count)
		return 0;
	for (size_t i = 0; i < pods->port_count; i++) {
		const struct kube_port *port = &pods->ports[i];
		__u32 id;
		int wanted;

		if (leat_class_port(pods, port->name, port->proto) != port->port)
			continue;
		wanted = is_wanted(identities, groups, port, &bytes);
		if (wanted < 0)
			return wanted;
		if (wanted &&
		    (find_port_atom(identities, port, &id) < 0 ||
		     leat_ids_add(identities->world->arena, atoms, LEAT_ATOM_OF_PORT(id)) < 0))
			return -ENOMEM;
	}
	return 0;
}

static int join_groups(struct leat_identities *identities, __u32 class,
		       const struct leat_region *region, struct leat_ids *groups)
{
	const struct leat_ids *parts[2] = {
		&region->groups,
		class == LEAT_CLASS_NONE ? NULL : &identities->class_groups[class],
	};

	for (int part = 0; part < 2; part++)
		for (size_t i = 0; parts[part] && i < parts[part]->count; i++)
			if (leat_ids_add(identities->world->arena, groups, parts[part]->items[i]) <
			    0)
				return -ENOMEM;
	leat_ids_normalize(groups);
	return 0;
}

static int find_content(struct leat_identities *identities, __u32 class,
			const struct leat_region *region, __u32 *ret_content)
{
	struct leat_ids groups = { 0 }, atoms = { 0 };

	if (join_groups(identities, class, region, &groups) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < groups.count; i++)
		if (leat_ids_add(identities->world->arena, &atoms,
				 LEAT_ATOM_OF_GROUP(groups.items[i])) < 0)
			return -ENOMEM;
	if (class != LEAT_CLASS_NONE && add_port_atoms(identities, class, &groups, &atoms) < 0)
		return -ENOMEM;
	leat_ids_normalize(&atoms);
	return leat_intern_put(&identities->contents, atoms.items,
			       atoms.count * sizeof(*atoms.items), ret_content, NULL);
}

int leat_identity_find(struct leat_identities *identities, __u32 class,
		       const struct leat_region *region, __u32 *ret_content)
{
	__u32 key[2] = { class, (__u32)(region - identities->blocks->regions) };
	__u32 id, content;
	bool is_new;

	if (leat_intern_put(&identities->memo, key, sizeof(key), &id, &is_new) < 0)
		return -ENOMEM;
	if (is_new &&
	    (find_content(identities, class, region, &content) < 0 ||
	     leat_ids_add(identities->world->arena, &identities->memo_contents, content) < 0))
		return -ENOMEM;
	*ret_content = identities->memo_contents.items[id];
	return 0;
}

static size_t atoms_of(const struct leat_identities *identities, size_t content,
		       const __u32 **ret_atoms)
{
	*ret_atoms = identities->contents.items[content].data;
	return identities->contents.items[content].size / sizeof(__u32);
}

static __u64 hash_atom(const struct leat_identities *identities, __u32 atom)
{
	if (atom & 1)
		return identities->port_ids.items[atom / 2].hash;
	return identities->peers->groups[atom / 2].hash;
}

/* Independent of the numbers that groups happen to have in this run. */
static __u64 hash_content(const struct leat_identities *identities, size_t content)
{
	const __u32 *atoms;
	size_t count = atoms_of(identities, content, &atoms);
	__u64 sum = 0;

	for (size_t i = 0; i < count; i++) {
		__u64 hash = hash_atom(identities, atoms[i]);

		sum += leat_hash64(&hash, sizeof(hash), LEAT_HASH_SEED + (atoms[i] & 1));
	}
	return leat_hash64(&sum, sizeof(sum), LEAT_HASH_SEED);
}

static int index_atoms(struct leat_identities *identities)
{
	size_t groups = identities->peers->group_ids.count;
	size_t ports = identities->port_ids.count;
	size_t most = (groups > ports ? groups : ports) * 2 + 2;

	identities->atom_contents =
		leat_arena_take(identities->world->arena, most, sizeof(*identities->atom_contents));
	if (!identities->atom_contents)
		return -ENOMEM;
	for (size_t i = 0; i < identities->contents.count; i++) {
		const __u32 *atoms;
		size_t count = atoms_of(identities, i, &atoms);

		for (size_t j = 0; j < count; j++)
			if (leat_ids_add(identities->world->arena,
					 &identities->atom_contents[atoms[j]], (__u32)i) < 0)
				return -ENOMEM;
	}
	return 0;
}

int leat_identities_number(struct leat_identities *identities)
{
	struct leat_arena *arena = identities->world->arena;
	size_t count = identities->contents.count;
	__u64 *hashes = leat_arena_take(arena, count + 1, sizeof(*hashes));

	identities->numbers = leat_arena_take(arena, count + 1, sizeof(*identities->numbers));
	if (!hashes || !identities->numbers)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		hashes[i] = hash_content(identities, i);
	if (leat_numbers_assign(arena, hashes, count, identities->numbers) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (!identities->contents.items[i].size)
			identities->numbers[i] = LEAT_ID_NONE;
	return index_atoms(identities);
}

__u16 leat_identity_port(const struct leat_identities *identities, __u32 content,
			 const struct leat_rule_port *port)
{
	const __u32 *atoms;
	size_t count = atoms_of(identities, content, &atoms);

	for (size_t i = 0; i < count; i++) {
		const struct leat_port_atom *atom;

		if (!(atoms[i] & 1))
			continue;
		atom = &identities->port_atoms[atoms[i] / 2];
		if (atom->proto == port->proto && !strcmp(atom->name, port->name))
			return atom->port;
	}
	return 0;
}

const struct leat_ids *leat_identities_of_group(const struct leat_identities *identities,
						__u32 group)
{
	return &identities->atom_contents[LEAT_ATOM_OF_GROUP(group)];
}
