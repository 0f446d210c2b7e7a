/* A name with several TXT records: the first that reads as a key is taken, because a second record (a stray token)
 * makes verifiers differ, and the count is kept so that a finding can say so.
 *
 * Spec       @rfc{6376,3.6.1} @rfc{8301,3} @rfc{8463,4}
 * In         The TXT records of <selector>._domainkey.<name>
 * Out        The key: its kind, its length, whether it is revoked
 * Units      Bits
 * Limits     A key of 16,384 bits
 * Errors     enum mxs_dkim_reason in the key
 * Ownership  Views of the record given
 * Threads    Any. Pure
 * Bugs       The key is measured, not checked: a modulus that is even or not squarefree passes
 */
#ifndef MXS_SCANNER_PARSE_DKIM_H
#define MXS_SCANNER_PARSE_DKIM_H

#include "base/arena.h"
#include "model/answer.h"

/* Stored in the database: never renumber; grows at the end only. */
enum mxs_dkim_reason {
    MXS_DKIM_OK = 0,
    MXS_DKIM_NO_RECORD = 1,   /* no TXT record, or none that looks like a key */
    MXS_DKIM_REVOKED = 2,     /* p is empty */
    MXS_DKIM_BAD_TAGS = 3,
    MXS_DKIM_TAG_TWICE = 4,
    MXS_DKIM_BAD_VERSION = 5, /* v is not DKIM1, or not the first tag */
    MXS_DKIM_NO_KEY = 6,      /* no p */
    MXS_DKIM_UNKNOWN_TYPE = 7,/* k is neither rsa nor ed25519 */
    MXS_DKIM_BAD_BASE64 = 8,
    MXS_DKIM_BAD_KEY = 9,     /* p holds no key of type k */
    MXS_DKIM_LIMIT = 10,      /* longer than we read */
    MXS_DKIM_NO_SHA256 = 11,  /* h allows no hash that a signature may use @rfc{8301,3.1} @rfc{8463,3} */
    MXS_DKIM_REASON_COUNT = 12,
};
const char *mxs_dkim_reason_text(enum mxs_dkim_reason reason);

enum mxs_dkim_type { MXS_DKIM_RSA = 0, MXS_DKIM_ED25519 = 1, MXS_DKIM_OTHER = 2 };
const char *mxs_dkim_type_text(enum mxs_dkim_type type);

struct mxs_dkim {
    enum mxs_dkim_reason reason;
    struct mxs_text record;
    enum mxs_dkim_type type;
    uint32_t bits;             /* of the RSA modulus; 256 for Ed25519; 0 without a key */
    bool version_given;
    bool testing;              /* t=y */
    bool strict;               /* t=s: no subdomains */
    bool sha1, sha256;         /* h; both where nothing is said */
    bool email;                /* s: * or email */
    bool notes;                /* n */
    uint32_t unknown_tags;
    uint32_t record_count;     /* TXT records of the name that look like a key */
};

/* Whether a TXT record looks like a key: v=DKIM1, or a p tag. */
bool mxs_dkim_is(struct mxs_text record);
/* scratch serves the decoding alone. */
void mxs_dkim_parse(struct mxs_text record, struct mxs_arena *scratch, struct mxs_dkim *out);
void mxs_dkim_read(const struct mxs_record *records, uint32_t count, struct mxs_arena *scratch, struct mxs_dkim *out);

#endif
