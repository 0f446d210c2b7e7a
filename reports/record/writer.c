#include "reports/record/internal/column.h"

#include <string.h>

#include "reports/record/internal/value.h"

/* JSON and CSV are two walks over the same rows. A walk may begin and end at any row that stands in no array: what the
 * writer of JSON must know then (which objects are open, and whether they hold something) follows from the paths alone.
 */

static const struct mxs_record_column *column_at(size_t i) { return &mxs_record_columns[i]; }

/* True when row i lies below that container. */
static bool is_below(size_t i, const struct mxs_record_column *container)
{
    size_t size = strlen(container->path);
    const char *at = column_at(i)->path;
    return strncmp(at, container->path, size) == 0 &&
           (container->type == MXS_RECORD_ARRAY ? at[size] == '['
                                                : container->type == MXS_RECORD_OBJECT && at[size] == '.');
}

void mxs_record_writer_init(struct mxs_record_writer *writer, enum mxs_record_form form, bool content_only)
{
    MXS_ASSERT(mxs_record_column_count < MXS_RECORD_COLUMNS_MAX);
    writer->form = form;
    writer->content_only = content_only;
    memset(writer->parent, MXS_RECORD_COLUMNS_MAX, sizeof writer->parent);
    for (size_t i = 0; i < mxs_record_column_count; i++) {
        size_t end = i + 1;
        for (; end < mxs_record_column_count && is_below(end, column_at(i)); end++)
            writer->parent[end] = (uint8_t)i; /* a nearer one comes later */
        writer->end[i] = (uint8_t)end;
        const char *dot = strrchr(column_at(i)->path, '.');
        writer->keys[i] = dot == NULL ? column_at(i)->path : dot + 1;
    }
}

static bool is_left_out(const struct mxs_record_column *column, bool content_only)
{
    return content_only && (column->flags & MXS_COLUMN_MEASURED) != 0;
}

static struct mxs_record_value value_of(const struct mxs_record_column *column, const struct mxs_record_source *from,
                                        size_t at)
{
    struct mxs_record_value value = {MXS_VALUE_NULL, 0, 0, NULL, 0};
    if (column->read == NULL)
        value.kind = MXS_VALUE_FLAG; /* an object that is always there */
    else
        column->read(from, column->argument, at, &value);
    return value;
}

size_t mxs_record_next_part(size_t first)
{
    size_t end = first;
    while (end < mxs_record_column_count && column_at(end)->part == column_at(first)->part)
        end++;
    return end;
}

/* --- JSON --- */

static void put_json_value(struct mxs_json *json, const char *key, const struct mxs_record_value *value)
{
    static const char mark[] = {MXS_RECORD_MARK};
    switch (value->kind) {
    case MXS_VALUE_INTEGER: mxs_json_put_int(json, key, value->integer); break;
    case MXS_VALUE_NUMBER: mxs_json_put_fraction(json, key, value->real); break;
    case MXS_VALUE_FLAG: mxs_json_put_flag(json, key, value->integer != 0); break;
    case MXS_VALUE_TEXT: mxs_json_put_text(json, key, value->text, value->size_bytes); break;
    case MXS_VALUE_JSON: mxs_json_put_value(json, key, value->text, value->size_bytes); break;
    case MXS_VALUE_OPEN:
        mxs_json_put_key(json, key);
        mxs_out_bytes(json->out, mark, 1);
        break;
    case MXS_VALUE_NULL:
    case MXS_VALUE_END: mxs_json_put_null(json, key); break;
    }
}

