/* What a mail server says, in pieces, through the whole dialogue, and whom its names speak for: the first octet of the
 * input says how long the pieces are. 255: the rest is the certificate it shows, in DER.
 *
 * Rooms scanner/smtp scanner/classify */
#include <stdio.h>

#include <openssl/err.h>

#include "scanner/classify/evidence.h"
#include "scanner/smtp/internal/certificate.h"
#include "scanner/smtp/internal/dialogue.h"

#define CERTIFICATE 255

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    MXS_ASSERT(length < size);
    for (size_t i = 0; i < length; i++)
        MXS_ASSERT(text[i] >= 0x20 && text[i] < 0x7f);
}

static void check(const struct mxs_smtp_dialogue *dialogue)
{
    check_text(dialogue->banner, sizeof dialogue->banner);
    check_text(dialogue->name, sizeof dialogue->name);
    check_text(dialogue->said, sizeof dialogue->said);
    check_text(dialogue->tls_failure, sizeof dialogue->tls_failure);
    MXS_ASSERT(dialogue->reply.lines <= MXS_SMTP_LINES_MAX);
    MXS_ASSERT(dialogue->starttls == MXS_SMTP_STARTTLS_UNKNOWN || dialogue->outcome == MXS_SMTP_READY);
    MXS_ASSERT(dialogue->starttls != MXS_SMTP_STARTTLS_ABSENT || !dialogue->masked);
}

/* Whom a name speaks for, or nobody. */
static void check_signal(const char *name)
{
    static mxs_rules *rules;
    static mxs_evidence *evidence;
    if (rules == NULL)
        MXS_ASSERT(mxs_rules_create_built_in(&rules, NULL) == MXS_OK && mxs_evidence_create(&evidence, NULL) == MXS_OK);
    struct mxs_server_signal signal = {.certificate = false};
    if (mxs_evidence_server(evidence, rules, mxs_text_of(name), &signal))
        MXS_ASSERT(signal.provider.size_bytes > 0 && signal.rule.size_bytes > 0);
}

static void check_names(const struct mxs_smtp_dialogue *dialogue)
{
    char name[MXS_SMTP_NAME_SIZE];
    mxs_smtp_dialogue_banner_name(dialogue->banner, name);
    check_text(name, sizeof name);
    check_signal(name);
    check_signal(dialogue->name);
}

static void show(const uint8_t *der, size_t size)
{
    static const uint8_t tlsa[][5] = {{3, 1, 1, 0}, {2, 0, 0, 0x30, 0}};
    static const struct mxs_bytes records[] = {{tlsa[0], 4}, {tlsa[1], 5}};
    static SSL_CTX *context;
    if (context == NULL)
        MXS_ASSERT((context = SSL_CTX_new(TLS_client_method())) != NULL && SSL_CTX_dane_enable(context) == 1);
    const struct mxs_smtp_tlsa usable = {.records = records, .record_count = 2, .names = {"mx.example.net"}};
    X509 *certificate = d2i_X509(NULL, &der, (long)size);
    if (certificate != NULL) {
        STACK_OF(X509) *shown = sk_X509_new_null();
        MXS_ASSERT(shown != NULL && sk_X509_push(shown, certificate) > 0);
        const struct mxs_smtp_expectation expectation = {
            .context = context, .trust = true, .host = "mx.example.net", .tlsa = &usable};
        mxs_smtp_chain *chain = mxs_smtp_certificate_read(shown, &expectation);
        if (chain != NULL) {
            const struct mxs_smtp_certificate *facts = mxs_smtp_chain_facts(chain);
            MXS_ASSERT(facts->name_count <= MXS_SMTP_NAMES_MAX && facts->name_count <= facts->name_total);
            for (uint32_t i = 0; i < facts->name_count; i++)
                check_signal(facts->names[i].data);
            MXS_ASSERT(facts->pkix != MXS_SMTP_PKIX_OK && !facts->trusted); /* nobody vouches for it */
        }
        mxs_smtp_chain_destroy(&chain);
        sk_X509_free(shown);
    }
    X509_free(certificate);
    ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct mxs_address server = {.family = 4, .bytes = {20, 1, 1, 1}};
    struct mxs_smtp_dialogue dialogue;
    if (size == 0)
        return 0;
    if (data[0] == CERTIFICATE) {
        show(data + 1, size - 1);
        return 0;
    }
    size_t piece = data[0] == 0 ? size : data[0];
    mxs_smtp_dialogue_init(&dialogue, "probe.example.net", 60000, &server);
    enum mxs_smtp_step step = mxs_smtp_dialogue_put_event(&dialogue, MXS_SMTP_CONNECTED);
    for (size_t at = 1; at < size && step != MXS_SMTP_CLOSE && step != MXS_SMTP_FAREWELL; at += piece) {
        size_t count = size - at < piece ? size - at : piece;
        step = mxs_smtp_dialogue_put(&dialogue, (struct mxs_bytes){data + at, (uint32_t)count});
        MXS_ASSERT(step != MXS_SMTP_SEND ||
                   (dialogue.send_bytes > 2 && memcmp(dialogue.send + dialogue.send_bytes - 2, "\r\n", 2) == 0));
        if (step == MXS_SMTP_HANDSHAKE)
            step = mxs_smtp_dialogue_put_event(&dialogue, MXS_SMTP_SECURED);
        check(&dialogue);
    }
    if (step != MXS_SMTP_CLOSE && step != MXS_SMTP_FAREWELL)
        step = mxs_smtp_dialogue_put_event(&dialogue, MXS_SMTP_CLOSED);
    MXS_ASSERT(step == MXS_SMTP_CLOSE || step == MXS_SMTP_FAREWELL);
    MXS_ASSERT(dialogue.outcome != MXS_SMTP_NOT_ASKED);
    check(&dialogue);
    check_names(&dialogue);
    return 0;
}
