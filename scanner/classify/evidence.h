/* A selector's CNAME and autodiscover lead to whoever holds the mailbox: they decide. SPF says who may send, which is
 * often more than one and often somebody else: it needs to name exactly one mailbox provider, and a second signal that
 * agrees. Where no rule names the MX host, the names that its servers show may: they stand in for the name that the MX
 * does not give.
 *
 * Spec       evidence.tsv and selectors.tsv: see their heads; words: docs/manual.md, "What the words mean"
 * In         What a domain publishes beside its MX; what its mail servers call themselves
 * Out        The mailbox provider behind it, how sure that is, and the signals it rests on
 * Units      confidence in percent
 * Limits     MXS_SIGNALS_MAX signals
 * Errors     MXS_ERR_INPUT with the line of a built-in table that cannot be read
 * Ownership  create/destroy; texts of signals look into rules and facts
 * Threads    Any, after create. Pure
 */
#ifndef MXS_SCANNER_CLASSIFY_EVIDENCE_H
#define MXS_SCANNER_CLASSIFY_EVIDENCE_H

#include "scanner/classify/rules.h"
#include "model/policy.h"

#define MXS_SIGNALS_MAX 64

/* Stored: never renumber. MXS_SIGNAL_KEY: a key at a provider's own selector, without an alias. */
enum mxs_signal_kind {
    MXS_SIGNAL_DKIM = 0,
    MXS_SIGNAL_AUTODISCOVER = 1,
    MXS_SIGNAL_SPF = 2,
    MXS_SIGNAL_TXT = 3,
    MXS_SIGNAL_KEY = 4,
    MXS_SIGNAL_SERVER = 5,
    MXS_SIGNAL_COUNT = 6
};
/* "dkim", "autodiscover", "spf", "txt", "dkim", "server" */
const char *mxs_signal_text(enum mxs_signal_kind kind);

struct mxs_signal {
    enum mxs_signal_kind kind;
    struct mxs_text provider; /* "" : none, only seen */
    struct mxs_text rule;     /* the pattern */
    struct mxs_text value;    /* what was found */
};

/* Whom the names of a mail server speak for. */
struct mxs_server_signal {
    struct mxs_text provider; /* data NULL: nobody */
    struct mxs_text rule;     /* the pattern */
    enum mxs_kind kind;       /* of the provider */
    bool certificate;         /* a certificate says so that leads to an authority */
    bool words;               /* the server says so: banner, answer to EHLO */
};

struct mxs_evidence_verdict {
    struct mxs_text provider; /* data NULL: not known */
    bool open; /* what could not be settled may name another provider: there is none then */
    uint8_t confidence;
    bool weak; /* neither a DKIM alias leads there nor do the servers say so: to be believed behind a gateway alone */
    struct mxs_text front; /* a gateway that the servers name; data NULL: none */
    uint8_t front_confidence;
    struct mxs_signal signals[MXS_SIGNALS_MAX];
    uint32_t signal_count;
};

struct mxs_selector {
    struct mxs_text name, provider; /* provider "-": nobody's own */
    bool first;
};

typedef struct mxs_evidence mxs_evidence;

MXS_CHECK enum mxs_err mxs_evidence_create(mxs_evidence **out, struct mxs_detail *detail);
void mxs_evidence_destroy(mxs_evidence **evidence);
/* 16 hex digits over both tables. */
const char *mxs_evidence_digest(const mxs_evidence *evidence);

uint32_t mxs_evidence_selector_count(const mxs_evidence *evidence);
const struct mxs_selector *mxs_evidence_selector(const mxs_evidence *evidence, uint32_t index);
/* How the verification tokens of a mailbox provider begin, where a TXT record is one; else data NULL. */
struct mxs_text mxs_evidence_find_token(const mxs_evidence *evidence, struct mxs_text record);

/* Whether autodiscover leads to a name that a provider has for all its customers, as a line says it: whether that one
 * exists tells nothing of a domain. */
bool mxs_evidence_is_service(const mxs_evidence *evidence, struct mxs_text target);

/* A name of a mail server, canonical, perhaps with a wildcard: whom it speaks for, in provider, rule and kind. False:
 * nobody; a name that holds an address is a machine's that somebody rents, or a line's. */
bool mxs_evidence_server(const mxs_evidence *evidence, const mxs_rules *rules, struct mxs_text name,
                         struct mxs_server_signal *out);

/* server: of the MX hosts of a domain that no rule names; NULL, or without a provider: they name nobody. */
void mxs_evidence_judge(const mxs_evidence *evidence, const mxs_rules *rules, const struct mxs_policy_facts *facts,
                        const struct mxs_server_signal *server, struct mxs_evidence_verdict *out);

#endif
