// SPDX-License-Identifier: Apache-2.0
/*
 * The end of a result of leat_compile().
 */
#include "compile/compile.h"

#include <stdlib.h>

static void free_names(struct leat_desired *desired)
{
	for (size_t i = 0; i < desired->rule_count; i++) {
		free(desired->rules[i].namespace);
		free(desired->rules[i].policy);
	}
	for (size_t i = 0; i < desired->set_count; i++) {
		for (size_t j = 0; j < desired->sets[i].policy_count; j++)
			free(desired->sets[i].policies[j]);
		free(desired->sets[i].policies);
	}
	for (size_t i = 0; i < desired->identity_count; i++)
		free(desired->identities[i].text);
	for (size_t i = 0; i < desired->service_count; i++) {
		free(desired->services[i].namespace);
		free(desired->services[i].name);
		free(desired->services[i].port);
	}
	for (size_t i = 0; i < desired->addr_count; i++) {
		free(desired->addrs[i].namespace);
		free(desired->addrs[i].name);
	}
}

void leat_desired_free(struct leat_desired *desired)
{
	leat_rows_free(&desired->ipcache);
	leat_rows_free(&desired->cidrs);
	leat_rows_free(&desired->policy);
	leat_rows_free(&desired->nodes);
	for (size_t i = 0; i < desired->frontend_count; i++)
		leat_rows_free(&desired->frontends[i].backends);
	for (size_t i = 0; i < desired->problem_count; i++)
		free(desired->problems[i]);
	free_names(desired);
	free(desired->pods);
	free(desired->frontends);
	free(desired->rules);
	free(desired->sets);
	free(desired->identities);
	free(desired->services);
	free(desired->addrs);
	free(desired->problems);
	*desired = (struct leat_desired){ 0 };
}
