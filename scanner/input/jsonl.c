#include "scanner/input/internal/jsonl.h"

#include <stdlib.h>
#include <strings.h>

#define SCRATCH_BYTES (MXS_LIST_LINE_MAX * 4 + 64)
#define SAMPLE_LINES 1000u

/* --- looking --- */

struct sample {
    struct mxs_columns *columns;
    bool seen[MXS_COLUMNS_MAX]; /* on this line: the first value of a key speaks for it */
};

/* "name" heads the names of JSON lines, and anything at all in a spreadsheet. */
static void name_key(struct mxs_input_column *item, struct mxs_text path)
{
    memcpy(item->head, path.data, path.size_bytes);
    item->head[path.size_bytes] = '\0';
    for (uint32_t i = 0; i < path.size_bytes; i++)
        item->depth += path.data[i] == '.';
    const char *dot = memrchr(path.data, '.', path.size_bytes);
    struct mxs_text last =
        dot == NULL ? path : (struct mxs_text){dot + 1, path.size_bytes - (uint32_t)(dot + 1 - path.data)};
    item->kind = mxs_column_kind_of(last, &item->rank);
    if (mxs_text_equal(last, MXS_TEXT("name"))) {
        item->kind = MXS_COLUMN_DOMAIN;
        item->rank = 1;
    }
}

static void count_leaf(void *arg, struct mxs_text path, struct mxs_text value, bool assumed)
{
    (void)assumed;
    struct sample *sample = arg;
    struct mxs_columns *columns = sample->columns;
    uint32_t at = 0;
    columns->long_keys |= path.size_bytes > MXS_COLUMN_HEAD_MAX;
    if (path.size_bytes > MXS_COLUMN_HEAD_MAX || path.size_bytes == 0)
        return;
    while (at < columns->count && !mxs_text_equal(mxs_text_of(columns->items[at].head), path))
        at++;
    columns->more |= at == MXS_COLUMNS_MAX;
    if (at == MXS_COLUMNS_MAX || (at < columns->count && sample->seen[at]))
        return;
    bool fresh = at == columns->count;
    mxs_columns_put(columns, at, value);
    if (fresh)
        name_key(&columns->items[at], path);
    sample->seen[at] = true;
}

