/* Whether a resolver is asked with EDNS: until it refuses that, or leaves it unanswered. Who did is tried with one
 * question after a while.
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
};

/* For the next question; where it is the one that tries, nobody else's is until that is over. */
bool mxs_edns_ask(struct mxs_edns *edns, uint64_t now_ns, uint32_t probe_ms);
void mxs_edns_leave(struct mxs_edns *edns, uint64_t now_ns);
/* A question with OPT is over. heard: by an answer, whatever it said. */
void mxs_edns_end(struct mxs_edns *edns, bool heard, uint64_t now_ns);

#endif
