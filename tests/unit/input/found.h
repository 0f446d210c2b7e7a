/* Room       tests/unit/input
 * Spec       None
 * In         The bytes of a list, and how it is to be read
 * Out        What was found in it, as one text
 * Units      None
 * Limits     8 KB of findings
 * Errors     A failed assertion
 * Ownership  A finding lives until the next one
 * Threads    One at a time
 * Bugs       None
 *
 * What the tests of tables read with.
 */
#ifndef MXS_TESTS_UNIT_INPUT_FOUND_H
#define MXS_TESTS_UNIT_INPUT_FOUND_H

#include "scanner/input/list.h"
#include "tests/unit/input/files.h"

struct found {
    char text[8192]; /* "line:name" or "line!reason", each with its facets as "{0=x}" */
    char how[512];
    char apex[256]; /* that was guessed; "-": none */
    uint64_t passed_over;
    struct mxs_list_counts counts;
    enum mxs_list_format format;
    enum mxs_err err;
    struct mxs_detail detail;
};

static inline void put(struct found *found, size_t *used, const struct mxs_entry *entry)
{
    *used += (size_t)snprintf(found->text + *used, sizeof found->text - *used, "%s%llu%s%s", *used == 0 ? "" : " ",
                              (unsigned long long)entry->line, entry->reason == NULL ? ":" : "!",
                              entry->reason == NULL ? entry->name.data : entry->reason);
    for (uint32_t i = 0; i < entry->facet_count && *used < sizeof found->text - 400; i++)
        *used += (size_t)snprintf(found->text + *used, sizeof found->text - *used, "{%u=%.*s}", entry->facets[i].facet,
                                  MXS_TEXT_ARG(entry->facets[i].value));
}

static inline struct found *read_path(const char *path, const struct mxs_list_options *options)
{
    static struct found found;
    static mxs_suffixes *suffixes;
    struct mxs_list_options with = options != NULL ? *options : (struct mxs_list_options){0};
    mxs_list *list = NULL;
    struct mxs_entry entry;
    struct mxs_list_part part;
    size_t used = 0;
    memset(&found, 0, sizeof found);
    if (suffixes == NULL)
        cr_assert_eq(mxs_suffixes_create(&suffixes, NULL, NULL), MXS_OK);
    with.suffixes = suffixes;
    found.err = mxs_list_open(&list, path, &with, &found.detail);
    if (found.err != MXS_OK) {
        cr_expect_null(list);
        return &found;
    }
    while ((found.err = mxs_list_next(list, &entry, &found.detail)) == MXS_OK && used < sizeof found.text - 400)
        put(&found, &used, &entry);
    mxs_list_part(list, &part);
    struct mxs_list_ended ended;
    mxs_list_ended(list, &ended);
    snprintf(found.apex, sizeof found.apex, "%s", ended.apex != NULL ? ended.apex : "-");
    snprintf(found.how, sizeof found.how, "%s", part.how);
    found.passed_over = part.counts.passed_over;
    found.counts = part.counts;
    found.format = part.format;
    mxs_list_close(&list);
    return &found;
}

static inline struct found *read_bytes(const char *bytes, size_t size, const struct mxs_list_options *options)
{
    char path[PATH_SIZE];
    file_of(path, bytes, size);
    struct found *found = read_path(path, options);
    unlink(path);
    return found;
}

static inline void expect(const char *bytes, size_t size, const struct mxs_list_options *options, const char *want,
                   uint64_t passed_over)
{
    struct found *found = read_bytes(bytes, size, options);
    cr_expect_eq(found->err, MXS_ERR_END, "%.60s: %s", bytes, found->detail.text);
    cr_expect_str_eq(found->text, want, "%.60s (%s):\n  %s\n, not\n  %s", bytes, found->how, found->text, want);
    cr_expect_eq(found->passed_over, passed_over, "%.60s: passed over %llu", bytes,
                 (unsigned long long)found->passed_over);
}

#define EXPECT(bytes, want, passed_over) expect((bytes), sizeof(bytes) - 1, NULL, (want), (passed_over))
#define EXPECT_WITH(options, bytes, want, passed_over) \
    expect((bytes), sizeof(bytes) - 1, &(struct mxs_list_options)options, (want), (passed_over))
#define OPTIONS(...) {__VA_ARGS__}

static inline void expect_failure(const char *bytes, const struct mxs_list_options *options, const char *words)
{
    struct found *found = read_bytes(bytes, strlen(bytes), options);
    cr_expect_eq(found->err, MXS_ERR_INPUT, "%.60s: %s", bytes, found->text);
    cr_expect(strstr(found->detail.text, words) != NULL, "%s", found->detail.text);
}

static inline void expect_how(const char *bytes, const struct mxs_list_options *options, const char *words)
{
    struct found *found = read_bytes(bytes, strlen(bytes), options);
    cr_expect(strstr(found->how, words) != NULL, "%.60s: %s (%s)", bytes, found->how, found->detail.text);
}

#endif
