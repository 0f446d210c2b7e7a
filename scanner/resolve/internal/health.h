/* A check asks each resolver for the root's name servers, for a random name under "invalid." (which must not exist) as
 * A and MX, and for the MX of the control names. An answer to a name that cannot exist is a lie at once; who answers
 * one of these with a referral, or denies it while neither RA nor AA is set, cannot know what it is asked, and is no
 * resolver. On control names the resolvers are compared with each other, when at least three have settled answers; who
 * stands against a majority twice in a row is a liar. What "against" means depends on who chose the names. Those of a
 * person must be answered alike, each. The built-in ones are the world's, and the world has honest differences: old
 * sets in caches, views by region, a name that is filtered. So they count only where the majority has an answer (where
 * it has none it is in a closed network, and judges nobody), only what has no MX host in common with the majority's is
 * against it, and it must be so for more than half of the names and for two at least: who lies does not lie about one
 * name.
 *
 * For one thing no majority is needed: who denies three control names at least and answers none stands against whoever
 * answers three. Nobody can answer so many names that do not exist and have passed for sound; to deny them it is enough
 * to be a closed network, or a censor. Where nobody answers them it stays, and is said to deny: closed networks do. But
 * not one that answered them before: it is in no closed network, though it may have come behind something that is.
 *
 * Who answers control names may still refer all others (a server that has those at hand, and recurses for nobody). So
 * the scan's own answers are counted, too: who refers sixteen questions, and eight for each it answers, is no resolver.
 * The pool shuts it out while somebody else answers more than it refers.
 *
 * Some drop every question that has EDNS without a word, or a firewall before them does. So a control question that is
 * asked again because nothing is heard has one without EDNS beside it. Where that one alone is answered, ten with EDNS
 * follow, as in a doubt; if nothing comes back, either, the resolver is asked without from then on.
 *
 * Spec       @rfc{6761,6.4} @rfc{6891,6.2.2}
 * In         Answers of the pool's own questions
 * Out        Who is a liar, who is alive
 * Units      milliseconds, nanoseconds, unix seconds as named
 * Limits     MXS_HEALTH_CONTROLS control names
 * Ownership  Part of the pool
 * Threads    The loop thread
 * Bugs       Two resolvers that disagree are both left in: there is no majority
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_HEALTH_H
#define MXS_SCANNER_RESOLVE_INTERNAL_HEALTH_H

#include "scanner/resolve/internal/breaker.h"
#include "scanner/resolve/internal/dns64.h"
#include "scanner/resolve/pool_state.h"

/* What a control question is about; its place in the tag. */
enum mxs_control {
    MXS_CONTROL_ROOT,
    MXS_CONTROL_INVALID_A,
    MXS_CONTROL_INVALID_MX,
    MXS_CONTROL_TCP,
    MXS_CONTROL_DNS64,
    MXS_CONTROL_CANARY,
    MXS_CONTROL_PLAIN,
    MXS_CONTROL_NAME
};

#define MXS_CHECK_ATTEMPTS 3
#define MXS_CANARY_SIZE 80 /* no longer name is taken */

/* The control question without EDNS. */
struct mxs_control_plain {
    uint64_t asked_ns;    /* 0: not */
    uint64_t answered_ns; /* the same */
    uint32_t rtt_us;
    uint64_t tried_ns;    /* when the newest with EDNS left since */
    uint32_t tried;
};