static void put_json_list(struct mxs_json *json, const char *key, const struct mxs_record_column *column,
                          const struct mxs_record_source *from)
{
    struct mxs_record_value value = value_of(column, from, 0);
    if (value.kind == MXS_VALUE_NULL) {
        mxs_json_put_null(json, key);
        return;
    }
    mxs_json_open_array(json, key);
    for (size_t at = 0; value.kind != MXS_VALUE_END; value = value_of(column, from, ++at)) {
        if (column->type == MXS_RECORD_SHARES)
            mxs_json_open_array(json, NULL);
        mxs_json_put_text(json, NULL, value.text, value.size_bytes);
        if (column->type == MXS_RECORD_SHARES) {
            mxs_json_put_fraction(json, NULL, value.real);
            mxs_json_close(json);
        }
    }
    mxs_json_close(json);
}

/* "{...}" as it is stored: its members join those that are there. */
static void put_json_members(struct mxs_json *json, const struct mxs_record_value *value)
{
    if (value->kind != MXS_VALUE_JSON || value->size_bytes <= 2)
        return;
    mxs_out_bytes(json->out, ",", 1); /* members join others that stand before them */
    mxs_out_json_value(json->out, value->text + 1, value->size_bytes - 2);
}

static void put_json_columns(const struct mxs_record_writer *writer, struct mxs_json *json,
                             const struct mxs_record_source *from, size_t first, size_t end);

static void put_json_array(const struct mxs_record_writer *writer, struct mxs_json *json,
                           const struct mxs_record_source *from, size_t i)
{
    const struct mxs_record_column *column = column_at(i);
    struct mxs_record_value count = value_of(column, from, 0);
    struct mxs_record_source item = *from;
    if (count.kind == MXS_VALUE_NULL || count.kind == MXS_VALUE_JSON) {
        put_json_value(json, writer->keys[i], &count);
        return;
    }
    mxs_json_open_array(json, writer->keys[i]);
    for (int64_t at = 0; at < count.integer; at++) {
        item.item = (size_t)at;
        mxs_json_open_object(json, NULL);
        put_json_columns(writer, json, &item, i + 1, writer->end[i]);
        mxs_json_close(json);
    }
    mxs_json_close(json);
}

/* {"Region":["Tyrol"]} */
static void put_json_facets(const struct mxs_record_writer *writer, struct mxs_json *json,
                            const struct mxs_record_source *from, const char *key)
{
    mxs_json_open_object(json, key);
    for (size_t i = 0; writer->kept != NULL && i < writer->kept->count; i++) {
        const struct mxs_kept_facet *facet = &writer->kept->items[i];
        uint32_t code = mxs_kept_code(facet, from->domain_id);
        size_t count = mxs_kept_code_count(facet, code);
        if (count == 0)
            continue;
        mxs_json_open_array(json, facet->name);
        for (size_t at = 0; at < count; at++) {
            const char *value = facet->values[mxs_kept_code_value(facet, code, at)];
            mxs_json_put_text(json, NULL, value, strlen(value));
        }
        mxs_json_close(json);
    }
    mxs_json_close(json);
}

static void put_json_column(const struct mxs_record_writer *writer, struct mxs_json *json,
                            const struct mxs_record_source *from, size_t i)
{
    const struct mxs_record_column *column = column_at(i);
    if (column->type == MXS_RECORD_ARRAY) {
        put_json_array(writer, json, from, i);
        return;
    }
    if (column->type == MXS_RECORD_TEXTS || column->type == MXS_RECORD_SHARES) {
        put_json_list(json, writer->keys[i], column, from);
        return;
    }
    if (column->type == MXS_RECORD_FACETS) {
        put_json_facets(writer, json, from, writer->keys[i]);
        return;
    }
    struct mxs_record_value value = value_of(column, from, 0);
    if (column->type == MXS_RECORD_MEMBERS)
        put_json_members(json, &value);
    else if (value.kind != MXS_VALUE_END)
        put_json_value(json, writer->keys[i], &value);
}

/* Closes the objects that row i is not in; `open` holds the row of the innermost one, down to `outer`. */
static void close_to(const struct mxs_record_writer *writer, struct mxs_json *json, size_t *open, size_t outer,
                     size_t i)
{
    while (*open != outer && i >= writer->end[*open]) {
        mxs_json_close(json);
        *open = writer->parent[*open];
    }
}

