// SPDX-License-Identifier: Apache-2.0
/*
 * See conf.h. What is not JSON is code 6, what is JSON but says something impossible code 7.
 * The requested addresses, which come by three ways, are in conf_addresses.c.
 */
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "lib/attachment.h"
#include "conf.h"
#include "conf_addresses.h"
#include "prev.h"
#include "lib/sysctl.h"

#define PATH_LIMIT 1024
#define MTU_MIN	   1280 /* IPv6's smallest, and every pod may get an IPv6 address */
#define MTU_MAX	   65535

/* A path that an administrator wrote: absolute, no "..", no control characters. */
static bool is_path(const char *path, size_t limit)
{
	const size_t size = strlen(path);

	if (path[0] != '/' || size >= limit || strstr(path, "/../"))
		return false;
	if (size >= 3 && !strcmp(path + size - 3, "/.."))
		return false;
	for (const char *c = path; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return true;
}

static int read_path(json_t *root, const char *key, size_t limit, const char *fallback,
		     const char **ret_path, struct leat_cni_error *error)
{
	const json_t *value = json_object_get(root, key);

	*ret_path = fallback;
	if (!value)
		return 0;
	if (!json_is_string(value) || !is_path(json_string_value(value), limit))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "%s must be an absolute path of less than %zu bytes", key,
				     limit);
	*ret_path = json_string_value(value);
	return 0;
}

static bool looks_like_version(const char *text)
{
	const size_t size = strlen(text);

	return size && size < sizeof(((struct leat_cni_conf *)NULL)->version_text) &&
	       strspn(text, "0123456789.") == size;
}

static int read_version(struct leat_cni_conf *conf, struct leat_cni_error *error)
{
	const json_t *value = json_object_get(conf->root, "cniVersion");
	const char *text = LEAT_CNI_VERSION_MISSING;

	if (value && !json_is_string(value))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG, "cniVersion must be a string");
	if (value && json_string_length(value))
		text = json_string_value(value);
	if (looks_like_version(text))
		snprintf(conf->version_text, sizeof(conf->version_text), "%s", text);
	if (leat_cni_version_parse(text, &conf->version) < 0)
		return leat_cni_fail(error, LEAT_CNI_INCOMPATIBLE_VERSION,
				     "cniVersion %.40s is not supported, 0.3.0 to %s are", text,
				     LEAT_CNI_VERSION_LATEST);
	return 0;
}

static int check_command_version(const struct leat_cni_conf *conf, const struct leat_cni_env *env,
				 struct leat_cni_error *error)
{
	enum leat_cni_version least = LEAT_CNI_0_3_0;

	if (env->command == LEAT_CNI_CHECK)
		least = LEAT_CNI_0_4_0;
	if (env->command == LEAT_CNI_GC || env->command == LEAT_CNI_STATUS)
		least = LEAT_CNI_1_1_0;
	if (conf->version >= least)
		return 0;
	return leat_cni_fail(error, LEAT_CNI_INCOMPATIBLE_VERSION,
			     "this command came with version %s, the configuration says %s",
			     leat_cni_version_name(least), leat_cni_version_name(conf->version));
}

static int read_name(struct leat_cni_conf *conf, struct leat_cni_error *error)
{
	const json_t *name = json_object_get(conf->root, "name");

	if (!json_is_string(name))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "name of the network is missing or no string");
	if (!leat_container_id_is_valid(json_string_value(name)))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "name of the network is not valid: %.60s",
				     json_string_value(name));
	conf->name = json_string_value(name);
	return 0;
}

/* The runtime turns a type into a program to run: one with a path in it runs what it likes. */
static int check_type(json_t *object, const char *what, struct leat_cni_error *error)
{
	const json_t *type = json_object_get(object, "type");

	if (!type)
		return 0;
	if (!json_is_string(type) || strchr(json_string_value(type), '/'))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "%s must be a plain name without '/'", what);
	return 0;
}

static int check_no_delegates(const struct leat_cni_conf *conf, struct leat_cni_error *error)
{
	json_t *ipam = json_object_get(conf->root, "ipam");
	const json_t *type = json_object_get(ipam, "type");
	int code;

	if (ipam && !json_is_object(ipam))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG, "ipam must be an object");
	code = check_type(conf->root, "type", error);
	code = code ?: check_type(ipam, "ipam.type", error);
	code = code ?: check_type(json_object_get(conf->root, "delegate"), "delegate.type", error);
	if (code || !type)
		return code;
	return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
			     "ipam.type %.40s: leat-agent gives the addresses itself, remove it",
			     json_string_value(type));
}

