/* The words of a survey, each list said once: the C enum, the words, and the rows of the database's word tables come
 * from the tables below. The numbers stand in databases: append, never renumber. What a word means:
 * docs/manual.md, "What the words mean".
 *
 * Spec       @rfc{5321,5.1} @rfc{7505,3} @rfc{2308,2}
 * Out        Numbers, words, and what belongs to a word wherever it is used (settled, receives)
 * Errors     A number that is not in its table is a bug: what a stranger's file says is held against the counts first
 * Ownership  Static
 */
#ifndef MXS_MODEL_VOCABULARY_H
#define MXS_MODEL_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the DNS said to one question: constant, word, settled (the same next time), rank (the smaller says more). */
#define MXS_OUTCOMES(X) \
    /* at least one record of the type, owners checked along the CNAME chain */ \
    X(MXS_ANSWERED, "answered", true, 0) \
    X(MXS_NODATA, "nodata", true, 0) \
    X(MXS_NXDOMAIN, "nxdomain", true, 0) \
    X(MXS_SERVFAIL, "servfail", false, 4)    /* and every rcode that has no outcome of its own */ \
    X(MXS_REFUSED, "refused", false, 5)      /* REFUSED, NOTAUTH, NOTIMP, a referral */ \
    X(MXS_TIMEOUT, "timeout", false, 7) \
    X(MXS_UNREACHABLE, "unreachable", false, 8) \
    X(MXS_MALFORMED, "malformed", false, 2) \
    X(MXS_TRUNCATED, "truncated", false, 3) \
    /* more records than MXS_RECORDS_MAX, or too long a chain: what was read is kept */ \
    X(MXS_LIMIT, "limit", false, 1) \
    X(MXS_FILTERED, "filtered", false, 6)    /* the resolver says, or shows, that it withholds the answer */

/* State of a domain: constant, word, receives mail. */
#define MXS_STATES(X) \
    X(MXS_STATE_MX, "mx", true) \
    X(MXS_STATE_IMPLICIT_MX, "implicit_mx", true) \
    X(MXS_STATE_NULL_MX, "null_mx", false) \
    X(MXS_STATE_NULL_MX_INVALID, "null_mx_invalid", false) \
    X(MXS_STATE_NO_MAIL, "no_mail", false) \
    X(MXS_STATE_NXDOMAIN, "nxdomain", false) \
    X(MXS_STATE_BROKEN, "broken", false) \
    X(MXS_STATE_UNDETERMINED, "undetermined", false)

#define MXS_BACKUPS(X) \
    X(MXS_BACKUP_NONE, "none") \
    X(MXS_BACKUP_EFFECTIVE, "effective") \
    X(MXS_BACKUP_DECORATIVE, "decorative") \
    X(MXS_BACKUP_DEAD, "dead")

#define MXS_SINGLE_POINTS(X) \
    X(MXS_SINGLE_NONE, "none") \
    X(MXS_SINGLE_HOST, "host") \
    X(MXS_SINGLE_ADDRESS, "address") \
    X(MXS_SINGLE_PREFIX, "prefix") \
    X(MXS_SINGLE_ASN, "asn") \
    X(MXS_SINGLE_PROVIDER, "provider") \
    X(MXS_SINGLE_WIDER, "wider_or_none") /* no host, address or prefix; which of the others is not settled */

/* What a provider is to a domain. */
#define MXS_ROLES(X) \
    X(MXS_ROLE_GATEWAY, "gateway") \
    X(MXS_ROLE_MAILBOX, "mailbox") \
    X(MXS_ROLE_BACKUP, "backup")

#define MXS_SEVERITIES(X) \
    X(MXS_INFO, "info") \
    X(MXS_NOTICE, "notice") \
    X(MXS_WARNING, "warning") \
    X(MXS_CRITICAL, "critical")

