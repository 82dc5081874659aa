/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Undoing an attachment, with the agent's help or, when it is dead, by a note that it finds. */
#include "verbs.h"

/* api "del"; the note instead when nobody answers. The wire is not touched. */
int leat_cni_forget(const struct leat_cni_call *call, struct leat_cni_error *error);
/* An earlier note about this attachment is void now that it is used again. */
void leat_cni_tombstone_remove(const struct leat_cni_call *call);
