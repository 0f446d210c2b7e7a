/* Import: lists -> names. A list is read once, in order; each line becomes a name, or a reject with its line and
 * reason. The names are sorted, and in their order, beside the index of the names the database has, each is recognised
 * or given the next id: duplicates fall together, no table of names is needed in memory, and what is new is appended to
 * the table and to its index alike. The counts, the digest and the ranges of ids are stored in one transaction at the
 * end: an import that died before is begun again, and finds the names it had already stored. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/shell.h"
#include "base/vector.h"
#include "scanner/input/citation.h"
#include "scanner/input/digest.h"
#include "scanner/input/list.h"
#include "scanner/input/tally.h"
#include "model/name.h"
#include "scanner/run/internal/members.h"
#include "scanner/run/internal/stages.h"

#define LINES_PER_BREATH 16384u
#define REJECTS_BYTES \
    (64u << 20) /* a small gz can hold billions of refused lines: so much of them is stored, and all are counted */
#define EXCLUDED_BYTES (1u << 30) /* beside these, of names left out: what `diff` calls left rests on them */
#define REJECT_ROW_BYTES 32
#define NOTES_MAX 1000u

/* A file, or a list in a zip, as the run keeps it. */
struct origin {
    char *path;
    char sha256[MXS_LIST_SHA256_SIZE];
    enum mxs_list_format format;
    char *how;
    uint64_t lines, passed_over;
};

struct import {
    struct mxs_survey *survey;
    struct origin *origins;
    uint32_t origin_count;
    size_t origin_capacity;
    struct mxs_members members;
    struct mxs_digest digest;
    uint64_t lines, names, rejected;
    uint64_t elsewhere; /* rejected: names of other shards, counted and not stored one by one */
    struct stored {
        uint64_t bytes, left_out; /* left_out: lines for which there was no room */
    } refused, excluded;
    char **notes; /* of the run, stored when the import is over; behind NOTES_MAX they are only logged, and counted */
    size_t note_capacity;
    uint32_t note_count, unstored_notes;
};

static MXS_PRINTF(2, 3) void put_note(struct import *import, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mxs_progress_clear(import->survey);
    mxs_log(MXS_LOG_NOTE, "%s", text);
    char *copy = import->note_count < NOTES_MAX &&
                         mxs_vector_reserve(&import->notes, &import->note_capacity, import->note_count,
                                            sizeof *import->notes)
                     ? strdup(text)
                     : NULL;
    if (copy != NULL)
        import->notes[import->note_count++] = copy;
    else
        import->unstored_notes++;
}

static void reject(struct import *import, uint32_t input, const struct mxs_entry *entry, bool excluded)
{
    struct mxs_text text = excluded ? entry->name : entry->text;
    struct stored *stored = excluded ? &import->excluded : &import->refused;
    uint64_t size_bytes = REJECT_ROW_BYTES + text.size_bytes;
    import->rejected++;
    if (stored->bytes + size_bytes > (excluded ? EXCLUDED_BYTES : REJECTS_BYTES)) {
        stored->left_out++;
        return;
    }
    stored->bytes += size_bytes;
    mxs_writer_put_reject(import->survey->writer, input, entry->line, excluded ? "excluded" : entry->reason, text);
}

/* Which facets a name has is part of what a run was made from. */
static void put_digest(struct mxs_digest *digest, const struct mxs_entry *entry)
{
    mxs_digest_put(digest, entry->name);
    for (uint32_t i = 0; i < entry->facet_count; i++) {
        char text[256];
        struct mxs_text value = entry->facets[i].value;
        text[0] = (char)(entry->facets[i].facet + 1);
        if (value.size_bytes < sizeof text) { /* nearly all: one piece costs less than two */
            memcpy(text + 1, value.data, value.size_bytes);
            mxs_digest_put(digest, (struct mxs_text){text, value.size_bytes + 1});
        } else {
            mxs_digest_put(digest, (struct mxs_text){text, 1});
            mxs_digest_put(digest, value);
        }
    }
}

static bool is_elsewhere(const struct mxs_survey *survey, struct mxs_text name)
{
    const struct mxs_shard *shard = &survey->settings->shard;
    return shard->count > 1 && mxs_shard_of(survey->suffixes, name, shard->count) != shard->number;
}

