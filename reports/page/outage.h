/* "What if this fails?", for one host, address, prefix, autonomous system or provider.
 *
 * Spec       README.md, "What the words mean": tier, backup
 * In         A run and the name of one thing
 * Out        Who loses mail, who falls back and to whom, who only loses capacity
 * Units      Domains
 * Limits     Memory: see reports/data/impact.h
 * Errors     MXS_ERR_INPUT: the run does not know the thing
 * Threads    One at a time
 * Bugs       MX hosts a domain runs itself are told apart by organisation, not as `self`
 */
#ifndef MXS_REPORTS_PAGE_OUTAGE_H
#define MXS_REPORTS_PAGE_OUTAGE_H

#include "reports/data/impact.h"
#include "reports/format/format.h"

struct mxs_outage_options {
    enum mxs_part kind;
    const char *name;   /* as a person types it: "microsoft", "AS8075", "8075", "192.0.2.0/24" */
    bool domains;       /* list them */
    enum mxs_format format;
};

MXS_CHECK enum mxs_err mxs_outage_write(mxs_store *store, const struct mxs_run *run, const struct mxs_outage_options *wish,
                                        const struct mxs_style *look, mxs_out *out, struct mxs_detail *detail);

#endif
