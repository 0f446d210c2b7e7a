/* Built without libcurl. */
#ifndef MXS_WITH_CURL
#include "scanner/fetch/fetch.h"
#include "scanner/fetch/versions.h"

static enum mxs_err none(struct mxs_detail *detail)
{
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "this mxsurvey was built without libcurl: install libcurl4-openssl-dev and build it again");
}

enum mxs_err mxs_fetch_load(struct mxs_detail *detail) { return none(detail); }
enum mxs_err mxs_fetch_find_authorities(struct mxs_detail *detail) { return none(detail); }
const char *mxs_fetch_curl_version(void) { return "none"; }

enum mxs_err mxs_fetch_create(mxs_fetch **out, uv_loop_t *loop, const struct mxs_fetch_options *options,
                              mxs_fetch_done done, void *arg, struct mxs_detail *detail)
{
    (void)out, (void)loop, (void)options, (void)done, (void)arg;
    return none(detail);
}

void mxs_fetch_destroy(mxs_fetch **fetch) { *fetch = NULL; }

enum mxs_err mxs_fetch_ask(mxs_fetch *fetch, const char *host, const char *path, const char *addresses,
                           uint32_t subject)
{
    (void)fetch, (void)host, (void)path, (void)addresses, (void)subject;
    return MXS_ERR_FULL;
}

enum mxs_err mxs_fetch_error(const mxs_fetch *fetch, struct mxs_detail *detail)
{
    (void)fetch, (void)detail;
    return MXS_OK;
}
#else
typedef int mxs_fetch_none_is_empty; /* a file must hold something */
#endif