static enum mxs_err take_entry(struct import *import, uint32_t input, const struct mxs_entry *entry,
                               struct mxs_detail *detail)
{
    import->lines++;
    if (entry->reason != NULL) {
        reject(import, input, entry, false);
        return MXS_OK;
    }
    if (import->survey->exclude != NULL && mxs_exclude_holds(import->survey->exclude, entry->name)) {
        reject(import, input, entry, true);
        return MXS_OK;
    }
    put_digest(&import->digest, entry); /* of the whole list: all shards of it have the same */
    if (is_elsewhere(import->survey, entry->name)) {
        import->rejected++;
        import->elsewhere++;
        return MXS_OK;
    }
    import->names++;
    return mxs_members_put(&import->members, entry, detail);
}

enum mxs_err mxs_stage_wait(struct mxs_survey *survey, struct mxs_detail *detail)
{
    while (!mxs_writer_has_room(survey->writer)) {
        uv_run(&survey->loop, UV_RUN_ONCE);
        enum mxs_err err = mxs_stage_breathe(survey, detail);
        if (err != MXS_OK)
            return err;
    }
    return MXS_OK;
}

static enum mxs_err breathe(void *arg, struct mxs_detail *detail) { return mxs_stage_breathe(arg, detail); }

/* --- where names come from --- */

static struct origin *put_origin(struct import *import, const char *path, const char *member)
{
    if (!mxs_vector_reserve(&import->origins, &import->origin_capacity, import->origin_count, sizeof *import->origins))
        return NULL;
    struct origin *origin = &import->origins[import->origin_count];
    *origin = (struct origin){.path = NULL};
    if (asprintf(&origin->path, "%s%s%s", path, member[0] == '\0' ? "" : ":", member) < 0)
        return NULL;
    import->origin_count++;
    return origin;
}

static void forget_origins(struct import *import)
{
    for (uint32_t i = 0; i < import->origin_count; i++) {
        free(import->origins[i].path);
        free(import->origins[i].how);
    }
    free(import->origins);
    import->origins = NULL;
}

/* Whether the run before read the list in the same way: then it was said. */
static enum mxs_err was_read_so(struct import *import, const struct origin *origin, bool *was,
                                struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, import->survey->store,
                   "SELECT 1 FROM run_input WHERE run_id = ?1 AND path = ?2 AND how = ?3");
    mxs_query_int(&query, 1, import->survey->run.previous);
    mxs_query_text(&query, 2, origin->path, strlen(origin->path));
    mxs_query_text(&query, 3, origin->how, strlen(origin->how));
    *was = mxs_query_next(&query);
    return mxs_query_finish(&query, detail);
}

/* What was taken from where is said before it is asked about. */
static enum mxs_err begin_part(struct import *import, const char *path, const mxs_list *list,
                               const struct mxs_list_part *part, struct mxs_detail *detail)
{
    struct origin *origin = put_origin(import, path, part->member);
    if (origin == NULL || (origin->how = strdup(part->how)) == NULL)
        return mxs_err_memory(detail, NULL);
    origin->format = part->format;
    bool said = false;
    enum mxs_err err = was_read_so(import, origin, &said, detail);
    if (err != MXS_OK)
        return err;
    if (!said && (part->how[0] != '\0' || part->member[0] != '\0')) {
        mxs_progress_clear(import->survey);
        mxs_log(MXS_LOG_NOTE, "%.300s: %s", origin->path, part->how[0] != '\0' ? part->how : "a plain list");
    }
    const char *columns[MXS_FACETS_MAX];
    uint32_t count = part->facet_count < MXS_FACETS_MAX ? part->facet_count : MXS_FACETS_MAX;
    for (uint32_t i = 0; i < count; i++)
        columns[i] = mxs_list_facet(list, i);
    return mxs_members_begin_part(&import->members, columns, count, detail);
}

/* A list that is not what its owner took it for makes no run: it would stand between two nights, and hide what changed.
 */
static enum mxs_err judge_part(struct import *import, const struct origin *origin, const struct mxs_list_tally *tally,
                               struct mxs_detail *detail)
{
    uint64_t lines = tally->entries, refused = tally->refused;
    enum mxs_err err = mxs_list_tally_judge(tally, &import->survey->settings->input, origin->path, detail);
    if (err != MXS_OK || refused * 2 <= lines)
        return err;
    if (tally->several_fields * 2 > refused)
        put_note(import,
                 "%.200s: %llu of %llu lines are refused, because most hold more than one name; if it is a table, say "
                 "so with"
                 " --input-format csv --column",
                 origin->path, (unsigned long long)refused, (unsigned long long)lines);
    else
        put_note(
            import,
            "%.200s: %llu of %llu lines are refused; is it a list of names? `mxsurvey report %s rejects` tells why",
            origin->path, (unsigned long long)refused, (unsigned long long)lines,
            MXS_SHELL_WORD(import->survey->settings->db));
    return MXS_OK;
}

