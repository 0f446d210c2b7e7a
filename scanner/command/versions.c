#include <stdio.h>

#include "scanner/run/sandbox.h"
#include "scanner/classify/linked.h"
#include "scanner/fetch/linked.h"
#include "scanner/input/linked.h"
#include "model/linked.h"
#include "scanner/resolve/resolver.h"
#include "scanner/command/command.h"

void mxs_survey_versions(char *out, size_t size)
{
    snprintf(out, size,
             "{\"sqlite\":\"%s\",\"c-ares\":\"%s\",\"libuv\":\"%s\",\"libpsl\":\"%s\",\"libidn2\":\"%s\","
             "\"libarchive\":\"%s\",\"libmaxminddb\":\"%s\",\"libseccomp\":\"%s\",\"libcurl\":\"%s\"}",
             mxs_store_sqlite_version(), mxs_resolver_cares_version(), uv_version_string(), mxs_model_psl_version(),
             mxs_input_idn2_version(), mxs_input_archive_version(),
             mxs_classify_maxminddb_version(), mxs_sandbox_seccomp_version(), mxs_fetch_curl_version());
}
