/* The names of a stage that were silent: behind all others, and before the stage is over, each is asked once more. So
 * they wait beside those that were asked last, and no stage of their own waits for them (settle.c).
 *
 * In         Questions about domains and about addresses of MX hosts that had no answer
 * Out        The same once more, at other resolvers where there are any; one attempt each
 * Limits     A bit per domain and per address question; of those that were silent, with several resolvers, 40 bytes:
 *            they are few, and a list may be long
 * Errors     Those of db/query.h. What there is no memory to keep is left to the stages that follow
 * Ownership  init/finish. A name lives until the next call
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SILENT_H
#define MXS_SCANNER_RUN_INTERNAL_SILENT_H

#include "base/bits.h"
#include "base/counter.h"
#include "scanner/run/internal/pending.h"
#include "scanner/run/settle.h"

enum mxs_silent_about { MXS_SILENT_DOMAINS, MXS_SILENT_HOSTS, MXS_SILENT_KINDS };

struct mxs_silent {
    const struct mxs_survey *survey;
    struct {
        struct mxs_bits kept, given; /* by domain id; by host id * 2 + family. given: this time */
    } about[MXS_SILENT_KINDS];
    struct mxs_counter resolvers; /* that were silent, by id and what it is about: row ids */
    mxs_pending *domains; /* of those given */
    uint32_t next_host;
};

void mxs_silent_init(struct mxs_silent *silent, const struct mxs_survey *survey);
void mxs_silent_put(struct mxs_silent *silent, enum mxs_silent_about about,
                    const struct mxs_question *question, const struct mxs_measurement *measurement);
/* When no other name is left. Fills all but the kind. MXS_ERR_END: each of those put until now has been given. */
MXS_CHECK enum mxs_err mxs_silent_next(struct mxs_silent *silent, struct mxs_question *out,
                                       enum mxs_silent_about *about, struct mxs_detail *detail);
void mxs_silent_finish(struct mxs_silent *silent);

#endif
