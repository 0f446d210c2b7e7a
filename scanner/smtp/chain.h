/* The certificates a server showed, read and judged: also for the other MX hosts that lead to the same address.
 *
 * Spec       @rfc{5280,4.1} @rfc{6125,6.4} @rfc{7672,3} @rfc{8461,4.2}
 * In         What a handshake brought (scanner/smtp/internal/certificate.h makes it)
 * Out        The facts of its first certificate
 * Ownership  Destroyed by who holds it; facts and texts live as long
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_SMTP_CHAIN_H
#define MXS_SCANNER_SMTP_CHAIN_H

#include "base/err.h"
#include "model/smtp.h"

typedef struct mxs_smtp_chain mxs_smtp_chain;

const struct mxs_smtp_certificate *mxs_smtp_chain_facts(const mxs_smtp_chain *chain);
/* Whether the certificate is for this name (canonical). */
bool mxs_smtp_chain_holds(const mxs_smtp_chain *chain, struct mxs_text name);
void mxs_smtp_chain_destroy(mxs_smtp_chain **chain);

#endif
