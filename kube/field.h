/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A place in a JSON document, with the way that leads to it: reading a field that is not what
 * it must be says where, what was there and why that is refused. Missing and null are one.
 */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "lib/addr.h"

struct cJSON;

struct kube_decoder {
	struct kube_arena arena;
	char *problem; /* the complaint that ends decoding: "FIELD: VALUE: REASON"; owned */
	const struct cJSON *problem_at;
	char *note; /* the first one that does not; owned */
	const struct cJSON *note_at;
	size_t note_count;
};

struct kube_field {
	const struct kube_field *parent; /* NULL: the object itself */
	const char *name;		 /* member of an object, or NULL: item of a list */
	size_t index;
	const struct cJSON *json; /* NULL: missing or null */
	struct kube_decoder *decoder;
};

struct kube_field kube_field_member(const struct kube_field *parent, const char *name);

/* -EINVAL (or -ENOMEM), with the complaint kept in the decoder. */
int kube_field_refuse(const struct kube_field *field, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for what is passed over while the rest of the object counts. */
int kube_field_note(const struct kube_field *field, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* All of these: 0 or -EINVAL after kube_field_refuse(). */
int kube_field_expect_object(const struct kube_field *field); /* or missing */
int kube_field_expect(const struct kube_field *field);	      /* anything but missing */
/* Borrowed text, NULL when missing. */
int kube_field_string(const struct kube_field *field, const char **ret_text);
/* The arena's copy; `fallback` when missing. */
int kube_field_copy(const struct kube_field *field, const char *fallback, char **ret_text);
int kube_field_bool(const struct kube_field *field, bool fallback, bool *ret_value);
int kube_field_number(const struct kube_field *field, __u32 least, __u32 most, __u32 fallback,
		      __u32 *ret_number);
int kube_field_port(const struct kube_field *field, __u16 *ret_port); /* 1 to 65535, required */
/* TCP, UDP or SCTP as IPPROTO_*; TCP when missing. */
int kube_field_proto(const struct kube_field *field, __u8 *ret_proto);
/* Index of the text in `names`; `fallback` when missing. */
int kube_field_choice(const struct kube_field *field, const char *const *names, size_t count,
		      size_t fallback, size_t *ret_index);
/* Required; masked host bits are noted. */
int kube_field_cidr(const struct kube_field *field, struct leat_cidr *ret_cidr);

/* 0: the item is there; 1: passed over; negative: refused. */
typedef int kube_item_fn(const struct kube_field *item, void *ret_item);
/* A list (or missing) to an array of zeroed items in the arena; *ret_count rises with each. */
int kube_field_each(const struct kube_field *list, kube_item_fn *decode, size_t item_size,
		    void *ret_items, size_t *ret_count);
size_t kube_field_count(const struct kube_field *list);
