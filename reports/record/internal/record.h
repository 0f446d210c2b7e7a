/* The shape of a record is a promise: every key is always there, null where it is unknown or was not asked. A null MX is
 * the one exception among the MX hosts: {"preference":0,"host":""} and nothing else.
 *
 * Spec       README.md, "The record of a domain"
 * In         MX hosts with what is known of them, rows of a verdict
 * Out        The members of an export record, as JSON or as CSV cells
 * Units      ttl_s seconds; shares and confidence 0 .. 1
 * Errors     Sticky in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_RECORD_H
#define MXS_REPORTS_RECORD_INTERNAL_RECORD_H

#include "reports/data/facts.h"
#include "reports/record/internal/fragment.h"

struct mxs_record_mx_host {
    int64_t preference;
    const struct mxs_facts_host *host;
};

struct mxs_record_style {
    const struct mxs_facts *facts;
    enum mxs_record_form form;
    bool content_only;
    const char *name; /* the domain, when an MX host may be its own; else NULL */
    size_t size_bytes;
};

/* By preference, then host name. */
void mxs_record_sort(struct mxs_record_mx_host *list, size_t count);
/* Who runs the MX host, as the domain sees it; NULL: nobody is named. */
const char *mxs_record_provider(const struct mxs_record_style *style, const struct mxs_facts_host *host);
/* The MX hosts that name the provider: the first level with a usable one, or the first when addresses were not asked.
 * Returns how many, from list[*first]. */
size_t mxs_record_first_level(const struct mxs_facts *facts, const struct mxs_record_mx_host *list, size_t count,
                              size_t *first);

void mxs_record_put_mx(mxs_out *out, const struct mxs_record_style *style, const struct mxs_record_mx_host *list, size_t count);
void mxs_record_put_evidence(mxs_out *out, const struct mxs_record_style *style, const struct mxs_record_mx_host *list,
                             size_t count);
/* Rows: role, provider, share, confidence. */
void mxs_record_put_provider(mxs_out *out, enum mxs_record_form form, struct mxs_query *labels);
/* A row: state, hosts, usable, tiers, load_sharing, multihomed, backup, addresses, prefixes, asns, providers, single_point. */
void mxs_record_put_redundancy(mxs_out *out, enum mxs_record_form form, struct mxs_query *verdict);
/* Rows: code, name. bits[2] gets the codes. */
void mxs_record_put_findings(mxs_out *out, enum mxs_record_form form, struct mxs_query *findings, uint64_t *bits);

/* The header line of CSV. */
void mxs_record_put_header(mxs_out *out, bool content_only);

#endif
