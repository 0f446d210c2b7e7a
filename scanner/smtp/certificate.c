/* Two verdicts on one chain. For the authorities OpenSSL goes on past each error, so that "expired" does not hide "for
 * another name". For DANE its own functions judge: what usage 2 and 3 mean for names and dates is theirs to know. */
#include "scanner/smtp/internal/certificate.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "scanner/smtp/internal/dialogue.h"

#define ARENA_BLOCK 4096u
#define ARENA_LIMIT 131072u
#define DANE_HOST_FLAGS X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
/* A common name is no name of a host: MTA-STS asks for an alternative name, DANE may do with it @rfc{8461,4.2}. */
#define HOST_FLAGS (X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
#define USAGE_TA 2u
#define USAGE_EE 3u

struct mxs_smtp_chain {
    X509 *leaf;
    struct mxs_smtp_certificate facts;
    struct mxs_arena arena;
};

const struct mxs_smtp_certificate *mxs_smtp_chain_facts(const mxs_smtp_chain *chain) { return &chain->facts; }

bool mxs_smtp_chain_holds(const mxs_smtp_chain *chain, struct mxs_text name)
{
    return name.size_bytes > 0 && X509_check_host(chain->leaf, name.data, name.size_bytes, HOST_FLAGS, NULL) == 1;
}

void mxs_smtp_chain_destroy(mxs_smtp_chain **owner)
{
    mxs_smtp_chain *chain = *owner;
    *owner = NULL;
    if (chain == NULL)
        return;
    X509_free(chain->leaf);
    mxs_arena_finish(&chain->arena);
    free(chain);
}

/* --- facts --- */

static struct mxs_text keep(mxs_smtp_chain *chain, const char *data, size_t size_bytes)
{
    char text[MXS_SMTP_TEXT_MAX + 1];
    mxs_smtp_dialogue_text((struct mxs_text){data, (uint32_t)size_bytes}, text, sizeof text);
    return mxs_arena_text(&chain->arena, mxs_text_of(text));
}

static struct mxs_text name_text(mxs_smtp_chain *chain, const X509_NAME *name)
{
    BIO *out = BIO_new(BIO_s_mem());
    struct mxs_text text = {NULL, 0};
    char *data = NULL;
    if (out != NULL && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        long size = BIO_get_mem_data(out, &data);
        text = keep(chain, data == NULL ? "" : data, size > 0 ? (size_t)size : 0);
    }
    BIO_free(out);
    return text;
}

static int64_t time_of(const ASN1_TIME *time)
{
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : INT64_MIN;
}

static void put_name(mxs_smtp_chain *chain, struct mxs_text *names, const ASN1_STRING *string)
{
    struct mxs_smtp_certificate *facts = &chain->facts;
    facts->name_total++;
    if (facts->name_count == MXS_SMTP_NAMES_MAX)
        return;
    char text[MXS_SMTP_NAME_SIZE];
    struct mxs_text raw = {(const char *)ASN1_STRING_get0_data(string), (uint32_t)ASN1_STRING_length(string)};
    mxs_smtp_dialogue_text(raw, text, sizeof text);
    for (char *at = text; *at != 0; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + 'a' - 'A');
    struct mxs_text kept = mxs_arena_text(&chain->arena, mxs_text_of(text));
    if (kept.data != NULL)
        names[facts->name_count++] = kept;
}

static void read_names(mxs_smtp_chain *chain)
{
    struct mxs_text *names = mxs_arena_take_zeroed(&chain->arena, MXS_SMTP_NAMES_MAX, sizeof *names);
    if (names == NULL)
        return;
    chain->facts.names = names;
    GENERAL_NAMES *others = X509_get_ext_d2i(chain->leaf, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(others); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(others, i);
        if (name->type == GEN_DNS)
            put_name(chain, names, name->d.dNSName);
    }
    GENERAL_NAMES_free(others);
}

