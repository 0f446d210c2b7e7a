/* The driver of the checks that ask more than MX and addresses: domains (SPF, DMARC and so on) and MX hosts (TLSA),
 * each a slot of scanner/checks/slot.h. A stage puts a subject as soon as what its questions rest on is known, asks
 * what next says, and puts the answers whose kind is the driver's; a subject that is done becomes one row of the
 * journal.
 *
 * In         Domains with their MX answer, MX hosts with what is known of their addresses; answers
 * Out        The next question; policies and TLSA in the journal
 * Limits     A slot per four questions in flight; as many subjects wait, and what the scheduler has taken; 18 bytes of
 *            memory per domain, 16 per MX host of earlier runs; the answers that domains share
 * Errors     As the stages of scanner/run/internal/stages.h
 * Ownership  create/destroy; names and aliases are copied
 * Threads    The loop thread; create while the writer is at rest
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SUBJECTS_H
#define MXS_SCANNER_RUN_INTERNAL_SUBJECTS_H

#include "scanner/checks/check.h"
#include "scanner/run/survey.h"

typedef struct mxs_subjects mxs_subjects;

/* Kinds of question from here on are the stage's own. */
#define MXS_SUBJECTS_KINDS 250u

/* pass: of the rows. NULL in *out: this run asks nothing of the kind. */
MXS_CHECK enum mxs_err mxs_subjects_create(mxs_subjects **out, struct mxs_survey *survey, uint8_t pass,
                                           struct mxs_detail *detail);
void mxs_subjects_destroy(mxs_subjects **subjects);

/* From now on rows are of MXS_PASS_CONFIRM, one resolver of the pool is asked alone while it can be, and what domains
 * share is asked anew and not kept. While it is idle. */
void mxs_subjects_confirm(mxs_subjects *subjects, uint32_t resolver);

/* What the MX question of a domain brought, before the domain is put; count: distinct MX hosts with their preference.
 */
void mxs_subjects_put_mx(mxs_subjects *subjects, uint32_t domain, enum mxs_outcome outcome, uint32_t count);
/* Not while it is full, but for what was in flight when it became so. */
void mxs_subjects_put_domain(mxs_subjects *subjects, uint32_t domain, struct mxs_text name);
/* alias: where the name leads, data NULL nowhere else; it lives as long as the driver. secure: all answers about its
 * addresses were validated. */
void mxs_subjects_put_host(mxs_subjects *subjects, uint32_t host, struct mxs_text name, struct mxs_text alias,
                           bool secure);
/* As many subjects wait as are at work: nothing is to be begun that may bring more. */
bool mxs_subjects_is_full(const mxs_subjects *subjects);
/* None waits, and none is at work. */
bool mxs_subjects_is_idle(const mxs_subjects *subjects);

/* False: none now. What was begun is ended first, then come answers that several wait for, then new subjects. */
MXS_CHECK bool mxs_subjects_next(mxs_subjects *subjects, struct mxs_question *out);
/* Of a question of a kind below MXS_SUBJECTS_KINDS. Returns what a sink returns. */
enum mxs_err mxs_subjects_put(mxs_subjects *subjects, const struct mxs_question *question,
                              const struct mxs_answer *answer, const struct mxs_measurement *measurement);

/* The policy of a subject that was last settled: a night on which it was not is no way around being asked again. 0:
 * none. */
uint32_t mxs_subjects_before(const mxs_subjects *subjects, enum mxs_subject kind, uint32_t id);

#endif
