#include "scanner/run/internal/members.h"

#include <libgen.h>
#include <stdio.h>

#include "base/log.h"
#include "db/bulk.h"
#include "db/facets.h"
#include "model/name.h"
#include "scanner/run/internal/stages.h"

#define NAMES_PER_BREATH 16384u
#define SORT_MEMORY (32u << 20)      /* a million names */
#define SORT_MEMORY_KEPT (30u << 20) /* what is left of 64 MB beside a million different values */

enum mxs_err mxs_members_open(struct mxs_members *members, struct mxs_survey *survey, bool keep,
                              struct mxs_detail *detail)
{
    char copy[4096];
    const char *db = survey->settings->db;
    bool on_disk = strcmp(db, ":memory:") != 0 && snprintf(copy, sizeof copy, "%s", db) < (int)sizeof copy;
    const char *folder = on_disk ? dirname(copy) : NULL;
    *members = (struct mxs_members){.survey = survey};
    enum mxs_err err = mxs_sorter_create(&members->sorter, folder, keep ? SORT_MEMORY_KEPT : SORT_MEMORY, detail);
    if (err == MXS_OK && keep)
        err = mxs_facets_create(&members->facets, survey->store, survey->run.list_id, folder, detail);
    return err == MXS_OK ? mxs_known_create(&members->known, survey->reader, detail) : err;
}

void mxs_members_close(struct mxs_members *members)
{
    mxs_sorter_destroy(&members->sorter);
    mxs_known_destroy(&members->known);
    mxs_facets_destroy(&members->facets);
}

enum mxs_err mxs_members_begin_part(struct mxs_members *members, const char *const *columns, uint32_t count,
                                    struct mxs_detail *detail)
{
    return members->facets != NULL ? mxs_facets_begin_part(members->facets, columns, count, detail) : MXS_OK;
}

enum mxs_err mxs_members_put(struct mxs_members *members, const struct mxs_entry *entry, struct mxs_detail *detail)
{
    struct mxs_text text = entry->name;
    enum mxs_err err = members->facets != NULL ? mxs_facets_text(members->facets, entry, &text, detail) : MXS_OK;
    return err == MXS_OK ? mxs_sorter_put(members->sorter, text, detail) : err;
}

/* A name in order: a new one is stored, and it is marked as the run's. */
static enum mxs_err take_name(struct mxs_members *members, struct mxs_text name, uint32_t *id,
                              struct mxs_detail *detail)
{
    struct mxs_survey *survey = members->survey;
    bool fresh;
    enum mxs_err err = mxs_known_find(members->known, name, id, &fresh, detail);
    if (err == MXS_OK && fresh) {
        mxs_writer_put_name(survey->writer, *id, name);
        err = mxs_stage_wait(survey, detail);
    }
    if (err == MXS_OK && ++members->accepted % NAMES_PER_BREATH == 0)
        err = mxs_stage_breathe(survey, detail);
    return err;
}

/* Without columns each text is a name, and comes once. */
enum mxs_err mxs_members_find(struct mxs_members *members, struct mxs_detail *detail)
{
    struct mxs_text text;
    char last[MXS_NAME_TEXT_MAX + 1] = "";
    uint32_t id = 0, last_bytes = 0;
    enum mxs_err err = members->facets != NULL ? mxs_facets_end_rows(members->facets, members->sorter, detail) : MXS_OK;
    if (err != MXS_OK)
        return err;
    while ((err = mxs_sorter_next(members->sorter, &text, detail)) == MXS_OK) {
        const char *mark = members->facets != NULL ? memchr(text.data, MXS_FACETS_MARK, text.size_bytes) : NULL;
        struct mxs_text name = {text.data, mark != NULL ? (uint32_t)(mark - text.data) : text.size_bytes};
        if (members->facets == NULL || !mxs_text_equal(name, (struct mxs_text){last, last_bytes})) {
            if (id != 0 && members->facets != NULL &&
                (err = mxs_facets_end_name(members->facets, id, detail)) != MXS_OK)
                return err;
            if ((err = take_name(members, name, &id, detail)) != MXS_OK)
                return err;
            if (members->facets != NULL) {
                memcpy(last, name.data, name.size_bytes);
                last_bytes = name.size_bytes;
            }
        }
        struct mxs_text behind = {text.data + name.size_bytes + 1,
                                  mark != NULL ? text.size_bytes - name.size_bytes - 1 : 0};
        if (mark != NULL && (err = mxs_facets_take(members->facets, behind, detail)) != MXS_OK)
            return err;
    }
    if (err == MXS_ERR_END && id != 0 && members->facets != NULL)
        err = mxs_facets_end_name(members->facets, id, detail);
    mxs_sorter_destroy(&members->sorter);
    return err == MXS_ERR_END ? MXS_OK : err;
}

static enum mxs_err put_facets(struct mxs_members *members, struct mxs_detail *detail)
{
    const struct mxs_scan_run *run = &members->survey->run;
    if (members->facets != NULL)
        return mxs_facets_store(members->facets, run->id, run->previous, detail);
    return mxs_facets_write(members->survey->store, run->list_id, run->id, run->previous, NULL, 0, NULL, NULL, detail);
}

struct ranges {
    const mxs_known *known;
    uint32_t cursor;
};

static bool next_range(void *arg, struct mxs_bulk_row *row)
{
    struct ranges *ranges = arg;
    uint32_t first, last;
    if (mxs_known_range(ranges->known, &ranges->cursor, &first, &last) != MXS_OK)
        return false;
    row->numbers[0] = first;
    row->numbers[1] = last;
    return true;
}

static enum mxs_err put_ranges(struct mxs_members *members, struct mxs_detail *detail)
{
    struct ranges ranges = {.known = members->known};
    char sql[96];
    snprintf(sql, sizeof sql, "INSERT INTO member SELECT %lld, c0, c1 FROM bulk(?1)",
             (long long)members->survey->run.id);
    return mxs_bulk_insert(members->survey->store, sql, next_range, &ranges, detail);
}

/* What could not be kept of the columns. Shards bring these notes into a merge: each is of its own names. */
static enum mxs_err put_notes(struct mxs_members *members, struct mxs_detail *detail)
{
    struct mxs_survey *survey = members->survey;
    char text[MXS_FACETS_SENTENCE_SIZE];
    enum mxs_err err = MXS_OK;
    uint32_t cursor = 0;
    while (err == MXS_OK && members->facets != NULL && mxs_facets_sentence(members->facets, &cursor, text)) {
        mxs_progress_clear(survey);
        mxs_log(MXS_LOG_NOTE, "%s", text);
        err = mxs_run_put_note(survey->store, survey->run.id, "columns", text, detail);
    }
    return err;
}

enum mxs_err mxs_members_store(struct mxs_members *members, struct mxs_detail *detail)
{
    enum mxs_err err = put_ranges(members, detail);
    if (err == MXS_OK)
        err = put_facets(members, detail);
    return err == MXS_OK ? put_notes(members, detail) : err;
}