static void read_facts(mxs_smtp_chain *chain)
{
    struct mxs_smtp_certificate *facts = &chain->facts;
    X509 *leaf = chain->leaf;
    facts->subject = name_text(chain, X509_get_subject_name(leaf));
    facts->issuer = name_text(chain, X509_get_issuer_name(leaf));
    read_names(chain);
    EVP_PKEY *key = X509_get0_pubkey(leaf);
    const char *type = key == NULL ? NULL : EVP_PKEY_get0_type_name(key);
    facts->key = keep(chain, type == NULL ? "unknown" : type, strlen(type == NULL ? "unknown" : type));
    int bits = key == NULL ? 0 : EVP_PKEY_get_bits(key);
    facts->key_bits = bits > 0 ? (uint32_t)bits : 0;
    const char *signature = OBJ_nid2sn(X509_get_signature_nid(leaf));
    facts->signature =
        keep(chain, signature == NULL ? "unknown" : signature, strlen(signature == NULL ? "unknown" : signature));
    facts->not_before = time_of(X509_get0_notBefore(leaf));
    facts->not_after = time_of(X509_get0_notAfter(leaf));
    unsigned size = sizeof facts->fingerprint;
    if (X509_digest(leaf, EVP_sha256(), facts->fingerprint, &size) != 1)
        memset(facts->fingerprint, 0, sizeof facts->fingerprint);
}

/* --- the authorities --- */

static enum mxs_smtp_pkix pkix_of(int error)
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return MXS_SMTP_PKIX_UNTRUSTED;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return MXS_SMTP_PKIX_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return MXS_SMTP_PKIX_NOT_YET_VALID;
    case X509_V_ERR_HOSTNAME_MISMATCH:
        return MXS_SMTP_PKIX_NAME_MISMATCH;
    default:
        return MXS_SMTP_PKIX_INVALID;
    }
}

struct errors {
    bool seen[MXS_SMTP_PKIX_COUNT];
    bool leaf_expired;
};

static int note(int good, X509_STORE_CTX *checking)
{
    if (good)
        return 1;
    struct errors *errors = X509_STORE_CTX_get_app_data(checking);
    enum mxs_smtp_pkix pkix = pkix_of(X509_STORE_CTX_get_error(checking));
    errors->seen[pkix] = true;
    if (pkix == MXS_SMTP_PKIX_EXPIRED && X509_STORE_CTX_get_error_depth(checking) == 0)
        errors->leaf_expired = true;
    return 1;
}

static bool check_authorities(mxs_smtp_chain *chain, STACK_OF(X509) * shown,
                              const struct mxs_smtp_expectation *expectation)
{
    struct errors errors = {0};
    X509_STORE_CTX *checking = X509_STORE_CTX_new();
    bool ready = checking != NULL &&
                 X509_STORE_CTX_init(checking, SSL_CTX_get_cert_store(expectation->context), chain->leaf, shown) == 1 &&
                 X509_STORE_CTX_set_default(checking, "ssl_server") == 1;
    if (ready) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(checking);
        X509_VERIFY_PARAM_set_hostflags(parameters, HOST_FLAGS);
        ready = X509_VERIFY_PARAM_set1_host(parameters, expectation->host, 0) == 1;
    }
    if (ready) {
        X509_STORE_CTX_set_app_data(checking, &errors);
        X509_STORE_CTX_set_verify_cb(checking, note);
        if (X509_verify_cert(checking) <= 0)
            errors.seen[MXS_SMTP_PKIX_INVALID] = true;
        chain->facts.expired = errors.leaf_expired;
        chain->facts.trusted =
            expectation->trust && !errors.seen[MXS_SMTP_PKIX_UNTRUSTED] && !errors.seen[MXS_SMTP_PKIX_INVALID];
        enum mxs_smtp_pkix pkix = MXS_SMTP_PKIX_OK;
        for (unsigned i = MXS_SMTP_PKIX_COUNT - 1; i > 0; i--)
            if (errors.seen[i])
                pkix = (enum mxs_smtp_pkix)i;
        chain->facts.pkix = expectation->trust ? pkix : MXS_SMTP_PKIX_UNKNOWN;
    }
    X509_STORE_CTX_free(checking);
    return ready;
}

/* --- DANE --- */

