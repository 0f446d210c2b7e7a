/* OpenSSL with memory BIOs: it never sees a socket, so the loop stays ours. Its own verdict on the certificate is
 * switched off in the handshake, since a mail sender without DANE or MTA-STS does not ask for one @rfc{7435,3}, and
 * since ours looks further (certificate.c). */
#include "scanner/smtp/internal/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "scanner/smtp/internal/certificate.h"
#include "scanner/smtp/versions.h"

#define CERTIFICATES_MAX (256 * 1024)
#define CIPHERS "ALL:!aNULL:!eNULL:@SECLEVEL=0"

struct mxs_smtp_tls {
    SSL_CTX *context;
    bool trust;
};

struct mxs_smtp_session {
    SSL *ssl;
    const mxs_smtp_tls *tls;
    int alert; /* 0: none; else the description of a fatal one, + 1 */
    bool alert_ours;
    unsigned long error;
};

const char *mxs_smtp_openssl_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

/* --- the context --- */

static int accept_all(X509_STORE_CTX *checking, void *arg)
{
    (void)checking, (void)arg;
    return 1;
}

static void on_info(const SSL *ssl, int where, int value)
{
    mxs_smtp_session *session = SSL_get_app_data(ssl);
    if ((where & SSL_CB_ALERT) == 0 || session == NULL || value >> 8 != SSL3_AL_FATAL || session->alert != 0)
        return;
    session->alert = (value & 0xff) + 1;
    session->alert_ours = (where & SSL_CB_WRITE) != 0;
}

/* Read whole now: a folder of hashed names would be looked into at each handshake, when files are out of reach. */
static bool load_system(X509_STORE *store)
{
    const char *paths[] = {getenv("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt",
                           "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", X509_get_default_cert_file()};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (paths[i] != NULL && access(paths[i], R_OK) == 0 && X509_STORE_load_file(store, paths[i]) == 1)
            return true;
    return false;
}

static bool configure(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_cert_verify_callback(context, accept_all, NULL);
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_max_cert_list(context, CERTIFICATES_MAX);
    return SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, 0) == 1 && SSL_CTX_set_cipher_list(context, CIPHERS) == 1 &&
           SSL_CTX_dane_enable(context) == 1;
}

enum mxs_err mxs_smtp_tls_create(mxs_smtp_tls **out, const char *ca_file, struct mxs_detail *detail)
{
    mxs_smtp_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for TLS");
    tls->context = SSL_CTX_new(TLS_client_method());
    enum mxs_err err = MXS_OK;
    if (tls->context == NULL || !configure(tls->context))
        err = mxs_err_set(detail, MXS_ERR_MEMORY, "OpenSSL %s cannot be set up", mxs_smtp_openssl_version());
    else if (ca_file == NULL)
        tls->trust = load_system(SSL_CTX_get_cert_store(tls->context));
    else if (X509_STORE_load_file(SSL_CTX_get_cert_store(tls->context), ca_file) == 1)
        tls->trust = true;
    else
        err = mxs_err_set(detail, MXS_ERR_INPUT, "%.300s: no certificates in PEM can be read from it", ca_file);
    ERR_clear_error();
    if (err != MXS_OK)
        mxs_smtp_tls_destroy(&tls);
    else
        *out = tls;
    return err;
}

void mxs_smtp_tls_destroy(mxs_smtp_tls **owner)
{
    mxs_smtp_tls *tls = *owner;
    *owner = NULL;
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}

/* --- a session --- */

static enum mxs_smtp_tls_state shake(mxs_smtp_session *session)
{
    ERR_clear_error();
    int code = SSL_do_handshake(session->ssl);
    if (code == 1)
        return MXS_SMTP_TLS_STANDS;
    if (SSL_get_error(session->ssl, code) == SSL_ERROR_WANT_READ)
        return MXS_SMTP_TLS_WAITING;
    session->error = ERR_peek_error();
    ERR_clear_error();
    return MXS_SMTP_TLS_FAILED;
}

enum mxs_err mxs_smtp_session_open(mxs_smtp_session **out, mxs_smtp_tls *tls, const char *host)
{
    mxs_smtp_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return MXS_ERR_MEMORY;
    session->tls = tls;
    session->ssl = SSL_new(tls->context);
    BIO *from_server = BIO_new(BIO_s_mem()), *to_server = BIO_new(BIO_s_mem());
    if (session->ssl == NULL || from_server == NULL || to_server == NULL) {
        BIO_free(from_server);
        BIO_free(to_server);
        mxs_smtp_session_close(&session);
        return MXS_ERR_MEMORY;
    }
    SSL_set_bio(session->ssl, from_server, to_server);
    SSL_set_app_data(session->ssl, session);
    SSL_set_connect_state(session->ssl);
    if (SSL_set_tlsext_host_name(session->ssl, host) != 1 || shake(session) != MXS_SMTP_TLS_WAITING) {
        ERR_clear_error();
        mxs_smtp_session_close(&session);
        return MXS_ERR_MEMORY;
    }
    *out = session;
    return MXS_OK;
}

