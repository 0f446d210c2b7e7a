/* Judges set by set: a verdict depends on the MX set and the facts of its MX hosts, and on the domain's own name only
 * where an MX host lies under it. So a set is judged once, and a domain of its own only where that matters. Verdicts
 * are interned: a domain's row is one small number.
 *
 * In         The facts of a run, rules, public suffixes, networks
 * Out        Its judgement intervals, verdicts, labels and findings
 * Errors     Those of db/query.h, MXS_ERR_MEMORY; MXS_ERR_FOREIGN_DB: facts that name what the database does not hold
 * Ownership  open/close; what is named in the options is the caller's
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_JUDGING_H
#define MXS_SCANNER_RUN_JUDGING_H

#include "db/query.h"
#include "scanner/classify/asn.h"
#include "scanner/classify/judge.h"
#include "scanner/write/dictionary.h"

typedef struct mxs_judging mxs_judging;

struct mxs_judging_options {
    mxs_store *store;
    const struct mxs_dictionary *dictionary;
    const mxs_rules *rules;
    const mxs_suffixes *suffixes;
    mxs_asn *asn;            /* NULL: networks are unknown */
    const char *rules_source; /* what the rule-set's row says of its origin; NULL: built in */
};

/* When the database was judged under another rule-set (or `again`), all its judgements are dropped; *dropped says so,
 * and the caller judges every complete run anew, oldest first. */
MXS_CHECK enum mxs_err mxs_judging_open(mxs_judging **out, const struct mxs_judging_options *options, bool again,
                                        bool *dropped, struct mxs_detail *detail);
void mxs_judging_close(mxs_judging **judging);

/* Begins a run: reads what is known of its MX hosts. checks: the run's, as text. */
MXS_CHECK enum mxs_err mxs_judging_begin(mxs_judging *judging, int64_t list, int64_t run, int64_t previous,
                                         const char *checks, struct mxs_detail *detail);

struct mxs_judging_subject {
    struct mxs_text name;
    uint8_t outcome;            /* of the MX question */
    uint32_t set, implicit_host; /* ids, 0 none */
    uint32_t id;                 /* of the domain: ascending from one call to the next */
    bool has_alias; /* the MX answer named a CNAME: a malformed one does only where both stand at one name */
};
/* The verdict's id; 0: mxs_judging_failure says why there is none. Inside the caller's transaction. */
uint32_t mxs_judging_subject(mxs_judging *judging, const struct mxs_judging_subject *subject);
/* MXS_ERR_FOREIGN_DB: the subject names what the database does not hold; else MXS_ERR_MEMORY. */
MXS_CHECK enum mxs_err mxs_judging_failure(const mxs_judging *judging, struct mxs_detail *detail);

/* Folds verdicts[id - first] of domains first .. last into their judgement intervals, and stores what is new of
 * verdicts, labels and networks; 0 is a domain the run does not have. Inside the caller's transaction. */
MXS_CHECK enum mxs_err mxs_judging_store(mxs_judging *judging, uint32_t first, uint32_t last, const uint32_t *verdicts,
                                         struct mxs_detail *detail);

/* Judges every complete run of the database from its stored facts, list by list, oldest first. */
MXS_CHECK enum mxs_err mxs_judging_all(mxs_judging *judging, struct mxs_detail *detail);

/* current: the verdicts are those that `mxsurvey classify`, with the rules it was judged with, would give today; true
 * also where nothing was judged. Rules of somebody's own are not read again: they are taken to be the same. */
MXS_CHECK enum mxs_err mxs_judging_is_current(mxs_store *store, bool *current, struct mxs_detail *detail);

#endif
