#include "scanner/run/sandbox.h"
#include "scanner/classify/versions.h"
#include "scanner/fetch/versions.h"
#include "scanner/input/versions.h"
#include "model/versions.h"
#include "scanner/resolve/resolver.h"
#include "scanner/command/command.h"

void mxs_survey_put_versions(void (*put)(void *arg, const char *name, const char *version), void *arg)
{
    put(arg, "sqlite", mxs_store_sqlite_version());
    put(arg, "c-ares", mxs_resolver_cares_version());
    put(arg, "libuv", uv_version_string());
    put(arg, "libpsl", mxs_model_psl_version());
    put(arg, "libidn2", mxs_input_idn2_version());
    put(arg, "libarchive", mxs_input_archive_version());
    put(arg, "libcsv", mxs_input_csv_version());
    put(arg, "ldns", mxs_input_ldns_version());
    put(arg, "libmaxminddb", mxs_classify_maxminddb_version());
    put(arg, "libseccomp", mxs_sandbox_seccomp_version());
    put(arg, "libcurl", mxs_fetch_curl_version());
}
