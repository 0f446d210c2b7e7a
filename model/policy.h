/* Facts hold no opinion. MXS_POLICY_UNKNOWN stands wherever it was not asked or not settled.
 *
 * Spec       @rfc{7208,4.6} @rfc{7489,6.6.3} @rfc{6376,3.6.1} @rfc{8461,3.1} @rfc{8460,3} @rfc{7672,2.2}
 * Out        What a domain publishes about who may send as it and how mail to it is protected, as the judges read it
 * Units      Bits
 * Limits     The maxima below; more are dropped
 * Ownership  Views; whoever assembles the facts owns all of it for the time of the judgement
 */
#ifndef MXS_MODEL_POLICY_H
#define MXS_MODEL_POLICY_H

#include "base/bytes.h"
#include "model/smtp.h"

#define MXS_POLICY_UNKNOWN 255
#define MXS_POLICY_KEYS_MAX 64
#define MXS_POLICY_INCLUDES_MAX 64
#define MXS_POLICY_TOKENS_MAX 32
#define MXS_POLICY_SRV_MAX 8

/* The numbers of the following stand in the database: never renumber; they grow at the end only. */
enum mxs_record_mark { MXS_RECORD_NONE = 0, MXS_RECORD_GOOD = 1, MXS_RECORD_FAULTY = 2 };
enum mxs_spf_mark {
    MXS_SPF_MARK_OK = 0,
    MXS_SPF_MARK_NONE = 1,
    MXS_SPF_MARK_PERMERROR = 2,
    MXS_SPF_MARK_TEMPERROR = 3
};
/* The record alone, where its policy was not fetched (the numbers of mxs_record_mark); else what the policy says. */
enum mxs_sts_mark {
    MXS_STS_ABSENT = 0,
    MXS_STS_PUBLISHED = 1,
    MXS_STS_FAULTY = 2,
    MXS_STS_ENFORCE = 3,
    MXS_STS_TESTING = 4,
    MXS_STS_MODE_NONE = 5,
    MXS_STS_UNFETCHABLE = 6
};
enum mxs_dmarc_mark { MXS_DMARC_MARK_ABSENT = 0, MXS_DMARC_MARK_NONE = 1, MXS_DMARC_MARK_QUARANTINE = 2,
                      MXS_DMARC_MARK_REJECT = 3, MXS_DMARC_MARK_FAULTY = 4 };
enum mxs_dane_mark {
    MXS_DANE_NONE = 0,
    MXS_DANE_SOME = 1,
    MXS_DANE_ALL = 2,
    MXS_DANE_INSECURE = 3,
    MXS_DANE_UNUSABLE = 4
};
/* Who holds the mailbox was looked for behind the MX, and hangs on answers that could not be settled. */
enum mxs_mailbox_mark { MXS_MAILBOX_UNSETTLED = 1 };
/* What a domain says of itself, all policies taken together. */
enum mxs_posture { MXS_POSTURE_RECEIVES_SENDS = 0, MXS_POSTURE_RECEIVES = 1, MXS_POSTURE_SENDS = 2,
                   MXS_POSTURE_PARKED = 3,      /* no mail either way, and it says so so that forgery fails */
                   MXS_POSTURE_UNPROTECTED = 4, /* no mail either way, and anybody can forge it */
                   MXS_POSTURE_COUNT = 5 };

struct mxs_policy_key {
    struct mxs_text selector;
    struct mxs_text target; /* where the alias leads, data NULL without one */
    bool there, revoked, testing, faulty, ed25519;
    bool dangling; /* its alias leads to a name that does not exist */
    uint16_t bits;
};

