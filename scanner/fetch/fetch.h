/* Files over HTTPS, and in no other way: the certificate must hold for the host, no redirect is followed, nothing is
 * cached or remembered, and no name is looked up here: the addresses are given. A program built without libcurl has
 * this room as well, and it says so.
 *
 * Spec       @rfc{8461,3.3}
 * In         A host, the path of a file on it, the addresses that were found for it
 * Out        The file, or why there is none
 * Units      connect_ms, total_ms milliseconds; size_max bytes
 * Limits     `parallel` files at a time, each of size_max bytes
 * Errors     enum mxs_fetch_result of a file; enum mxs_err where the cause is ours
 * Ownership  create/destroy; a file's bytes live for the callback only
 * Threads    The loop's
 */
#ifndef MXS_SCANNER_FETCH_FETCH_H
#define MXS_SCANNER_FETCH_FETCH_H

#include <uv.h>

#include "base/err.h"
#include "base/bytes.h"
#include "model/vocabulary.h"

struct mxs_fetch_options {
    uint32_t connect_ms, total_ms;
    uint32_t parallel;
    uint32_t size_max;
    const char *ca_file; /* PEM; NULL: the certificates the system trusts */
    const char *connect; /* "ADDR:PORT" of all connections, whatever address is given; NULL: none */
};

typedef struct mxs_fetch mxs_fetch;
/* subject is the asker's. body is empty unless the result is MXS_FETCH_OK. */
typedef void (*mxs_fetch_done)(void *arg, uint32_t subject, enum mxs_fetch_result result, struct mxs_bytes body);

/* Loads libcurl, for create; again: nothing. To be called before the sandbox. MXS_ERR_INPUT: it is not there, or the
 * program was built without it. */
MXS_CHECK enum mxs_err mxs_fetch_load(struct mxs_detail *detail);
/* Are there certificates the system trusts, where libcurl looks for them? MXS_ERR_INPUT: no, with what to do. */
MXS_CHECK enum mxs_err mxs_fetch_find_authorities(struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_fetch_create(mxs_fetch **out, uv_loop_t *loop, const struct mxs_fetch_options *options,
                                        mxs_fetch_done done, void *arg, struct mxs_detail *detail);
/* What is under way ends without a callback. The loop must run once more. */
void mxs_fetch_destroy(mxs_fetch **fetch);
/* addresses: "192.0.2.1,[2001:db8::1]". MXS_ERR_FULL: `parallel` are under way. After MXS_OK the callback comes once,
 * from the loop. */
MXS_CHECK enum mxs_err mxs_fetch_ask(mxs_fetch *fetch, const char *host, const char *path, const char *addresses,
                                     uint32_t subject);
/* Sticky: what makes every fetch fail and must be mended by who runs the program. */
MXS_CHECK enum mxs_err mxs_fetch_error(const mxs_fetch *fetch, struct mxs_detail *detail);

#endif
