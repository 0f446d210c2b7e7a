#include "scanner/parse/dmarc.h"

#include "base/err.h"
#include "scanner/parse/words.h"

const char *mxs_dmarc_reason_text(enum mxs_dmarc_reason reason)
{
    static const char *const texts[MXS_DMARC_REASON_COUNT] = {"ok",        "no_record", "many_records", "bad_tags",
                                                              "tag_twice", "no_policy", "bad_policy"};
    MXS_ASSERT(reason < MXS_DMARC_REASON_COUNT);
    return texts[reason];
}

const char *mxs_dmarc_policy_text(enum mxs_dmarc_policy policy)
{
    static const char *const texts[] = {NULL, "none", "quarantine", "reject"};
    MXS_ASSERT(policy <= MXS_DMARC_REJECT);
    return texts[policy];
}

/* Nothing may stand before the version, not even a blank. @rfc{7489,6.4} */
bool mxs_dmarc_is(struct mxs_text record)
{
    return record.size_bytes != 0 && record.data[0] == 'v' && mxs_tags_version(record, MXS_TEXT("DMARC1"));
}

static void read_policy(struct mxs_text value, enum mxs_dmarc_policy *policy, uint32_t wrong, struct mxs_dmarc *out)
{
    for (enum mxs_dmarc_policy p = MXS_DMARC_NONE; p <= MXS_DMARC_REJECT; p++)
        if (mxs_text_same(value, mxs_text_of(mxs_dmarc_policy_text(p)))) {
            *policy = p;
            return;
        }
    out->wrong_tags |= wrong;
}

/* A value of one letter among letters, any case. */
static bool read_letter(struct mxs_text value, const char *letters, char *letter)
{
    if (value.size_bytes != 1 || strchr(letters, mxs_lower(value.data[0])) == NULL || value.data[0] == '\0')
        return false;
    *letter = mxs_lower(value.data[0]);
    return true;
}

static void read_alignment(struct mxs_text value, bool *strict, uint32_t wrong, struct mxs_dmarc *out)
{
    char letter;
    if (read_letter(value, "rs", &letter))
        *strict = letter == 's';
    else
        out->wrong_tags |= wrong;
}

static void read_failure_options(struct mxs_text value, struct mxs_dmarc *out)
{
    char options[4] = "";
    uint32_t count = 0;
    for (struct mxs_text piece; mxs_text_next(&value, ':', &piece);) {
        char letter;
        if (!read_letter(mxs_text_strip(piece), "01ds", &letter)) {
            out->wrong_tags |= MXS_DMARC_WRONG_FO;
            return;
        }
        if (memchr(options, letter, count) == NULL)
            options[count++] = letter;
    }
    memcpy(out->failure_options, options, sizeof options);
}

/* "!10m" at the end of a report address @rfc{7489,6.4}. An exclamation mark of the address itself is percent-encoded.
 */
static bool take_size(struct mxs_text *uri, uint64_t *size_bytes)
{
    uint32_t mark = mxs_text_find(*uri, '!');
    *size_bytes = 0;
    if (mark == uri->size_bytes)
        return true;
    struct mxs_text number = mxs_text_from(*uri, mark + 1);
    unsigned shift = 0;
    if (number.size_bytes > 0 && !mxs_is_digit(number.data[number.size_bytes - 1])) {
        const char *unit = strchr("kmgt", mxs_lower(number.data[--number.size_bytes]));
        if (unit == NULL || *unit == '\0')
            return false;
        shift = 10 * (unsigned)(unit - "kmgt" + 1);
    }
    uint64_t value;
    if (!mxs_text_number(number, UINT64_MAX >> 40, &value))
        return false;
    *size_bytes = value << shift;
    *uri = mxs_text_cut(*uri, 0, mark);
    return true;
}

