#include "reports/command/versions.h"

#include <libsmartcols.h>
#include <nettle/version.h>
#include <stdio.h>
#include <zlib.h>

void mxs_reports_put_versions(void (*put)(void *arg, const char *name, const char *version), void *arg)
{
    const char *smartcols = "unknown";
    char nettle[32];
    scols_get_library_version(&smartcols);
    snprintf(nettle, sizeof nettle, "%d.%d", nettle_version_major(), nettle_version_minor());
    put(arg, "libsmartcols", smartcols);
    put(arg, "nettle", nettle);
    put(arg, "zlib", zlibVersion());
}
