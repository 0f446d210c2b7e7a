#include "scanner/parse/tls_rpt.h"

#include "base/err.h"
#include "scanner/parse/words.h"

const char *mxs_tls_rpt_reason_text(enum mxs_tls_rpt_reason reason)
{
    static const char *const texts[MXS_TLS_RPT_REASON_COUNT] = {"ok",         "no_record", "many_records",
                                                                "bad_record", "no_rua",    "bad_rua"};
    MXS_ASSERT(reason < MXS_TLS_RPT_REASON_COUNT);
    return texts[reason];
}

const char *mxs_bimi_reason_text(enum mxs_bimi_reason reason)
{
    static const char *const texts[MXS_BIMI_REASON_COUNT] = {"ok",         "no_record", "many_records",
                                                             "bad_record", "declined",  "bad_location"};
    MXS_ASSERT(reason < MXS_BIMI_REASON_COUNT);
    return texts[reason];
}

/* The only record of its kind; NULL, and *count is not 1. */
static const struct mxs_record *only(const struct mxs_record *records, uint32_t *count,
                                     bool (*is)(struct mxs_text record))
{
    const struct mxs_record *chosen = NULL;
    uint32_t found = 0;
    for (uint32_t i = 0; i < *count; i++)
        if (is(mxs_record_text(&records[i]))) {
            chosen = &records[i];
            found++;
        }
    *count = found;
    return found == 1 ? chosen : NULL;
}

static bool begins_with_scheme(struct mxs_text uri, struct mxs_text scheme)
{
    return uri.size_bytes > scheme.size_bytes && mxs_text_same(mxs_text_cut(uri, 0, scheme.size_bytes), scheme);
}

bool mxs_tls_rpt_is(struct mxs_text record)
{
    struct mxs_text version = MXS_TEXT("v=TLSRPTv1");
    return mxs_text_begins(record, version) &&
           mxs_text_begins(mxs_text_strip(mxs_text_from(record, version.size_bytes)), MXS_TEXT(";"));
}

/* A blank stands in no URI (two addresses without a comma between them are none), a `!` must be encoded. */
static bool holds_unencoded(struct mxs_text uri)
{
    for (uint32_t i = 0; i < uri.size_bytes; i++)
        if (mxs_is_space(uri.data[i]) || uri.data[i] == '!')
            return true;
    return false;
}

/* "http://a.example/": a URI, to which nobody sends reports. */
static bool has_scheme(struct mxs_text uri)
{
    uint32_t colon = mxs_text_find(uri, ':');
    for (uint32_t i = 0; i < colon; i++)
        if (!mxs_is_alnum(uri.data[i]) && memchr("+-.", uri.data[i], 3) == NULL)
            return false;
    return colon > 0 && colon + 1 < uri.size_bytes && mxs_is_alpha(uri.data[0]) &&
           !begins_with_scheme(uri, MXS_TEXT("mailto:")) && !begins_with_scheme(uri, MXS_TEXT("https:"));
}

/* What has another scheme is passed over, as a sender does that knows two. Nothing between commas is no URI. */
static enum mxs_tls_rpt_reason read_rua(struct mxs_text rua, struct mxs_tls_rpt *out)
{
    bool other = false, empty = false;
    for (struct mxs_text piece; mxs_text_next(&rua, ',', &piece);) {
        struct mxs_text uri = mxs_text_strip(piece);
        other |= has_scheme(uri);
        empty |= uri.size_bytes == 0;
        if (holds_unencoded(uri))
            return MXS_TLS_RPT_BAD_RUA;
        if (begins_with_scheme(uri, MXS_TEXT("mailto:")) && mxs_text_find(uri, '@') < uri.size_bytes - 1)
            out->mailto_count++;
        else if (begins_with_scheme(uri, MXS_TEXT("https://")))
            out->https_count++;
        else if (uri.size_bytes != 0 && !has_scheme(uri))
            return MXS_TLS_RPT_BAD_RUA;
    }
    if (out->mailto_count + out->https_count > 0)
        return empty ? MXS_TLS_RPT_BAD_RUA : MXS_TLS_RPT_OK;
    return other ? MXS_TLS_RPT_BAD_RUA : MXS_TLS_RPT_NO_RUA;
}

void mxs_tls_rpt_parse(struct mxs_text record, struct mxs_tls_rpt *out)
{
    MXS_ASSERT(mxs_tls_rpt_is(record));
    *out = (struct mxs_tls_rpt){.record = record};
    struct mxs_tags tags;
    bool good = true;
    mxs_fields_init(&tags, record);
    for (struct mxs_text name, value; mxs_tags_next(&tags, &name, &value);) {
        if (tags.count == 1)
            continue;
        bool rua = mxs_text_equal(name, MXS_TEXT("rua"));
        good &= rua ? out->rua.data == NULL : mxs_fields_is_extension(value); /* which of two is not said */
        out->rua = rua ? value : out->rua;
    }
    bool bad = tags.bad || !good || tags.spaced; /* "rua=" is one word, as in MTA-STS @rfc{8460,3} */
    out->reason = bad ? MXS_TLS_RPT_BAD_RECORD : read_rua(out->rua, out);
}

void mxs_tls_rpt_read(const struct mxs_record *records, uint32_t count, struct mxs_tls_rpt *out)
{
    const struct mxs_record *chosen = only(records, &count, mxs_tls_rpt_is);
    if (chosen != NULL)
        mxs_tls_rpt_parse(mxs_record_text(chosen), out);
    else
        *out = (struct mxs_tls_rpt){.reason = count == 0 ? MXS_TLS_RPT_NO_RECORD : MXS_TLS_RPT_MANY_RECORDS};
}

bool mxs_bimi_is(struct mxs_text record) { return mxs_tags_version(record, MXS_TEXT("BIMI1")); }

static enum mxs_bimi_reason judge_bimi(const struct mxs_bimi *bimi)
{
    if (bimi->location.data != NULL && bimi->location.size_bytes == 0 && bimi->certificate.size_bytes == 0)
        return MXS_BIMI_DECLINED;
    return begins_with_scheme(bimi->location, MXS_TEXT("https://")) ? MXS_BIMI_OK : MXS_BIMI_BAD_LOCATION;
}

void mxs_bimi_parse(struct mxs_text record, struct mxs_bimi *out)
{
    MXS_ASSERT(mxs_bimi_is(record));
    *out = (struct mxs_bimi){.record = record};
    struct mxs_tags tags;
    mxs_tags_init(&tags, record);
    for (struct mxs_text name, value; mxs_tags_next(&tags, &name, &value);) {
        if (mxs_text_equal(name, MXS_TEXT("l")))
            out->location = value;
        else if (mxs_text_equal(name, MXS_TEXT("a")))
            out->certificate = value;
    }
    out->reason = tags.bad || tags.twice ? MXS_BIMI_BAD_RECORD : judge_bimi(out);
}

void mxs_bimi_read(const struct mxs_record *records, uint32_t count, struct mxs_bimi *out)
{
    const struct mxs_record *chosen = only(records, &count, mxs_bimi_is);
    if (chosen != NULL)
        mxs_bimi_parse(mxs_record_text(chosen), out);
    else
        *out = (struct mxs_bimi){.reason = count == 0 ? MXS_BIMI_NO_RECORD : MXS_BIMI_MANY_RECORDS};
}
