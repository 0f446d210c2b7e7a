/* One TLS handshake over bytes that somebody else carries, and what is deciphered behind it. TLS 1.0 and weak ciphers
 * are accepted: what a server does is recorded, not refused.
 *
 * Spec       @rfc{3207,4} @rfc{6066,3} @rfc{8446,6} @rfc{7435,3}
 * In         Bytes from the server; plain bytes for it
 * Out        Bytes for the server; plain bytes from it; the certificates it showed
 * Limits     256 KB of certificates
 * Errors     MXS_SMTP_TLS_FAILED with a sentence, and whether it is a word of the server
 * Ownership  create/destroy; open/close a session. The context outlives its sessions
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_TLS_H
#define MXS_SCANNER_SMTP_INTERNAL_TLS_H

#include "base/err.h"
#include "scanner/smtp/chain.h"
#include "scanner/smtp/smtp.h"

typedef struct mxs_smtp_tls mxs_smtp_tls;
typedef struct mxs_smtp_session mxs_smtp_session;

enum mxs_smtp_tls_state { MXS_SMTP_TLS_WAITING, MXS_SMTP_TLS_STANDS, MXS_SMTP_TLS_FAILED };

/* Reads every file it will need: nothing is opened later, behind the sandbox. */
MXS_CHECK enum mxs_err mxs_smtp_tls_create(mxs_smtp_tls **out, const char *ca_file, struct mxs_detail *detail);
void mxs_smtp_tls_destroy(mxs_smtp_tls **tls);

/* The first flight is ready to be taken. */
MXS_CHECK enum mxs_err mxs_smtp_session_open(mxs_smtp_session **out, mxs_smtp_tls *tls, const char *host);
void mxs_smtp_session_close(mxs_smtp_session **session);
/* Bytes from the server, and how far the handshake is with them. MXS_ERR_MEMORY. */
MXS_CHECK enum mxs_err mxs_smtp_session_put(mxs_smtp_session *session, struct mxs_bytes bytes,
                                            enum mxs_smtp_tls_state *state);
/* The server ended it by a fatal alert. */
bool mxs_smtp_session_alerted(const mxs_smtp_session *session);
/* Why it failed; settled: the server said so, by an alert or by what it insists on. */
void mxs_smtp_session_failure(const mxs_smtp_session *session, char *out, size_t size, bool *settled);
/* What must go to the server: how many bytes were put into out. */
MXS_CHECK size_t mxs_smtp_session_take(mxs_smtp_session *session, uint8_t *out, size_t size);
/* Once TLS stands: plain bytes for the server (false: it is over), and plain bytes from it (0: none now). */
MXS_CHECK bool mxs_smtp_session_write(mxs_smtp_session *session, struct mxs_bytes plain);
MXS_CHECK size_t mxs_smtp_session_read(mxs_smtp_session *session, uint8_t *out, size_t size);
void mxs_smtp_session_end(mxs_smtp_session *session); /* close_notify into what can be taken */

/* "TLSv1.3" and the cipher's name; static or the session's. */
const char *mxs_smtp_session_version(const mxs_smtp_session *session);
const char *mxs_smtp_session_cipher(const mxs_smtp_session *session);
/* The certificates shown so far, judged; NULL: none, or no memory. */
MXS_CHECK mxs_smtp_chain *mxs_smtp_session_chain(const mxs_smtp_session *session, const struct mxs_smtp_target *target);

#endif