static bool read_uri(struct mxs_text text, struct mxs_dmarc_uri *uri)
{
    struct mxs_text scheme = MXS_TEXT("mailto:");
    uint32_t colon = mxs_text_find(text, ':');
    *uri = (struct mxs_dmarc_uri){.domain = {NULL, 0}};
    if (!take_size(&text, &uri->size_bytes) || colon == 0 || colon >= text.size_bytes)
        return false;
    for (uint32_t i = 0; i < text.size_bytes; i++)
        if (text.data[i] <= 0x20 || text.data[i] > 0x7e ||
            (i < colon && !mxs_is_alnum(text.data[i]) && strchr("+-.", text.data[i]) == NULL))
            return false;
    uri->uri = text;
    if (text.size_bytes < scheme.size_bytes || !mxs_text_same(mxs_text_cut(text, 0, scheme.size_bytes), scheme))
        return true;
    uint32_t end = mxs_text_find(text, '?');
    uint32_t at = end;
    while (at > scheme.size_bytes && text.data[at - 1] != '@')
        at--;
    uri->domain = mxs_text_cut(text, at, end);
    return at > scheme.size_bytes + 1 && at < end;
}

static void read_uris(struct mxs_text value, struct mxs_dmarc_uris *uris, uint32_t wrong, struct mxs_dmarc *out)
{
    for (struct mxs_text piece; mxs_text_next(&value, ',', &piece);) {
        struct mxs_dmarc_uri uri;
        if (!read_uri(mxs_text_strip(piece), &uri)) {
            out->wrong_tags |= wrong;
            continue;
        }
        if (uris->count < MXS_DMARC_URIS_MAX)
            uris->at[uris->count] = uri;
        uris->count++;
    }
}

static void read_number(struct mxs_text value, uint64_t max, uint64_t *number, uint32_t wrong, struct mxs_dmarc *out)
{
    if (!mxs_text_number(value, max, number))
        out->wrong_tags |= wrong;
}

/* Bits of seen_tags, in the order of tag_names. */
enum tag {
    TAG_P,
    TAG_SP,
    TAG_NP,
    TAG_PCT,
    TAG_RI,
    TAG_ADKIM,
    TAG_ASPF,
    TAG_FO,
    TAG_RF,
    TAG_RUA,
    TAG_RUF,
    TAG_T,
    TAG_PSD,
    TAG_COUNT
};

static void read_value(enum tag tag, struct mxs_text value, struct mxs_dmarc *out)
{
    uint64_t number;
    char letter = 0;
    switch (tag) {
    case TAG_P: read_policy(value, &out->policy, MXS_DMARC_WRONG_P, out); break;
    case TAG_SP: read_policy(value, &out->subdomain_policy, MXS_DMARC_WRONG_SP, out); break;
    case TAG_NP: read_policy(value, &out->nonexistent_policy, MXS_DMARC_WRONG_NP, out); break;
    case TAG_PCT:
        number = out->percent;
        read_number(value, 100, &number, MXS_DMARC_WRONG_PCT, out);
        out->percent = (uint8_t)number;
        break;
    case TAG_RI:
        number = out->interval_s;
        read_number(value, UINT32_MAX, &number, MXS_DMARC_WRONG_RI, out);
        out->interval_s = (uint32_t)number;
        break;
    case TAG_ADKIM: read_alignment(value, &out->strict_dkim, MXS_DMARC_WRONG_ADKIM, out); break;
    case TAG_ASPF: read_alignment(value, &out->strict_spf, MXS_DMARC_WRONG_ASPF, out); break;
    case TAG_FO: read_failure_options(value, out); break;
    case TAG_RF: out->wrong_tags |= mxs_text_same(value, MXS_TEXT("afrf")) ? 0 : MXS_DMARC_WRONG_RF; break;
    case TAG_RUA: read_uris(value, &out->rua, MXS_DMARC_WRONG_RUA, out); break;
    case TAG_RUF: read_uris(value, &out->ruf, MXS_DMARC_WRONG_RUF, out); break;
    case TAG_T:
        out->wrong_tags |= read_letter(value, "yn", &letter) ? 0 : MXS_DMARC_WRONG_T;
        out->testing = letter == 'y';
        break;
    case TAG_PSD: out->wrong_tags |= read_letter(value, "ynu", &out->public_suffix) ? 0 : MXS_DMARC_WRONG_PSD; break;
    case TAG_COUNT: break;
    }
}

/* The ABNF writes the names as literals, which have no letter case @rfc{7489,6.4}. */
static void read_tag(struct mxs_text name, struct mxs_text value, struct mxs_dmarc *out)
{
    static const char *const names[TAG_COUNT] = {"p",    "sp",  "np", "pct", "ri",  "adkim", "aspf",
                                                 "fo", "rf", "rua", "ruf", "t", "psd"};
    enum tag tag = TAG_P;
    while (tag < TAG_COUNT && !mxs_text_same(name, mxs_text_of(names[tag])))
        tag++;
    if (tag == TAG_COUNT) {
        out->unknown_tags++;
    } else if (out->seen_tags & 1u << tag) {
        out->policy_twice |= tag == TAG_P;
        out->discarded++;
    } else {
        out->seen_tags |= 1u << tag;
        read_value(tag, value, out);
    }
}

