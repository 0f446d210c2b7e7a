/* The form in which policies are stored (column content of the table policy). What is settled and not there is left out: the
 * checks of the run say what was asked, so a domain that publishes nothing is one byte, and all such domains share it.
 * Bytes are in network order.
 *
 * In         What the questions about a domain's policies brought
 * Out        One comparable value, and its parts again
 * Limits     MXS_PACK_MAX bytes; MXS_PACK_TEXTS texts an answer, the others are dropped
 * Errors     False from put: it does not fit. Reading a damaged value ends early
 * Ownership  The writer's buffer is the caller's; what is read are views of the value
 */
#ifndef MXS_SCANNER_CHECKS_INTERNAL_POLICY_PACK_H
#define MXS_SCANNER_CHECKS_INTERNAL_POLICY_PACK_H

#include "base/err.h"
#include "model/answer.h"

#define MXS_PACK_MAX 60000u
#define MXS_PACK_TEXTS 8u

/* Stored: never renumber. */
enum mxs_ask {
    MXS_ASK_TXT = 0,            /* the domain itself: SPF, verification tokens */
    MXS_ASK_DMARC = 1,          /* _dmarc */
    MXS_ASK_DMARC_ORG = 2,      /* _dmarc of the organisational domain; key: its name */
    MXS_ASK_DMARC_TREE = 3,     /* what the walk up the tree finds instead; key: the name */
    MXS_ASK_BIMI = 4,
    MXS_ASK_DOMAINKEY = 5,      /* whether _domainkey exists */
    MXS_ASK_SELECTOR = 6,       /* key: the selector */
    MXS_ASK_AUTODISCOVER = 7,
    MXS_ASK_AUTODISCOVER_SRV = 8,
    MXS_ASK_MTA_STS = 9,
    MXS_ASK_TLS_RPT = 10,
    MXS_ASK_REPORT = 11,        /* an external report address that did not agree; key: its domain */
    MXS_ASK_OWN = 12,           /* a name below the domain that its SPF policy leads to: never stored */
    MXS_ASK_COUNT = 13,
};

struct mxs_policy_entry {
    enum mxs_ask ask;
    enum mxs_outcome outcome;
    struct mxs_text key;    /* data NULL: none */
    struct mxs_text target; /* alias, CNAME or SRV target; data NULL: none */
    struct mxs_text texts[MXS_PACK_TEXTS];
    uint32_t text_count;
};

struct mxs_pack {
    uint8_t *bytes; /* MXS_PACK_MAX */
    uint32_t size_bytes;
};

void mxs_pack_init(struct mxs_pack *pack, uint8_t *bytes);
/* A text longer than 65,535 bytes is cut. False: the entry is left out whole. */
MXS_CHECK bool mxs_pack_put(struct mxs_pack *pack, const struct mxs_policy_entry *entry);
/* The entry at *at, which begins at 0 and moves on. False at the end. */
MXS_CHECK bool mxs_pack_next(struct mxs_bytes content, uint32_t *at, struct mxs_policy_entry *out);
/* Two entries in the order in which they are packed. */
int mxs_pack_order(const struct mxs_policy_entry *a, const struct mxs_policy_entry *b);
/* Orders texts by their bytes: a name server answers in any order. */
void mxs_pack_sort(struct mxs_text *texts, uint32_t count);

#endif
