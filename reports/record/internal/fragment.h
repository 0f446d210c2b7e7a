/* A million domains share few sets and fewer verdicts: each is rendered once and then copied. What differs per domain is
 * left open: MXS_FRAGMENT_TTL stands where the domain's TTL goes. An MX host no rule names is `self` for domains of its own
 * organisation; a set that holds one under the domain's name is rendered for that domain alone.
 *
 * In         MX sets and verdicts by id
 * Out        The parts of an export record that depend on them only
 * Units      ttl_s seconds; shares and confidence 0 .. 1
 * Limits     The last MXS_FRAGMENT_SLOTS of each kind are kept
 * Errors     Sticky in the source; told by mxs_fragments_finish
 * Ownership  init/finish; a fragment lives until the next of its kind is asked for
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_FRAGMENT_H
#define MXS_REPORTS_RECORD_INTERNAL_FRAGMENT_H

#include "reports/data/facts.h"
#include "base/out.h"

#define MXS_FRAGMENT_SLOTS 16384
#define MXS_FRAGMENT_TTL '\x01'

enum mxs_record_form { MXS_RECORD_JSON, MXS_RECORD_CSV };

/* A set: the MX hosts, and the evidence for a label from them. */
struct mxs_set_fragment {
    int64_t id;
    char *mx, *evidence;          /* NUL-terminated; mx NULL: a free slot */
    size_t mx_size, evidence_size;
};

/* A verdict: what follows from judging. Each part NUL-terminated. */
struct mxs_verdict_fragment {
    int64_t id;
    char *state;                  /* bare */
    char *provider;               /* the provider members before the evidence */
    char *rest;                   /* redundancy and findings */
    uint64_t findings[2];         /* codes as bits; codes are below 128 */
};

struct mxs_fragments {
    mxs_store *store;
    const struct mxs_facts *facts;
    enum mxs_record_form form;
    bool content_only;
    struct mxs_query verdict, labels, findings;
    struct mxs_set_fragment *sets, lone;
    struct mxs_verdict_fragment *verdicts;
    mxs_out scratch;
    enum mxs_err err;
};

MXS_CHECK enum mxs_err mxs_fragments_init(struct mxs_fragments *fragments, mxs_store *store, const struct mxs_facts *facts,
                                          enum mxs_record_form form, bool content_only, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_fragments_finish(struct mxs_fragments *fragments, struct mxs_detail *detail);

/* id 0: no set. name: the domain. NULL after a failure. */
const struct mxs_set_fragment *mxs_fragments_set(struct mxs_fragments *fragments, int64_t id, const char *name,
                                                 size_t size_bytes);
const struct mxs_verdict_fragment *mxs_fragments_verdict(struct mxs_fragments *fragments, int64_t id);

#endif
