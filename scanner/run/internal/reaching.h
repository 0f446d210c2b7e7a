/* Whom a scan reaches: its resolvers, web servers of policies, mail servers; what is not asked for is not there.
 *
 * In         A survey with its settings and, where it has one, its recursor
 * Out        The rules for the sandbox's broker
 * Limits     MXS_REACHING_MAX
 * Ownership  Plain values
 * Threads    Before the first
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_REACHING_H
#define MXS_SCANNER_RUN_INTERNAL_REACHING_H

#include "scanner/outside/rule.h"
#include "scanner/run/survey.h"

#define MXS_REACHING_MAX (MXS_POOL_MAX + 3)

size_t mxs_reaching_list(const struct mxs_survey *survey, struct mxs_outside_rule rules[MXS_REACHING_MAX]);

#endif