struct reading {
    mxs_list *list;
    const char *path;
    uint32_t part, breath;
    struct mxs_list_tally tally; /* of the part */
    uint64_t passed_before;      /* of the list before it */
};

static enum mxs_err end_part(struct import *import, struct reading *reading, struct mxs_detail *detail)
{
    struct mxs_list_ended ended;
    struct origin *origin = &import->origins[import->origin_count - 1];
    mxs_list_ended(reading->list, &ended);
    origin->passed_over = ended.counts.passed_over;
    char text[MXS_LIST_SENTENCE_SIZE];
    for (uint32_t cursor = 0; mxs_list_counts_sentence(&ended.counts, &cursor, text);)
        put_note(import, "%.200s: %s", origin->path, text);
    if (mxs_list_tally_sentence(&reading->tally, &import->survey->settings->input, text))
        put_note(import, "%.200s: %s", origin->path, text);
    if (ended.apex != NULL)
        put_note(import, "%.200s: there is no SOA record; its apex is taken to be `%.200s`, in which all its names end",
                 origin->path, ended.apex[0] != '\0' ? ended.apex : ".");
    return judge_part(import, origin, &reading->tally, detail);
}

static enum mxs_err take_one(struct import *import, struct reading *reading, const struct mxs_entry *entry,
                             struct mxs_detail *detail)
{
    struct mxs_survey *survey = import->survey;
    struct mxs_list_part part;
    enum mxs_err err = MXS_OK;
    mxs_list_part(reading->list, &part);
    if (part.number != reading->part) {
        if (reading->part != 0)
            err = end_part(import, reading, detail);
        reading->part = part.number;
        reading->tally = (struct mxs_list_tally){0};
        if (err == MXS_OK)
            err = begin_part(import, reading->path, reading->list, &part, detail);
    }
    if (err == MXS_OK)
        err = take_entry(import, import->origin_count, entry, detail);
    if (err == MXS_OK)
        err = mxs_stage_wait(survey, detail);
    if (err != MXS_OK)
        return err;
    struct origin *origin = &import->origins[import->origin_count - 1];
    origin->lines++;
    mxs_list_tally_put(&reading->tally, survey->suffixes, entry);
    if (++reading->breath != LINES_PER_BREATH)
        return MXS_OK;
    reading->breath = 0;
    mxs_list_position(reading->list, &survey->progress.done, &survey->progress.total);
    return mxs_stage_breathe(survey, detail);
}

/* After the last entry: what nothing was read from, and what the file is. */
static enum mxs_err end_list(struct import *import, struct reading *reading, uint32_t first, struct mxs_detail *detail)
{
    struct mxs_list_part part;
    char sha256[MXS_LIST_SHA256_SIZE];
    enum mxs_err err = MXS_OK;
    mxs_list_part(reading->list, &part);
    if (reading->part == 0)
        err = begin_part(import, reading->path, reading->list, &part, detail);
    if (err == MXS_OK)
        err = end_part(import, reading, detail);
    const char *skipped = mxs_list_skipped(reading->list);
    if (err == MXS_OK && skipped[0] != '\0')
        put_note(import, "%.150s: passed over, because they are no lists of names: %.300s", reading->path, skipped);
    if (err == MXS_OK)
        err = mxs_list_sha256(reading->list, sha256, detail);
    for (uint32_t i = first; err == MXS_OK && i < import->origin_count; i++)
        memcpy(import->origins[i].sha256, sha256, sizeof sha256);
    return err;
}

static enum mxs_err open_list(mxs_list **list, const struct mxs_survey *survey, const char *path,
                              struct mxs_detail *detail)
{
    struct mxs_list_options options = survey->settings->input;
    options.suffixes = survey->suffixes;
    return mxs_list_open(list, path, &options, detail);
}

static enum mxs_err read_list(struct import *import, uint32_t input, const char *path, struct mxs_detail *detail)
{
    (void)input;
    struct reading reading = {.path = path};
    struct mxs_entry entry;
    uint32_t first = import->origin_count;
    enum mxs_err err = open_list(&reading.list, import->survey, path, detail);
    if (err != MXS_OK)
        return err;
    mxs_list_look_up(reading.list, breathe, import->survey);
    while ((err = mxs_list_next(reading.list, &entry, detail)) == MXS_OK)
        if ((err = take_one(import, &reading, &entry, detail)) != MXS_OK)
            break;
    if (err == MXS_ERR_END)
        err = end_list(import, &reading, first, detail);
    mxs_list_close(&reading.list);
    return err;
}

