#include "scanner/checks/content.h"

#include <stdlib.h>

#define VERSION 1
#define LENGTH_MAX 65534u
#define NO_TEXT 65535u
#define FLAGS_AT 4 /* in the octet of the outcome */

void mxs_pack_init(struct mxs_pack *pack, uint8_t *bytes)
{
    pack->bytes = bytes;
    bytes[0] = VERSION;
    pack->size_bytes = 1;
}

static uint32_t length_of(struct mxs_text text) { return text.size_bytes < LENGTH_MAX ? text.size_bytes : LENGTH_MAX; }

static void put_text(struct mxs_pack *pack, struct mxs_text text)
{
    uint32_t length = text.data == NULL ? NO_TEXT : length_of(text);
    pack->bytes[pack->size_bytes++] = (uint8_t)(length >> 8);
    pack->bytes[pack->size_bytes++] = (uint8_t)length;
    if (length == NO_TEXT || length == 0)
        return;
    memcpy(pack->bytes + pack->size_bytes, text.data, length);
    pack->size_bytes += length;
}

bool mxs_pack_put(struct mxs_pack *pack, const struct mxs_policy_entry *entry, uint32_t reserve_bytes)
{
    uint32_t need = 3 + 2 + length_of(entry->key) + 2 + length_of(entry->target);
    for (uint32_t i = 0; i < entry->text_count; i++)
        need += 2 + length_of(entry->texts[i]);
    if (need + reserve_bytes > MXS_PACK_MAX - pack->size_bytes)
        return false;
    pack->bytes[pack->size_bytes++] = (uint8_t)entry->ask;
    pack->bytes[pack->size_bytes++] = (uint8_t)((unsigned)entry->flags << FLAGS_AT | entry->outcome);
    pack->bytes[pack->size_bytes++] = (uint8_t)entry->text_count;
    put_text(pack, entry->key);
    put_text(pack, entry->target);
    for (uint32_t i = 0; i < entry->text_count; i++)
        put_text(pack, entry->texts[i]);
    return true;
}

static bool take_text(struct mxs_bytes content, uint32_t *at, struct mxs_text *out)
{
    if (content.size_bytes - *at < 2)
        return false;
    uint32_t length = (uint32_t)content.data[*at] << 8 | content.data[*at + 1];
    *at += 2;
    *out = (struct mxs_text){NULL, 0};
    if (length == NO_TEXT)
        return true;
    if (length > content.size_bytes - *at)
        return false;
    *out = (struct mxs_text){(const char *)content.data + *at, length};
    *at += length;
    return true;
}

bool mxs_pack_next(struct mxs_bytes content, uint32_t *at, struct mxs_policy_entry *out)
{
    uint32_t next = *at;
    if (next == 0 && (content.size_bytes == 0 || content.data[next++] != VERSION))
        return false;
    if (next > content.size_bytes || content.size_bytes - next < 3)
        return false;
    uint8_t ask = content.data[next], outcome = content.data[next + 1] & ((1u << FLAGS_AT) - 1),
            count = content.data[next + 2];
    uint8_t flags = (uint8_t)(content.data[next + 1] >> FLAGS_AT);
    next += 3;
    if (ask >= MXS_ASK_COUNT || outcome >= MXS_OUTCOME_COUNT || count > MXS_PACK_TEXTS)
        return false;
    struct mxs_policy_entry entry = {
        .ask = ask, .flags = flags, .outcome = (enum mxs_outcome)outcome, .text_count = count};
    if (!take_text(content, &next, &entry.key) || !take_text(content, &next, &entry.target))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!take_text(content, &next, &entry.texts[i]))
            return false;
    *out = entry;
    *at = next;
    return true;
}

int mxs_pack_order(const struct mxs_policy_entry *a, const struct mxs_policy_entry *b)
{
    int order = a->ask != b->ask ? (int)a->ask - (int)b->ask : mxs_text_compare(a->key, b->key);
    return order != 0 ? order : mxs_text_compare(a->target, b->target);
}

static int text_order(const void *a, const void *b)
{
    return mxs_text_compare(*(const struct mxs_text *)a, *(const struct mxs_text *)b);
}

void mxs_pack_sort(struct mxs_text *texts, uint32_t count)
{
    if (count > 1)
        qsort(texts, count, sizeof *texts, text_order);
}

uint32_t mxs_pack_records(const struct mxs_policy_entry *entry, struct mxs_record records[MXS_PACK_TEXTS])
{
    for (uint32_t i = 0; i < entry->text_count; i++)
        records[i] = (struct mxs_record){.data = {(const uint8_t *)entry->texts[i].data, entry->texts[i].size_bytes}};
    return entry->text_count;
}
