#include "scanner/checks/json.h"

#include <stdarg.h>
#include <stdio.h>

#include "scanner/parse/dkim.h"
#include "scanner/parse/dmarc.h"

#define JSON_MAX (32 * 1024u)

struct json {
    char bytes[JSON_MAX];
    uint32_t used;
    bool full;
};

static void put(struct json *json, const char *format, ...) MXS_PRINTF(2, 3);
static void put(struct json *json, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int size = vsnprintf(json->bytes + json->used, JSON_MAX - json->used, format, list);
    va_end(list);
    json->full |= size < 0 || (uint32_t)size >= JSON_MAX - json->used;
    json->used += json->full ? 0 : (uint32_t)size;
}

static void put_text(struct json *json, struct mxs_text text)
{
    if (text.data == NULL) {
        put(json, "null");
        return;
    }
    put(json, "\"");
    for (uint32_t i = 0; i < text.size_bytes && !json->full; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            put(json, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            put(json, "\\u%04x", c);
        else
            put(json, "%c", c);
    }
    put(json, "\"");
}

static void put_key(struct json *json, const struct mxs_policy_entry *entry, struct mxs_arena *arena)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_dkim dkim;
    mxs_dkim_read(records, mxs_pack_records(entry, records), arena, &dkim);
    bool key = dkim.reason == MXS_DKIM_OK;
    put(json, "%s{\"selector\":", json->used == 0 ? "[" : ",");
    put_text(json, entry->key);
    put(json, ",\"type\":%s%s%s,\"bits\":%u,\"reason\":\"%s\",\"target\":", key ? "\"" : "",
        key ? mxs_dkim_type_text(dkim.type) : "null", key ? "\"" : "", dkim.bits, mxs_dkim_reason_text(dkim.reason));
    put_text(json, entry->target);
    put(json, "}");
}

struct mxs_text mxs_policy_dkim_text(struct mxs_bytes content, struct mxs_arena *arena)
{
    struct json json;
    struct mxs_policy_entry entry;
    json.used = 0;
    json.full = false;
    for (uint32_t at = 0; mxs_pack_next(content, &at, &entry) && !json.full;) {
        uint32_t before = json.used;
        if ((entry.ask != MXS_ASK_SELECTOR && entry.ask != MXS_ASK_NO_SELECTOR) || !mxs_outcome_settled(entry.outcome))
            continue;
        put_key(&json, &entry, arena);
        if (json.full || json.used > JSON_MAX - 2) {
            json.used = before;
            break;
        }
    }
    if (json.used == 0)
        return (struct mxs_text){NULL, 0};
    json.bytes[json.used++] = ']';
    return mxs_arena_text(arena, (struct mxs_text){json.bytes, json.used});
}

/* --- DMARC --- */

static void put_uris(struct json *json, const char *name, const struct mxs_dmarc_uris *uris)
{
    put(json, ",\"%s\":[", name);
    for (uint32_t i = 0; i < uris->count && i < MXS_DMARC_URIS_MAX; i++) {
        put(json, "%s", i == 0 ? "" : ",");
        put_text(json, uris->at[i].uri);
    }
    put(json, "]");
}

static void put_others(struct json *json, struct mxs_bytes content)
{
    struct mxs_policy_entry entry, tree = {.key = {NULL, 0}};
    bool first = true;
    put(json, ",\"unauthorised\":[");
    for (uint32_t at = 0; mxs_pack_next(content, &at, &entry);) {
        if (entry.ask == MXS_ASK_DMARC_TREE && entry.text_count > 0)
            tree = entry;
        if (entry.ask != MXS_ASK_REPORT || !mxs_outcome_settled(entry.outcome))
            continue;
        put(json, "%s", first ? "" : ",");
        put_text(json, entry.key);
        first = false;
    }
    put(json, "],\"tree\":");
    if (tree.key.data == NULL) {
        put(json, "null}");
        return;
    }
    put(json, "{\"at\":");
    put_text(json, tree.key);
    put(json, ",\"record\":");
    put_text(json, tree.texts[0]);
    put(json, "}}");
}

struct mxs_text mxs_policy_dmarc_text(struct mxs_bytes content, struct mxs_arena *arena)
{
    struct json json;
    struct mxs_policy_entry entry;
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_dmarc dmarc;
    json.used = 0;
    json.full = false;
    for (uint32_t at = 0; json.used == 0 && mxs_pack_next(content, &at, &entry);) {
        if ((entry.ask != MXS_ASK_DMARC && entry.ask != MXS_ASK_DMARC_ORG) || entry.text_count == 0 ||
            (entry.flags & MXS_ENTRY_NEARLY))
            continue;
        mxs_dmarc_read(records, mxs_pack_records(&entry, records), &dmarc);
        const char *below =
            dmarc.subdomain_policy == MXS_DMARC_ABSENT ? NULL : mxs_dmarc_policy_text(dmarc.subdomain_policy);
        put(&json, "{\"subdomain_policy\":%s%s%s,\"percent\":%u,\"dkim_alignment\":\"%s\",\"spf_alignment\":\"%s\"",
            below == NULL ? "" : "\"", below == NULL ? "null" : below, below == NULL ? "" : "\"", dmarc.percent,
            dmarc.strict_dkim ? "strict" : "relaxed", dmarc.strict_spf ? "strict" : "relaxed");
        put_uris(&json, "rua", &dmarc.rua);
        put_uris(&json, "ruf", &dmarc.ruf);
        put_others(&json, content);
    }
    if (json.used == 0 || json.full)
        return (struct mxs_text){NULL, 0};
    return mxs_arena_text(arena, (struct mxs_text){json.bytes, json.used});
}
