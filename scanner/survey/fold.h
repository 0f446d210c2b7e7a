/* Room       scanner/survey
 * Spec       None
 * In         The journal of a run
 * Out        Spans of facts, measurements
 * Units      None
 * Limits     20 bytes of memory per domain, at most FOLD_CHUNK domains at a time
 * Errors     Those of db/query.h
 * Ownership  The survey's
 * Threads    The loop thread, with the writer at rest
 * Bugs       None
 *
 * Folding can be begun again at any point: an unchanged span is left alone, a changed one is closed and opened in one
 * transaction, so a second fold finds nothing to do where the first has been.
 */
#ifndef MXS_SCANNER_SURVEY_FOLD_H
#define MXS_SCANNER_SURVEY_FOLD_H

#include "scanner/survey/survey.h"

MXS_CHECK enum mxs_err mxs_fold_domains(struct mxs_survey *survey, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_fold_hosts(struct mxs_survey *survey, struct mxs_detail *detail);

#endif
