#include "model/findings.h"
#include "reports/command/command.h"

static const char *(*further_finding)(size_t index);

static bool (*is_current_by)(mxs_store *store);

void mxs_reports_current_with(bool (*is_current)(mxs_store *store)) { is_current_by = is_current; }

bool mxs_reports_is_current(mxs_store *store) { return is_current_by == NULL || is_current_by(store); }

void mxs_reports_findings_with(const char *(*further)(size_t index)) { further_finding = further; }

const char *mxs_reports_finding_text(size_t index)
{
    if (index < mxs_findings_count)
        return mxs_findings[index].name;
    return further_finding == NULL ? NULL : further_finding(index - mxs_findings_count);
}
