/* The record is read whole: an error in its last term makes the policy one @rfc{7208,4.6}. What follows "all" is
 * read and never evaluated. Following includes is scanner/parse/spf_walk.
 *
 * Spec       @rfc{7208,3} @rfc{7208,4} @rfc{7208,5} @rfc{7208,6} @rfc{7208,7}
 * In         The TXT records of a name
 * Out        Its SPF policy, term by term, or the reason why it is a permanent error
 * Units      Prefix lengths in bits
 * Limits     MXS_SPF_TERMS_MAX terms
 * Errors     enum mxs_spf_reason in the policy
 * Ownership  Terms from the arena; texts are views of the record given
 * Threads    Any. Pure
 * Bugs       An uppercase macro is not URL-escaped: the two that a survey can expand hold nothing to escape
 */
#ifndef MXS_SCANNER_PARSE_SPF_H
#define MXS_SCANNER_PARSE_SPF_H

#include "base/arena.h"
#include "model/answer.h"

#define MXS_SPF_TERMS_MAX 4096

/* Stored in the database: never renumber; grows at the end only. */
enum mxs_spf_reason {
    MXS_SPF_OK = 0,
    MXS_SPF_NO_RECORD = 1,
    MXS_SPF_MANY_RECORDS = 2,
    MXS_SPF_NOT_ASCII = 3,          /* an octet that is no printable ASCII character */
    MXS_SPF_UNKNOWN_MECHANISM = 4,
    MXS_SPF_BAD_MODIFIER = 5,       /* the name before '=' is none */
    MXS_SPF_BAD_ARGUMENT = 6,       /* ":" or "/" where the mechanism takes none */
    MXS_SPF_MISSING_DOMAIN = 7,     /* the domain is absent or empty where one is needed */
    MXS_SPF_BAD_DOMAIN = 8,         /* does not end in a top label or macro */
    MXS_SPF_BAD_MACRO = 9,
    MXS_SPF_BAD_ADDRESS = 10,
    MXS_SPF_BAD_PREFIX = 11,
    MXS_SPF_MODIFIER_TWICE = 12,    /* redirect or exp */
    MXS_SPF_TOO_MANY_TERMS = 13,    /* our limit, not the RFC's; also when the arena is full */
    /* Found by scanner/parse/spf_walk. */
    MXS_SPF_TOO_MANY_LOOKUPS = 14,  /* more than 10 terms that ask the DNS */
    MXS_SPF_TOO_MANY_VOIDS = 15,    /* more than 2 of their look-ups find nothing */
    MXS_SPF_TOO_MANY_MX_HOSTS = 16,/* mx: more than 10 MX hosts */
    MXS_SPF_INCLUDE_NONE = 17,      /* include: its target has no policy */
    MXS_SPF_REDIRECT_NONE = 18,
    MXS_SPF_REASON_COUNT = 19,
};
const char *mxs_spf_reason_text(enum mxs_spf_reason reason); /* "ok", "no_record" ... */

enum mxs_spf_kind {
    MXS_SPF_ALL, MXS_SPF_INCLUDE, MXS_SPF_A, MXS_SPF_MX, MXS_SPF_PTR, MXS_SPF_IP4, MXS_SPF_IP6, MXS_SPF_EXISTS,
    MXS_SPF_REDIRECT, MXS_SPF_EXP, MXS_SPF_OTHER, /* a modifier nobody defined */
};

struct mxs_spf_term {
    enum mxs_spf_kind kind;
    char qualifier;         /* '+' '-' '~' '?'; modifiers: '+' */
    uint8_t prefix4;        /* 32 where none is written */
    uint8_t prefix6;        /* 128 */
    uint8_t address[16];    /* IP4: the first four */
    struct mxs_text domain; /* as written, macros and all; data NULL: none written */
    struct mxs_text text;   /* the whole term */
};

struct mxs_spf {
    enum mxs_spf_reason reason;
    struct mxs_text record;      /* the record chosen; data NULL when none or many */
    struct mxs_text wrong;       /* the term the reason is about, else data NULL */
    const struct mxs_spf_term *terms;
    uint32_t term_count;
    /* Of a good policy; NULL where there is none. */
    const struct mxs_spf_term *all;      /* the first one: nothing behind it is evaluated */
    const struct mxs_spf_term *redirect; /* without effect beside "all" */
    const struct mxs_spf_term *exp;
};

/* Whether a TXT record is an SPF record @rfc{7208,4.5}. */
bool mxs_spf_is(struct mxs_text record);
/* Reads one record that is one. */
void mxs_spf_parse(struct mxs_text record, struct mxs_arena *arena, struct mxs_spf *out);
/* Chooses among the TXT records of a name and reads. */
void mxs_spf_read(const struct mxs_record *records, uint32_t count, struct mxs_arena *arena, struct mxs_spf *out);

/* Whether text is a macro-string (domain false) or a domain-spec: MXS_SPF_OK, BAD_MACRO or BAD_DOMAIN. */
enum mxs_spf_reason mxs_spf_macro_parse(struct mxs_text text, bool domain);

/* The domain-spec as a canonical name, in out[MXS_NAME_TEXT_MAX + 1]; *size_bytes 0 when no name comes of it (it
 * counts as one that does not exist). False: a macro needs to know who sends. domain is the name whose policy this
 * is, sender the domain first asked about. */
bool mxs_spf_expand(struct mxs_text spec, struct mxs_text domain, struct mxs_text sender, char *out,
                    uint32_t *size_bytes);
/* For a sender whom nobody can know: what is found at that name is found for every sender. False: bad macros. */
bool mxs_spf_expand_nobody(struct mxs_text spec, struct mxs_text domain, struct mxs_text sender, char *out,
                           uint32_t *size_bytes);

#endif
