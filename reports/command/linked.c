#include "reports/command/linked.h"

#include <libsmartcols.h>
#include <nettle/version.h>
#include <stdio.h>

const char *mxs_reports_smartcols_version(void)
{
    const char *text = "unknown";
    scols_get_library_version(&text);
    return text;
}

const char *mxs_reports_nettle_version(void)
{
    static char text[32];
    snprintf(text, sizeof text, "%d.%d", nettle_version_major(), nettle_version_minor());
    return text;
}