static int read_mtu(struct leat_cni_conf *conf, struct leat_cni_error *error)
{
	const json_t *mtu = json_object_get(conf->root, "mtu");
	const json_int_t value = json_integer_value(mtu);

	if (!mtu)
		return 0;
	if (!json_is_integer(mtu) || (value && (value < MTU_MIN || value > MTU_MAX)))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "mtu must be a whole number, %d to %d, or 0", MTU_MIN,
				     MTU_MAX);
	conf->mtu = (__u32)value;
	return 0;
}

static bool is_list_of_strings(const json_t *list)
{
	const json_t *item;
	size_t i;

	if (!list)
		return true;
	if (!json_is_array(list))
		return false;
	json_array_foreach (list, i, item)
		if (!json_is_string(item))
			return false;
	return true;
}

static int read_dns(struct leat_cni_conf *conf, struct leat_cni_error *error)
{
	json_t *dns = json_object_get(conf->root, "dns");
	const json_t *domain = json_object_get(dns, "domain");

	if (!dns)
		return 0;
	if (!json_is_object(dns) || (domain && !json_is_string(domain)) ||
	    !is_list_of_strings(json_object_get(dns, "nameservers")) ||
	    !is_list_of_strings(json_object_get(dns, "search")) ||
	    !is_list_of_strings(json_object_get(dns, "options")))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "dns must be {nameservers: [..], domain, search: [..], "
				     "options: [..]}");
	conf->dns = dns;
	return 0;
}

/* DEL takes what it is given: it works without, and must not fail for what it does not need. */
static int read_prev_result(struct leat_cni_conf *conf, const struct leat_cni_env *env,
			    struct leat_cni_error *error)
{
	json_t *prev = json_object_get(conf->root, "prevResult");

	if (env->command != LEAT_CNI_ADD && env->command != LEAT_CNI_CHECK)
		return 0;
	if (!prev && env->command == LEAT_CNI_CHECK)
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG, "CHECK needs prevResult");
	conf->prev_result = prev;
	return prev ? leat_cni_prev_check(prev, error) : 0;
}

static bool is_attachment(const json_t *item)
{
	const char *container_id = json_string_value(json_object_get(item, "containerID"));
	const char *ifname = json_string_value(json_object_get(item, "ifname"));

	return container_id && ifname && leat_container_id_is_valid(container_id) &&
	       leat_ifname_is_valid(ifname);
}

/* Absent is not "none": an empty list frees everything, so only a list that was meant will do. */
static int read_attachments(struct leat_cni_conf *conf, const struct leat_cni_env *env,
			    struct leat_cni_error *error)
{
	json_t *list = json_object_get(conf->root, "cni.dev/valid-attachments"), *item;
	size_t i;

	if (env->command != LEAT_CNI_GC)
		return 0;
	if (!json_is_array(list))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "GC needs the list cni.dev/valid-attachments");
	json_array_foreach (list, i, item)
		if (!is_attachment(item))
			return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
					     "cni.dev/valid-attachments[%zu] is no {containerID, "
					     "ifname}",
					     i);
	conf->attachments = list;
	return 0;
}

static int check_conf(struct leat_cni_conf *conf, const struct leat_cni_env *env,
		      struct leat_cni_error *error)
{
	const size_t socket_limit = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	int code;

	code = read_version(conf, error);
	code = code ?: check_command_version(conf, env, error);
	code = code ?: read_name(conf, error);
	code = code ?: check_no_delegates(conf, error);
	code = code
		       ?: read_path(conf->root, "socket", socket_limit, LEAT_API_SOCKET_DEFAULT,
				    &conf->socket, error);
	code = code
		       ?: read_path(conf->root, "stateDir", PATH_LIMIT, LEAT_CNI_STATE_DIR_DEFAULT,
				    &conf->state_dir, error);
	code = code ?: read_mtu(conf, error);
	code = code ?: read_dns(conf, error);
	code = code ?: read_prev_result(conf, env, error);
	code = code ?: read_attachments(conf, env, error);
	return code ?: leat_cni_conf_read_addresses(conf, env, error);
}

int leat_cni_conf_parse(const char *data, size_t size, const struct leat_cni_env *env,
			struct leat_cni_conf *conf, struct leat_cni_error *error)
{
	json_error_t where;
	int code;

	memset(conf, 0, sizeof(*conf));
	conf->root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &where);
	if (!conf->root) {
		code = leat_cni_fail(error, LEAT_CNI_DECODE_FAILURE,
				     "standard input is not JSON that can be used");
		snprintf(error->details, sizeof(error->details), "line %d column %d: %s",
			 where.line, where.column, where.text);
		return code;
	}
	if (!json_is_object(conf->root))
		return leat_cni_fail(error, LEAT_CNI_INVALID_CONFIG,
				     "the network configuration must be an object");
	return check_conf(conf, env, error);
}

void leat_cni_conf_free(struct leat_cni_conf *conf)
{
	json_decref(conf->root);
	conf->root = NULL;
}
