#include "scanner/run/failure.h"

#include <string.h>

#include "base/log.h"

int mxs_failure_put(enum mxs_err err, bool usage, const struct mxs_detail *detail)
{
    if (err == MXS_ERR_STOPPED)
        mxs_log(MXS_LOG_NOTE, "%s: the same command resumes", detail->text);
    else if (detail->line != 0 && strstr(detail->text, "line ") == NULL) /* most say it themselves */
        mxs_log(MXS_LOG_ERROR, "%s (line %llu)", detail->text, (unsigned long long)detail->line);
    else
        mxs_log(MXS_LOG_ERROR, "%s", detail->text);
    if (err == MXS_ERR_STOPPED || err == MXS_ERR_DISK)
        return MXS_EXIT_STOPPED;
    return usage && err != MXS_ERR_MEMORY ? MXS_EXIT_USAGE : MXS_EXIT_FAILED;
}

void mxs_failure_init(const mxs_values *values)
{
    bool quiet = mxs_values_flag(values, "quiet"), verbose = mxs_values_flag(values, "verbose");
    mxs_log_level_set(quiet ? MXS_LOG_ERROR : verbose ? MXS_LOG_DEBUG : MXS_LOG_NOTE);
}
