#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/record/internal/record.h"

/* The parts of a record that follow from its verdict. */

enum { ROLE_GATEWAY, ROLE_MAILBOX, ROLE_BACKUP, ROLE_COUNT };
#define WHOLE_SHARE 10000

/* A share or a confidence with as few digits as it needs, and always a point: 1.0, 0.5, 0.3333. */
static void put_fraction(mxs_out *out, int64_t value, int64_t whole)
{
    char text[32];
    snprintf(text, sizeof text, "%.4g", (double)value / (double)whole);
    mxs_out_text(out, text);
    if (strpbrk(text, ".e") == NULL)
        mxs_out_text(out, ".0");
}

/* The labels of a verdict, read once and told in three places. */
struct labels {
    mxs_out lists[ROLE_COUNT]; /* what the role's list member holds */
    mxs_out single[ROLE_COUNT]; /* the only provider of the role; empty when there are none or several */
    size_t counts[ROLE_COUNT];
    int64_t confidence;
};

static void put_label(struct labels *labels, enum mxs_record_form form, struct mxs_query *query)
{
    int64_t role = mxs_query_column_int(query, 0);
    if (role < 0 || role >= ROLE_COUNT)
        return;
    size_t size_bytes;
    const char *name = mxs_query_column_text(query, 1, &size_bytes);
    mxs_out *list = &labels->lists[role], *single = &labels->single[role];
    bool json = form == MXS_RECORD_JSON, first = labels->counts[role]++ == 0;
    mxs_out_text(list, first ? "" : json ? "," : ";");
    mxs_out_text(list, json && role == ROLE_MAILBOX ? "[" : "");
    if (json)
        mxs_out_json(list, name, size_bytes);
    else
        mxs_out_bytes(list, name, size_bytes);
    if (role == ROLE_MAILBOX) {
        mxs_out_text(list, json ? "," : " ");
        put_fraction(list, mxs_query_column_int(query, 2), WHOLE_SHARE);
        mxs_out_text(list, json ? "]" : "");
    }
    single->used = 0;
    if (first)
        mxs_out_bytes(single, name, size_bytes);
    if (role == ROLE_MAILBOX || (role == ROLE_GATEWAY && labels->confidence < 0))
        labels->confidence = mxs_query_column_int(query, 3);
}

static void put_single(mxs_out *out, enum mxs_record_form form, const mxs_out *single, size_t count)
{
    if (form == MXS_RECORD_CSV)
        mxs_out_escaped(out, MXS_ESCAPE_CSV, single->buffer, count == 1 ? single->used : 0);
    else if (count == 1)
        mxs_out_json(out, single->buffer, single->used);
    else
        mxs_out_text(out, "null");
}

static void put_confidence(mxs_out *out, enum mxs_record_form form, int64_t percent)
{
    if (percent >= 0)
        put_fraction(out, percent, 100);
    else
        mxs_out_text(out, form == MXS_RECORD_JSON ? "null" : "");
}

static void put_labels(mxs_out *out, enum mxs_record_form form, const struct labels *labels)
{
    bool json = form == MXS_RECORD_JSON;
    mxs_out_text(out, json ? "{\"gateway\":" : "");
    put_single(out, form, &labels->single[ROLE_GATEWAY], labels->counts[ROLE_GATEWAY]);
    mxs_out_text(out, json ? ",\"mailbox\":" : ",");
    put_single(out, form, &labels->single[ROLE_MAILBOX], labels->counts[ROLE_MAILBOX]);
    mxs_out_text(out, json ? ",\"mailboxes\":[" : ",");
    for (int role = ROLE_MAILBOX; role <= ROLE_BACKUP; role++) {
        const mxs_out *list = &labels->lists[role];
        if (json)
            mxs_out_bytes(out, list->buffer, list->used);
        else
            mxs_out_escaped(out, MXS_ESCAPE_CSV, list->buffer, list->used);
        if (role == ROLE_MAILBOX)
            mxs_out_text(out, json ? "],\"backup\":[" : ",");
    }
    mxs_out_text(out, json ? "],\"confidence\":" : ",");
    put_confidence(out, form, labels->confidence);
    mxs_out_text(out, json ? ",\"evidence\":" : ",");
}

