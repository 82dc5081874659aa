// SPDX-License-Identifier: Apache-2.0
/*
 * See folder.h. A scan: list, stat, read what changed, settle which file owns which object (the
 * first by name), hand the owners' objects to the store, remove what nobody defines.
 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/hash.h"
#include "agent/folder_file.h"
#include "lib/cleanup.h"

struct owner { /* of an object in the store */
	char *key;
	enum kube_kind kind;
	char *namespace;
	char *name;
	char *file;		  /* its version is in the store */
	struct leat_thing *thing; /* of the file that owns it as of this scan; NULL: nobody */
	struct leat_folder_file *by;
	UT_hash_handle hh;
};

struct leat_folder {
	char *path;
	char *published;
	char *own_file;
	struct kube_store *store;
	struct leat_pods *pods;
	struct leat_folder_file **files; /* manifests first, each part by name */
	size_t file_count;
	size_t sorted_count; /* the first so many are in order; found in this scan: behind them */
	struct owner *owners;
	struct leat_strings problems;
	bool is_settled;
};

int leat_folder_new(const struct leat_folder_options *options, struct leat_folder **ret_folder)
{
	struct leat_folder *folder = calloc(1, sizeof(*folder));
	if (!folder)
		return -ENOMEM;
	folder->path = strdup(options->path);
	folder->published = strdup(options->published);
	folder->own_file = strdup(options->own_file);
	folder->store = options->store;
	folder->pods = options->pods;
	if (!folder->path || !folder->published || !folder->own_file) {
		leat_folder_free(folder);
		return -ENOMEM;
	}
	*ret_folder = folder;
	return 0;
}

static void owner_free(struct owner *owner)
{
	free(owner->key);
	free(owner->namespace);
	free(owner->name);
	free(owner->file);
	free(owner);
}

void leat_folder_free(struct leat_folder *folder)
{
	struct owner *owner, *next;
	if (!folder)
		return;
	HASH_ITER (hh, folder->owners, owner, next) {
		HASH_DEL(folder->owners, owner);
		owner_free(owner);
	}
	for (size_t i = 0; i < folder->file_count; i++)
		leat_folder_file_free(folder->files[i]);
	free(folder->files);
	leat_strings_free(&folder->problems);
	free(folder->path);
	free(folder->published);
	free(folder->own_file);
	free(folder);
}

const struct leat_strings *leat_folder_problems(const struct leat_folder *folder)
{
	return &folder->problems;
}

/* ---- files ---------------------------------------------------------------------------------- */

static int compare_files(const void *a, const void *b)
{
	const struct leat_folder_file *left = *(struct leat_folder_file *const *)a;
	const struct leat_folder_file *right = *(struct leat_folder_file *const *)b;
	if (left->is_published != right->is_published)
		return left->is_published - right->is_published;
	return strcmp(left->name, right->name);
}

static struct leat_folder_file *find_file(const struct leat_folder *folder, const char *name,
					  bool is_published)
{
	const struct leat_folder_file wanted = { .name = (char *)name,
						 .is_published = is_published };
	const struct leat_folder_file *key = &wanted;
	struct leat_folder_file **found = NULL;
	if (folder->sorted_count)
		found = bsearch(&key, folder->files, folder->sorted_count,
				sizeof(struct leat_folder_file *), compare_files);
	return found ? *found : NULL;
}

void leat_folder_note_closed(struct leat_folder *folder, const char *name)
{
	for (int is_published = 0; is_published < 2; is_published++) {
		struct leat_folder_file *file = find_file(folder, name, is_published);
		if (file)
			file->is_closed = true;
	}
}

static void sort_files(struct leat_folder *folder)
{
	if (folder->file_count)
		qsort(folder->files, folder->file_count, sizeof(struct leat_folder_file *),
		      compare_files);
	folder->sorted_count = folder->file_count;
}

static int add_file(struct leat_folder *folder, const char *name, bool is_published,
		    struct leat_folder_file **ret_file)
{
	struct leat_folder_file **files =
		reallocarray(folder->files, folder->file_count + 1, sizeof(*files));
	if (!files)
		return -ENOMEM;
	folder->files = files;
	struct leat_folder_file *file = leat_folder_file_new(
		is_published ? folder->published : folder->path, name, is_published);
	if (!file)
		return -ENOMEM;
	files[folder->file_count++] = file;
	*ret_file = file;
	return 0;
}