/* What a provider does, as rules say it. Public: run by an association of municipalities or a state for its bodies. */
#define MXS_KINDS(X) \
    X(MXS_KIND_MAILBOX, "mailbox") \
    X(MXS_KIND_GATEWAY, "gateway") \
    X(MXS_KIND_FORWARDER, "forwarder") \
    X(MXS_KIND_REGISTRAR, "registrar") \
    X(MXS_KIND_ISP, "isp") \
    X(MXS_KIND_PUBLIC, "public")

/* What a run may ask: the words of --checks, in the order in which a run names them. */
#define MXS_CHECK_KINDS(X) \
    X(MXS_CHECK_KIND_MX, "mx") \
    X(MXS_CHECK_KIND_HOST, "host") \
    X(MXS_CHECK_KIND_AUTH, "auth") \
    X(MXS_CHECK_KIND_TRANSPORT, "transport")

/* What a connection to a mail server found (check smtp): constant, word, settled, rank (the smaller says more). */
#define MXS_SMTP_OUTCOMES(X) \
    X(MXS_SMTP_READY, "ready", true, 0)         /* 220, and the greeting was accepted */ \
    X(MXS_SMTP_REJECTING, "rejecting", true, 1) /* 5xx that is no word about us */ \
    /* three attempts over ten minutes met nobody while servers of other networks answered */ \
    X(MXS_SMTP_SILENT, "silent", true, 2) \
    X(MXS_SMTP_BUSY, "busy", false, 3)          /* 4xx, or a 5xx that speaks of us */ \
    X(MXS_SMTP_REFUSED_CONNECTION, "refused_connection", false, 7) \
    X(MXS_SMTP_TIMEOUT, "timeout", false, 6) \
    X(MXS_SMTP_UNREACHABLE, "unreachable", false, 8) \
    X(MXS_SMTP_PROTOCOL, "protocol", false, 5)  /* not SMTP, or cut off */ \
    X(MXS_SMTP_LIMIT, "limit", false, 4)        /* more lines or bytes in one reply than we read */

#define MXS_SMTP_STARTTLSES(X) \
    X(MXS_SMTP_STARTTLS_OFFERED, "offered") /* and TLS stands, or why it does not is not settled */ \
    X(MXS_SMTP_STARTTLS_ABSENT, "absent")   /* a whole answer to EHLO of a ready server does not name it */ \
    X(MXS_SMTP_STARTTLS_FAILED, "failed")   /* offered, and refused by a 5xx or a TLS alert */

/* Whether a certificate holds for the authorities we trust and the name sent as SNI: the first of these that is wrong.
 */
#define MXS_SMTP_PKIXES(X) \
    X(MXS_SMTP_PKIX_OK, "ok") \
    X(MXS_SMTP_PKIX_UNTRUSTED, "untrusted") /* no chain to an authority we trust */ \
    X(MXS_SMTP_PKIX_EXPIRED, "expired") \
    X(MXS_SMTP_PKIX_NOT_YET_VALID, "not_yet_valid") \
    X(MXS_SMTP_PKIX_NAME_MISMATCH, "name_mismatch") \
    X(MXS_SMTP_PKIX_INVALID, "invalid")     /* everything else: purpose, constraints, signature */

#define MXS_SMTP_DANES(X) \
    X(MXS_SMTP_DANE_OK, "ok") \
    X(MXS_SMTP_DANE_MISMATCH, "mismatch")           /* no usable record fits the chain */ \
    X(MXS_SMTP_DANE_NAME_MISMATCH, "name_mismatch") /* usage 2 fits, but the certificate is for other names */ \
    X(MXS_SMTP_DANE_EXPIRED, "expired")             /* usage 2 fits, but the chain is not valid now */

