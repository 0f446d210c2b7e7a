/* Entries per second through mxs_list_next, of any form, and what the digest adds. Run: list_bench [--keep COLUMNS]
 * FILE... (a Release build). list_bench --make csv|zone|list N writes N rows, records or lines to read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/input/digest.h"
#include "scanner/input/list.h"
#include "tests/support/peak.h"

static int measure(const char *path, const struct mxs_list_options *options, bool with_digest)
{
    struct mxs_detail detail;
    struct mxs_digest digest;
    mxs_list *list;
    mxs_digest_init(&digest);
    uint64_t start_ns = mxs_clock_ns(), accepted = 0, rejected = 0;
    if (mxs_list_open(&list, path, options, &detail) != MXS_OK) {
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
    struct mxs_list_part part;
    mxs_list_part(list, &part);
    uint64_t lines = accepted + rejected + part.counts.passed_over;
    mxs_list_close(&list);
    double s = (double)(mxs_clock_ns() - start_ns) / 1e9;
    printf("%s%s: %" PRIu64 " accepted, %" PRIu64 " rejected, %" PRIu64
           " passed over, %.3f s, %.0f lines/s, %ld KB%s\n",
           path, with_digest ? " + digest" : "", accepted, rejected, part.counts.passed_over, s, (double)lines / s,
           peak_kb(), err == MXS_ERR_END ? "" : " (failed)");
    return err != MXS_ERR_END;
}

/* What a business exports, and what a registry does. */
static int make(const char *form, unsigned long count)
{
    if (strcmp(form, "csv") == 0)
        puts("Customer;Website;Sector;Region;Employees");
    if (strcmp(form, "zone") == 0)
        puts("test.\t86400\tin\tsoa\tns1.x. admin.x. 1 2 3 4 5");
    for (unsigned long i = 0; i < count; i++) {
        if (strcmp(form, "csv") == 0)
            printf("\"Company %lu, Ltd\";https://www.n%lu.example/;Sector %lu;Region %lu;%lu\n", i, i, i * 7919 % 997,
                   i * 104729 % 1000, i * 31 % 1000);
        else if (strcmp(form, "zone") == 0)
            printf("n%lu.test.\t86400\tin\t%s\n", i / 3,
                   i % 3 == 2   ? "ds\t12345 8 2 3A0F5C6B7D8E9F00112233445566778899AABBCCDDEEFF00112233445566"
                   : i % 3 == 1 ? "ns\tns2.host.example."
                                : "ns\tns1.host.example.");
        else
            printf("n%lu.example\n", i);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct mxs_list_options options = {0};
    mxs_suffixes *suffixes = NULL;
    int failed = 0, first = 1;
    if (argc == 4 && strcmp(argv[1], "--make") == 0)
        return make(argv[2], strtoul(argv[3], NULL, 10));
    if (argc > 3 && strcmp(argv[1], "--keep") == 0) {
        options.keep = argv[2];
        first = 3;
    }
    if (mxs_suffixes_create(&suffixes, NULL, NULL) != MXS_OK)
        return 1;
    options.suffixes = suffixes;
    for (int i = first; i < argc; i++)
        failed |= measure(argv[i], &options, false) | measure(argv[i], &options, true);
    mxs_suffixes_destroy(&suffixes);
    return failed;
}
