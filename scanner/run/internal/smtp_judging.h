/* What mail servers said, for the judges: of each MX host, then of the MX hosts of a domain.
 *
 * Spec       @rfc{5321,5.1} @rfc{7672,3.2} @rfc{8996,4}
 * In         Stored facts of a run
 * Out        The summary of a domain
 * Errors     MXS_ERR_MEMORY; those of the store
 * Ownership  Zeroed at the start; read, then finish
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SMTP_JUDGING_H
#define MXS_SCANNER_RUN_INTERNAL_SMTP_JUDGING_H

#include "db/query.h"
#include "model/smtp.h"

struct mxs_smtp_judging {
    struct mxs_smtp_host_summary {
        uint8_t standing; /* enum mxs_smtp_standing */
        uint16_t wrong;
        bool secured, plain;
        char *names; /* of the first certificate with WRONG_DANE_NAME, as JSON; else NULL */
    } *hosts; /* by id */
    uint32_t host_count;
};

MXS_CHECK enum mxs_err mxs_smtp_judging_read(struct mxs_smtp_judging *judging, mxs_store *store, uint32_t host_count,
                                             int64_t list, int64_t run, struct mxs_detail *detail);
void mxs_smtp_judging_finish(struct mxs_smtp_judging *judging);
struct mxs_smtp_judging_host {
    uint32_t host;
    uint16_t preference;
    bool dane; /* it has validated TLSA records: who asks for DANE gives it no mail without TLS @rfc{7672,2.2} */
};
/* Adds an MX host to the summary of a domain (canonical); by ascending preference. *level: 0 before the first. */
void mxs_smtp_judging_put(const struct mxs_smtp_judging *judging, const struct mxs_smtp_judging_host *host,
                          struct mxs_text domain, uint32_t *level, struct mxs_smtp_summary *out);

#endif
