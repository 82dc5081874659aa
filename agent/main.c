// SPDX-License-Identifier: Apache-2.0
/* leat-agent, the node daemon: options, then one of its few actions. See leat-agent(8). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "lib/cleanup.h"
#include "lib/log.h"

enum { EXIT_USAGE = 2 };

static int run(const struct leat_options *options)
{
	leat_log_configure(options->log_level, options->is_log_json);
	switch (options->action) {
	case LEAT_PRINT_HELP:
		leat_options_help(stdout);
		return 0;
	case LEAT_PRINT_VERSION:
		puts("leat-agent " LEAT_VERSION);
		return 0;
	case LEAT_PRINT_CONFIG:
		leat_options_print(options, stdout);
		return 0;
	case LEAT_CLEANUP_ALL:
		return leat_cleanup_run(options);
	case LEAT_RUN:
		break;
	}
	return leat_agent_run(options);
}

int main(int argc, char **argv)
{
	struct leat_options options;
	_cleanup_free_ char *problem = NULL;
	int err = leat_options_read(argc, argv, environ, &options, &problem);
	if (err) {
		fprintf(stderr, "leat-agent: %s\n", problem ? problem : strerror(-err));
		return EXIT_USAGE;
	}
	err = run(&options);
	leat_options_free(&options);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