/* No usable policy, but an address for reports: the owner watches, so p=none is meant @rfc{7489,6.6.3}. */
static enum mxs_dmarc_reason judge_policy(struct mxs_dmarc *out)
{
    bool wrong = (out->wrong_tags & (MXS_DMARC_WRONG_P | MXS_DMARC_WRONG_SP)) != 0;
    if (!wrong && out->policy != MXS_DMARC_ABSENT)
        return MXS_DMARC_OK;
    if (out->rua.count != 0) {
        out->policy = MXS_DMARC_NONE;
        out->subdomain_policy = out->nonexistent_policy = MXS_DMARC_ABSENT; /* of the record nothing else is taken */
        out->policy_supposed = true;
        return MXS_DMARC_OK;
    }
    return wrong ? MXS_DMARC_BAD_POLICY : MXS_DMARC_NO_POLICY;
}

static bool is_tag_name(struct mxs_text name)
{
    for (uint32_t i = 0; i < name.size_bytes; i++)
        if (!mxs_is_alnum(name.data[i]) && name.data[i] != '_')
            return false;
    return name.size_bytes > 0 && mxs_is_alpha(name.data[0]);
}

/* One piece between semicolons. What cannot be read is discarded, and the rest holds @rfc{7489,6.3}. A tag that stands
 * twice counts where it stands first; but of two policies none is the one that was meant. */
static void read_piece(struct mxs_text piece, bool second, struct mxs_dmarc *out)
{
    uint32_t equals = mxs_text_find(piece, '=');
    struct mxs_text name = mxs_text_strip(mxs_text_cut(piece, 0, equals));
    if (equals == piece.size_bytes || !is_tag_name(name)) {
        out->discarded++;
        return;
    }
    struct mxs_text value = mxs_text_strip(mxs_text_from(piece, equals + 1));
    bool policy = mxs_text_same(name, MXS_TEXT("p"));
    if (policy && !second)
        out->wrong_tags |= MXS_DMARC_P_NOT_SECOND;
    read_tag(name, value, out);
}

void mxs_dmarc_parse(struct mxs_text record, struct mxs_dmarc *out)
{
    MXS_ASSERT(mxs_dmarc_is(record));
    *out = (struct mxs_dmarc){.record = record, .percent = 100, .failure_options = "0", .interval_s = 86400,
                              .public_suffix = 'u'};
    struct mxs_text rest = record, piece;
    bool version = mxs_text_next(&rest, ';', &piece), second = true;
    while (version && mxs_text_next(&rest, ';', &piece)) {
        if (mxs_text_strip(piece).size_bytes > 0) {
            read_piece(piece, second, out);
            second = false;
        } else if (rest.data != NULL && mxs_text_strip(rest).size_bytes > 0) {
            out->discarded++; /* ";;" in the middle; one at the end is allowed */
        }
    }
    out->reason = out->policy_twice ? MXS_DMARC_TAG_TWICE : judge_policy(out);
}

void mxs_dmarc_read(const struct mxs_record *records, uint32_t count, struct mxs_dmarc *out)
{
    const struct mxs_record *chosen = NULL;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        if (mxs_dmarc_is(mxs_record_text(&records[i]))) {
            chosen = &records[i];
            found++;
        }
    if (found == 1)
        mxs_dmarc_parse(mxs_record_text(chosen), out);
    else
        *out = (struct mxs_dmarc){.reason = found == 0 ? MXS_DMARC_NO_RECORD : MXS_DMARC_MANY_RECORDS};
}

enum mxs_dmarc_policy mxs_dmarc_subdomain(const struct mxs_dmarc *dmarc, bool exists)
{
    if (!exists && dmarc->nonexistent_policy != MXS_DMARC_ABSENT)
        return dmarc->nonexistent_policy;
    return dmarc->subdomain_policy != MXS_DMARC_ABSENT ? dmarc->subdomain_policy : dmarc->policy;
}
