/* The names of a stage that were silent: behind all others, and before the stage is over, each is asked once more. So
 * they wait beside those that were asked last, and no stage of their own waits for them (settle.c).
 *
 * In         Questions about domains and about addresses of MX hosts that had no answer
 * Out        The same once more, at other resolvers where there are any; one attempt each
 * Limits     8 bytes for each that was silent; while they are given, a bit for each domain of the list
 * Errors     Those of db/query.h. What there is no memory to keep is left to the stages that follow
 * Ownership  init/finish. A name lives until the next call
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SILENT_H
#define MXS_SCANNER_RUN_INTERNAL_SILENT_H

#include "base/bits.h"
#include "scanner/run/internal/pending.h"
#include "scanner/run/settle.h"

enum mxs_silent_about { MXS_SILENT_DOMAINS, MXS_SILENT_HOSTS, MXS_SILENT_KINDS };

struct mxs_silent_name {
    uint32_t id;       /* of a domain; of a host, * 2 + family */
    uint16_t resolver; /* that was silent: its row id */
};
struct mxs_silent_names {
    struct mxs_silent_name *names;
    size_t count, capacity;
};

struct mxs_silent {
    const struct mxs_survey *survey;
    struct {
        struct mxs_silent_names kept, given; /* given: this time, ascending */
    } about[MXS_SILENT_KINDS];
    struct mxs_bits domain_bits; /* of those given */
    mxs_pending *domains;        /* the same in the order of a scan, with their names */
    size_t next_host;            /* in those given */
};

void mxs_silent_init(struct mxs_silent *silent, const struct mxs_survey *survey);
void mxs_silent_put(struct mxs_silent *silent, enum mxs_silent_about about,
                    const struct mxs_question *question, const struct mxs_measurement *measurement);
/* When no other name is left. Fills all but the kind. MXS_ERR_END: each of those put until now has been given. */
MXS_CHECK enum mxs_err mxs_silent_next(struct mxs_silent *silent, struct mxs_question *out,
                                       enum mxs_silent_about *about, struct mxs_detail *detail);
void mxs_silent_finish(struct mxs_silent *silent);

#endif
