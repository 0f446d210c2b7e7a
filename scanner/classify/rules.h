/* Rules are data: which operator stands behind a host name. A suffix `example.net` matches the name and
 * everything below it; `*.example.net` only what is below, and there it wins over `example.net`. Files written by hand
 * may leave columns out: flags (six), also country (five), or all behind kind (three).
 *
 * Spec       providers.tsv: see its head
 * In         The rule file's text
 * Out        The rule with the longest suffix for a host
 * Limits     65,535 rules; a file of MXS_FILE_MAX
 * Errors     MXS_ERR_INPUT with line and column; a set with an error does not exist
 * Ownership  create/destroy; rules and texts live as long as the set
 * Threads    Any, after create
 * Bugs       The digest tells rule-sets apart; it is not made to withstand forgery
 */
#ifndef MXS_SCANNER_CLASSIFY_RULES_H
#define MXS_SCANNER_CLASSIFY_RULES_H

#include "base/err.h"
#include "scanner/classify/rule.h"

#define MXS_RULES_MAX 65535u

typedef struct mxs_rules mxs_rules;

/* name is used in messages only. */
MXS_CHECK enum mxs_err mxs_rules_create(mxs_rules **out, const char *text, size_t size_bytes, const char *name,
                                        struct mxs_detail *detail);
/* The set that is built in. */
MXS_CHECK enum mxs_err mxs_rules_create_built_in(mxs_rules **out, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_rules_create_file(mxs_rules **out, const char *path, struct mxs_detail *detail);
void mxs_rules_destroy(mxs_rules **rules);

/* 64 hex digits over the rules (not over comments and blank lines); the same text is the same rule-set. */
const char *mxs_rules_digest(const mxs_rules *rules);
uint32_t mxs_rules_count(const mxs_rules *rules);
const struct mxs_rule *mxs_rules_at(const mxs_rules *rules, uint32_t index);
/* Longest suffix, or NULL. Does not allocate. */
const struct mxs_rule *mxs_rules_find(const mxs_rules *rules, struct mxs_text host);

/* What the built-in set must satisfy beyond being usable: rules ordered by provider, then suffix; no rule
 * that says only what a shorter one says already; one country per provider. MXS_ERR_INPUT with the line. */
MXS_CHECK enum mxs_err mxs_rules_check(const mxs_rules *rules, struct mxs_detail *detail);

#endif
