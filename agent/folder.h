/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A folder of manifests as a source of objects. leat_folder_scan() looks at every file and
 * brings what changed into the store; who calls it and when is watch.c's. Fail static: a file
 * that cannot be read keeps what it last said, and while a file has problems the objects that
 * it used to define and no longer does stay, until the file is all right again.
 */
#include "agent/pods.h"
#include "agent/strings.h"

struct leat_folder_options {
	const char *path;      /* of the manifests */
	const char *published; /* folder in which nodes say where their pods are */
	const char *own_file;  /* this node's file in there: not read */
	struct kube_store *store;
	struct leat_pods *pods;
};

struct leat_folder;

/* Copies the texts. */
int leat_folder_new(const struct leat_folder_options *options, struct leat_folder **ret_folder);
void leat_folder_free(struct leat_folder *folder);

/*
 * Reads what changed since the last scan, or everything when `is_all`. -errno: the folder itself
 * could not be read, nothing changed. *ret_is_settled false: a file was being written just now,
 * scan again in LEAT_FOLDER_REST_MS.
 */
int leat_folder_scan(struct leat_folder *folder, bool is_all, bool *ret_is_settled);
#define LEAT_FOLDER_REST_MS 50
/* This file was closed by its writer: it need not rest any longer. */
void leat_folder_note_closed(struct leat_folder *folder, const char *name);
/* As of the last scan. */
const struct leat_strings *leat_folder_problems(const struct leat_folder *folder);
