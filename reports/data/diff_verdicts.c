#include "reports/data/diff_verdicts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "model/vocabulary.h"

#define BEHIND " behind "
#define AND " + "

static bool put_verdict(struct mxs_diff_verdicts *verdicts, struct mxs_query *query)
{
    const struct mxs_vector_part parts[] = {{&verdicts->ids, sizeof *verdicts->ids},
                                            {&verdicts->verdicts, sizeof *verdicts->verdicts},
                                            {&verdicts->told, sizeof *verdicts->told}};
    if (!mxs_vector_reserve_each(parts, 3, &verdicts->capacity, verdicts->count))
        return false;
    int64_t state = mxs_query_column_int(query, 1);
    int64_t backup = mxs_query_is_null(query, 2) ? -1 : mxs_query_column_int(query, 2);
    verdicts->ids[verdicts->count] = mxs_query_column_int(query, 0);
    verdicts->told[verdicts->count] = false;
    verdicts->verdicts[verdicts->count++] = (struct mxs_change_verdict){
        .state = state >= 0 && state < MXS_STATE_COUNT ? (int)state : MXS_STATE_UNDETERMINED,
        .backup = backup >= 0 && backup < MXS_BACKUP_UNKNOWN ? (int)backup : -1,
        .mailbox_open = mxs_query_column_int(query, 3) != 0};
    return true;
}

enum mxs_err mxs_diff_verdicts_open(struct mxs_diff_verdicts *verdicts, mxs_store *store, struct mxs_detail *detail)
{
    *verdicts = (struct mxs_diff_verdicts){0};
    mxs_string_pool_init(&verdicts->names);
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&verdicts->labels, store,
                   "SELECT l.role, p.name FROM verdict_label l JOIN provider p ON p.id = l.provider_id"
                   " WHERE l.verdict_id = ?1 AND l.role IN (?2, ?3) ORDER BY l.role DESC, p.name");
    mxs_query_int(&verdicts->labels, 2, MXS_ROLE_GATEWAY);
    mxs_query_int(&verdicts->labels, 3, MXS_ROLE_MAILBOX);
    mxs_query_open(&query, store, "SELECT v.id, v.state, v.backup, NOT k.mailbox_settled FROM verdict v"
                   " JOIN v_verdict k ON k.verdict_id = v.id ORDER BY v.id");
    while (ok && mxs_query_next(&query))
        ok = put_verdict(verdicts, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

enum mxs_err mxs_diff_verdicts_end(struct mxs_diff_verdicts *verdicts, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_query_finish(&verdicts->labels, detail);
    return err == MXS_OK && verdicts->lost ? mxs_err_memory(detail, NULL) : err;
}

void mxs_diff_verdicts_close(struct mxs_diff_verdicts *verdicts)
{
    enum mxs_err err = mxs_query_finish(&verdicts->labels, NULL);
    (void)err; /* was told by end, or something else went wrong before it */
    mxs_string_pool_finish(&verdicts->names);
    free(verdicts->ids);
    free(verdicts->verdicts);
    free(verdicts->told);
}

static size_t find(const struct mxs_diff_verdicts *verdicts, int64_t id)
{
    size_t low = 0, high = verdicts->count;
    if (high == 0 || id < verdicts->ids[0])
        return high;
    size_t guess = (size_t)(id - verdicts->ids[0]);
    if (guess < high && verdicts->ids[guess] == id)
        return guess;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (verdicts->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < verdicts->count && verdicts->ids[low] == id ? low : verdicts->count;
}

const struct mxs_change_verdict *mxs_diff_verdicts_find(const struct mxs_diff_verdicts *verdicts, int64_t id)
{
    size_t at = find(verdicts, id);
    return at == verdicts->count ? NULL : &verdicts->verdicts[at];
}

/* "google", "a + b", "google behind proofpoint"; a gateway alone stands for itself. */
static const char *provider_text(struct mxs_diff_verdicts *verdicts, int64_t id)
{
    mxs_out text;
    mxs_out_attach(&text, NULL);
    int64_t last = -1;
    mxs_query_int(&verdicts->labels, 1, id);
    while (mxs_query_next(&verdicts->labels)) {
        size_t size_bytes;
        int64_t role = mxs_query_column_int(&verdicts->labels, 0);
        const char *name = mxs_query_column_text(&verdicts->labels, 1, &size_bytes);
        mxs_out_text(&text, last < 0 ? "" : last == role ? AND : BEHIND);
        mxs_out_bytes(&text, name, size_bytes);
        last = role;
    }
    uint32_t number = last < 0 || text.err != MXS_OK ? MXS_STRING_NONE
                                                     : mxs_string_pool_put(&verdicts->names, text.buffer, text.used);
    verdicts->lost |= last >= 0 && number == MXS_STRING_NONE;
    mxs_out_abandon(&text);
    return number == MXS_STRING_NONE ? NULL : verdicts->names.texts[number];
}

const struct mxs_change_verdict *mxs_diff_verdicts_read(struct mxs_diff_verdicts *verdicts, int64_t id)
{
    size_t at = find(verdicts, id);
    if (at == verdicts->count)
        return NULL;
    if (!verdicts->told[at]) {
        verdicts->verdicts[at].provider = provider_text(verdicts, id);
        verdicts->told[at] = true;
    }
    return &verdicts->verdicts[at];
}

const char *mxs_diff_provider_next(const char *text, char *name, size_t name_size)
{
    const char *joints[] = {strstr(text, AND), strstr(text, BEHIND)}, *end = text + strlen(text), *next = NULL;
    for (int i = 0; i < 2; i++)
        if (joints[i] != NULL && joints[i] < end) {
            end = joints[i];
            next = end + strlen(i == 0 ? AND : BEHIND);
        }
    snprintf(name, name_size, "%.*s", (int)(end - text), text);
    return next;
}

bool mxs_diff_provider_is(const char *text, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = text; at != NULL && size > 0 && (at = strstr(at, name)) != NULL; at++) {
        const char *end = at + size;
        bool starts = at == text || (at >= text + strlen(AND) && strncmp(at - strlen(AND), AND, strlen(AND)) == 0) ||
                      (at >= text + strlen(BEHIND) && strncmp(at - strlen(BEHIND), BEHIND, strlen(BEHIND)) == 0);
        if (starts &&
            (*end == '\0' || strncmp(end, AND, strlen(AND)) == 0 || strncmp(end, BEHIND, strlen(BEHIND)) == 0))
            return true;
    }
    return false;
}