/* All in one object, array element or the record itself; nothing below it is left open but what goes on at `end`. */
static void put_json_columns(const struct mxs_record_writer *writer, struct mxs_json *json,
                             const struct mxs_record_source *from, size_t first, size_t end)
{
    bool whole = from->item != SIZE_MAX; /* an element of an array */
    size_t open = writer->parent[first], outer = whole ? open : MXS_RECORD_COLUMNS_MAX;
    for (size_t i = first; i < end;) {
        const struct mxs_record_column *column = column_at(i);
        close_to(writer, json, &open, outer, i);
        bool told = !is_left_out(column, writer->content_only), object = column->type == MXS_RECORD_OBJECT;
        struct mxs_record_value value = {.kind = MXS_VALUE_END};
        if (told && object)
            value = value_of(column, from, 0);
        if (told && !object)
            put_json_column(writer, json, from, i);
        else if (value.kind == MXS_VALUE_NULL || value.kind == MXS_VALUE_JSON)
            put_json_value(json, writer->keys[i], &value);
        bool opens = value.kind != MXS_VALUE_NULL && value.kind != MXS_VALUE_END && value.kind != MXS_VALUE_JSON;
        if (opens) {
            mxs_json_open_object(json, writer->keys[i]);
            open = i;
        }
        i = opens ? i + 1 : writer->end[i];
    }
    close_to(writer, json, &open, outer, end);
}

static void put_json(const struct mxs_record_writer *writer, mxs_out *out, const struct mxs_record_source *from,
                     size_t first, size_t end)
{
    struct mxs_json json;
    mxs_json_init(&json, out);
    if (first == 0)
        mxs_json_open_object(&json, NULL);
    else
        json = (struct mxs_json){.out = out, .depth = 1, .closing = "}", .filled = {true}};
    for (size_t above = writer->parent[first]; above != MXS_RECORD_COLUMNS_MAX; above = writer->parent[above]) {
        json.closing[json.depth] = '}'; /* objects that are open already: all close alike */
        json.filled[json.depth++] = true;
    }
    if (writer->parent[first] != MXS_RECORD_COLUMNS_MAX && first == writer->parent[first] + 1u)
        json.filled[json.depth - 1] = false;
    put_json_columns(writer, &json, from, first, end);
    if (end == mxs_record_column_count) {
        mxs_json_finish(&json);
        mxs_out_text(out, "\n");
    }
}

/* --- CSV --- */

static void put_text_value(mxs_out *cell, const struct mxs_record_value *value)
{
    switch (value->kind) {
    case MXS_VALUE_INTEGER: mxs_out_int(cell, value->integer); break;
    case MXS_VALUE_NUMBER: mxs_out_fraction(cell, value->real); break;
    case MXS_VALUE_FLAG: mxs_out_text(cell, value->integer != 0 ? "true" : "false"); break;
    case MXS_VALUE_TEXT: mxs_out_bytes(cell, value->text, value->size_bytes); break;
    case MXS_VALUE_JSON:
        mxs_out_bytes(cell, value->text, value->size_bytes > 2 ? value->size_bytes : 0);
        break; /* {} and [] are nothing */
    case MXS_VALUE_NULL:
    case MXS_VALUE_END:
    case MXS_VALUE_OPEN: break;
    }
}

/* One value, or a list of them with a separator. */
static void put_text_column(mxs_out *cell, const struct mxs_record_column *column, const struct mxs_record_source *from,
                            const char *separator)
{
    struct mxs_record_value value = value_of(column, from, column->flags & MXS_COLUMN_STORED ? MXS_STORED_CELL : 0);
    bool list = column->type == MXS_RECORD_TEXTS || column->type == MXS_RECORD_SHARES;
    put_text_value(cell, &value);
    for (size_t at = 0; list && value.kind == MXS_VALUE_TEXT;) {
        if (column->type == MXS_RECORD_SHARES) {
            mxs_out_text(cell, " ");
            mxs_out_fraction(cell, value.real);
        }
        value = value_of(column, from, ++at);
        mxs_out_text(cell, value.kind == MXS_VALUE_TEXT ? separator : "");
        put_text_value(cell, &value);
    }
}