struct mxs_member {
    mxs_pool *pool;
    uint32_t index;
    mxs_resolver *resolver;
    const char *excluded;
    struct mxs_breaker breaker;
    struct mxs_pool_health health;
    uint64_t control_ns;      /* when the breaker's control question left */
    uint64_t asked_ns;        /* and when it was asked again */
    uint32_t doubts;          /* how often, since nothing is heard */
    uint32_t probing, probes; /* first control questions: on their way, and asked */
    bool heard;               /* anything, since the first of them */
    uint64_t probe_ns;        /* when the newest left */
    /* the check under way */
    uint32_t round;
    uint32_t attempts;                 /* how often its questions were asked */
    uint32_t open[MXS_CHECK_ATTEMPTS]; /* bits by enum mxs_control: on their way, by attempt */
    char invalid_name[32];             /* of this check: cannot exist */
    unsigned denied;          /* bits by enum mxs_control: it has said of such a name that it does not exist */
    bool sound;               /* said of a name that must not exist that it does not */
    bool knew;                /* answered enough of them in some check */
    bool knows_none;          /* of the control names: it denied enough of them, and answered none */
    bool suspect;             /* stood against the others in the last check that could tell */
    bool tcp_asked, tcp_pending;
    struct mxs_dns64 dns64;
    uint32_t dns64_asked;     /* how often */
    bool dns64_open;          /* not answered yet */
    bool dns64_failed;        /* the last answer failed */
    uint64_t dns64_ns;        /* when it was asked last */
    int64_t dns64_at;         /* the same in unix seconds of the steady clock */
    int64_t dns64_clean_at;   /* the newest question whose answer showed no prefix left then; 0: none yet */
    uint64_t known, referred; /* of the scan's questions: answers that settle, answers that lack (enum mxs_lack) */
    struct mxs_control_plain plain;
    uint64_t busy_ns;         /* since when something has been on its way all the time; 0: nothing is */
    /* the canary: a question it has answered, so that it has the answer at hand; the root's name servers if it knows
     * them */
    bool canary_known;
    uint16_t canary_type;
    uint32_t canary_size;
    char canary_name[MXS_CANARY_SIZE];
    uint64_t digests[MXS_HEALTH_CONTROLS]; /* 0: no settled answer */
    uint64_t hosts[MXS_HEALTH_CONTROLS];   /* one bit for each MX host, by its hash */
    struct mxs_pool_control controls[MXS_HEALTH_CONTROLS]; /* what was last said, for the record */
};

/* Asks all questions of a check; false when not even one could be asked. */
bool mxs_health_ask(struct mxs_member *member, const struct mxs_pool_options *options, uint32_t round);
/* Asks again, a second apart, what has had no answer since the check began. Returns mxs_health_awaits. */
bool mxs_health_ask_again(struct mxs_member *member, const struct mxs_pool_options *options, uint64_t since_ns);
/* Whether a question of the check may still be answered. names: those for control names count, too. */
bool mxs_health_awaits(const struct mxs_member *member, bool names);
/* How long it may be silent: what is usual for it, as far as that is known, and no longer than an answer is waited
 * for. */
uint64_t mxs_health_silent_ns(const struct mxs_member *member, const struct mxs_pool_options *options);
/* Forgets the last check. */
void mxs_health_reset(struct mxs_member *member);
/* Asks the breaker's control question. */
bool mxs_health_ask_root(struct mxs_member *member);
/* The same without EDNS, beside a breaker's control question or a probe of somebody who is silent. */
void mxs_health_ask_plain(struct mxs_member *member, uint64_t now_ns);
void mxs_health_read_plain(struct mxs_member *member, const struct mxs_answer *answer, uint32_t rtt_us,
                           uint64_t now_ns);
/* Whether it is found now that it answers only what is asked without EDNS; it is asked so from then on, its open
 * control questions at once. Not from a callback. */
bool mxs_health_look_plain(struct mxs_member *member, uint64_t now_ns);
/* Asks for the root's name servers by TCP, with DO: whether it speaks TCP, and whether it validates. Once. */
void mxs_health_ask_tcp(struct mxs_member *member);
/* Asks whether it makes AAAA records out of A records: at the start, until its answer settles or it was asked three
 * times. Each later check asks once more: a resolver may begin with it at any time. */
void mxs_health_ask_dns64(struct mxs_member *member, uint64_t now_ns);
/* Whether it knows next to nothing of what the scan asks, and says so: it refers. */
bool mxs_health_refers(const struct mxs_member *member);
/* Asks what it must have at hand; false when it could not be asked, or nothing is known. */
bool mxs_health_ask_canary(struct mxs_member *member);
/* It has answered this: good for a canary, if there is none. */
void mxs_health_learn_canary(struct mxs_member *member, struct mxs_text name, uint16_t type);
/* Reads the answer to a control question. Returns the reason when it proves a liar, else NULL. */
const char *mxs_health_read(struct mxs_member *member, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us,
                            uint64_t now_ns);
/* Compares the members' answers to the control names of the check that began at begun_at. Writes the reason of each
 * newly found liar to reasons[index], else NULL. Returns whether somebody became suspect and should be checked again
 * soon. */
bool mxs_health_compare(struct mxs_member *const *members, uint32_t count, bool built_in, int64_t begun_at,
                        const char **reasons);

#define MXS_CONTROL_TAG 0x80000000u /* set in the tags of the pool's own questions; the scheduler's stay below */

#endif
