#include "scanner/checks/tell.h"

#include <string.h>

#include "base/json.h"

struct mxs_text mxs_tell_join(struct mxs_check_telling *telling, const struct mxs_policy_entry *entry)
{
    size_t size = 0;
    for (uint32_t i = 0; i < entry->text_count; i++)
        size += entry->texts[i].size_bytes + 1;
    char *out = size == 0 ? NULL : mxs_arena_take(telling->arena, size), *at = out;
    if (out == NULL)
        return (struct mxs_text){NULL, 0};
    for (uint32_t i = 0; i < entry->text_count; i++) {
        if (i > 0)
            *at++ = '\n';
        if (entry->texts[i].size_bytes > 0)
            memcpy(at, entry->texts[i].data, entry->texts[i].size_bytes);
        at += entry->texts[i].size_bytes;
    }
    return (struct mxs_text){out, (uint32_t)(at - out)};
}

struct mxs_text mxs_tell_append(struct mxs_check_telling *telling, struct mxs_text text, struct mxs_text more)
{
    char *out = mxs_arena_take(telling->arena, text.size_bytes + more.size_bytes + 1u);
    if (out == NULL)
        return MXS_TEXT("");
    if (text.size_bytes > 0)
        memcpy(out, text.data, text.size_bytes);
    if (more.size_bytes > 0)
        memcpy(out + text.size_bytes, more.data, more.size_bytes);
    return (struct mxs_text){out, text.size_bytes + more.size_bytes};
}

struct mxs_text mxs_tell_nearly(struct mxs_check_telling *telling, const struct mxs_policy_entry *entry)
{
    if (entry->text_count > 0)
        return mxs_tell_join(telling, entry);
    return entry->target.data == NULL ? entry->target : mxs_tell_append(telling, MXS_TEXT("CNAME "), entry->target);
}

void mxs_tell_record(struct mxs_check_telling *telling, uint8_t column, const struct mxs_policy_entry *entry,
                     uint8_t mark, const char *more)
{
    static const char *const words[] = {"absent", "ok", "faulty"};
    bool is_nearly = (entry->flags & MXS_ENTRY_NEARLY) != 0;
    struct mxs_text none = {NULL, 0}, record = is_nearly ? none : mxs_tell_join(telling, entry),
                    nearly = is_nearly ? mxs_tell_nearly(telling, entry) : none;
    struct mxs_json json;
    if (record.data == NULL && nearly.data == NULL && entry->outcome != MXS_LIMIT)
        return;
    mxs_json_init(&json, telling->out);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_text(&json, "record", record.data, record.size_bytes);
    mxs_json_put_string(&json, "result",
                        mark <= MXS_RECORD_FAULTY     ? words[mark]
                        : entry->outcome == MXS_LIMIT ? "limit"
                                                      : NULL);
    if (more != NULL)
        mxs_json_put_null(&json, more);
    if (nearly.data != NULL)
        mxs_json_put_text(&json, "nearly", nearly.data, nearly.size_bytes);
    mxs_json_finish(&json);
    mxs_tell(telling, column, record);
}

void mxs_tell(struct mxs_check_telling *telling, uint8_t column, struct mxs_text text)
{
    mxs_out *out = telling->out;
    struct mxs_text json = {out->buffer, (uint32_t)out->used};
    struct mxs_policy_row *row = telling->row;
    bool told = row->column_count == MXS_POLICY_COLUMNS;
    for (uint8_t i = 0; i < row->column_count && !told; i++)
        told = row->columns[i].column == column;
    out->used = 0; /* its bytes stand until something else is told */
    if (told)      /* a damaged database can hold the same question many times */
        return;
    row->columns[row->column_count++] = (struct mxs_policy_column){
        .column = column,
        .text = text,
        .json = json.size_bytes == 0 ? (struct mxs_text){NULL, 0} : mxs_arena_text(telling->arena, json)};
}
