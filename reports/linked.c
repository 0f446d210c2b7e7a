#include "reports/linked.h"

#include <libsmartcols.h>

const char *mxs_reports_smartcols_version(void)
{
    const char *text = "unknown";
    scols_get_library_version(&text);
    return text;
}
