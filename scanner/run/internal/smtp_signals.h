/* Whom the servers of an MX host speak for, where no rule names it: what they last said, weighed for each host, then
 * for a domain.
 *
 * In         Stored facts of a run; rules and evidence
 * Out        A provider for each host, or none; rows of server_signal
 * Errors     MXS_ERR_MEMORY; those of the store
 * Ownership  Zeroed at the start; read, then finish. Texts look into rules and evidence
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SMTP_SIGNALS_H
#define MXS_SCANNER_RUN_INTERNAL_SMTP_SIGNALS_H

#include "db/query.h"
#include "scanner/classify/evidence.h"
#include "scanner/write/dictionary.h"

struct mxs_smtp_signals {
    uint32_t *of_host; /* by host id: index in names + 1; 0: none */
    struct mxs_smtp_host_signal {
        struct mxs_server_signal signal; /* provider data NULL: what its servers say names nobody, or several */
    } *names;                        /* of hosts whose servers said anything */
    uint32_t host_count, count;
    size_t capacity;
};

MXS_CHECK enum mxs_err mxs_smtp_signals_read(struct mxs_smtp_signals *signals, mxs_store *store,
                                             const struct mxs_dictionary *dictionary, const mxs_evidence *evidence,
                                             const mxs_rules *rules, int64_t run, struct mxs_detail *detail);
void mxs_smtp_signals_finish(struct mxs_smtp_signals *signals);

/* Adds a host of the first level to what its domain's servers speak for. *heard: how many before it said who they are;
 * one that names nobody, or another provider, takes the name away. */
void mxs_smtp_signals_put(const struct mxs_smtp_signals *signals, uint32_t host, uint32_t *heard,
                          struct mxs_server_signal *out);

#endif