/* ": what a reason means", where the word alone leaves it open; "". */
static const char *why_refused(const char *reason)
{
    static const char *const whys[][2] = {
        {"numeric_tld", ": no top-level domain is a number"},
        {"several_fields", ": there is more than one word in it; each name is an argument of its own"},
        {"empty_name", ": nothing is left that could be a name"},
        {"empty_label", ": two dots in a row, or one in front"},
        {"label_too_long", ": more than 63 bytes between two dots"},
        {"name_too_long", ": more than 253 characters"},
        {"bad_character", ": letters, digits, - and _ alone stand between the dots"},
        {"ip_address", ": it is an address"},
        {"wildcard", ": it stands for many names"},
    };
    for (size_t i = 0; i < sizeof whys / sizeof *whys; i++)
        if (strcmp(reason, whys[i][0]) == 0)
            return whys[i][1];
    return "";
}

/* For lookup: the arguments are the names. One that is none is the person's mistake, not a reject. */
static enum mxs_err read_name(struct import *import, uint32_t input, const char *text, struct mxs_detail *detail)
{
    char buffer[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry entry;
    mxs_list_entry_of(mxs_text_of(text), buffer, &entry);
    if (entry.reason != NULL) {
        import->survey->usage = true;
        return mxs_err_set(detail, MXS_ERR_INPUT, "`%.80s` is not a domain name (%s%s)", text, entry.reason,
                           why_refused(entry.reason));
    }
    entry.line = input;
    struct origin *origin = put_origin(import, text, "");
    if (origin == NULL)
        return mxs_err_memory(detail, NULL);
    origin->lines = 1;
    return take_entry(import, input, &entry, detail);
}

/* Each file and each list of a zip under the number that its rejects have. */
static enum mxs_err put_origins(struct import *import, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(
        &query, import->survey->store,
        "INSERT OR REPLACE INTO run_input (run_id, position, path, lines, format, how, sha256, citation, passed_over)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    for (uint32_t i = 0; i < import->origin_count; i++) {
        const struct origin *origin = &import->origins[i];
        char citation[MXS_CITATION_SIZE];
        bool cited = !import->survey->names && mxs_citation_text(origin->path, citation);
        const char *format = mxs_list_format_text(origin->format);
        mxs_query_int(&query, 1, import->survey->run.id);
        mxs_query_int(&query, 2, i + 1);
        mxs_query_text(&query, 3, origin->path, strlen(origin->path));
        mxs_query_int(&query, 4, (int64_t)origin->lines);
        mxs_query_text(&query, 5, format, strlen(format));
        mxs_query_text(&query, 6, origin->how, origin->how == NULL ? 0 : strlen(origin->how));
        mxs_query_text(&query, 7, origin->sha256[0] != '\0' ? origin->sha256 : NULL, strlen(origin->sha256));
        mxs_query_text(&query, 8, cited ? citation : NULL, cited ? strlen(citation) : 0);
        mxs_query_int(&query, 9, (int64_t)origin->passed_over);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

/* Everything that says "import is over", in one transaction. */
static enum mxs_err conclude(struct import *import, struct mxs_detail *detail)
{
    struct mxs_survey *survey = import->survey;
    struct mxs_scan_run *run = &survey->run;
    mxs_digest_text(&import->digest, run->input_digest);
    run->lines = import->lines;
    run->accepted = import->members.accepted;
    run->rejected = import->rejected;
    run->duplicates = import->names - run->accepted;
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_members_store(&import->members, detail);
    for (uint32_t i = 0; err == MXS_OK && i < import->note_count; i++)
        err = mxs_run_put_note(survey->store, survey->run.id, "list", import->notes[i], detail);
    if (err == MXS_OK && import->unstored_notes != 0) {
        char text[96];
        snprintf(text, sizeof text, "%u more notes on its lists were shown but not stored", import->unstored_notes);
        err = mxs_run_put_note(survey->store, survey->run.id, "list", text, detail);
    }
    if (err == MXS_OK)
        err = put_origins(import, detail);
    struct mxs_query query;
    mxs_query_open(
        &query, survey->store,
        "UPDATE run SET input_digest = ?2, lines = ?3, accepted = ?4, rejected = ?5, duplicates = ?6, other_shard = ?7,"
        " stage = 'domains' WHERE id = ?1");
    mxs_query_int(&query, 1, run->id);
    mxs_query_text(&query, 2, run->input_digest, strlen(run->input_digest));
    mxs_query_int(&query, 3, (int64_t)run->lines);
    mxs_query_int(&query, 4, (int64_t)run->accepted);
    mxs_query_int(&query, 5, (int64_t)run->rejected);
    mxs_query_int(&query, 6, (int64_t)run->duplicates);
    mxs_query_int(&query, 7, (int64_t)import->elsewhere);
    mxs_query_run(&query);
    enum mxs_err end = mxs_query_finish(&query, detail);
    err = err == MXS_OK ? end : err;
    return mxs_store_end(survey->store, err, detail);
}

static enum mxs_err note_excluded(const struct import *import, struct mxs_detail *detail)
{
    char text[160];
    snprintf(text, sizeof text,
             "%llu excluded names are counted and not stored: a domain that is said to have left may be one of them",
             (unsigned long long)import->excluded.left_out);
    return mxs_run_put_note(import->survey->store, import->survey->run.id, "excluded", text, detail);
}

/* What an import that died left behind for this run. */
static enum mxs_err clear_leftovers(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, survey->store, "DELETE FROM reject WHERE run_id = ?1");
    mxs_query_int(&query, 1, survey->run.id);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_stage_import(struct mxs_survey *survey, char *const *inputs, int input_count,
                              struct mxs_detail *detail)
{
    struct import import = {.survey = survey};
    mxs_progress_stage(survey, "reading", 0);
    mxs_digest_init(&import.digest);
    enum mxs_err err = clear_leftovers(survey, detail);
    if (err == MXS_OK)
        err = mxs_members_open(&import.members, survey, survey->settings->input.keep != NULL && !survey->names, detail);
    for (int i = 0; err == MXS_OK && i < input_count; i++)
        err = (survey->names ? read_name : read_list)(&import, (uint32_t)i + 1, inputs[i], detail);
    for (uint32_t i = 0; err == MXS_OK && import.lines != 0 && i < import.origin_count; i++)
        if (import.origins[i].lines == 0) /* beside others; where it stands alone the error says it */
            put_note(&import, "%.200s: there is no name in it", import.origins[i].path);
    if (err == MXS_OK && import.lines == 0)
        err = mxs_list_tally_refuse_empty(inputs[0], input_count, detail);
    if (import.refused.left_out != 0)
        put_note(&import, "%llu of %llu refused lines are counted and not stored: they take more than %u MB",
                 (unsigned long long)import.refused.left_out, (unsigned long long)import.rejected, REJECTS_BYTES >> 20);
    if (err == MXS_OK && import.excluded.left_out != 0)
        err = note_excluded(&import, detail);
    if (err == MXS_OK)
        err = mxs_members_find(&import.members, detail);
    struct mxs_detail later;
    enum mxs_err end = mxs_stage_sync(survey, err == MXS_OK ? detail : &later);
    err = err == MXS_OK ? end : err;
    if (err == MXS_OK)
        err = conclude(&import, detail);
    mxs_members_close(&import.members);
    forget_origins(&import);
    for (uint32_t i = 0; i < import.note_count; i++)
        free(import.notes[i]);
    free(import.notes);
    /* Of a list that cannot be read there is no run: what stood before stays the newest. */
    if (err == MXS_ERR_INPUT && !survey->names) {
        survey->unwanted = mxs_run_discard(survey, &later) == MXS_OK;
        if (!survey->unwanted)
            *detail = later;
    }
    return err;
}

static enum mxs_err digest_list(struct mxs_survey *survey, struct mxs_digest *digest, const char *path,
                                struct mxs_detail *detail)
{
    mxs_list *list;
    struct mxs_entry entry;
    uint32_t breath = 0;
    enum mxs_err err = open_list(&list, survey, path, detail);
    if (err != MXS_OK)
        return err;
    mxs_list_look_up(list, breathe, survey);
    while ((err = mxs_list_next(list, &entry, detail)) == MXS_OK) {
        if (entry.reason == NULL && (survey->exclude == NULL || !mxs_exclude_holds(survey->exclude, entry.name)))
            put_digest(digest, &entry);
        if (++breath % LINES_PER_BREATH == 0 && (err = mxs_stage_breathe(survey, detail)) != MXS_OK)
            break;
    }
    mxs_list_close(&list);
    return err == MXS_ERR_END ? MXS_OK : err;
}

enum mxs_err mxs_import_digest(struct mxs_survey *survey, char *const *inputs, int input_count, char digest[33],
                               struct mxs_detail *detail)
{
    struct mxs_digest running;
    enum mxs_err err = MXS_OK;
    mxs_digest_init(&running);
    for (int i = 0; err == MXS_OK && i < input_count; i++)
        err = digest_list(survey, &running, inputs[i], detail);
    if (err == MXS_OK)
        mxs_digest_text(&running, digest);
    return err;
}
