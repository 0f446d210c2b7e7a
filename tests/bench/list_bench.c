/* Lines per second through mxs_list_next, and what the digest adds. Run: list_bench FILE... (a Release build) */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "scanner/input/digest.h"
#include "scanner/input/list.h"

static int measure(const char *path, bool with_digest)
{
    struct mxs_detail detail;
    struct mxs_digest digest;
    mxs_list *list;
    mxs_digest_init(&digest);
    uint64_t start_ns = mxs_clock_ns(), accepted = 0, rejected = 0;
    if (mxs_list_open(&list, path, &detail) != MXS_OK) {
        fprintf(stderr, "%s\n", detail.text);
        return 1;
    }
    struct mxs_entry entry;
    enum mxs_err err;
    while ((err = mxs_list_next(list, &entry, &detail)) == MXS_OK) {
        accepted += entry.reason == NULL;
        rejected += entry.reason != NULL;
        if (with_digest && entry.reason == NULL)
            mxs_digest_put(&digest, entry.name);
    }
    mxs_list_close(&list);
    double s = (double)(mxs_clock_ns() - start_ns) / 1e9;
    printf("%s%s: %" PRIu64 " accepted, %" PRIu64 " rejected, %.3f s, %.0f lines/s%s\n", path, with_digest ? " + digest" : "",
           accepted, rejected, s, (double)(accepted + rejected) / s, err == MXS_ERR_END ? "" : " (failed)");
    return err != MXS_ERR_END;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= measure(argv[i], false) | measure(argv[i], true);
    return failed;
}
