#include "scanner/run/internal/smtp_tlsa.h"

#include <stdio.h>

#include "scanner/checks/content.h"

void mxs_smtp_tlsa_open(struct mxs_smtp_tlsa_reader *reader, mxs_store *store, int64_t list, int64_t run)
{
    mxs_arena_init(&reader->arena, 16384, 0);
    mxs_query_open(&reader->content, store,
                   "SELECT p.content FROM host_policy_history h JOIN policy p ON p.id = h.policy_id WHERE h.host_id = "
                   "?1 AND h.list_id = ?2"
                   " AND h.first_run <= ?3 AND ifnull(h.last_run, ?3) >= ?3");
    mxs_query_int(&reader->content, 2, list);
    mxs_query_int(&reader->content, 3, run);
}

/* False: no memory, and nothing is said of DANE. */
static bool copy_records(struct mxs_smtp_tlsa_reader *reader, const struct mxs_policy_entry *entry, const char *name,
                         struct mxs_smtp_tlsa *out)
{
    struct mxs_bytes *records = mxs_arena_take(&reader->arena, entry->text_count * sizeof *records);
    struct mxs_text key = mxs_arena_text(&reader->arena, entry->key);
    char *base = entry->key.data == NULL ? NULL : mxs_arena_take(&reader->arena, key.size_bytes + 1);
    if (records == NULL || (entry->key.data != NULL && base == NULL))
        return false;
    for (uint32_t i = 0; i < entry->text_count; i++) {
        struct mxs_text copy = mxs_arena_text(&reader->arena, entry->texts[i]);
        records[i] = (struct mxs_bytes){(const uint8_t *)copy.data, copy.size_bytes};
    }
    if (base != NULL)
        snprintf(base, key.size_bytes + 1, "%.*s", MXS_TEXT_ARG(key));
    *out = (struct mxs_smtp_tlsa){
        .records = records, .record_count = entry->text_count, .names = {base == NULL ? name : base}};
    if (base != NULL)
        out->names[1] = name;
    return !mxs_arena_full(&reader->arena);
}

static bool may_be_believed(const struct mxs_policy_entry *entry)
{
    return entry->ask == MXS_ASK_TLSA && entry->outcome == MXS_ANSWERED && entry->text_count > 0 &&
           (entry->flags & MXS_ENTRY_SECURE) && (entry->flags & MXS_ENTRY_ADDRESS_SECURE);
}

bool mxs_smtp_tlsa_has(struct mxs_smtp_tlsa_reader *reader, uint32_t host)
{
    struct mxs_policy_entry entry;
    bool has = false;
    mxs_query_int(&reader->content, 1, host);
    if (mxs_query_next(&reader->content)) {
        size_t size;
        const void *bytes = mxs_query_column_blob(&reader->content, 0, &size);
        for (uint32_t at = 0; !has && mxs_pack_next((struct mxs_bytes){bytes, (uint32_t)size}, &at, &entry);)
            has = may_be_believed(&entry);
    }
    mxs_query_reset(&reader->content);
    return has;
}

void mxs_smtp_tlsa_read(struct mxs_smtp_tlsa_reader *reader, uint32_t host, const char *name, struct mxs_smtp_tlsa *out)
{
    struct mxs_policy_entry entry;
    mxs_query_int(&reader->content, 1, host);
    if (mxs_query_next(&reader->content)) {
        size_t size;
        const void *bytes = mxs_query_column_blob(&reader->content, 0, &size);
        for (uint32_t at = 0; mxs_pack_next((struct mxs_bytes){bytes, (uint32_t)size}, &at, &entry);)
            if (may_be_believed(&entry) && (out->record_count == 0 || entry.key.data != NULL) &&
                !copy_records(reader, &entry, name, out))
                *out = (struct mxs_smtp_tlsa){0};
    }
    mxs_query_reset(&reader->content);
}

enum mxs_err mxs_smtp_tlsa_close(struct mxs_smtp_tlsa_reader *reader, struct mxs_detail *detail)
{
    mxs_arena_finish(&reader->arena);
    return mxs_query_finish(&reader->content, detail);
}
