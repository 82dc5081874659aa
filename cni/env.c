// SPDX-License-Identifier: Apache-2.0
/*
 * The CNI_* variables. Which ones a command needs is one table; all that are missing are named
 * in one error, as the specification's reference library does.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/attachment.h"
#include "env.h"
#include "lib/sysctl.h"
#include "lib/text.h"

#define ARGS_MAX     65536
#define POD_NAME_MAX 253

enum needs {
	NEEDS_CONTAINER = 1 << 0,
	NEEDS_NETNS = 1 << 1,
	NEEDS_IFNAME = 1 << 2,
};

static const struct command {
	const char *name;
	unsigned int needs;
} commands[LEAT_CNI_COMMANDS] = {
	[LEAT_CNI_ADD] = { "ADD", NEEDS_CONTAINER | NEEDS_NETNS | NEEDS_IFNAME },
	[LEAT_CNI_DEL] = { "DEL", NEEDS_CONTAINER | NEEDS_IFNAME },
	[LEAT_CNI_CHECK] = { "CHECK", NEEDS_CONTAINER | NEEDS_NETNS | NEEDS_IFNAME },
	[LEAT_CNI_GC] = { "GC", 0 },
	[LEAT_CNI_STATUS] = { "STATUS", 0 },
	[LEAT_CNI_VERSION] = { "VERSION", 0 },
};

static const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

static int read_command(leat_cni_getenv *get, struct leat_cni_env *env,
			struct leat_cni_error *error)
{
	const char *name = text_or_empty(get("CNI_COMMAND"));

	for (int i = 0; i < LEAT_CNI_COMMANDS; i++)
		if (!strcmp(name, commands[i].name)) {
			env->command = (enum leat_cni_command)i;
			return 0;
		}
	if (!name[0])
		return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
				     "required variable CNI_COMMAND is missing");
	return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT, "unknown CNI_COMMAND: %.40s",
			     name);
}

/* A container id that is set but empty is an invalid id (below), not a missing variable. */
static int check_missing(leat_cni_getenv *get, const struct leat_cni_env *env,
			 struct leat_cni_error *error)
{
	const unsigned int needs = commands[env->command].needs;
	const bool no_container = needs & NEEDS_CONTAINER && !get("CNI_CONTAINERID");
	const bool no_netns = needs & NEEDS_NETNS && !env->netns[0];
	const bool no_ifname = needs & NEEDS_IFNAME && !env->ifname[0];

	if (!no_container && !no_netns && !no_ifname)
		return 0;
	return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
			     "required variables are missing:%s%s%s",
			     no_container ? " CNI_CONTAINERID" : "", no_netns ? " CNI_NETNS" : "",
			     no_ifname ? " CNI_IFNAME" : "");
}

static int check_names(const struct leat_cni_env *env, struct leat_cni_error *error)
{
	const unsigned int needs = commands[env->command].needs;

	if (needs & NEEDS_CONTAINER && !env->container_id[0])
		return leat_cni_fail(error, LEAT_CNI_UNKNOWN_CONTAINER, "CNI_CONTAINERID is empty");
	if (needs & NEEDS_CONTAINER && !leat_container_id_is_valid(env->container_id))
		return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
				     "CNI_CONTAINERID is not valid: %.60s", env->container_id);
	if (needs & NEEDS_IFNAME && !leat_ifname_is_valid(env->ifname))
		return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
				     "CNI_IFNAME is not valid: %.60s", env->ifname);
	if (strnlen(env->netns, PATH_MAX) >= PATH_MAX)
		return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT, "CNI_NETNS is too long");
	return 0;
}

/* Letters, digits and "_.-" only: what Kubernetes and podman call pods and namespaces. */
static bool is_pod_word(const char *text)
{
	return !text[0] || (strlen(text) <= POD_NAME_MAX && leat_container_id_is_valid(text));
}

static int take_word(const char *key, const char *value, const char **ret_text,
		     struct leat_cni_error *error)
{
	if (!is_pod_word(value))
		return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
				     "CNI_ARGS: %s is not valid: %.60s", key, value);
	*ret_text = value;
	return 0;
}