/* Of fetching a domain's MTA-STS policy: constant, word, settled. */
#define MXS_FETCH_RESULTS(X) \
    X(MXS_FETCH_OK, "ok", true) \
    /* the host has none that the internet can reach: decided by the asker */ \
    X(MXS_FETCH_NO_ADDRESS, "no_address", true) \
    X(MXS_FETCH_CERTIFICATE, "certificate", true)    /* not valid for the host, or of nobody we trust */ \
    X(MXS_FETCH_STATUS, "status", true)              /* neither 200 nor 3xx nor 5xx */ \
    X(MXS_FETCH_REDIRECT, "redirect", true)          /* 3xx: not followed */ \
    X(MXS_FETCH_MEDIA_TYPE, "media_type", true)      /* not text/plain */ \
    X(MXS_FETCH_TOO_LARGE, "too_large", true) \
    X(MXS_FETCH_SERVER_ERROR, "server_error", false) /* 5xx */ \
    X(MXS_FETCH_UNREACHABLE, "unreachable", false)   /* no connection, or it broke */ \
    X(MXS_FETCH_TIMEOUT, "timeout", false) \
    X(MXS_FETCH_UNRESOLVED, "unresolved", false)     /* the addresses could not be settled: decided by the asker */

/* What is wrong with an MTA-STS record or policy. */
#define MXS_MTA_STS_REASONS(X) \
    X(MXS_MTA_STS_OK, "ok") \
    X(MXS_MTA_STS_NO_RECORD, "no_record") \
    X(MXS_MTA_STS_MANY_RECORDS, "many_records") /* as if there were none */ \
    X(MXS_MTA_STS_BAD_RECORD, "bad_record")     /* not "field=value;", which has no white space @rfc{8461,3.1} */ \
    X(MXS_MTA_STS_BAD_ID, "bad_id")             /* absent, longer than 32, or not letters and digits */ \
    X(MXS_MTA_STS_BAD_LINE, "bad_line")         /* policy: a line without a colon, or a key that is none */ \
    X(MXS_MTA_STS_BAD_VERSION, "bad_version") \
    X(MXS_MTA_STS_BAD_MODE, "bad_mode") \
    X(MXS_MTA_STS_BAD_AGE, "bad_age") \
    X(MXS_MTA_STS_BAD_MX, "bad_mx")             /* a pattern that matches no host name */ \
    X(MXS_MTA_STS_NO_MX, "no_mx")               /* none although the mode is not none */ \
    X(MXS_MTA_STS_LIMIT, "limit") \
    X(MXS_MTA_STS_DOT_MX, "mx_ends_in_dot")     /* which the grammar has not */

#define MXS_MTA_STS_MODES(X) \
    X(MXS_MTA_STS_NONE, "none") \
    X(MXS_MTA_STS_TESTING, "testing") \
    X(MXS_MTA_STS_ENFORCE, "enforce")

#define MXS_WORD_CONSTANT(constant, ...) constant,
enum mxs_outcome { MXS_OUTCOMES(MXS_WORD_CONSTANT) MXS_OUTCOME_COUNT };
enum mxs_state { MXS_STATES(MXS_WORD_CONSTANT) MXS_STATE_COUNT };
enum mxs_backup { MXS_BACKUPS(MXS_WORD_CONSTANT) MXS_BACKUP_UNKNOWN, MXS_BACKUP_COUNT };
enum mxs_single_point { MXS_SINGLE_POINTS(MXS_WORD_CONSTANT) MXS_SINGLE_UNKNOWN, MXS_SINGLE_COUNT };
enum mxs_role { MXS_ROLES(MXS_WORD_CONSTANT) MXS_ROLE_COUNT };
enum mxs_severity { MXS_SEVERITIES(MXS_WORD_CONSTANT) MXS_SEVERITY_COUNT };
enum mxs_kind { MXS_KINDS(MXS_WORD_CONSTANT) MXS_KIND_COUNT };
enum mxs_smtp_outcome { MXS_SMTP_OUTCOMES(MXS_WORD_CONSTANT) MXS_SMTP_OUTCOME_COUNT };
enum mxs_smtp_starttls {
    MXS_SMTP_STARTTLSES(MXS_WORD_CONSTANT) MXS_SMTP_STARTTLS_COUNT,
    MXS_SMTP_STARTTLS_UNKNOWN = 255
};
enum mxs_smtp_pkix { MXS_SMTP_PKIXES(MXS_WORD_CONSTANT) MXS_SMTP_PKIX_COUNT, MXS_SMTP_PKIX_UNKNOWN = 255 };
enum mxs_smtp_dane { MXS_SMTP_DANES(MXS_WORD_CONSTANT) MXS_SMTP_DANE_COUNT, MXS_SMTP_DANE_UNKNOWN = 255 };
enum mxs_fetch_result { MXS_FETCH_RESULTS(MXS_WORD_CONSTANT) MXS_FETCH_RESULT_COUNT };
enum mxs_mta_sts_reason { MXS_MTA_STS_REASONS(MXS_WORD_CONSTANT) MXS_MTA_STS_REASON_COUNT };
enum mxs_mta_sts_mode { MXS_MTA_STS_MODES(MXS_WORD_CONSTANT) MXS_MTA_STS_MODE_COUNT };
enum mxs_check_kind { MXS_CHECK_KINDS(MXS_WORD_CONSTANT) MXS_CHECK_KIND_COUNT };

