/* What one polite connection to a mail server found out. An outcome is a fact about the world; only settled ones say
 * anything about the server, because the others may differ an hour later or speak of us.
 *
 * Spec       @rfc{5321,3.1} @rfc{5321,4.2} @rfc{3207,4} @rfc{7672,3} @rfc{8461,4.2}
 * Out        Outcome, STARTTLS, TLS and certificate of one address
 * Units      Milliseconds; unix seconds
 * Limits     Texts are cut at MXS_SMTP_TEXT_MAX, names at MXS_SMTP_NAMES_MAX (the count beside them is whole)
 * Ownership  Views; they live as long as the call that hands them over
 */
#ifndef MXS_MODEL_SMTP_H
#define MXS_MODEL_SMTP_H

#include "base/bytes.h"
#include "model/vocabulary.h"

#define MXS_SMTP_TEXT_MAX 500
#define MXS_SMTP_NAMES_MAX 100

struct mxs_smtp_certificate {
    struct mxs_text subject, issuer; /* distinguished names @rfc{2253,2}, controls escaped */
    const struct mxs_text *names;    /* DNS names among the alternative ones, canonical where they are names */
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
    bool trusted; /* it leads to an authority, whatever name it is for, and also when it has expired */
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
    struct mxs_text banner_name; /* the name that the banner begins with; canonical; data NULL: none */
    struct mxs_text reply;    /* the first line of the reply that decided, when it was no acceptance */
    struct mxs_text tls;      /* "TLSv1.3"; data NULL: none stands */
    struct mxs_text cipher;
    struct mxs_text tls_failure; /* "alert handshake failure", "closed", "timeout", "454 ..."; data NULL: none */
    int32_t connect_ms, banner_ms; /* -1: did not come so far; banner from the moment the connection stood */
    const struct mxs_smtp_certificate *certificate; /* NULL: none was seen */
};

/* What all servers of a level come to; only settled words count. */
enum mxs_smtp_standing {
    MXS_SMTP_NONE,    /* no MX host with an address */
    MXS_SMTP_ANSWERS, /* somebody there takes mail */
    MXS_SMTP_REJECTS, /* nobody, and not all are silent */
    MXS_SMTP_MUTE,    /* all are silent */
    MXS_SMTP_UNKNOWN, /* not settled, or not all were met */
};

/* What is wrong with some server of a domain that answers; bits. */
enum {
    MXS_SMTP_WRONG_NO_STARTTLS = 1,
    MXS_SMTP_WRONG_EXPIRED = 2,
    MXS_SMTP_WRONG_ENDS = 4,    /* the certificate, within 14 days */
    MXS_SMTP_WRONG_NAME = 8,    /* the certificate is for other names */
    MXS_SMTP_WRONG_DANE = 16,
    MXS_SMTP_WRONG_TRUST = 32,  /* the certificate does not hold for the authorities */
    MXS_SMTP_WRONG_OLD_TLS = 64,
    MXS_SMTP_WRONG_OTHER_NAME = 128, /* it calls itself by a name under another domain */
    MXS_SMTP_WRONG_TLS_FAILED = 256, /* offered, and surely of no use */
    MXS_SMTP_WRONG_DANE_NAME = 512,  /* usage 2 fits, but no name of the MX host: the domain's own may stand there */
};

/* What the check smtp found of the MX hosts of a domain. */
struct mxs_smtp_summary {
    bool asked;
    uint8_t first, later; /* enum mxs_smtp_standing, of tier 1 and of all later levels */
    uint16_t wrong;       /* MXS_SMTP_WRONG_* of any */
    bool secured, plain;  /* some server that answers has TLS standing; some surely has none */
};

#endif
