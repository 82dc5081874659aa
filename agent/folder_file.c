// SPDX-License-Identifier: Apache-2.0
/* See folder_file.h. */
#include "folder_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/file.h"

#define FILE_LIMIT (4 << 20)

static void thing_free(struct leat_thing *thing)
{
	if (thing->object)
		kube_object_free(thing->object);
	free(thing->key);
	free(thing->namespace);
	free(thing->name);
	free(thing);
}

void leat_things_free(struct leat_thing *things)
{
	while (things) {
		struct leat_thing *next = things->next;
		thing_free(things);
		things = next;
	}
}

struct leat_folder_file *leat_folder_file_new(const char *folder, const char *name,
					      bool is_published)
{
	struct leat_folder_file *file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->is_published = is_published;
	file->name = strdup(name);
	if (asprintf(&file->path, "%s/%s", folder, name) < 0)
		file->path = NULL;
	if (file->name && file->path)
		return file;
	leat_folder_file_free(file);
	return NULL;
}

void leat_folder_file_free(struct leat_folder_file *file)
{
	leat_things_free(file->things);
	leat_things_free(file->before);
	leat_strings_free(&file->problems);
	free(file->name);
	free(file->path);
	free(file);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);
	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

bool leat_folder_file_is_wanted(const char *name)
{
	if (name[0] == '.' || name[0] == '#')
		return false;
	return ends_with(name, ".yaml") || ends_with(name, ".yml") || ends_with(name, ".json");
}

bool leat_folder_file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

struct leat_thing *leat_folder_file_find(const struct leat_folder_file *file, const char *key)
{
	struct leat_thing *thing = file->things;
	while (thing && strcmp(thing->key, key) != 0)
		thing = thing->next;
	return thing;
}

/* ---- decoding ---------------------------------------------------------------------------- */

struct reading {
	struct leat_thing *things;
	struct leat_thing **end;
	struct leat_strings problems; /* and notes */
	size_t refused;		      /* problems that may have cost an object */
	int err;
};

static struct leat_thing *thing_new(struct kube_object *object)
{
	struct leat_thing *thing = calloc(1, sizeof(*thing));
	if (!thing)
		return NULL;
	thing->kind = object->kind;
	thing->namespace = strdup(object->meta.namespace);
	thing->name = strdup(object->meta.name);
	if (asprintf(&thing->key, "%s %s%s%s", kube_kind_name(object->kind), object->meta.namespace,
		     *object->meta.namespace ? "/" : "", object->meta.name) < 0)
		thing->key = NULL;
	if (!thing->namespace || !thing->name || !thing->key) {
		thing_free(thing);
		return NULL;
	}
	thing->object = object;
	return thing;
}

static void on_object(void *context, struct kube_object *object)
{
	struct reading *reading = context;
	struct leat_thing *thing = thing_new(object);
	if (!thing) {
		kube_object_free(object);
		reading->err = -ENOMEM;
		return;
	}
	*reading->end = thing;
	reading->end = &thing->next;
}

static void on_problem(void *context, const char *problem)
{
	struct reading *reading = context;
	reading->refused++;
	leat_strings_print(&reading->problems, "%s", problem);
}

static void on_note(void *context, const char *note)
{
	struct reading *reading = context;
	leat_strings_print(&reading->problems, "%s", note);
}

static int decode(const struct leat_folder_file *file, struct reading *reading)
{
	const struct kube_manifest_handlers handlers = {
		.on_object = on_object,
		.on_problem = on_problem,
		.on_note = on_note,
		.context = reading,
	};
	_cleanup_free_ char *text = NULL;
	size_t size;
	reading->end = &reading->things;
	int err = leat_file_read(file->path, FILE_LIMIT, &text, &size);
	if (err)
		return err;
	int problems = kube_manifest_read(file->name, text, size, &handlers);
	return problems < 0 ? problems : reading->err;
}

/* What the file said before and does not say now, appended: it is kept while there are problems. */
static void keep_lost(struct leat_folder_file *file, struct reading *reading)
{
	const struct leat_folder_file now = { .things = reading->things };
	struct leat_thing **at = &file->things;
	while (*at) {
		struct leat_thing *thing = *at;
		if (leat_folder_file_find(&now, thing->key)) {
			at = &thing->next;
			continue;
		}
		*at = thing->next;
		thing->next = NULL;
		*reading->end = thing;
		reading->end = &thing->next;
		leat_strings_print(&reading->problems,
				   "%s: %s: stays as it last was until the file "
				   "is all right",
				   file->name, thing->key);
	}
}

int leat_folder_file_read(struct leat_folder_file *file)
{
	struct reading reading = { 0 };
	int err = decode(file, &reading);
	leat_strings_free(&file->problems);
	if (err) {
		leat_things_free(reading.things);
		leat_strings_free(&reading.problems);
		leat_strings_print(&file->problems, "%s: %s: what it said last stays", file->path,
				   strerror(-err));
		return err;
	}
	if (reading.refused)
		keep_lost(file, &reading);
	leat_things_free(file->before);
	file->before = file->things;
	file->things = reading.things;
	file->problems = reading.problems;
	return 0;
}

int leat_folder_file_refill(struct leat_folder_file *file)
{
	struct reading reading = { 0 };
	int err = decode(file, &reading);
	for (struct leat_thing *thing = reading.things; thing; thing = thing->next) {
		struct leat_thing *known = leat_folder_file_find(file, thing->key);
		if (known && !known->object)
			known->object = TAKE_PTR(thing->object);
	}
	leat_things_free(reading.things);
	leat_strings_free(&reading.problems);
	return err;
}
