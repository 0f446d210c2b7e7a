#include "reports/command/internal/outage_text.h"

#include <stdio.h>
#include <string.h>

#include "reports/data/display_name.h"
#include "reports/page/page.h"
#include "reports/record/document.h"

static const struct mxs_column effect_columns[] = {
    {"effect", "what happens", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
};

static const enum mxs_effect order[] = {MXS_EFFECT_LOST, MXS_EFFECT_FALLBACK, MXS_EFFECT_CAPACITY,
                                        MXS_EFFECT_UNKNOWN};
#define ORDERED (sizeof order / sizeof *order)

static enum mxs_err tabulate_effects(const struct mxs_outage *o, bool words, struct mxs_table *table,
                                     struct mxs_detail *detail)
{
    static const char *const said[MXS_EFFECT_COUNT] = {"", "lose capacity or a backup", "fall back to a later tier",
                                                       "lose every path", "not known"};
    mxs_table_init(table, "outage", NULL, effect_columns, 3);
    table->bases[MXS_BASE_RECEIVING] = o->receiving;
    table->unchecked = mxs_run_unchecked_text(o->run);
    for (size_t i = 0; i < ORDERED; i++) {
        if (words && order[i] == MXS_EFFECT_UNKNOWN && o->effects[order[i]] == 0)
            continue;
        const char *text = words ? said[order[i]] : mxs_effect_names[order[i]];
        struct mxs_cell *row = mxs_table_row(table);
        if (row == NULL)
            return mxs_err_memory(detail, NULL);
        mxs_table_put_text(table, &row[0], text, strlen(text));
        bool unknown = order[i] != MXS_EFFECT_UNKNOWN && mxs_outage_is_unknown(o);
        if (unknown && words)
            mxs_table_put_text(table, &row[1], "not known", strlen("not known"));
        else if (!unknown)
            mxs_table_put_int(&row[1], o->effects[order[i]]);
        if (o->receiving > 0 && !unknown)
            mxs_table_put_real(&row[2], (double)o->effects[order[i]] / (double)o->receiving);
    }
    return mxs_table_check(table, detail);
}

static void put_domains_text(const struct mxs_outage *o, mxs_out *out)
{
    for (size_t i = 0; i < ORDERED; i++) {
        const char *effect = mxs_effect_names[order[i]];
        for (size_t row = 0; row < o->domains.row_count; row++) {
            if (strcmp(mxs_table_at(&o->domains, row, 1)->text, effect) != 0)
                continue;
            const struct mxs_cell *name = mxs_table_at(&o->domains, row, 0);
            mxs_out_format(out, "%-9s ", effect);
            mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, name->text, name->size_bytes);
            mxs_out_text(out, "\n");
        }
    }
}

/* "Microsoft 365 (provider microsoft)", or "the host mx.example.net". */
static void put_part(mxs_out *out, const struct mxs_outage *o)
{
    char buffer[160];
    const char *kind = mxs_part_names[o->options.kind], *shown = o->name;
    if (o->options.kind == MXS_PART_PROVIDER)
        shown = mxs_display_name(o->name, buffer, sizeof buffer);
    if (strcmp(shown, o->name) != 0) {
        mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, shown, strlen(shown));
        mxs_out_format(out, " (%s ", kind);
    } else {
        mxs_out_format(out, "the %s ", kind);
    }
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, o->name, strlen(o->name));
    mxs_out_text(out, strcmp(shown, o->name) != 0 ? ")" : "");
}

static void put_behind(mxs_out *out, int64_t behind, const struct mxs_style *style)
{
    char number[32], sentence[160];
    snprintf(sentence, sizeof sentence, "%s domain%s keep%s the mailbox there behind MX hosts of others, which go on"
             " taking the mail.\n", mxs_count_text(behind, number, sizeof number), behind == 1 ? "" : "s",
             behind == 1 ? "s" : "");
    mxs_format_put_wrapped(out, sentence, strlen(sentence), style);
}

/* What kept it from being known. */
static const char *open_text(const struct mxs_outage *o)
{
    return o->unasked == 0 ? "is not settled" : o->unsettled == 0 ? "was not asked" : "is not settled or was not asked";
}

