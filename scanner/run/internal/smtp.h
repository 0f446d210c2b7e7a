/* The check smtp in a run: every public address of an MX host is met once, when all addresses are known; the answers
 * become facts before anything is judged. An address has its rows in smtp_answer or it is met, so the stage can die and
 * be begun again.
 *
 * In         An open survey whose hosts are facts
 * Out        Rows of smtp_answer, then intervals of smtp_history
 * Errors     As the stages of scanner/run/internal/stages.h. A network that cannot tell is a note of the run, and no
 *            rows
 * Ownership  The survey's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SMTP_H
#define MXS_SCANNER_RUN_INTERNAL_SMTP_H

#include "scanner/run/survey.h"

/* Before there is a run: whether the name of --smtp-helo resolves, and, where our address can be seen, to it. */
MXS_CHECK enum mxs_err mxs_smtp_look_at_helo(struct mxs_survey *survey, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_stage_smtp(struct mxs_survey *survey, struct mxs_detail *detail);
/* Rows of the run to intervals. A run without the check ends what stood. */
MXS_CHECK enum mxs_err mxs_merge_smtp(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail);

#endif