struct mxs_policy_facts {
    unsigned options;     /* which checks were part of the run: bits of scanner/checks/registry.h */
    struct mxs_bytes content; /* all that was kept, for checks whose facts nobody else needs */
    /* SPF: what the walk over all includes came to. */
    uint8_t spf;          /* enum mxs_spf_mark */
    uint8_t spf_reason, spf_lookups, spf_voids;
    char spf_all;         /* the qualifier that decides; 0 without a policy */
    /* No record stands there, but a text that was meant as one. */
    bool dmarc_elsewhere; /* a record where nobody looks */
    bool spf_nearly, dmarc_nearly, bimi_nearly, mta_sts_nearly, tls_rpt_nearly;
    uint8_t spf_cover;    /* enum mxs_spf_cover: whether its terms let everybody pass */
    bool spf_lost;        /* the record found no room: whatever it comes to, nobody can read it */
    bool spf_ptr;         /* it has a ptr term */
    bool spf_bare;        /* nobody may send: -all, and all before it refuses, too */
    struct mxs_text includes[MXS_POLICY_INCLUDES_MAX]; /* whose senders pass: include, redirect; as written */
    uint32_t include_count;
    /* DMARC: the record that holds for the domain. */
    uint8_t dmarc;        /* enum mxs_dmarc_mark */
    uint8_t dmarc_percent;
    bool dmarc_inherited; /* found at the organisational domain */
    bool dmarc_reports;   /* somebody gets aggregate reports */
    bool dmarc_testing;
    bool dmarc_unenforced; /* its p or sp is none, or its p is quarantine for a part of the mail */
    bool dmarc_discarded; /* a part of the record cannot be read, and is passed over */
    bool dmarc_differs;   /* the walk up the tree of its successor finds another record */
    bool dmarc_unauthorised; /* an external report address that did not agree to it */
    /* DKIM. */
    struct mxs_policy_key keys[MXS_POLICY_KEYS_MAX];
    uint32_t key_count;
    uint8_t dkim;         /* enum mxs_record_mark: a usable key was found; nothing was found proves nothing */
    bool domainkey;       /* the name _domainkey exists: there are selectors, known to us or not */
    /* The mailbox behind. */
    struct mxs_text autodiscover; /* target, data NULL without */
    struct mxs_text autodiscover_srv[MXS_POLICY_SRV_MAX]; /* those that are asked first */
    uint32_t srv_count;
    struct mxs_text tokens[MXS_POLICY_TOKENS_MAX];  /* TXT records that prove to a service who owns the domain */
    uint32_t token_count;
    bool keys_open, autodiscover_open, spf_open, tokens_open; /* not all of them could be settled: there may be more */
    uint8_t bimi, tls_rpt; /* enum mxs_record_mark */
    uint8_t mta_sts;      /* enum mxs_sts_mark */
    bool sts_uncovered;   /* the policy does not name every MX host */
    bool sts_none_covered; /* it names none of them */
    bool sts_short;       /* senders forget it within a day */
    bool sts_stale;       /* it changed, and the record's id did not */
    uint8_t dane;         /* enum mxs_dane_mark */
    struct mxs_smtp_summary smtp;
};

/* All is zero, absent or unknown. The long arrays are left as they are: their counts say what of them is set. */
void mxs_policy_facts_init(struct mxs_policy_facts *facts);

/* What the judges say of it, a small number for each measure: kept with the verdict, so that tables are counts over
 * verdicts. What a number means stands in the table measure_word. Stored: never renumber; a check added later says its
 * own in its own file. */
#define MXS_MEASURES_MAX 32
enum mxs_measure_id {
    MXS_MEASURE_SPF = 0,     /* enum mxs_spf_mark */
    MXS_MEASURE_SPF_ALL = 1, /* the qualifier */
    MXS_MEASURE_DMARC = 2,
    MXS_MEASURE_DKIM = 3,
    MXS_MEASURE_BIMI = 4,
    MXS_MEASURE_MTA_STS = 5,
    MXS_MEASURE_TLS_RPT = 6,
    MXS_MEASURE_DANE = 7,
    MXS_MEASURE_POSTURE = 8,
    MXS_MEASURE_MAILBOX = 15 /* enum mxs_mailbox_mark */
};
struct mxs_measures {
    uint8_t values[MXS_MEASURES_MAX]; /* MXS_POLICY_UNKNOWN: not asked, not settled, or does not apply */
};
extern const struct mxs_measures mxs_measures_unknown;
#define MXS_MEASURES_UNKNOWN mxs_measures_unknown

/* What policies add to a verdict: comparable, so that a domain that adds the same to the same verdict is not judged
 * twice. */
struct mxs_policy_addition {
    struct mxs_measures measures;
    uint8_t confidence;      /* of the mailbox behind; 0: none is named */
    uint8_t front_confidence;
    uint64_t findings;       /* codes 64 to 127 */
    struct mxs_text mailbox; /* data NULL: none */
    struct mxs_text front;   /* a gateway that the servers of an MX host name, which no rule names; data NULL: none */
};

#endif
