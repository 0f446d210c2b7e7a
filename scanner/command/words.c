#include "scanner/checks/registry.h"
#include "scanner/command/command.h"
#include "scanner/run/judging.h"

const char *mxs_survey_finding_text(size_t index)
{
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        if (index < check->finding_count)
            return check->findings[index].name;
        index -= check->finding_count;
    }
    return NULL;
}

bool mxs_survey_is_current(mxs_store *store)
{
    bool current = true;
    return mxs_judging_is_current(store, &current, NULL) != MXS_OK || current;
}
