/* Reads what a server showed in the handshake, and asks OpenSSL whether it holds: for the web of authorities, and for
 * TLSA records.
 *
 * Spec       @rfc{5280,6} @rfc{6125,6.4} @rfc{6698,2.1} @rfc{7671,5} @rfc{7672,3}
 * In         The certificates in the order they were sent
 * Out        A chain with its facts
 * Limits     128 KB of texts; MXS_SMTP_NAMES_MAX names are kept, all are counted
 * Errors     NULL: no memory
 * Ownership  The chain is the caller's
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_CERTIFICATE_H
#define MXS_SCANNER_SMTP_INTERNAL_CERTIFICATE_H

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "scanner/smtp/chain.h"
#include "scanner/smtp/smtp.h"

struct mxs_smtp_expectation {
    SSL_CTX *context;    /* for the records of DANE, and its store for the authorities */
    bool trust;          /* the store holds authorities: without any, nothing is said of pkix */
    const char *host;    /* as sent in SNI */
    const struct mxs_smtp_tlsa *tlsa;
};

MXS_CHECK mxs_smtp_chain *mxs_smtp_certificate_read(STACK_OF(X509) * shown,
                                                    const struct mxs_smtp_expectation *expectation);

#endif
