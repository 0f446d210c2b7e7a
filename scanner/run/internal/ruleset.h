/* The rules a database was judged with, as rows of its own. A database never holds the verdicts of two rule-sets.
 *
 * In         Rules, where they come from, and the digest of rules and evidence
 * Out        Rows of `ruleset` and `rule`
 * Errors     Those of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_RULESET_H
#define MXS_SCANNER_RUN_INTERNAL_RULESET_H

#include "db/store.h"
#include "scanner/classify/rules.h"

#define MXS_RULESET_BUILT_IN "built in" /* the source of the rules that came with the program */
#define MXS_RULESET_DIGEST_SIZE 96
/* Of the rules, of the evidence (scanner/classify/evidence.h) and of the findings that this program knows. */
void mxs_ruleset_digest(const mxs_rules *rules, const char *evidence, char out[MXS_RULESET_DIGEST_SIZE]);

/* same: the newest rule-set of the database has this digest. */
MXS_CHECK enum mxs_err mxs_ruleset_is(mxs_store *store, const char *digest, bool *same, struct mxs_detail *detail);
/* All runs are judged by the rules that were brought in: until then the database counts as having others. */
MXS_CHECK enum mxs_err mxs_ruleset_settle(mxs_store *store, struct mxs_detail *detail);
/* Drops every judgement and brings the new rules in, in one transaction. */
MXS_CHECK enum mxs_err mxs_ruleset_replace(mxs_store *store, const mxs_rules *rules, const char *source,
                                           const char *digest, struct mxs_detail *detail);

#endif
