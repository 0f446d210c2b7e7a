#include "scanner/fetch/fetch.h"

const char *mxs_fetch_result_text(enum mxs_fetch_result result)
{
    static const char *const texts[MXS_FETCH_RESULT_COUNT] = {
        "ok",        "no_address",   "certificate", "status",  "redirect",  "media_type",
        "too_large", "server_error", "unreachable", "timeout", "unresolved"};
    MXS_ASSERT((unsigned)result < MXS_FETCH_RESULT_COUNT);
    return texts[result];
}
