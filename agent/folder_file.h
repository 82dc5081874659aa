/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* One file of a folder: what it was when it was read and what it says. For folder.c alone. */
#include <stdbool.h>

#include <sys/stat.h>

#include "agent/strings.h"
#include "kube/decode.h"

struct leat_thing { /* one object of a file */
	char *key;  /* "Kind namespace/name" */
	enum kube_kind kind;
	char *namespace;
	char *name;
	struct kube_object *object; /* not yet handed on; NULL after */
	struct leat_thing *next;
};

struct leat_folder_file {
	char *name; /* without the folder */
	char *path;
	bool is_published;
	bool is_seen;	/* in this scan */
	bool is_closed; /* its writer has closed it */
	struct stat stat;
	struct leat_thing *things; /* in the file's order */
	struct leat_thing *before; /* what it said before it was read last; for folder.c to free */
	struct leat_strings problems;
};

struct leat_folder_file *leat_folder_file_new(const char *folder, const char *name,
					      bool is_published);
void leat_folder_file_free(struct leat_folder_file *file);
bool leat_folder_file_is_wanted(const char *name); /* by its name: .yaml, .yml, .json */
bool leat_folder_file_is_same(const struct stat *a, const struct stat *b);
/* Reads it anew. What cannot be read any more stays as it was said; all of it becomes problems. */
int leat_folder_file_read(struct leat_folder_file *file);
/* Decodes once more, only to have the objects at hand that were handed on before. */
int leat_folder_file_refill(struct leat_folder_file *file);
struct leat_thing *leat_folder_file_find(const struct leat_folder_file *file, const char *key);
void leat_things_free(struct leat_thing *things);
