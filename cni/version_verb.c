// SPDX-License-Identifier: Apache-2.0
/* VERSION: answers whatever else is wrong, because runtimes ask it first and with dummies. */
#include <string.h>

#include "result.h"
#include "verbs.h"

/* The asked version is told back when it can be read at all. */
static json_t *asked_version(const char *text, size_t size)
{
	json_t *conf = text ? json_loadb(text, size, 0, NULL) : NULL;
	json_t *version = json_incref(json_object_get(conf, "cniVersion"));

	json_decref(conf);
	if (json_is_string(version) && json_string_length(version) &&
	    json_string_length(version) <= 32)
		return version;
	json_decref(version);
	return json_string(LEAT_CNI_VERSION_LATEST);
}

int leat_cni_version(const char *text, size_t size, struct leat_cni_error *error)
{
	json_t *supported = json_array(), *result;
	int err;

	for (int i = 0; i < LEAT_CNI_VERSIONS; i++)
		json_array_append_new(supported,
				      json_string(leat_cni_version_name((enum leat_cni_version)i)));
	result = json_pack("{s:o, s:o}", "cniVersion", asked_version(text, size),
			   "supportedVersions", supported);
	err = leat_cni_result_print(result);
	json_decref(result);
	return err < 0 ? leat_cni_fail(error, LEAT_CNI_IO_FAILURE, "result cannot be written") : 0;
}
