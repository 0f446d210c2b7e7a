/* Room       scanner/survey
 * Spec       None
 * In         The journal of a run whose first pass is over
 * Out        Second answers, in the journal
 * Units      None
 * Limits     Two bytes per name and per address question, with several resolvers
 * Errors     Those of stages.h
 * Ownership  A table of sayers is ended by finish
 * Threads    The loop thread
 * Bugs       None
 *
 * What the settle stage's two halves share, domains (settle.c) and exchanges (settle_hosts.c): one attempt for each question, and
 * not at the resolver that answered the first time.
 */
#ifndef MXS_SCANNER_SURVEY_SETTLE_H
#define MXS_SCANNER_SURVEY_SETTLE_H

#include "scanner/survey/stages.h"

/* A loss must be said twice, and the first time may be in this very pass: then there is a second round. */
#define MXS_SETTLE_ROUNDS 2

/* Which resolver answered a subject last, by its row id. Stays empty when there is only one. */
struct mxs_said {
    uint16_t *resolvers; /* 0: none did */
    size_t count;
};

MXS_CHECK bool mxs_said_put(struct mxs_said *said, const struct mxs_survey *survey, uint32_t subject, uint16_t resolver);
/* For mxs_question.avoid. */
uint16_t mxs_said_avoid(const struct mxs_said *said, const struct mxs_survey *survey, uint32_t subject);
void mxs_said_finish(struct mxs_said *said);

/* Asks each question once, and few at a time. */
MXS_CHECK enum mxs_err mxs_settle_ask(struct mxs_survey *survey, const char *name, uint64_t total, mxs_scheduler_source source,
                                      mxs_scheduler_sink sink, void *arg, struct mxs_detail *detail);
/* The exchanges that the settled domains brought, those not settled, and those that are lost. */
MXS_CHECK enum mxs_err mxs_settle_hosts(struct mxs_survey *survey, struct mxs_detail *detail);

#endif
