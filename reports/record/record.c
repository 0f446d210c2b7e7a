#include "reports/record/internal/record.h"

#include <stdlib.h>
#include <string.h>

static int by_preference(const void *a, const void *b)
{
    const struct mxs_record_mx_host *x = a, *y = b;
    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return strcmp(x->host->name, y->host->name);
}

void mxs_record_sort(struct mxs_record_mx_host *list, size_t count)
{
    if (count > 1)
        qsort(list, count, sizeof *list, by_preference);
}

const char *mxs_record_provider(const struct mxs_record_style *style, const struct mxs_facts_host *host)
{
    const char *organisation = mxs_facts_organisation(style->facts, host);
    if (organisation != NULL && style->name != NULL && mxs_facts_within(style->name, style->size_bytes, organisation))
        return "self";
    return host->provider == UINT32_MAX ? NULL : style->facts->providers.texts[host->provider];
}

size_t mxs_record_first_level(const struct mxs_facts *facts, const struct mxs_record_mx_host *list, size_t count,
                              size_t *first)
{
    *first = 0;
    size_t chosen = 0;
    while (chosen < count && list[chosen].host->usable != 1)
        chosen++;
    if (chosen == count && facts->hosts_asked)
        return 0;
    int64_t preference = count == 0 ? 0 : list[chosen == count ? 0 : chosen].preference;
    while (*first < count && list[*first].preference != preference)
        ++*first;
    size_t end = *first;
    while (end < count && list[end].preference == preference)
        end++;
    return end - *first;
}

static void put_text_or_null(mxs_out *out, const char *text)
{
    if (text == NULL)
        mxs_out_text(out, "null");
    else
        mxs_out_json(out, text, strlen(text));
}

static void put_tri(mxs_out *out, int value)
{
    mxs_out_text(out, value < 0 ? "null" : value ? "true" : "false");
}

static void put_addresses_json(mxs_out *out, const struct mxs_facts *facts, const char *key, int8_t outcome, uint32_t first,
                               uint32_t count)
{
    mxs_out_text(out, key);
    if (outcome < 0) {
        mxs_out_text(out, "null");
        return;
    }
    mxs_out_text(out, "{\"outcome\":\"");
    mxs_out_text(out, mxs_facts_outcome(outcome));
    mxs_out_text(out, "\",\"addresses\":[");
    for (uint32_t i = 0; i < count; i++) {
        const char *address = facts->addresses[facts->entries[first + i]].text;
        mxs_out_text(out, i == 0 ? "" : ",");
        mxs_out_json(out, address, strlen(address));
    }
    mxs_out_text(out, "]}");
}

static void put_mx_host_json(mxs_out *out, const struct mxs_record_style *style, const struct mxs_record_mx_host *mx_host)
{
    const struct mxs_facts_host *host = mx_host->host;
    mxs_out_text(out, "{\"preference\":");
    mxs_out_int(out, mx_host->preference);
    mxs_out_text(out, ",\"host\":");
    mxs_out_json(out, host->name, host->name_size);
    if (host->name_size == 0) {
        mxs_out_text(out, "}");
        return;
    }
    if (!style->content_only)
        mxs_out_text(out, ",\"ttl_s\":\x01");
    mxs_out_text(out, ",\"alias\":");
    put_text_or_null(out, host->alias);
    mxs_out_text(out, ",\"usable\":");
    put_tri(out, host->usable);
    put_addresses_json(out, style->facts, ",\"a\":", host->a, host->a_first, host->a_count);
    put_addresses_json(out, style->facts, ",\"aaaa\":", host->aaaa, host->aaaa_first, host->aaaa_count);
    mxs_out_text(out, ",\"provider\":");
    put_text_or_null(out, mxs_record_provider(style, host));
    mxs_out_text(out, "}");
}

/* A CSV cell is collected in memory, then escaped as a whole. */
static void put_cell(mxs_out *out, mxs_out *cell)
{
    mxs_out_escaped(out, MXS_ESCAPE_CSV, cell->buffer, cell->used);
    mxs_out_text(out, ",");
    cell->used = 0;
}

static void put_addresses_text(mxs_out *cell, const struct mxs_facts *facts, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        mxs_out_text(cell, i == 0 ? "" : " ");
        mxs_out_text(cell, facts->addresses[facts->entries[first + i]].text);
    }
}

enum mx_column { MX_HOST, MX_ALIAS, MX_USABLE, MX_A, MX_A_ADDRESSES, MX_AAAA, MX_AAAA_ADDRESSES, MX_PROVIDER, MX_COLUMNS };