static void put_unknown(mxs_out *out, const struct mxs_outage *o, const struct mxs_style *style)
{
    char number[32], sentence[200];
    int64_t unknown = o->effects[MXS_EFFECT_UNKNOWN], beside = unknown - o->itself;
    if (beside > 0) {
        snprintf(sentence, sizeof sentence,
                 "Of %s it is not known: an MX host or address that %s may take the mail.\n",
                 mxs_count_text(beside, number, sizeof number), open_text(o));
        mxs_format_put_wrapped(out, sentence, strlen(sentence), style);
    }
    if (o->itself > 0 || (unknown == 0 && mxs_outage_is_unknown(o))) {
        char of[64] = "What its loss does";
        if (o->itself > 0 && (beside > 0 || !mxs_outage_is_unknown(o)))
            snprintf(of, sizeof of, "Of %s it", mxs_count_text(o->itself, number, sizeof number));
        snprintf(sentence, sizeof sentence, "%s is not known: whether %s %s.\n", of,
                 o->options.kind == MXS_PART_HOST ? "it has an address" : "an MX host of it has an address",
                 open_text(o));
        mxs_format_put_wrapped(out, sentence, strlen(sentence), style);
    }
    if (o->undetermined > 0) {
        bool one = o->undetermined == 1;
        snprintf(sentence, sizeof sentence, "%s domain%s it %s not counted: whether %s mail is not settled.\n",
                 mxs_count_text(o->undetermined, number, sizeof number), one ? " that names" : "s that name",
                 one ? "is" : "are", one ? "it receives" : "they receive");
        mxs_format_put_wrapped(out, sentence, strlen(sentence), style);
    }
}

static bool is_any_hit(const struct mxs_outage *o)
{
    for (size_t i = 0; i < ORDERED; i++)
        if (o->effects[order[i]] != 0)
            return true;
    return false;
}

static enum mxs_err put_people(const struct mxs_outage *o, enum mxs_format format, const struct mxs_style *style,
                               mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_table effects;
    bool text = format == MXS_FORMAT_TEXT;
    enum mxs_err err = tabulate_effects(o, text, &effects, detail);
    if (err == MXS_OK && text) {
        mxs_out head;
        mxs_out_attach(&head, NULL);
        mxs_out_text(&head, "If ");
        put_part(&head, o);
        mxs_out_format(&head, " fails (run %lld of list ", (long long)o->run->id);
        mxs_out_escaped(&head, MXS_ESCAPE_TERMINAL, o->run->list, strlen(o->run->list));
        mxs_out_text(&head, "):\n");
        mxs_format_put_sentence(out, &head, style);
    }
    if (err == MXS_OK && format == MXS_FORMAT_CSV && o->options.domains)
        mxs_format_csv(out, &o->domains);
    else if (err == MXS_OK && !text && o->by.asked)
        mxs_page_write_as(out, format, &o->groups, style);
    else if (err == MXS_OK)
        mxs_page_write_as(out, format, &effects, style);
    if (err == MXS_OK && text && !is_any_hit(o) && !mxs_outage_is_unknown(o))
        mxs_out_text(out, "No domain of this run has a usable way over it.\n");
    if (err == MXS_OK && text)
        put_unknown(out, o, style);
    if (err == MXS_OK && text && o->behind > 0)
        put_behind(out, o->behind, style);
    if (err == MXS_OK && text && o->fallbacks.row_count > 0) {
        mxs_out_text(out, "\n");
        mxs_format_text(out, &o->fallbacks, style);
    }
    if (err == MXS_OK && text && o->by.asked) {
        mxs_out_text(out, "\n");
        mxs_format_text(out, &o->groups, style);
    }
    if (err == MXS_OK && text && o->options.domains) {
        mxs_out_text(out, "\n");
        put_domains_text(o, out);
    }
    mxs_table_finish(&effects);
    return err;
}

enum mxs_err mxs_outage_write(const struct mxs_outage *outage, enum mxs_format format, const struct mxs_style *style,
                              mxs_out *out, struct mxs_detail *detail)
{
    return format == MXS_FORMAT_JSON ? mxs_document_write_outage(outage, out, detail)
                                     : put_people(outage, format, style, out, detail);
}
