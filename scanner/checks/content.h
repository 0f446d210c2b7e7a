/* The form in which what checks keep is stored (column content of the table policy). What is settled and not there is
 * left out: the checks of the run say what was asked, so a domain that publishes nothing is one byte, and all such
 * domains share it. Bytes are in network order.
 *
 * In         What the questions about a domain or an MX host brought
 * Out        One comparable value, and its parts again
 * Limits     MXS_PACK_MAX bytes; MXS_PACK_TEXTS texts an entry
 * Errors     False from put: it does not fit. Reading a damaged value ends early
 * Ownership  The writer's buffer is the caller's; what is read are views of the value
 */
#ifndef MXS_SCANNER_CHECKS_CONTENT_H
#define MXS_SCANNER_CHECKS_CONTENT_H

#include "base/err.h"
#include "model/answer.h"

#define MXS_PACK_MAX 60000u
#define MXS_PACK_TEXTS 32u
#define MXS_ASK_COUNT 64u

/* Kinds of entries. Stored: never renumber. A check added later says its own numbers in its own file. */
enum mxs_ask {
    MXS_ASK_TXT = 0,        /* the domain itself: SPF (before schema 3 verification tokens, too) */
    MXS_ASK_DMARC = 1,      /* _dmarc */
    MXS_ASK_DMARC_ORG = 2,  /* _dmarc of the organisational domain; key: its name */
    MXS_ASK_DMARC_TREE = 3, /* what the walk up the tree finds instead; key: the name */
    MXS_ASK_BIMI = 4,
    MXS_ASK_DOMAINKEY = 5, /* whether _domainkey exists */
    MXS_ASK_SELECTOR = 6,  /* key: the selector */
    MXS_ASK_AUTODISCOVER = 7,
    MXS_ASK_AUTODISCOVER_SRV = 8,
    MXS_ASK_MTA_STS = 9,
    MXS_ASK_TLS_RPT = 10,
    MXS_ASK_REPORT = 11,   /* an external report address that did not agree; key: its domain */
    MXS_ASK_OWN = 12,      /* a name that an SPF policy leads to: never stored */
    MXS_ASK_SPF_WALK = 13, /* what the walk came to; a text of MXS_SPF_WALK_SIZE bytes */
    MXS_ASK_TLSA = 14,     /* records of an MX host; key: the name, where it is not the host's own */
    MXS_ASK_TOKENS = 15,   /* verification tokens, in order; key: a letter, where one entry is not enough */
    MXS_ASK_TLSA_COUNTED =
        17, /* all that schema 2 kept of them: a text of two bytes, how many are usable, how many not */
    MXS_ASK_NO_AUTODISCOVER =
        18, /* a name that nobody uses: where it leads, every name of the domain does; never stored */
    MXS_ASK_NO_AUTODISCOVER_SRV = 26, /* as MXS_ASK_NO_AUTODISCOVER; never stored */
    MXS_ASK_DMARC_ELSEWHERE = 27, /* a DMARC record where nobody looks: at the domain itself, or at the key below it */
    MXS_ASK_NO_DMARC = 28, /* a name that nobody uses; never stored */
    MXS_ASK_NO_SELECTOR =
        16, /* a selector that nobody uses: what it answers, every name below _domainkey does; key: "*" */
};

#define MXS_SPF_WALK_SIZE \
    6 /* result, reason, qualifier that decides, look-ups, void look-ups, enum mxs_spf_cover */

/* Flags of an entry. */
/* NEARLY: the texts were meant as a record and are none. DANGLING: the name that the alias leads to does not exist. */
enum { MXS_ENTRY_SECURE = 1, MXS_ENTRY_ADDRESS_SECURE = 2, MXS_ENTRY_DANGLING = 4, MXS_ENTRY_NEARLY = 8 };

struct mxs_policy_entry {
    uint8_t ask;
    uint8_t flags;
    enum mxs_outcome outcome;
    struct mxs_text key;    /* data NULL: none */
    struct mxs_text target; /* alias, CNAME or SRV target; data NULL: none */
    uint32_t text_count;
    struct mxs_text texts[MXS_PACK_TEXTS]; /* last: a copy may end behind those that are there */
};

struct mxs_pack {
    uint8_t *bytes; /* MXS_PACK_MAX */
    uint32_t size_bytes;
};

void mxs_pack_init(struct mxs_pack *pack, uint8_t *bytes);
/* A text longer than 65,534 bytes is cut. False: the entry is left out whole, as so many bytes would not stay free
 * behind it. */
MXS_CHECK bool mxs_pack_put(struct mxs_pack *pack, const struct mxs_policy_entry *entry, uint32_t reserve_bytes);
/* The entry at *at, which begins at 0 and moves on. False at the end. */
MXS_CHECK bool mxs_pack_next(struct mxs_bytes content, uint32_t *at, struct mxs_policy_entry *out);
/* Two entries in the order in which they are packed. */
int mxs_pack_order(const struct mxs_policy_entry *a, const struct mxs_policy_entry *b);
/* The entry's texts as records. */
uint32_t mxs_pack_records(const struct mxs_policy_entry *entry, struct mxs_record records[MXS_PACK_TEXTS]);
/* Orders texts by their bytes: a name server answers in any order. */
void mxs_pack_sort(struct mxs_text *texts, uint32_t count);

#endif