void mxs_record_put_provider(mxs_out *out, enum mxs_record_form form, struct mxs_query *query)
{
    struct labels labels = {.confidence = -1};
    for (int role = 0; role < ROLE_COUNT; role++) {
        mxs_out_attach(&labels.lists[role], NULL);
        mxs_out_attach(&labels.single[role], NULL);
    }
    while (mxs_query_next(query))
        put_label(&labels, form, query);
    put_labels(out, form, &labels);
    for (int role = 0; role < ROLE_COUNT; role++) {
        if (labels.lists[role].err != MXS_OK || labels.single[role].err != MXS_OK)
            out->err = MXS_ERR_MEMORY;
        mxs_out_abandon(&labels.lists[role]);
        mxs_out_abandon(&labels.single[role]);
    }
}

enum member_kind { MEMBER_COUNT, MEMBER_FLAG, MEMBER_TEXT };
static const struct {
    const char *name;
    enum member_kind kind;
} redundancy_members[] = {
    {"hosts", MEMBER_COUNT}, {"usable", MEMBER_COUNT}, {"tiers", MEMBER_COUNT}, {"load_sharing", MEMBER_FLAG},
    {"multihomed", MEMBER_FLAG}, {"backup", MEMBER_TEXT}, {"addresses", MEMBER_COUNT}, {"prefixes", MEMBER_COUNT},
    {"asns", MEMBER_COUNT}, {"providers", MEMBER_COUNT}, {"single_point", MEMBER_TEXT},
};
#define MEMBERS (sizeof redundancy_members / sizeof *redundancy_members)

static void put_member(mxs_out *out, bool json, enum member_kind kind, struct mxs_query *query, int column)
{
    size_t size_bytes;
    if (mxs_query_is_null(query, column)) {
        mxs_out_text(out, json ? "null" : "");
    } else if (kind == MEMBER_COUNT) {
        mxs_out_int(out, mxs_query_column_int(query, column));
    } else if (kind == MEMBER_FLAG) {
        mxs_out_text(out, mxs_query_column_int(query, column) != 0 ? "true" : "false");
    } else {
        const char *text = mxs_query_column_text(query, column, &size_bytes);
        if (json)
            mxs_out_json(out, text, size_bytes);
        else
            mxs_out_escaped(out, MXS_ESCAPE_CSV, text, size_bytes);
    }
}

void mxs_record_put_redundancy(mxs_out *out, enum mxs_record_form form, struct mxs_query *query)
{
    bool json = form == MXS_RECORD_JSON;
    for (size_t i = 0; i < MEMBERS; i++) {
        if (json)
            mxs_out_format(out, "%s\"%s\":", i == 0 ? ",\"redundancy\":{" : ",", redundancy_members[i].name);
        else
            mxs_out_text(out, i == 0 ? "" : ",");
        put_member(out, json, redundancy_members[i].kind, query, (int)i + 1);
    }
    mxs_out_text(out, json ? "}" : ",");
}

void mxs_record_put_findings(mxs_out *out, enum mxs_record_form form, struct mxs_query *query, uint64_t *bits)
{
    bool json = form == MXS_RECORD_JSON, any = false;
    mxs_out_text(out, json ? ",\"findings\":[" : "");
    bits[0] = bits[1] = 0;
    while (mxs_query_next(query)) {
        size_t size_bytes;
        int64_t code = mxs_query_column_int(query, 0);
        const char *name = mxs_query_column_text(query, 1, &size_bytes);
        if (code >= 0 && code < 128)
            bits[code / 64] |= 1ull << code % 64;
        mxs_out_text(out, any ? (json ? "," : ";") : "");
        if (json)
            mxs_out_json(out, name, size_bytes);
        else
            mxs_out_bytes(out, name, size_bytes); /* our own names: letters and '_' */
        any = true;
    }
    mxs_out_text(out, json ? "]" : ",");
}

void mxs_record_put_header(mxs_out *out, bool content_only)
{
    mxs_out_text(out, "domain,state,mx,");
    mxs_out_text(out, content_only ? "" : "mx.ttl_s,");
    mxs_out_text(out, "mx.alias,mx.usable,mx.a.outcome,mx.a.addresses,mx.aaaa.outcome,mx.aaaa.addresses,mx.provider,mx_outcome,"
                      "provider.gateway,provider.mailbox,provider.mailboxes,provider.backup,provider.confidence,"
                      "provider.evidence,");
    for (size_t i = 0; i < MEMBERS; i++) {
        mxs_out_text(out, "redundancy.");
        mxs_out_text(out, redundancy_members[i].name);
        mxs_out_text(out, ",");
    }
    mxs_out_text(out, "findings,auth.spf,auth.dmarc,auth.dkim,transport.mta_sts,transport.tls_rpt,transport.tlsa,facets");
    mxs_out_text(out, content_only ? "\n" : ",measured.resolver,measured.attempts,measured.rtt_us,measured.asked_at\n");
}
