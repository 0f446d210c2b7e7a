/* Which name the record was found at (the domain, its organisational domain, or by DMARCbis' walk up the tree) is the
 * asker's to say. A tag with a value it cannot have is ignored, and its bit in wrong_tags set, a piece that is no tag
 * is counted as discarded, as the RFC wants; only the policy tags can spoil a record.
 *
 * Spec       @rfc{7489,6.3} @rfc{7489,6.4} @rfc{7489,6.6.3}; tags np, psd and t of its successor (DMARCbis)
 * In         The TXT records of _dmarc.<name>
 * Out        The policy, or the reason why there is none
 * Units      percent; interval_s seconds; size_bytes of reports
 * Limits     MXS_DMARC_URIS_MAX report addresses of each kind; more are counted, not kept
 * Errors     enum mxs_dmarc_reason in the record
 * Ownership  Views of the record given
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_PARSE_DMARC_H
#define MXS_SCANNER_PARSE_DMARC_H

#include "model/answer.h"

#define MXS_DMARC_URIS_MAX 32

/* Stored in the database: never renumber; grows at the end only. */
enum mxs_dmarc_reason {
    MXS_DMARC_OK = 0,
    MXS_DMARC_NO_RECORD = 1,
    MXS_DMARC_MANY_RECORDS = 2,  /* as if there were none */
    MXS_DMARC_BAD_TAGS = 3,      /* of databases before schema 3: a slip behind the policy spoils nothing now */
    MXS_DMARC_TAG_TWICE = 4,     /* two p tags */
    MXS_DMARC_NO_POLICY = 5,     /* no p, and nowhere to report to */
    MXS_DMARC_BAD_POLICY = 6,    /* p or sp is no policy, and nowhere to report to */
    MXS_DMARC_REASON_COUNT = 7,
};
const char *mxs_dmarc_reason_text(enum mxs_dmarc_reason reason);

enum mxs_dmarc_policy {
    MXS_DMARC_ABSENT = 0, MXS_DMARC_NONE = 1, MXS_DMARC_QUARANTINE = 2, MXS_DMARC_REJECT = 3,
};
const char *mxs_dmarc_policy_text(enum mxs_dmarc_policy policy); /* NULL for absent */

/* Bits of wrong_tags. */
enum { MXS_DMARC_WRONG_P = 1, MXS_DMARC_WRONG_SP = 2, MXS_DMARC_WRONG_NP = 4, MXS_DMARC_WRONG_PCT = 8,
       MXS_DMARC_WRONG_ADKIM = 16, MXS_DMARC_WRONG_ASPF = 32, MXS_DMARC_WRONG_FO = 64, MXS_DMARC_WRONG_RI = 128,
       MXS_DMARC_WRONG_RUA = 256, MXS_DMARC_WRONG_RUF = 512, MXS_DMARC_WRONG_T = 1024, MXS_DMARC_WRONG_PSD = 2048,
       MXS_DMARC_WRONG_RF = 4096, MXS_DMARC_P_NOT_SECOND = 8192 };

struct mxs_dmarc_uri {
    struct mxs_text uri;      /* without the size limit */
    struct mxs_text domain;   /* of a mailto: address, as written; data NULL for other schemes */
    uint64_t size_bytes;      /* 0: no limit given */
};
struct mxs_dmarc_uris {
    struct mxs_dmarc_uri at[MXS_DMARC_URIS_MAX];
    uint32_t count;           /* of the usable ones, those not kept included */
};

struct mxs_dmarc {
    enum mxs_dmarc_reason reason;
    struct mxs_text record;   /* data NULL: none or many */
    enum mxs_dmarc_policy policy, subdomain_policy, nonexistent_policy; /* p, sp, np as published */
    bool policy_supposed;     /* p is absent or wrong; reports are wanted, so it counts as none @rfc{7489,6.6.3} */
    uint8_t percent;          /* 100 where nothing is said */
    bool strict_dkim, strict_spf;
    char failure_options[4];  /* of fo: its letters among 0 1 d s, NUL-padded; "0" where nothing is said */
    uint32_t interval_s;
    bool testing;             /* t=y */
    char public_suffix;       /* psd: 'y', 'n', 'u' */
    struct mxs_dmarc_uris rua, ruf;
    uint32_t wrong_tags;
    uint32_t unknown_tags;
    uint32_t discarded;       /* pieces that are no tag, or a tag for the second time: passed over @rfc{7489,6.3} */
    uint32_t seen_tags;
    bool policy_twice;
};

bool mxs_dmarc_is(struct mxs_text record);
void mxs_dmarc_parse(struct mxs_text record, struct mxs_dmarc *out);
void mxs_dmarc_read(const struct mxs_record *records, uint32_t count, struct mxs_dmarc *out);
/* What holds for a name below the one that published, existing or not: np, sp, then p. */
enum mxs_dmarc_policy mxs_dmarc_subdomain(const struct mxs_dmarc *dmarc, bool exists);

#endif