enum mxs_err mxs_jsonl_shape(const struct mxs_buffer *buffer, struct mxs_columns *columns, uint32_t *lines,
                             uint32_t *objects, struct mxs_detail *detail)
{
    struct sample sample = {.columns = columns};
    char *scratch = malloc(SCRATCH_BYTES);
    if (scratch == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory to look at JSON lines");
    mxs_columns_reset(columns);
    columns->has_header = true;
    *lines = *objects = 0;
    const char *start = (const char *)buffer->buffer;
    for (size_t at = buffer->at, end; at < buffer->end && *lines < SAMPLE_LINES; at = end + 1) {
        for (end = at; end < buffer->end && !mxs_buffer_is_end((uint8_t)start[end]); end++)
            ;
        if (end == buffer->end && !buffer->ended)
            break;
        struct mxs_text line = mxs_line_trim((struct mxs_text){start + at, (uint32_t)(end - at)});
        if (line.size_bytes == 0)
            continue;
        ++*lines;
        memset(sample.seen, 0, sizeof sample.seen);
        if (line.data[0] == '{' && line.size_bytes <= MXS_LIST_LINE_MAX)
            *objects += mxs_leaves_read(line, scratch, count_leaf, &sample);
    }
    free(scratch);
    return MXS_OK;
}

/* {"message":"Not Found","documentation_url":"https://..."}: what a web service says where it gives no list. */
bool mxs_jsonl_is_failure(const struct mxs_columns *columns, uint32_t lines, uint32_t best)
{
    static const char *const KEYS[] = {"message", "error", "errors", "detail", "error_description"};
    bool found = false;
    for (uint32_t i = 0; i < columns->count; i++)
        for (size_t k = 0; k < sizeof KEYS / sizeof *KEYS; k++)
            found |= strcasecmp(columns->items[i].head, KEYS[k]) == 0;
    return found && lines == 1 && best != MXS_COLUMN_NONE &&
           (columns->items[best].kind == MXS_COLUMN_OTHER || columns->items[best].rank >= MXS_COLUMN_RANK_WEAK);
}

/* --- reading --- */

enum mxs_err mxs_jsonl_open(struct mxs_jsonl *jsonl, struct mxs_buffer *buffer, struct mxs_detail *detail)
{
    *jsonl = (struct mxs_jsonl){.buffer = buffer};
    jsonl->scratch = malloc(SCRATCH_BYTES);
    jsonl->values = malloc(MXS_JSONL_VALUES * sizeof *jsonl->values);
    jsonl->facets = malloc(MXS_JSONL_VALUES * sizeof *jsonl->facets);
    if (jsonl->scratch != NULL && jsonl->values != NULL && jsonl->facets != NULL)
        return MXS_OK;
    mxs_jsonl_finish(jsonl);
    return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory to read JSON lines");
}

void mxs_jsonl_finish(struct mxs_jsonl *jsonl)
{
    free(jsonl->scratch);
    free(jsonl->values);
    free(jsonl->facets);
    jsonl->scratch = NULL;
    jsonl->values = NULL;
    jsonl->facets = NULL;
}

static void take_leaf(void *arg, struct mxs_text path, struct mxs_text value, bool assumed)
{
    struct mxs_jsonl *jsonl = arg;
    bool names = mxs_text_equal(path, mxs_text_of(jsonl->column));
    if (names) {
        jsonl->assumed |= assumed;
        if (jsonl->value_count < MXS_JSONL_VALUES)
            jsonl->values[jsonl->value_count++] = value;
        else
            jsonl->overflow = true;
    }
    for (uint32_t i = 0; i < jsonl->kept_count; i++) {
        if (!mxs_text_equal(path, mxs_text_of(jsonl->kept[i])))
            continue;
        jsonl->assumed_kept |= assumed;
        if (names && memchr(value.data, '\0', value.size_bytes) != NULL)
            continue; /* no name either: its bytes stay for the reject */
        struct mxs_text kept = mxs_cell_kept(value, &jsonl->nul_kept, &jsonl->cut_kept);
        if (kept.size_bytes == 0)
            continue;
        if (jsonl->facet_count < MXS_JSONL_VALUES)
            jsonl->facets[jsonl->facet_count++] = (struct mxs_facet_value){i, kept};
        else
            jsonl->overflow = true;
    }
}

static void refuse(const struct mxs_jsonl *jsonl, struct mxs_text text, const char *reason, char *name,
                   struct mxs_entry *out)
{
    name[0] = '\0';
    *out = (struct mxs_entry){.line = jsonl->line, .name = {name, 0}, .reason = reason, .text = mxs_line_cut(text)};
}

static void count_line(struct mxs_jsonl *jsonl)
{
    jsonl->counts.assumed += jsonl->assumed;
    jsonl->counts.assumed_kept += jsonl->assumed_kept;
    jsonl->counts.nul_kept += jsonl->nul_kept;
    jsonl->counts.cut_kept += jsonl->cut_kept;
}

/* MXS_OK: a line was read; *out is its reject when it has a reason. */
static enum mxs_err read_line(struct mxs_jsonl *jsonl, char *name, struct mxs_entry *out)
{
    struct mxs_text line;
    enum mxs_err err = mxs_buffer_next(jsonl->buffer, &line, jsonl->long_text);
    jsonl->line = jsonl->buffer->line;
    jsonl->value_count = jsonl->value_at = jsonl->facet_count = 0;
    jsonl->overflow = jsonl->assumed = jsonl->assumed_kept = false;
    jsonl->nul_kept = jsonl->cut_kept = 0;
    if (err == MXS_ERR_END)
        return err;
    if (err == MXS_ERR_FULL) {
        refuse(jsonl, line, "line_too_long", name, out);
        return MXS_OK;
    }
    struct mxs_text text = mxs_line_trim(line);
    if (text.size_bytes == 0)
        return MXS_OK;
    if (text.data[0] != '{' || !mxs_leaves_read(text, jsonl->scratch, take_leaf, jsonl))
        refuse(jsonl, line, "not_json", name, out);
    else if (jsonl->overflow)
        refuse(jsonl, line, "line_too_long", name, out);
    else if (jsonl->value_count == 0)
        jsonl->counts.passed_over++;
    else
        count_line(jsonl);
    if (out->reason != NULL)
        jsonl->value_count = 0;
    return MXS_OK;
}

enum mxs_err mxs_jsonl_next(struct mxs_jsonl *jsonl, char *name, struct mxs_entry *out)
{
    struct mxs_text value;
    for (;;) {
        if (jsonl->cell_due && mxs_cell_next(&jsonl->cell, &value)) {
            mxs_cell_entry(&jsonl->cell, value, name, out);
            out->line = jsonl->line;
            if (jsonl->drop_www)
                out->name = mxs_cell_without_www(out->name);
            out->facets = jsonl->facets;
            out->facet_count = jsonl->facet_count;
            return MXS_OK;
        }
        jsonl->cell_due = jsonl->value_at < jsonl->value_count;
        if (jsonl->cell_due) {
            mxs_cell_init(&jsonl->cell, jsonl->values[jsonl->value_at++]);
            jsonl->counts.passed_over += jsonl->cell.rest.size_bytes == 0;
            continue;
        }
        out->reason = NULL;
        enum mxs_err err = read_line(jsonl, name, out);
        if (err != MXS_OK)
            return err;
        if (out->reason != NULL)
            return MXS_OK;
    }
}