int leat_cni_address_parse(const char *text, struct leat_addr *ret_addr)
{
	const size_t size = strcspn(text, "/");
	char addr[LEAT_ADDR_TEXT];
	struct leat_cidr cidr;

	if (size >= sizeof(addr) || (text[size] && leat_cidr_parse(text, &cidr, NULL) < 0))
		return -EINVAL;
	memcpy(addr, text, size);
	addr[size] = '\0';
	return leat_addr_parse(addr, ret_addr);
}

static int take_address(const char *value, struct leat_addr *ret_addr, struct leat_cni_error *error)
{
	if (!value[0] || leat_cni_address_parse(value, ret_addr) == 0)
		return 0;
	return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
			     "CNI_ARGS: IP is not an address: %.60s", value);
}

/* One KEY=VALUE. *unknown gets the first key that is not ours. */
static int take_argument(struct leat_cni_env *env, const char *key, const char *value,
			 const char **unknown, struct leat_cni_error *error)
{
	if (!strcmp(key, "K8S_POD_NAMESPACE"))
		return take_word(key, value, &env->pod_namespace, error);
	if (!strcmp(key, "K8S_POD_NAME"))
		return take_word(key, value, &env->pod_name, error);
	if (!strcmp(key, "K8S_POD_UID"))
		return take_word(key, value, &env->pod_uid, error);
	if (!strcmp(key, "IP"))
		return take_address(value, &env->address, error);
	if (strcmp(key, "IgnoreUnknown") && strcmp(key, "K8S_POD_INFRA_CONTAINER_ID") && !*unknown)
		*unknown = key;
	return 0;
}

static int parse_args(struct leat_cni_env *env, struct leat_cni_error *error)
{
	const char *unknown = NULL;
	bool is_ignoring = false;
	char *rest = env->args_copy, *pair;

	while ((pair = strsep(&rest, ";"))) {
		char *value = strchr(pair, '=');
		int code;

		if (!pair[0])
			continue;
		if (!value)
			return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
					     "CNI_ARGS: not KEY=VALUE: %.60s", pair);
		*value++ = '\0';
		if (!strcmp(pair, "IgnoreUnknown"))
			is_ignoring = !strcmp(value, "1") || !strcasecmp(value, "true");
		code = take_argument(env, pair, value, &unknown, error);
		if (code)
			return code;
	}
	if (unknown && !is_ignoring)
		return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT,
				     "CNI_ARGS: unknown key %.60s, and no IgnoreUnknown=1",
				     unknown);
	return 0;
}

/* Only ADD acts upon CNI_ARGS; no other command may fail for what is in there. */
static int read_args(leat_cni_getenv *get, struct leat_cni_env *env, struct leat_cni_error *error)
{
	const char *args = text_or_empty(get("CNI_ARGS"));

	if (env->command != LEAT_CNI_ADD)
		return 0;
	if (strnlen(args, ARGS_MAX) >= ARGS_MAX)
		return leat_cni_fail(error, LEAT_CNI_INVALID_ENVIRONMENT, "CNI_ARGS is too long");
	env->args_copy = strdup(args);
	if (!env->args_copy)
		return leat_cni_fail(error, LEAT_CNI_INTERNAL, "out of memory");
	return parse_args(env, error);
}

int leat_cni_env_read(leat_cni_getenv *get, struct leat_cni_env *ret_env,
		      struct leat_cni_error *error)
{
	struct leat_cni_env env = { .pod_namespace = "", .pod_name = "", .pod_uid = "" };
	int code;

	env.container_id = text_or_empty(get("CNI_CONTAINERID"));
	env.netns = text_or_empty(get("CNI_NETNS"));
	env.ifname = text_or_empty(get("CNI_IFNAME"));
	env.path = text_or_empty(get("CNI_PATH"));
	code = read_command(get, &env, error);
	code = code ?: check_missing(get, &env, error);
	code = code ?: check_names(&env, error);
	code = code ?: read_args(get, &env, error);
	if (code) {
		leat_cni_env_free(&env);
		return code;
	}
	*ret_env = env;
	return 0;
}

void leat_cni_env_free(struct leat_cni_env *env)
{
	free(env->args_copy);
	env->args_copy = NULL;
}
