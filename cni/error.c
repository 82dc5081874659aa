// SPDX-License-Identifier: Apache-2.0
/* See error.h. Bytes that are no UTF-8 (a name may hold anything) are escaped before printing. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "lib/cleanup.h"
#include "error.h"
#include "lib/text.h"
#include "version.h"

int leat_cni_fail(struct leat_cni_error *error, int code, const char *format, ...)
{
	va_list args;

	if (error->code)
		return error->code;
	error->code = code;
	va_start(args, format);
	vsnprintf(error->msg, sizeof(error->msg), format, args);
	va_end(args);
	return code;
}

int leat_cni_fail_errno(struct leat_cni_error *error, int code, int err, const char *format, ...)
{
	va_list args;

	if (error->code)
		return error->code;
	error->code = code;
	va_start(args, format);
	vsnprintf(error->msg, sizeof(error->msg), format, args);
	va_end(args);
	snprintf(error->details, sizeof(error->details), "%s", strerror(-err));
	return code;
}

void leat_cni_error_print(const struct leat_cni_error *error, const char *version)
{
	_cleanup_free_ char *msg = leat_text_escape(error->msg);
	_cleanup_free_ char *details = leat_text_escape(error->details);
	json_t *object = json_pack("{s:s, s:i, s:s, s:s}", "cniVersion",
				   version && version[0] ? version : LEAT_CNI_VERSION_LATEST,
				   "code", error->code, "msg", msg ? msg : "out of memory",
				   "details", details ? details : "");

	if (object && json_dumpf(object, stdout, JSON_INDENT(4)) == 0)
		putchar('\n');
	json_decref(object);
}