/* Written a moment ago by somebody who may still be writing. */
static bool is_fresh(const struct stat *stat)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	__s64 age_ms = (now.tv_sec - stat->st_mtim.tv_sec) * 1000LL +
		       (now.tv_nsec - stat->st_mtim.tv_nsec) / 1000000;
	return age_ms >= 0 && age_ms < LEAT_FOLDER_REST_MS;
}

static int look_at(struct leat_folder *folder, const char *name, bool is_published, bool is_all)
{
	_cleanup_free_ char *path = NULL;
	struct stat now;
	if (asprintf(&path, "%s/%s", is_published ? folder->published : folder->path, name) < 0)
		return TAKE_PTR(path), -ENOMEM;
	struct leat_folder_file *file = find_file(folder, name, is_published);
	if (stat(path, &now) < 0 || !S_ISREG(now.st_mode))
		return 0; /* gone again, or nothing to read */
	int err = file ? 0 : add_file(folder, name, is_published, &file);
	if (err)
		return err;
	file->is_seen = true;
	if (!is_all && leat_folder_file_is_same(&file->stat, &now))
		return 0;
	bool is_known = file->stat.st_ino == now.st_ino;
	if (!is_all && is_known && !file->is_closed && is_fresh(&now)) {
		folder->is_settled = false;
		return 0;
	}
	file->stat = now;
	file->is_closed = false;
	(void)leat_folder_file_read(file); /* what went wrong is in its problems */
	return 0;
}

static int list_names(const char *path, struct leat_strings *names)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int err = 0;
	if (!dir)
		return -errno;
	while (!err && (errno = 0, entry = readdir(dir)))
		if (leat_folder_file_is_wanted(entry->d_name))
			err = leat_strings_add(names, entry->d_name, strlen(entry->d_name));
	err = err ?: -errno;
	closedir(dir);
	return err;
}

static int look_around(struct leat_folder *folder, bool is_published, bool is_all)
{
	struct leat_strings names = { 0 };
	int err = list_names(is_published ? folder->published : folder->path, &names);
	if (is_published && err == -ENOENT)
		err = 0; /* nobody published yet */
	for (size_t i = 0; !err && i < names.count; i++)
		if (!is_published || strcmp(names.items[i], folder->own_file) != 0)
			err = look_at(folder, names.items[i], is_published, is_all);
	leat_strings_free(&names);
	return err;
}

/* ---- places ---------------------------------------------------------------------------------- */

static int put_places(struct leat_folder *folder, const struct leat_folder_file *file)
{
	int err = 0;
	for (struct leat_thing *thing = file->things; !err && thing; thing = thing->next) {
		if (!thing->object || thing->kind != KUBE_POD)
			continue;
		const struct kube_pod *pod = &thing->object->pod;
		const struct leat_pod_place place = {
			.namespace = thing->namespace,
			.name = thing->name,
			.source = file->name,
			.node = pod->node_name,
			.addrs = pod->addrs,
			.addr_count = pod->addr_count,
		};
		err = leat_pods_put_place(folder->pods, &place);
		kube_object_free(thing->object);
		thing->object = NULL;
	}
	return err;
}

/* ---- objects --------------------------------------------------------------------------------- */

static struct owner *owner_new(const struct leat_thing *thing)
{
	struct owner *owner = calloc(1, sizeof(*owner));
	if (!owner)
		return NULL;
	owner->kind = thing->kind;
	owner->key = strdup(thing->key);
	owner->namespace = strdup(thing->namespace);
	owner->name = strdup(thing->name);
	owner->file = strdup("");
	if (owner->key && owner->namespace && owner->name && owner->file)
		return owner;
	owner_free(owner);
	return NULL;
}

static int own(struct leat_folder *folder, struct leat_folder_file *file, struct leat_thing *thing)
{
	struct owner *owner;
	HASH_FIND_STR(folder->owners, thing->key, owner);
	if (owner && owner->thing) {
		leat_strings_print(&folder->problems, "%s: %s: already defined in %s: ignored",
				   file->name, thing->key, owner->by->name);
		return 0;
	}
	if (!owner) {
		owner = owner_new(thing);
		if (!owner)
			return -ENOMEM;
		HASH_ADD_KEYPTR(hh, folder->owners, owner->key, strlen(owner->key), owner);
	}
	owner->thing = thing;
	owner->by = file;
	return 0;
}