/* The words that share a cell are parted by blanks: what is null is a dash, and the root of the DNS a dot. */
static void put_joined(mxs_out *cell, const struct mxs_record_column *column, const struct mxs_record_source *from)
{
    struct mxs_record_value value = value_of(column, from, 0);
    mxs_out_text(cell, " ");
    if (value.kind == MXS_VALUE_NULL || (value.kind == MXS_VALUE_TEXT && value.size_bytes == 0))
        mxs_out_text(cell, value.kind == MXS_VALUE_NULL ? "-" : ".");
    else
        put_text_value(cell, &value);
}

/* An open value is filled in as it is copied, when nothing is escaped any more. */
static void put_open_cell(mxs_out *out, const struct mxs_record_column *column, const struct mxs_record_source *item,
                          int64_t count)
{
    struct mxs_record_source one = *item;
    mxs_out_text(out, count > 1 ? "\"" : "");
    for (int64_t at = 0; at < count; at++) {
        one.item = (size_t)at;
        mxs_out_text(out, at > 0 ? ";" : "");
        if (value_of(column, &one, 0).kind == MXS_VALUE_OPEN)
            mxs_out_text(out, "\x01");
    }
    mxs_out_text(out, count > 1 ? "\"" : "");
}

/* The cell of row i, and of those joined to it. array: the row's array, SIZE_MAX none. */
static void put_cell(mxs_out *out, mxs_out *cell, const struct mxs_record_source *from, size_t i, size_t array)
{
    const struct mxs_record_column *column = column_at(i);
    struct mxs_record_source item = *from;
    int64_t count = array == SIZE_MAX ? 1 : value_of(column_at(array), from, 0).integer;
    if (array != SIZE_MAX && (column->flags & MXS_COLUMN_MEASURED) != 0) {
        put_open_cell(out, column, from, count);
        return;
    }
    cell->used = 0;
    for (int64_t at = 0; at < count; at++) {
        item.item = array == SIZE_MAX ? SIZE_MAX : (size_t)at;
        mxs_out_text(cell, at == 0 ? "" : ";");
        put_text_column(cell, column, &item, array == SIZE_MAX ? ";" : " ");
        for (size_t next = i + 1;
             next < mxs_record_column_count && column_at(next)->csv != NULL && strcmp(column_at(next)->csv, "+") == 0;
             next++)
            put_joined(cell, column_at(next), &item);
    }
    mxs_out_escaped(out, MXS_ESCAPE_CSV, cell->buffer, cell->used);
    if (cell->err != MXS_OK)
        out->err = cell->err;
}

static bool has_cell(size_t i, bool content_only)
{
    const struct mxs_record_column *column = column_at(i);
    return column->csv != NULL && column->type != MXS_RECORD_FACETS && strcmp(column->csv, "+") != 0 &&
           !is_left_out(column, content_only);
}

/* The array that a row stands in, through objects of its elements; SIZE_MAX: none. */
static size_t array_of(const struct mxs_record_writer *writer, size_t i)
{
    size_t above = writer->parent[i];
    while (above != MXS_RECORD_COLUMNS_MAX && column_at(above)->type != MXS_RECORD_ARRAY)
        above = writer->parent[above];
    return above == MXS_RECORD_COLUMNS_MAX ? SIZE_MAX : above;
}