void mxs_smtp_session_close(mxs_smtp_session **owner)
{
    mxs_smtp_session *session = *owner;
    *owner = NULL;
    if (session == NULL)
        return;
    SSL_free(session->ssl);
    free(session);
}

enum mxs_err mxs_smtp_session_put(mxs_smtp_session *session, struct mxs_bytes bytes, enum mxs_smtp_tls_state *state)
{
    if (BIO_write(SSL_get_rbio(session->ssl), bytes.data, (int)bytes.size_bytes) != (int)bytes.size_bytes)
        return MXS_ERR_MEMORY;
    *state = SSL_is_init_finished(session->ssl) ? MXS_SMTP_TLS_STANDS : shake(session);
    return MXS_OK;
}

/* OpenSSL 3.0 has no words for those of TLS 1.3. */
static const char *alert_text(int alert)
{
    switch (alert) {
    case TLS13_AD_MISSING_EXTENSION: return "missing extension";
    case TLS13_AD_CERTIFICATE_REQUIRED: return "certificate required";
    default: return SSL_alert_desc_string_long(alert);
    }
}

bool mxs_smtp_session_alerted(const mxs_smtp_session *session)
{
    return session->alert != 0 && !session->alert_ours;
}

/* What a server sends that is not TLS at all may be anybody's; an alert, or a version or cipher we cannot follow, is
 * its own. Two alerts tell of a bad moment. */
void mxs_smtp_session_failure(const mxs_smtp_session *session, char *out, size_t size, bool *settled)
{
    int alert = session->alert - 1;
    const char *reason = ERR_reason_error_string(session->error);
    if (mxs_smtp_session_alerted(session)) {
        *settled = alert != SSL3_AD_CLOSE_NOTIFY && alert != TLS1_AD_INTERNAL_ERROR && alert != TLS1_AD_USER_CANCELLED;
        snprintf(out, size, "alert %s", alert_text(alert));
        return;
    }
    *settled = session->alert != 0 && (alert == TLS1_AD_PROTOCOL_VERSION || alert == SSL3_AD_HANDSHAKE_FAILURE ||
                                       alert == TLS1_AD_INSUFFICIENT_SECURITY) &&
               ERR_GET_REASON(session->error) != SSL_R_WRONG_VERSION_NUMBER;
    snprintf(out, size, "%s", reason == NULL ? "no TLS" : reason);
}

size_t mxs_smtp_session_take(mxs_smtp_session *session, uint8_t *out, size_t size)
{
    int count = BIO_read(SSL_get_wbio(session->ssl), out, (int)size);
    return count > 0 ? (size_t)count : 0;
}

bool mxs_smtp_session_write(mxs_smtp_session *session, struct mxs_bytes plain)
{
    ERR_clear_error();
    bool written = SSL_write(session->ssl, plain.data, (int)plain.size_bytes) == (int)plain.size_bytes;
    ERR_clear_error();
    return written;
}

size_t mxs_smtp_session_read(mxs_smtp_session *session, uint8_t *out, size_t size)
{
    ERR_clear_error();
    int count = SSL_read(session->ssl, out, (int)size);
    ERR_clear_error();
    return count > 0 ? (size_t)count : 0;
}

void mxs_smtp_session_end(mxs_smtp_session *session)
{
    ERR_clear_error();
    if (SSL_is_init_finished(session->ssl))
        (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
}

const char *mxs_smtp_session_version(const mxs_smtp_session *session) { return SSL_get_version(session->ssl); }

const char *mxs_smtp_session_cipher(const mxs_smtp_session *session) { return SSL_get_cipher_name(session->ssl); }

mxs_smtp_chain *mxs_smtp_session_chain(const mxs_smtp_session *session, const struct mxs_smtp_target *target)
{
    STACK_OF(X509) *shown = SSL_get_peer_cert_chain(session->ssl);
    if (sk_X509_num(shown) <= 0)
        return NULL;
    struct mxs_smtp_expectation expectation = {
        .context = session->tls->context, .trust = session->tls->trust, .host = target->host, .tlsa = &target->tlsa};
    mxs_smtp_chain *chain = mxs_smtp_certificate_read(shown, &expectation);
    ERR_clear_error();
    return chain;
}