static int find_owners(struct leat_folder *folder)
{
	int err = 0;
	for (struct owner *owner = folder->owners; owner; owner = owner->hh.next)
		owner->thing = NULL;
	for (size_t i = 0; i < folder->file_count; i++) {
		struct leat_folder_file *file = folder->files[i];
		if (file->is_published)
			continue;
		for (struct leat_thing *thing = file->things; !err && thing; thing = thing->next)
			err = own(folder, file, thing);
	}
	return err;
}

static int hand_on(struct leat_folder *folder, struct owner *owner)
{
	bool is_other = strcmp(owner->file, owner->by->name) != 0;
	if (!owner->thing->object && is_other)
		(void)leat_folder_file_refill(owner->by);
	struct kube_object *object = TAKE_PTR(owner->thing->object);
	if (!object)
		return 0; /* in the store already, or its file is just being replaced */
	char *file = strdup(owner->by->name);
	if (!file) {
		kube_object_free(object);
		return -ENOMEM;
	}
	free(owner->file);
	owner->file = file;
	if (object->kind == KUBE_POD)
		return leat_pods_put_manifest(folder->pods, object);
	return kube_store_put(folder->store, object, NULL);
}

static int forget(struct leat_folder *folder, struct owner *owner)
{
	int err = owner->kind == KUBE_POD
			  ? leat_pods_remove_manifest(folder->pods, owner->namespace, owner->name)
			  : kube_store_remove(folder->store, owner->kind, owner->namespace,
					      owner->name);
	HASH_DEL(folder->owners, owner);
	owner_free(owner);
	return err == -ENOENT ? 0 : err;
}

static int settle_objects(struct leat_folder *folder)
{
	struct owner *owner = NULL, *next = NULL;
	int err = find_owners(folder);
	HASH_ITER (hh, folder->owners, owner, next) {
		if (err)
			break;
		err = owner->thing ? hand_on(folder, owner) : forget(folder, owner);
	}
	return err;
}

/* ---- the scan -------------------------------------------------------------------------------- */

static int remove_places(struct leat_folder *folder, const struct leat_folder_file *file,
			 const struct leat_thing *before)
{
	int err = 0;
	for (const struct leat_thing *thing = before; !err && thing; thing = thing->next)
		if (!leat_folder_file_find(file, thing->key))
			err = leat_pods_remove_place(folder->pods, thing->namespace, thing->name,
						     file->name);
	return err;
}

static int drop_file(struct leat_folder *folder, size_t index)
{
	struct leat_folder_file *file = folder->files[index];
	struct leat_thing *before = TAKE_PTR(file->things);
	int err = file->is_published ? remove_places(folder, file, before) : 0;
	file->things = before;
	leat_folder_file_free(file);
	memmove(folder->files + index, folder->files + index + 1,
		(folder->file_count - index - 1) * sizeof(*folder->files));
	folder->file_count--;
	return err;
}

static int drop_unseen(struct leat_folder *folder)
{
	int first_error = 0;
	for (size_t i = folder->file_count; i-- > 0;) {
		int err = folder->files[i]->is_seen ? 0 : drop_file(folder, i);
		first_error = first_error ?: err;
	}
	return first_error;
}

static int settle_places(struct leat_folder *folder)
{
	int err = 0;
	for (size_t i = 0; !err && i < folder->file_count; i++) {
		struct leat_folder_file *file = folder->files[i];
		if (file->is_published)
			err = remove_places(folder, file, file->before) ?: put_places(folder, file);
		leat_things_free(file->before);
		file->before = NULL;
	}
	return err;
}

static void collect_problems(struct leat_folder *folder)
{
	for (size_t i = 0; i < folder->file_count; i++)
		for (size_t j = 0; j < folder->files[i]->problems.count; j++)
			leat_strings_print(&folder->problems, "%s",
					   folder->files[i]->problems.items[j]);
}

int leat_folder_scan(struct leat_folder *folder, bool is_all, bool *ret_is_settled)
{
	folder->is_settled = true;
	for (size_t i = 0; i < folder->file_count; i++)
		folder->files[i]->is_seen = false;
	int err = look_around(folder, false, is_all);
	err = err ?: look_around(folder, true, is_all);
	if (err) {
		sort_files(folder);
		return err; /* who was not seen may still be there */
	}
	leat_strings_free(&folder->problems);
	err = drop_unseen(folder);
	sort_files(folder);
	collect_problems(folder);
	err = err ?: settle_places(folder);
	err = err ?: settle_objects(folder);
	*ret_is_settled = folder->is_settled;
	return err;
}
