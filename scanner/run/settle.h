/* What the settle stage's two halves share, domains (settle.c) and MX hosts (settle_hosts.c): what is not settled gets
 * one attempt more, what is lost or changed as many as any question, and neither at a resolver that has answered. A
 * change that nobody confirms is no fact (scanner/run/merge.c).
 *
 * In         The journal of a run whose first pass is over
 * Out        Second answers, in the journal
 * Limits     Four bytes per name and per address question, with several resolvers
 * Errors     Those of stages.h
 * Ownership  A table of sayers is ended by finish
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_SETTLE_H
#define MXS_SCANNER_RUN_SETTLE_H

#include "scanner/run/internal/stages.h"

/* A change must be said twice in the same words. The first time may be in this very pass, and the second answer may be
 * another one: then a third decides, of no more than so many. Of MX sets record_pool.h says how many are heard. */
#define MXS_SETTLE_ANSWERS 4

/* Which resolvers answered a subject last, by row id. Stays empty when there is only one. */
struct mxs_tried {
    uint16_t (*resolvers)[2]; /* 0: none did */
    size_t count;
};

MXS_CHECK bool mxs_tried_put(struct mxs_tried *tried, const struct mxs_survey *survey, uint32_t subject,
                             uint16_t resolver);
/* A resolver, by row id, as mxs_question.avoid has it; 0: none that is asked, as one of a command before this. */
uint16_t mxs_tried_place(const struct mxs_survey *survey, uint16_t resolver);
/* Fills mxs_question.avoid. */
void mxs_tried_avoid(const struct mxs_tried *tried, const struct mxs_survey *survey, uint32_t subject,
                     uint16_t avoid[2]);
void mxs_tried_finish(struct mxs_tried *tried);

/* How many of so many settled names are asked again: a hundredth, and no more than the error bar needs. */
static inline uint64_t mxs_settle_sample(uint64_t settled) { return settled / 100 < 1000 ? settled / 100 : 1000; }

/* Asks each up to `tries` times; 0: as any. */
MXS_CHECK enum mxs_err mxs_settle_ask(struct mxs_survey *survey, const char *name, uint64_t total, uint32_t tries,
                                      mxs_scheduler_source source, mxs_scheduler_sink sink, void *arg,
                                      struct mxs_detail *detail);
/* Of MX hosts that do not exist, whether the domain they lie under could be registered; asked: those it is known of,
 * to which it adds. */
MXS_CHECK enum mxs_err mxs_settle_registrables(struct mxs_survey *survey, const struct mxs_bits *dangling,
                                               struct mxs_bits *asked, struct mxs_detail *detail);
/* The MX hosts that the settled domains brought, those not settled, and those that are lost. */
MXS_CHECK enum mxs_err mxs_settle_hosts(struct mxs_survey *survey, struct mxs_detail *detail);

#endif