/* How many records a mail sender can use; -1: no memory. */
static int put_records(SSL *ssl, const struct mxs_smtp_tlsa *tlsa)
{
    int usable = 0;
    for (uint32_t i = 0; i < tlsa->record_count; i++) {
        struct mxs_bytes record = tlsa->records[i];
        if (record.size_bytes <= 3 || (record.data[0] != USAGE_TA && record.data[0] != USAGE_EE))
            continue;
        int put = SSL_dane_tlsa_add(ssl, record.data[0], record.data[1], record.data[2], record.data + 3,
                                    record.size_bytes - 3);
        usable += put > 0;
    }
    return usable;
}

static enum mxs_smtp_dane dane_of(int error)
{
    switch (pkix_of(error)) {
    case MXS_SMTP_PKIX_NAME_MISMATCH:
        return MXS_SMTP_DANE_NAME_MISMATCH;
    case MXS_SMTP_PKIX_EXPIRED:
    case MXS_SMTP_PKIX_NOT_YET_VALID:
        return MXS_SMTP_DANE_EXPIRED;
    default:
        return MXS_SMTP_DANE_MISMATCH;
    }
}

static bool judge_records(mxs_smtp_chain *chain, STACK_OF(X509) *shown, SSL *ssl, SSL_CTX *context)
{
    X509_STORE_CTX *checking = X509_STORE_CTX_new();
    bool ready = checking != NULL &&
                 X509_STORE_CTX_init(checking, SSL_CTX_get_cert_store(context), chain->leaf, shown) == 1 &&
                 X509_STORE_CTX_set_default(checking, "ssl_server") == 1;
    if (ready) {
        X509_STORE_CTX_set0_dane(checking, SSL_get0_dane(ssl));
        X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(checking), SSL_get0_param(ssl));
        bool holds = X509_verify_cert(checking) == 1;
        chain->facts.dane = holds ? MXS_SMTP_DANE_OK : dane_of(X509_STORE_CTX_get_error(checking));
    }
    X509_STORE_CTX_free(checking);
    return ready;
}

static bool check_records(mxs_smtp_chain *chain, STACK_OF(X509) *shown, const struct mxs_smtp_expectation *expectation)
{
    const struct mxs_smtp_tlsa *tlsa = expectation->tlsa;
    if (tlsa == NULL || tlsa->record_count == 0 || tlsa->names[0] == NULL)
        return true;
    SSL *ssl = SSL_new(expectation->context);
    bool ready = ssl != NULL && SSL_dane_enable(ssl, tlsa->names[0]) == 1;
    if (ready) {
        SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
        SSL_set_hostflags(ssl, DANE_HOST_FLAGS);
    }
    for (unsigned i = 1; i < sizeof tlsa->names / sizeof *tlsa->names && tlsa->names[i] != NULL && ready; i++)
        ready = SSL_add1_host(ssl, tlsa->names[i]) == 1;
    if (ready && put_records(ssl, tlsa) > 0)
        ready = judge_records(chain, shown, ssl, expectation->context);
    /* Senders send the expanded name as SNI, we the MX host's: there another certificate may wait @rfc{7672,8.1}. */
    if (tlsa->names[1] != NULL && chain->facts.dane != MXS_SMTP_DANE_OK)
        chain->facts.dane = MXS_SMTP_DANE_UNKNOWN;
    SSL_free(ssl);
    return ready;
}

mxs_smtp_chain *mxs_smtp_certificate_read(STACK_OF(X509) *shown, const struct mxs_smtp_expectation *expectation)
{
    MXS_ASSERT(sk_X509_num(shown) > 0);
    mxs_smtp_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL)
        return NULL;
    mxs_arena_init(&chain->arena, ARENA_BLOCK, ARENA_LIMIT);
    chain->leaf = sk_X509_value(shown, 0);
    X509_up_ref(chain->leaf);
    chain->facts.pkix = MXS_SMTP_PKIX_UNKNOWN;
    chain->facts.dane = MXS_SMTP_DANE_UNKNOWN;
    chain->facts.chain_length = (uint32_t)sk_X509_num(shown);
    read_facts(chain);
    chain->facts.name_matches = mxs_smtp_chain_holds(chain, mxs_text_of(expectation->host));
    if (!check_authorities(chain, shown, expectation) || !check_records(chain, shown, expectation) ||
        mxs_arena_full(&chain->arena))
        mxs_smtp_chain_destroy(&chain);
    return chain;
}