static void put_mx_host_text(mxs_out *cell, const struct mxs_record_style *style, const struct mxs_record_mx_host *mx_host,
                              enum mx_column column)
{
    const struct mxs_facts_host *host = mx_host->host;
    const char *provider = column == MX_PROVIDER ? mxs_record_provider(style, host) : NULL;
    switch (column) {
    case MX_HOST:
        mxs_out_int(cell, mx_host->preference);
        mxs_out_text(cell, " ");
        mxs_out_text(cell, host->name_size == 0 ? "." : host->name);
        break;
    case MX_ALIAS: mxs_out_text(cell, host->alias != NULL ? host->alias : ""); break;
    case MX_USABLE: mxs_out_text(cell, host->usable < 0 || host->name_size == 0 ? "" : host->usable ? "true" : "false"); break;
    case MX_A: mxs_out_text(cell, mxs_facts_outcome(host->a)); break;
    case MX_A_ADDRESSES: put_addresses_text(cell, style->facts, host->a_first, host->a_count); break;
    case MX_AAAA: mxs_out_text(cell, mxs_facts_outcome(host->aaaa)); break;
    case MX_AAAA_ADDRESSES: put_addresses_text(cell, style->facts, host->aaaa_first, host->aaaa_count); break;
    case MX_PROVIDER: mxs_out_text(cell, provider != NULL ? provider : ""); break;
    case MX_COLUMNS: break;
    }
}

static void put_ttl_cell(mxs_out *out, const struct mxs_record_mx_host *list, size_t count)
{
    mxs_out_text(out, count > 1 ? "\"" : "");
    for (size_t i = 0; i < count; i++)
        mxs_out_text(out, list[i].host->name_size == 0 ? (i > 0 ? ";" : "") : i > 0 ? ";\x01" : "\x01");
    mxs_out_text(out, count > 1 ? "\"," : ",");
}

static void put_mx_csv(mxs_out *out, const struct mxs_record_style *style, const struct mxs_record_mx_host *list, size_t count)
{
    mxs_out cell;
    mxs_out_attach(&cell, NULL);
    for (int column = 0; column < MX_COLUMNS; column++) {
        for (size_t i = 0; i < count; i++) {
            mxs_out_text(&cell, i == 0 ? "" : ";");
            put_mx_host_text(&cell, style, &list[i], (enum mx_column)column);
        }
        put_cell(out, &cell);
        if (column == MX_HOST && !style->content_only)
            put_ttl_cell(out, list, count);
    }
    if (cell.err != MXS_OK)
        out->err = cell.err;
    mxs_out_abandon(&cell);
}

void mxs_record_put_mx(mxs_out *out, const struct mxs_record_style *style, const struct mxs_record_mx_host *list, size_t count)
{
    if (style->form == MXS_RECORD_CSV) {
        put_mx_csv(out, style, list, count);
        return;
    }
    mxs_out_text(out, "[");
    for (size_t i = 0; i < count; i++) {
        mxs_out_text(out, i == 0 ? "" : ",");
        put_mx_host_json(out, style, &list[i]);
    }
    mxs_out_text(out, "]");
}

void mxs_record_put_evidence(mxs_out *out, const struct mxs_record_style *style, const struct mxs_record_mx_host *list,
                             size_t count)
{
    size_t first;
    size_t level = mxs_record_first_level(style->facts, list, count, &first);
    bool json = style->form == MXS_RECORD_JSON, any = false;
    mxs_out cell;
    mxs_out_attach(&cell, NULL);
    mxs_out *to = json ? out : &cell;
    mxs_out_text(to, json ? "[" : "");
    for (size_t i = first; i < first + level; i++) {
        const struct mxs_facts_host *host = list[i].host;
        if (host->name_size == 0 || host->provider == UINT32_MAX || host->usable == 0)
            continue;
        const char *rule = host->rule == UINT32_MAX ? NULL : style->facts->rules.texts[host->rule];
        mxs_out_text(to, any ? (json ? "," : ";") : "");
        any = true;
        if (json) {
            mxs_out_text(out, "{\"kind\":\"mx\",\"rule\":");
            put_text_or_null(out, rule);
            mxs_out_text(out, ",\"value\":");
            mxs_out_json(out, host->name, host->name_size);
            mxs_out_text(out, "}");
        } else {
            mxs_out_text(&cell, "mx ");
            mxs_out_text(&cell, rule != NULL ? rule : "-");
            mxs_out_text(&cell, " ");
            mxs_out_text(&cell, host->name);
        }
    }
    if (json)
        mxs_out_text(out, "]");
    else
        put_cell(out, &cell);
    if (cell.err != MXS_OK)
        out->err = cell.err;
    mxs_out_abandon(&cell);
}
