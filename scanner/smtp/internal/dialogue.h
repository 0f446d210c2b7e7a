/* What is said to a mail server, and what its answers mean: no socket, no clock, no TLS. An event goes in, the next
 * step comes out.
 *
 * Spec       @rfc{5321,3.1} @rfc{5321,3.2} @rfc{5321,4.1.1.1} @rfc{3207,4}
 * In         Events of one connection, and the bytes that the server sent
 * Out        The next step, and in the end what the server is
 * Units      timeout_ms: how long to wait for the next event
 * Limits     Those of a reply (scanner/smtp/internal/reply.h)
 * Ownership  init; holds views of the options only
 * Threads    One at a time. Pure
 * Bugs       Whether a 5xx speaks of us is guessed from its words; when in doubt it does, and nothing is settled
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_DIALOGUE_H
#define MXS_SCANNER_SMTP_INTERNAL_DIALOGUE_H

#include "model/facts.h"
#include "model/smtp.h"
#include "scanner/smtp/internal/reply.h"

#define MXS_SMTP_NAME_SIZE 256
#define MXS_SMTP_FAILURE_SIZE 128

enum mxs_smtp_event {
    MXS_SMTP_CONNECTED,
    MXS_SMTP_CONNECT_REFUSED,
    MXS_SMTP_CONNECT_UNREACHABLE,
    MXS_SMTP_SECURED, /* the handshake is through */
    MXS_SMTP_INSECURE, /* it failed; tls_failure and tls_settled are filled in */
    MXS_SMTP_CLOSED,  /* by the server, in whatever way */
    MXS_SMTP_LATE,    /* timeout_ms are over */
};

enum mxs_smtp_step {
    MXS_SMTP_WAIT,
    MXS_SMTP_SEND,      /* `send`, then wait */
    MXS_SMTP_HANDSHAKE, /* begin TLS, then wait; SECURED or INSECURE follows */
    MXS_SMTP_FAREWELL,  /* `send`, then close without waiting */
    MXS_SMTP_CLOSE,
};

enum mxs_smtp_state {
    MXS_SMTP_STATE_CONNECT,
    MXS_SMTP_STATE_BANNER,
    MXS_SMTP_STATE_EHLO,
    MXS_SMTP_STATE_HELO,
    MXS_SMTP_STATE_STARTTLS,
    MXS_SMTP_STATE_TLS,
    MXS_SMTP_STATE_EHLO_AGAIN,
    MXS_SMTP_STATE_QUIT,
    MXS_SMTP_STATE_END,
};

struct mxs_smtp_dialogue {
    const char *helo;
    uint32_t reply_timeout_ms;
    struct mxs_address server;
    enum mxs_smtp_state state;
    uint32_t timeout_ms;
    char send[sizeof "EHLO \r\n" + MXS_SMTP_NAME_SIZE];
    uint32_t send_bytes;

    enum mxs_smtp_outcome outcome;
    enum mxs_smtp_starttls starttls;
    uint16_t code;
    bool heard; /* anything at all came */
    bool masked, injected, tls_settled;
    bool offers;  /* the answer to EHLO under way names STARTTLS */
    bool unclear; /* what it does not name it may yet offer: it cannot be read whole, or may answer nothing we asked */
    char banner[MXS_SMTP_TEXT_MAX + 1], name[MXS_SMTP_NAME_SIZE];
    char said[MXS_SMTP_TEXT_MAX + 1]; /* the reply that decided, when it was no acceptance */
    char tls_failure[MXS_SMTP_FAILURE_SIZE];

    struct mxs_smtp_reply reply;
    char first[MXS_SMTP_TEXT_MAX + 1]; /* line of the reply under way */
    bool about_us;                     /* a line of it speaks of us */
};

/* helo: at most 253 characters, and outlives the dialogue. */
void mxs_smtp_dialogue_init(struct mxs_smtp_dialogue *dialogue, const char *helo, uint32_t reply_timeout_ms,
                            const struct mxs_address *server);
MXS_CHECK enum mxs_smtp_step mxs_smtp_dialogue_put_event(struct mxs_smtp_dialogue *dialogue, enum mxs_smtp_event event);
/* What the server sent, deciphered where TLS stands. */
MXS_CHECK enum mxs_smtp_step mxs_smtp_dialogue_put(struct mxs_smtp_dialogue *dialogue, struct mxs_bytes bytes);
/* text into out[size], what is not printable ASCII as \xNN, cut between two characters. */
void mxs_smtp_dialogue_text(struct mxs_text text, char *out, size_t size);

/* The name that a banner begins with, canonical, or "" where it begins with none: a single label and an address are
 * none. */
void mxs_smtp_dialogue_banner_name(const char *banner, char out[MXS_SMTP_NAME_SIZE]);

#endif
