#include "scanner/write/batch.h"

struct mxs_row *mxs_batch_take(struct mxs_batch *batch, enum mxs_row_kind kind)
{
    MXS_ASSERT(batch->count < MXS_BATCH_ROWS);
    struct mxs_row *row = &batch->rows[batch->count++];
    memset(row, 0, sizeof *row);
    row->kind = (uint8_t)kind;
    batch->kinds |= 1u << kind;
    return row;
}

void mxs_batch_reset_rows(struct mxs_batch *batch)
{
    batch->count = 0;
    batch->kinds = 0;
    mxs_arena_reset(&batch->arena);
}

static struct mxs_bytes copy_bytes(struct mxs_arena *arena, struct mxs_bytes bytes)
{
    struct mxs_text copy = mxs_arena_text(arena, (struct mxs_text){(const char *)bytes.data, bytes.size_bytes});
    return (struct mxs_bytes){(const uint8_t *)copy.data, copy.size_bytes};
}

bool mxs_batch_put_answer(struct mxs_batch *batch, struct mxs_row *row, const struct mxs_answer *answer)
{
    struct mxs_arena *arena = &batch->arena;
    row->outcome = (uint8_t)answer->outcome;
    row->ttl_s = answer->ttl_s;
    row->authenticated = answer->authenticated;
    row->ede = answer->ede;
    if (answer->alias.data != NULL)
        row->alias = mxs_arena_text(arena, answer->alias);
    if (answer->outcome == MXS_MALFORMED && answer->wire.size_bytes > 0)
        row->wire = copy_bytes(arena, answer->wire);
    if (answer->record_count > 0) {
        struct mxs_record *records = mxs_arena_take(arena, answer->record_count * sizeof *records);
        if (records == NULL)
            return false;
        for (uint32_t i = 0; i < answer->record_count; i++) {
            records[i] = answer->records[i];
            if (records[i].host.data != NULL)
                records[i].host = mxs_arena_text(arena, records[i].host);
            if (records[i].data.size_bytes > 0)
                records[i].data = copy_bytes(arena, records[i].data);
        }
        row->records = records;
        row->record_count = answer->record_count;
    }
    return !mxs_arena_full(arena);
}

bool mxs_batch_put_policy(struct mxs_batch *batch, struct mxs_row *row, const struct mxs_policy_row *policy)
{
    size_t unused = (MXS_POLICY_COLUMNS - policy->column_count) * sizeof policy->columns[0];
    struct mxs_policy_row *copy = mxs_arena_take(&batch->arena, sizeof *copy - unused);
    if (copy == NULL)
        return false;
    memcpy(copy, policy, sizeof *copy - unused);
    if (copy->content.data != NULL)
        copy->content = copy_bytes(&batch->arena, copy->content);
    for (uint8_t i = 0; i < copy->column_count; i++) {
        struct mxs_policy_column *column = &copy->columns[i];
        if (column->text.data != NULL)
            column->text = mxs_arena_text(&batch->arena, column->text);
        if (column->json.data != NULL)
            column->json = mxs_arena_text(&batch->arena, column->json);
    }
    row->policy = copy;
    return !mxs_arena_full(&batch->arena);
}
