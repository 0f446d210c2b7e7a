/* What one polite connection to a mail server found out. An outcome is a fact about the world; only settled ones say anything about
 * the server, because the others may differ an hour later or speak of us.
 *
 * Spec       @rfc{5321,3.1} @rfc{5321,4.2} @rfc{3207,4} @rfc{7672,3} @rfc{8461,4.2}
 * Out        Outcome, STARTTLS, TLS and certificate of one address, and the words for them
 * Units      Milliseconds; unix seconds
 * Limits     Texts are cut at MXS_SMTP_TEXT_MAX, names at MXS_SMTP_NAMES_MAX (the count beside them is whole)
 * Ownership  Views; they live as long as the call that hands them over
 */
#ifndef MXS_MODEL_SMTP_H
#define MXS_MODEL_SMTP_H

#include "base/bytes.h"

#define MXS_SMTP_TEXT_MAX 500
#define MXS_SMTP_NAMES_MAX 100

/* The numbers stand in the database: never renumber; they grow at the end only. */
enum mxs_smtp_outcome {
    MXS_SMTP_READY = 0,     /* 220, and the greeting was accepted */
    MXS_SMTP_REJECTING = 1, /* 5xx that is no word about us */
    MXS_SMTP_SILENT = 2,    /* three attempts over ten minutes met nobody while servers of other networks answered */
    MXS_SMTP_BUSY = 3,      /* 4xx, or a 5xx that speaks of us */
    MXS_SMTP_REFUSED_CONNECTION = 4,
    MXS_SMTP_TIMEOUT = 5,
    MXS_SMTP_UNREACHABLE = 6,
    MXS_SMTP_PROTOCOL = 7, /* not SMTP, or cut off */
    MXS_SMTP_LIMIT = 8,    /* more lines or bytes in one reply than we read */
    MXS_SMTP_OUTCOME_COUNT = 9,
};
/* Not an outcome: no connection was made. NULL in the database. */
#define MXS_SMTP_NOT_ASKED ((enum mxs_smtp_outcome)255)
static inline bool mxs_smtp_settled(enum mxs_smtp_outcome outcome) { return outcome <= MXS_SMTP_SILENT; }
const char *mxs_smtp_outcome_text(enum mxs_smtp_outcome outcome);
/* Of two attempts at one server, whether the second says more: settled, then a server that spoke, then the failures to reach it. */
bool mxs_smtp_outcome_better(enum mxs_smtp_outcome than, enum mxs_smtp_outcome outcome);

enum mxs_smtp_starttls {
    MXS_SMTP_STARTTLS_OFFERED = 0, /* and TLS stands, or why it does not is not settled (tls_failure) */
    MXS_SMTP_STARTTLS_ABSENT = 1,  /* a whole answer to EHLO of a ready server does not name it */
    MXS_SMTP_STARTTLS_FAILED = 2,  /* offered, and refused by a 5xx or a TLS alert */
    MXS_SMTP_STARTTLS_COUNT = 3,
    MXS_SMTP_STARTTLS_UNKNOWN = 255,
};
const char *mxs_smtp_starttls_text(enum mxs_smtp_starttls starttls);

enum mxs_smtp_pkix {
    MXS_SMTP_PKIX_OK = 0,
    MXS_SMTP_PKIX_UNTRUSTED = 1, /* no chain to an authority we trust */
    MXS_SMTP_PKIX_EXPIRED = 2,
    MXS_SMTP_PKIX_NOT_YET_VALID = 3,
    MXS_SMTP_PKIX_NAME_MISMATCH = 4,
    MXS_SMTP_PKIX_INVALID = 5, /* everything else: purpose, constraints, signature */
    MXS_SMTP_PKIX_COUNT = 6,
    MXS_SMTP_PKIX_UNKNOWN = 255,
};
const char *mxs_smtp_pkix_text(enum mxs_smtp_pkix pkix);

enum mxs_smtp_dane {
    MXS_SMTP_DANE_OK = 0,
    MXS_SMTP_DANE_MISMATCH = 1,      /* no usable record fits the chain */
    MXS_SMTP_DANE_NAME_MISMATCH = 2, /* usage 2 fits, but the certificate is for other names */
    MXS_SMTP_DANE_EXPIRED = 3,       /* usage 2 fits, but the chain is not valid now */
    MXS_SMTP_DANE_COUNT = 4,
    MXS_SMTP_DANE_UNKNOWN = 255, /* no usable records, or none that may be believed */
};
const char *mxs_smtp_dane_text(enum mxs_smtp_dane dane);

struct mxs_smtp_certificate {
    struct mxs_text subject, issuer; /* distinguished names @rfc{2253,2}, controls escaped */
    const struct mxs_text *names;    /* DNS names, canonical where they are names; the common name where there are none */
    uint32_t name_count;             /* kept */
    uint32_t name_total;             /* there */
    struct mxs_text key;             /* "RSA", "EC", "ED25519" */
    uint32_t key_bits;
    struct mxs_text signature;       /* "RSA-SHA256" */
    int64_t not_before, not_after;   /* unix seconds; INT64_MIN: cannot be read */
    uint32_t chain_length;           /* certificates sent */
    uint8_t fingerprint[32];         /* SHA-256 */
    bool name_matches;               /* it is for the name sent as SNI */
    bool expired;                    /* at the time of the connection */
    enum mxs_smtp_pkix pkix;         /* for the name sent as SNI */
    enum mxs_smtp_dane dane;
};

struct mxs_smtp_answer {
    enum mxs_smtp_outcome outcome;
    uint16_t code;            /* of the reply that decided; 0: none came */
    bool masked;              /* EHLO keywords overwritten with X: somebody stands in between */
    bool injected;            /* plaintext behind the answer to STARTTLS; discarded @rfc{3207,6} */
    bool tls_settled;         /* why there is no TLS, or that there is, is a word of the server */
    uint8_t attempts;
    enum mxs_smtp_starttls starttls;
    struct mxs_text banner;   /* the first line of the greeting, without the code; what cannot be printed as \xNN */
    struct mxs_text name;     /* how the server calls itself in its answer to EHLO */
    struct mxs_text reply;    /* the first line of the reply that decided, when it was no acceptance */
    struct mxs_text tls;      /* "TLSv1.3"; data NULL: none stands */
    struct mxs_text cipher;
    struct mxs_text tls_failure; /* "alert handshake failure", "closed", "timeout", "454 ..."; data NULL: none */
    int32_t connect_ms, banner_ms; /* -1: did not come so far; banner from the moment the connection stood */
    const struct mxs_smtp_certificate *certificate; /* NULL: none was seen */
};

#endif
