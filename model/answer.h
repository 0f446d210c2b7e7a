/* A question, and what the DNS said to it. An outcome is a fact about the world, stored and counted; it is never an
 * error of ours.
 *
 * Spec       @rfc{1035,4.1} @rfc{2308,2} @rfc{2181,5.4}
 * Units      ttl_s seconds, rtt_us microseconds
 * Limits     MXS_RECORDS_MAX records kept of one answer, whatever their order; more is outcome "limit"
 * Errors     None: outcomes are values
 * Ownership  An answer's views live as long as the call that hands it over; take copies
 */
#ifndef MXS_MODEL_ANSWER_H
#define MXS_MODEL_ANSWER_H

#include "base/bytes.h"
#include "model/vocabulary.h"

enum mxs_type { MXS_TYPE_A = 1, MXS_TYPE_CNAME = 5, MXS_TYPE_PTR = 12, MXS_TYPE_MX = 15, MXS_TYPE_TXT = 16,
                MXS_TYPE_AAAA = 28, MXS_TYPE_SRV = 33, MXS_TYPE_TLSA = 52 };

#define MXS_RECORDS_MAX 1000
#define MXS_CHAIN_MAX 16

/* How many attempts a question has. */
enum mxs_tries {
    MXS_TRIES_STAGE, /* as many attempts as the stage gives */
    MXS_TRIES_ALL,   /* all attempts and the recheck, however few the stage gives to its others */
    MXS_TRIES_ONE,   /* and no recheck */
    MXS_TRIES_GLANCE /* one, waited for as a recheck is: as long as an answer usually takes */
};

struct mxs_question {
    struct mxs_text name; /* canonical */
    uint16_t type;        /* enum mxs_type */
    uint8_t kind;         /* the asker's own: which check this belongs to */
    uint32_t subject;     /* the asker's own: domain or host id */
    uint16_t avoid[2];    /* resolvers (index + 1) that are asked only when no other is fit; 0 none */
    uint16_t prefer;      /* then all but this one are avoided; 0 none */
    uint8_t tries;        /* enum mxs_tries */
};

/* One record of the asked type. Only the member of that type is set. */
struct mxs_record {
    uint16_t preference;    /* MX; SRV: priority */
    uint16_t port, weight;  /* SRV */
    struct mxs_text host;   /* MX, SRV, CNAME: canonical target, "" for the root */
    struct mxs_bytes data;  /* A 4 bytes, AAAA 16 bytes, TLSA rdata, TXT: the strings joined */
    struct mxs_bytes cut;   /* TXT: the strings as they came. Two records of one text, cut differently, are two */
};

/* Why an answer without records proves nothing: its sender knows no answer to anything, and says so. */
enum mxs_lack {
    MXS_LACK_NONE,
    MXS_LACK_REFERRAL,  /* it names other servers instead @rfc{2308,2.2} */
    MXS_LACK_RECURSION, /* it denies, and neither recurses (RA) nor is the authority (AA) */
};

/* An extended error as it is stored: its code + 1; 0: none. @rfc{8914,4} */
#define MXS_EDE_NONE 0
/* An old answer, given because no new one was to be had: EDE 3 and 19. */
static inline bool mxs_ede_stale(uint16_t ede) { return ede == 3 + 1 || ede == 19 + 1; }

struct mxs_answer {
    enum mxs_outcome outcome;
    enum mxs_lack lack;               /* of a "refused" that came as NOERROR or NXDOMAIN */
    uint16_t ede;                     /* extended error code + 1; MXS_EDE_NONE. Of several the one that says most */
    uint8_t rcode;                    /* of the header, when there was one */
    bool authenticated;               /* AD */
    bool truncated;                   /* TC was set on this answer */
    uint32_t ttl_s;                   /* smallest of the records and their chain; 0 without records */
    struct mxs_text alias;            /* where the CNAME chain ends, data NULL without one */
    bool doubtful;                    /* answered, as a filter may have written it: who else can be asked decides */
    bool alias_beside;                /* records of the type stand beside that CNAME, so "malformed" @rfc{1034,3.6.2} */
    const struct mxs_record *records; /* in wire order; of a "limit" the first of all by preference, host and data */
    uint32_t record_count;
    struct mxs_bytes wire;            /* the message as it came; empty when none came */
};

/* How an answer was come by: kept apart from what it says. */
struct mxs_measurement {
    uint16_t resolver; /* index in the pool */
    uint8_t attempts;  /* datagrams or connections spent on the question by us */
    bool tcp;
    bool rechecked;    /* one of them was its recheck */
    uint32_t rtt_us;   /* of the attempt that ended it */
    int64_t asked_at;  /* unix seconds of that attempt, by the steady clock (base/clock.h) */
};

#endif
