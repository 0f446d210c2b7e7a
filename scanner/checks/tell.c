#include "scanner/checks/tell.h"

#include <string.h>

void mxs_tell_member(mxs_out *out, const char *before, struct mxs_text text)
{
    mxs_out_text(out, before);
    if (text.data == NULL)
        mxs_out_text(out, "null");
    else
        mxs_out_json(out, text.data, text.size_bytes);
}

void mxs_tell_word(mxs_out *out, const char *before, const char *word)
{
    mxs_tell_member(out, before, word == NULL ? (struct mxs_text){NULL, 0} : mxs_text_of(word));
}

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

void mxs_tell_record(struct mxs_check_telling *telling, uint8_t column, const struct mxs_policy_entry *entry,
                     uint8_t mark, const char *more)
{
    static const char *const words[] = {"absent", "ok", "faulty"};
    struct mxs_text record = mxs_tell_join(telling, entry);
    if (record.data == NULL && entry->outcome != MXS_LIMIT)
        return;
    bool nearly = (entry->flags & MXS_ENTRY_NEARLY) != 0;
    const struct mxs_text none = {NULL, 0};
    mxs_tell_member(telling->out, "{\"record\":", nearly ? none : record);
    mxs_tell_word(telling->out, ",\"result\":", mark <= MXS_RECORD_FAULTY           ? words[mark]
                                              : entry->outcome == MXS_LIMIT ? "limit"
                                                                            : NULL);
    mxs_out_text(telling->out, more);
    if (nearly)
        mxs_tell_member(telling->out, ",\"nearly\":", record);
    mxs_out_text(telling->out, "}");
    mxs_tell(telling, column, nearly ? none : record);
}

void mxs_tell(struct mxs_check_telling *telling, uint8_t column, struct mxs_text text)
{
    mxs_out *out = telling->out;
    struct mxs_text json = {out->buffer, (uint32_t)out->used};
    struct mxs_policy_row *row = telling->row;
    MXS_ASSERT(row->column_count < MXS_POLICY_COLUMNS);
    row->columns[row->column_count++] = (struct mxs_policy_column){
        .column = column,
        .text = text,
        .json = json.size_bytes == 0 ? (struct mxs_text){NULL, 0} : mxs_arena_text(telling->arena, json)};
    out->used = 0;
}