/* A cell for each column that was kept, its values joined. */
static void put_facet_cells(const struct mxs_kept *kept, mxs_out *out, mxs_out *cell,
                            const struct mxs_record_source *from)
{
    for (size_t i = 0; kept != NULL && i < kept->count; i++) {
        const struct mxs_kept_facet *facet = &kept->items[i];
        uint32_t code = mxs_kept_code(facet, from->domain_id);
        cell->used = 0;
        for (size_t at = 0; at < mxs_kept_code_count(facet, code); at++) {
            mxs_out_text(cell, at == 0 ? "" : ";");
            mxs_out_text(cell, facet->values[mxs_kept_code_value(facet, code, at)]);
        }
        mxs_out_text(out, ",");
        mxs_out_escaped(out, MXS_ESCAPE_CSV, cell->buffer, cell->used);
    }
}

static void put_csv(const struct mxs_record_writer *writer, mxs_out *out, const struct mxs_record_source *from,
                    size_t first, size_t end)
{
    mxs_out cell;
    mxs_out_attach(&cell, NULL);
    for (size_t i = first; i < end; i++) {
        if (column_at(i)->type == MXS_RECORD_FACETS)
            put_facet_cells(writer->kept, out, &cell, from);
        if (column_at(i)->type == MXS_RECORD_MEMBERS && (column_at(i)->flags & MXS_COLUMN_STORED)) {
            const struct mxs_record_value cells = value_of(column_at(i), from, MXS_STORED_CELL);
            mxs_out_bytes(out, cells.text, cells.size_bytes);
        }
        if (!has_cell(i, writer->content_only))
            continue;
        mxs_out_text(out, i == 0 ? "" : ",");
        put_cell(out, &cell, from, i, array_of(writer, i));
    }
    if (end == mxs_record_column_count)
        mxs_out_text(out, "\n");
    mxs_out_abandon(&cell);
}

static void put_facet_headers(mxs_out *out, const struct mxs_kept *kept)
{
    char name[128];
    for (size_t i = 0; kept != NULL && i < kept->count; i++) {
        int size = snprintf(name, sizeof name, "facet_%s", kept->items[i].name);
        mxs_out_text(out, ",");
        mxs_out_escaped(out, MXS_ESCAPE_CSV, name, size < (int)sizeof name ? (size_t)size : sizeof name - 1);
    }
}

void mxs_record_put_header(mxs_out *out, const struct mxs_record_source *from, bool content_only,
                           const struct mxs_kept *kept)
{
    for (size_t i = 0; i < mxs_record_column_count; i++) {
        if (column_at(i)->type == MXS_RECORD_FACETS)
            put_facet_headers(out, kept);
        if (column_at(i)->type == MXS_RECORD_MEMBERS && (column_at(i)->flags & MXS_COLUMN_STORED)) {
            const struct mxs_record_value names = value_of(column_at(i), from, MXS_STORED_HEADER);
            mxs_out_bytes(out, names.text, names.size_bytes);
        } else if (has_cell(i, content_only)) {
            mxs_out_text(out, i == 0 ? "" : ",");
            mxs_out_text(out, column_at(i)->csv);
        }
    }
    mxs_out_text(out, "\n");
}

void mxs_record_put(const struct mxs_record_writer *writer, mxs_out *out, const struct mxs_record_source *from,
                    size_t first, size_t end)
{
    if (writer->form == MXS_RECORD_JSON)
        put_json(writer, out, from, first, end);
    else
        put_csv(writer, out, from, first, end);
}

/* --- JSON Schema --- */

static void put_schema_type(struct mxs_json *json, const struct mxs_record_column *column)
{
    static const char *const names[] = {
        [MXS_RECORD_OBJECT] = "object",   [MXS_RECORD_ARRAY] = "array",   [MXS_RECORD_TEXT] = "string",
        [MXS_RECORD_INTEGER] = "integer", [MXS_RECORD_NUMBER] = "number", [MXS_RECORD_FLAG] = "boolean",
        [MXS_RECORD_TEXTS] = "array",     [MXS_RECORD_SHARES] = "array",  [MXS_RECORD_FACETS] = "object"};
    if (column->type == MXS_RECORD_VALUE)
        return;
    if ((column->flags & MXS_COLUMN_NULLABLE) == 0) {
        mxs_json_put_string(json, "type", names[column->type]);
        return;
    }
    mxs_json_open_array(json, "type");
    mxs_json_put_string(json, NULL, names[column->type]);
    mxs_json_put_string(json, NULL, "null");
    mxs_json_close(json);
}

