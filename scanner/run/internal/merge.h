/* The journal is in order of arrival; facts are kept in order of id. Answers are gathered in an array by id, a chunk of
 * ids at a time so that the array stays small whatever the list, judged, and merged into what stood before.
 *
 * In         The journal of a run
 * Out        Intervals of facts and judgements, measurements
 * Limits     36 bytes of memory per domain, 16 per MX host, at most MERGE_CHUNK of them at a time
 * Errors     Those of db/query.h
 * Ownership  The survey's
 * Threads    The loop thread, with the writer at rest
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_MERGE_H
#define MXS_SCANNER_RUN_INTERNAL_MERGE_H

#include "scanner/run/judging.h"
#include "scanner/run/survey.h"

MXS_CHECK enum mxs_err mxs_merge_hosts(mxs_store *store, const struct mxs_scan_run *run,
                                       struct mxs_dictionary *dictionary, struct mxs_detail *detail);
/* After the hosts, and after judging has begun the run. */
MXS_CHECK enum mxs_err mxs_merge_domains(struct mxs_survey *survey, mxs_judging *judging, struct mxs_detail *detail);

#endif
