/* domains.jsonl, tables/NAME.csv, report.html, report.json, run.json, rules.tsv, queries.sql, README.md and SHA256SUMS.
 * The folder appears under its name only when it is whole: it is made beside it and renamed.
 *
 * Spec       @rfc{6234,4} (SHA-256), coreutils sha256sum
 * In         A run
 * Out        A folder somebody else can check, read and cite
 * Units      Those of its files
 * Errors     MXS_ERR_INPUT: the folder is there already; those of the store and of its files
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_COMMAND_INTERNAL_BUNDLE_H
#define MXS_REPORTS_COMMAND_INTERNAL_BUNDLE_H

#include "reports/data/run.h"

MXS_CHECK enum mxs_err mxs_bundle_write(mxs_store *store, const struct mxs_run *run, const char *folder,
                                        struct mxs_detail *detail);

#endif