static void put_schema_items(struct mxs_json *json, enum mxs_record_type type)
{
    mxs_json_open_object(json, "items");
    mxs_json_put_string(json, "type", type == MXS_RECORD_TEXTS ? "string" : "array");
    if (type == MXS_RECORD_SHARES) {
        mxs_json_open_array(json, "prefixItems");
        mxs_json_put_value(json, NULL, "{\"type\":\"string\"}", strlen("{\"type\":\"string\"}"));
        mxs_json_put_value(json, NULL, "{\"type\":\"number\"}", strlen("{\"type\":\"number\"}"));
        mxs_json_close(json);
    }
    mxs_json_close(json);
}

static void put_schema_column(const struct mxs_record_writer *writer, struct mxs_json *json, size_t i);

/* The members among rows first to end that stand at this level. */
static void put_schema_members(const struct mxs_record_writer *writer, struct mxs_json *json, size_t first, size_t end)
{
    bool others = false;
    mxs_json_open_object(json, "properties");
    for (size_t i = first; i < end; i = writer->end[i]) {
        others = others || column_at(i)->type == MXS_RECORD_MEMBERS;
        if (column_at(i)->type != MXS_RECORD_MEMBERS)
            put_schema_column(writer, json, i);
    }
    mxs_json_close(json);
    mxs_json_open_array(json, "required");
    for (size_t i = first; i < end; i = writer->end[i])
        if (column_at(i)->type != MXS_RECORD_MEMBERS &&
            (column_at(i)->flags & (MXS_COLUMN_MEASURED | MXS_COLUMN_OPTIONAL)) == 0)
            mxs_json_put_string(json, NULL, writer->keys[i]);
    mxs_json_close(json);
    static const char joins[] =
        "{\"type\":[\"object\",\"array\",\"null\"]}"; /* what a check tells of itself is never a bare value */
    if (others)
        mxs_json_put_value(json, "additionalProperties", joins, sizeof joins - 1);
    else
        mxs_json_put_flag(json, "additionalProperties", false);
}

static void put_schema_column(const struct mxs_record_writer *writer, struct mxs_json *json, size_t i)
{
    const struct mxs_record_column *column = column_at(i);
    mxs_json_put_break(json);
    mxs_json_open_object(json, writer->keys[i]);
    mxs_json_put_string(json, "title", column->path);
    mxs_json_put_string(json, "description", column->meaning);
    put_schema_type(json, column);
    if (column->type == MXS_RECORD_OBJECT) {
        put_schema_members(writer, json, i + 1, writer->end[i]);
    } else if (column->type == MXS_RECORD_ARRAY) {
        mxs_json_open_object(json, "items");
        mxs_json_put_string(json, "type", "object");
        put_schema_members(writer, json, i + 1, writer->end[i]);
        mxs_json_close(json);
    } else if (column->type == MXS_RECORD_TEXTS || column->type == MXS_RECORD_SHARES) {
        put_schema_items(json, column->type);
    }
    mxs_json_close(json);
}

void mxs_record_put_schema(mxs_out *out)
{
    struct mxs_record_writer writer;
    struct mxs_json json;
    mxs_record_writer_init(&writer, MXS_RECORD_JSON, false);
    mxs_json_init(&json, out);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_string(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    mxs_json_put_break(&json);
    mxs_json_put_string(&json, "title", "mxsurvey export: one record a domain");
    mxs_json_put_string(&json, "type", "object");
    put_schema_members(&writer, &json, 0, mxs_record_column_count);
    mxs_json_finish(&json);
    mxs_out_text(out, "\n");
}
