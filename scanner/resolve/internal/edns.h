/* Whether a resolver is asked with EDNS: until it refuses that, or leaves it unanswered. Who did is tried with one
 * question after a while. Who has spoken EDNS itself may only pass on that the server of one name refuses it: such a
 * question alone is asked without, and the resolver counts as one that refuses after sixteen in a row.
 *
 * Spec       @rfc{6891,6.2.2} @rfc{6891,7}
 * In         What became of questions with OPT, and the time
 * Out        Whether the next question has one
 * Units      now_ns nanoseconds, probe_ms milliseconds
 * Ownership  Plain values
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_EDNS_H
#define MXS_SCANNER_RESOLVE_INTERNAL_EDNS_H

#include <stdbool.h>
#include <stdint.h>

enum mxs_edns_state { MXS_EDNS_NEVER, MXS_EDNS_ON, MXS_EDNS_OFF, MXS_EDNS_PROBING };

struct mxs_edns {
    enum mxs_edns_state state;
    uint64_t off_ns;
    bool spoken;       /* an answer had an OPT */
    uint32_t refusals; /* since then */
};

/* For the next question; where it is the one that tries, nobody else's is until that is over. */
bool mxs_edns_ask(struct mxs_edns *edns, uint64_t now_ns, uint32_t probe_ms);
void mxs_edns_leave(struct mxs_edns *edns, uint64_t now_ns);
void mxs_edns_hear_opt(struct mxs_edns *edns);
/* FORMERR or NOTIMP without an OPT; excuse: the same question was refused without EDNS, too. */
void mxs_edns_refuse(struct mxs_edns *edns, uint64_t now_ns);
void mxs_edns_excuse(struct mxs_edns *edns);
/* A question with OPT is over. heard: by an answer, whatever it said. */
void mxs_edns_end(struct mxs_edns *edns, bool heard, uint64_t now_ns);

#endif
