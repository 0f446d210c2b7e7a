/* A million domains share few sets and fewer verdicts: what a record says of each is written once and then copied. What
 * differs per domain is left open: MXS_RECORD_MARK stands where the domain's TTL goes. An MX host no rule names is
 * `self` for domains of its own organisation; a set that holds one under the domain's name is written for that domain
 * alone.
 *
 * In         MX sets and verdicts by id
 * Out        The columns of a record that depend on them only
 * Limits     The last MXS_FRAGMENT_SLOTS of each kind are kept
 * Errors     Sticky in the source; told by mxs_fragments_finish
 * Ownership  init/finish; a fragment lives until the next of its kind is asked for
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_FRAGMENT_H
#define MXS_REPORTS_RECORD_INTERNAL_FRAGMENT_H

#include "model/verdict.h"
#include "reports/record/internal/value.h"

#define MXS_FRAGMENT_SLOTS 16384
#define MXS_FRAGMENT_TEXTS 3 /* runs of columns of one part in a record */
#define MXS_FRAGMENT_RUNS 16 /* of all parts */

/* The texts of the runs of columns that belong to it, in order. */
struct mxs_fragment {
    int64_t id;
    char *texts[MXS_FRAGMENT_TEXTS];
    uint32_t sizes[MXS_FRAGMENT_TEXTS];
    bool taken;
};

/* A set: the MX hosts, and what they say about who holds the mailbox. */
struct mxs_set_fragment {
    struct mxs_fragment written;
    struct mxs_record_evidence *evidence; /* NULL when there is none */
    uint32_t evidence_count;
};

struct mxs_verdict_fragment {
    struct mxs_fragment written;
    char state[16];
    struct mxs_findings findings;
};

/* A run of columns that are decided by the same part. */
struct mxs_fragment_run {
    size_t first, end;
    enum mxs_record_part part;
    size_t text; /* which of its fragment's */
};

struct mxs_fragments {
    mxs_store *store;
    const struct mxs_facts *facts;
    struct mxs_record_writer writer;
    struct mxs_fragment_run runs[MXS_FRAGMENT_RUNS];
    size_t run_count;
    struct mxs_query verdict, labels, findings;
    struct mxs_set_fragment *sets, lone;
    struct mxs_verdict_fragment *verdicts;
    mxs_out scratch;
    enum mxs_err err;
};

MXS_CHECK enum mxs_err mxs_fragments_init(struct mxs_fragments *fragments, mxs_store *store,
                                          const struct mxs_facts *facts, enum mxs_record_form form, bool content_only,
                                          struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_fragments_finish(struct mxs_fragments *fragments, struct mxs_detail *detail);

/* id 0: no set. name: the domain. NULL after a failure. */
const struct mxs_set_fragment *mxs_fragments_set(struct mxs_fragments *fragments, int64_t id, const char *name,
                                                 size_t size_bytes);
const struct mxs_verdict_fragment *mxs_fragments_verdict(struct mxs_fragments *fragments, int64_t id);

#endif