/* Not an outcome: the question was not asked. NULL in the database. */
#define MXS_NOT_ASKED ((enum mxs_outcome)255)
/* Nor this: no connection was made. */
#define MXS_SMTP_NOT_ASKED ((enum mxs_smtp_outcome)255)

/* Only settled outcomes become facts about a name. */
bool mxs_outcome_settled(enum mxs_outcome outcome);
/* Of two outcomes for one question, the one that says more: settled, then limit, malformed, truncated, then servfail,
 * refused, filtered, then timeout, unreachable. a wins ties. */
enum mxs_outcome mxs_outcome_better(enum mxs_outcome a, enum mxs_outcome b);
bool mxs_smtp_outcome_settled(enum mxs_smtp_outcome outcome);
/* Of two attempts at one server, whether the second says more: settled, then a server that spoke, then the failures to
 * reach it. */
bool mxs_smtp_outcome_better(enum mxs_smtp_outcome than, enum mxs_smtp_outcome outcome);
bool mxs_state_receives(enum mxs_state state);
/* The same next time; the others may be different an hour later. */
bool mxs_fetch_settled(enum mxs_fetch_result result);

const char *mxs_outcome_text(enum mxs_outcome outcome); /* "answered" ..., "not_asked" */
const char *mxs_state_text(enum mxs_state state);
const char *mxs_backup_text(enum mxs_backup backup); /* NULL for unknown */
const char *mxs_single_point_text(enum mxs_single_point point); /* NULL for unknown */
const char *mxs_role_text(enum mxs_role role);
const char *mxs_severity_text(enum mxs_severity severity);
const char *mxs_kind_text(enum mxs_kind kind);
const char *mxs_smtp_outcome_text(enum mxs_smtp_outcome outcome); /* "ready" ..., "not_asked" */
const char *mxs_smtp_starttls_text(enum mxs_smtp_starttls starttls); /* "unknown" for unknown; so the next two */
const char *mxs_smtp_pkix_text(enum mxs_smtp_pkix pkix);
const char *mxs_smtp_dane_text(enum mxs_smtp_dane dane);
const char *mxs_fetch_result_text(enum mxs_fetch_result result);
const char *mxs_mta_sts_reason_text(enum mxs_mta_sts_reason reason);
const char *mxs_mta_sts_mode_text(enum mxs_mta_sts_mode mode);
const char *mxs_check_kind_text(enum mxs_check_kind kind);

/* The tables as the database keeps them: number, name, and up to two flags. */
struct mxs_word {
    const char *name;
    bool flags[2];
};

struct mxs_words {
    const char *table;    /* "outcome" */
    const char *insert;   /* the statement for one row: ?1 number, ?2 name, ?3 ... flags */
    const struct mxs_word *words;
    size_t count;
    size_t flag_count;
};

extern const struct mxs_words mxs_vocabulary[];
extern const size_t mxs_vocabulary_count;

#endif
