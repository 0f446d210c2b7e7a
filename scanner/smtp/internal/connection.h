/* One connection on the loop: it carries bytes between a server and the dialogue, with TLS in between where that
 * stands.
 *
 * In         Address and name
 * Out        The answer, once
 * Units      Milliseconds from the start of the connection, and from its standing to the banner
 * Limits     Memory: 5 KB before TLS
 * Errors     MXS_ERR_FULL: no descriptor, port or memory now; MXS_ERR_MEMORY. Then nothing is called back
 * Ownership  Frees itself when its handles are closed, and says so
 * Threads    The loop's
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_CONNECTION_H
#define MXS_SCANNER_SMTP_INTERNAL_CONNECTION_H

#include <uv.h>

#include "scanner/smtp/internal/dialogue.h"
#include "scanner/smtp/internal/tls.h"

typedef struct mxs_smtp_connection mxs_smtp_connection;

struct mxs_smtp_connection_host {
    uv_loop_t *loop;
    mxs_smtp_tls *tls;
    const char *helo;
    uint32_t timeout_ms;
    uint8_t *buffer; /* shared by all: what is read into it is used up at once */
    size_t buffer_size;
    /* *chain may be taken (set to NULL). heard: the server said anything at all. Not from inside open. */
    void (*done)(void *arg, uint32_t target, const struct mxs_smtp_answer *answer, bool heard, mxs_smtp_chain **chain);
    void (*closed)(void *arg, bool freed); /* it is gone; freed: with a descriptor that others may use */
    void *arg;
    mxs_smtp_connection *connections; /* all that are not closed; kept here */
};

/* host outlives the connection; expected is used until done. */
MXS_CHECK enum mxs_err mxs_smtp_connection_open(struct mxs_smtp_connection_host *host, uint32_t target,
                                                const struct mxs_address *address,
                                                const struct mxs_smtp_target *expected);
/* Ends all without calling done; closed is called for each. */
void mxs_smtp_connection_close_all(struct mxs_smtp_connection_host *host);

#endif
