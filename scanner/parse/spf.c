/* One SPF record, term by term.
 *
 * A term is a modifier when a name is followed by '=', else a mechanism: @rfc{7208,4.6.1}. The grammar would let a
 * misspelt redirect or exp pass for an unknown modifier; it is agreed (and tested by the openspf suite) that known
 * names are never that. A domain may hold '/' and digits, so that a prefix length is looked for from the end. */
#include "scanner/parse/spf.h"

#include <arpa/inet.h>

#include "scanner/parse/words.h"

const char *mxs_spf_reason_text(enum mxs_spf_reason reason)
{
    static const char *const texts[MXS_SPF_REASON_COUNT] = {
        "ok", "no_record", "many_records", "not_ascii", "unknown_mechanism", "bad_modifier", "bad_argument",
        "missing_domain", "bad_domain", "bad_macro", "bad_address", "bad_prefix", "modifier_twice", "too_many_terms",
        "too_many_lookups", "too_many_voids", "too_many_mx_hosts", "include_none", "redirect_none"};
    MXS_ASSERT(reason < MXS_SPF_REASON_COUNT);
    return texts[reason];
}

#define VERSION MXS_TEXT("v=spf1")

bool mxs_spf_is(struct mxs_text record)
{
    return record.size_bytes >= VERSION.size_bytes &&
           mxs_text_same(mxs_text_cut(record, 0, VERSION.size_bytes), VERSION) &&
           (record.size_bytes == VERSION.size_bytes || record.data[VERSION.size_bytes] == ' ');
}

/* Takes "/digits" off the end of *text. *length is untouched when there is none. */
static enum mxs_spf_reason take_prefix(struct mxs_text *text, unsigned max, uint8_t *length)
{
    uint32_t digits = text->size_bytes;
    while (digits > 0 && mxs_is_digit(text->data[digits - 1]))
        digits--;
    if (digits == text->size_bytes || digits == 0 || text->data[digits - 1] != '/')
        return MXS_SPF_OK;
    struct mxs_text number = mxs_text_from(*text, digits);
    uint64_t value;
    if ((number.size_bytes > 1 && number.data[0] == '0') || !mxs_text_number(number, max, &value))
        return MXS_SPF_BAD_PREFIX;
    *length = (uint8_t)value;
    *text = mxs_text_cut(*text, 0, digits - 1);
    return MXS_SPF_OK;
}

/* "/24", "//64", "/24//64" off the end. The IPv6 length is behind two slashes. */
static enum mxs_spf_reason take_dual_prefix(struct mxs_text *text, struct mxs_spf_term *term)
{
    struct mxs_text before = *text;
    uint8_t six = 128;
    if (take_prefix(&before, 128, &six) == MXS_SPF_OK && before.size_bytes > 0 &&
        before.size_bytes < text->size_bytes && before.data[before.size_bytes - 1] == '/') {
        term->prefix6 = six;
        *text = mxs_text_cut(before, 0, before.size_bytes - 1);
    }
    return take_prefix(text, 32, &term->prefix4);
}

/* ":domain-spec". */
static enum mxs_spf_reason read_domain(struct mxs_text argument, struct mxs_spf_term *term)
{
    if (argument.size_bytes == 0)
        return MXS_SPF_OK;
    if (argument.data[0] != ':')
        return MXS_SPF_BAD_ARGUMENT;
    term->domain = mxs_text_from(argument, 1);
    return term->domain.size_bytes == 0 ? MXS_SPF_MISSING_DOMAIN : mxs_spf_macro_parse(term->domain, true);
}

static enum mxs_spf_reason read_none(struct mxs_text argument, struct mxs_spf_term *term)
{
    (void)term;
    return argument.size_bytes == 0 ? MXS_SPF_OK : MXS_SPF_BAD_ARGUMENT;
}

static enum mxs_spf_reason read_needed_domain(struct mxs_text argument, struct mxs_spf_term *term)
{
    return argument.size_bytes == 0 ? MXS_SPF_MISSING_DOMAIN : read_domain(argument, term);
}

static enum mxs_spf_reason read_domain_prefixes(struct mxs_text argument, struct mxs_spf_term *term)
{
    enum mxs_spf_reason reason = take_dual_prefix(&argument, term);
    if (reason == MXS_SPF_OK && argument.size_bytes > 0 && argument.data[0] == '/')
        return MXS_SPF_BAD_PREFIX;
    return reason != MXS_SPF_OK ? reason : read_domain(argument, term);
}

static enum mxs_spf_reason read_address(struct mxs_text argument, int family, struct mxs_spf_term *term)
{
    char text[INET6_ADDRSTRLEN + 1] = "";
    if (argument.size_bytes == 0 || argument.data[0] != ':')
        return MXS_SPF_BAD_ADDRESS;
    argument = mxs_text_from(argument, 1);
    enum mxs_spf_reason reason = family == AF_INET ? take_prefix(&argument, 32, &term->prefix4)
                                                   : take_prefix(&argument, 128, &term->prefix6);
    if (reason != MXS_SPF_OK)
        return reason;
    if (argument.size_bytes >= sizeof text)
        return MXS_SPF_BAD_ADDRESS;
    memcpy(text, argument.data, argument.size_bytes);
    return inet_pton(family, text, term->address) == 1 ? MXS_SPF_OK : MXS_SPF_BAD_ADDRESS;
}
static enum mxs_spf_reason read_ip4(struct mxs_text argument, struct mxs_spf_term *term)
{
    return read_address(argument, AF_INET, term);
}
static enum mxs_spf_reason read_ip6(struct mxs_text argument, struct mxs_spf_term *term)
{
    return read_address(argument, AF_INET6, term);
}

static enum mxs_spf_reason read_mechanism(struct mxs_text text, struct mxs_spf_term *term)
{
    static const struct {
        struct mxs_text name;
        enum mxs_spf_kind kind;
        enum mxs_spf_reason (*read)(struct mxs_text argument, struct mxs_spf_term *term);
    } mechanisms[] = {
        {{"all", 3}, MXS_SPF_ALL, read_none},
        {{"include", 7}, MXS_SPF_INCLUDE, read_needed_domain},
        {{"a", 1}, MXS_SPF_A, read_domain_prefixes},
        {{"mx", 2}, MXS_SPF_MX, read_domain_prefixes},
        {{"ptr", 3}, MXS_SPF_PTR, read_domain},
        {{"ip4", 3}, MXS_SPF_IP4, read_ip4},
        {{"ip6", 3}, MXS_SPF_IP6, read_ip6},
        {{"exists", 6}, MXS_SPF_EXISTS, read_needed_domain},
    };
    if (memchr("+-~?", text.data[0], 4) != NULL) {
        term->qualifier = text.data[0];
        text = mxs_text_from(text, 1);
    }
    uint32_t end = 0;
    while (end < text.size_bytes && text.data[end] != ':' && text.data[end] != '/')
        end++;
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        if (mxs_text_same(mxs_text_cut(text, 0, end), mechanisms[i].name)) {
            term->kind = mechanisms[i].kind;
            return mechanisms[i].read(mxs_text_from(text, end), term);
        }
    return MXS_SPF_UNKNOWN_MECHANISM;
}

static enum mxs_spf_reason read_modifier(struct mxs_text name, struct mxs_text value, struct mxs_spf_term *term)
{
    term->domain = value;
    if (mxs_text_same(name, MXS_TEXT("redirect")))
        term->kind = MXS_SPF_REDIRECT;
    else if (mxs_text_same(name, MXS_TEXT("exp")))
        term->kind = MXS_SPF_EXP;
    else
        term->kind = MXS_SPF_OTHER;
    if (term->kind != MXS_SPF_OTHER && value.size_bytes == 0)
        return MXS_SPF_MISSING_DOMAIN;
    return mxs_spf_macro_parse(value, term->kind != MXS_SPF_OTHER);
}

static bool is_name_character(char c) { return mxs_is_alnum(c) || c == '-' || c == '_' || c == '.'; }

static enum mxs_spf_reason read_term(struct mxs_text text, struct mxs_spf_term *term)
{
    *term = (struct mxs_spf_term){.qualifier = '+', .prefix4 = 32, .prefix6 = 128, .text = text};
    uint32_t name = 0;
    while (name < text.size_bytes && is_name_character(text.data[name]))
        name++;
    if (name == text.size_bytes || text.data[name] != '=')
        return read_mechanism(text, term);
    if (name == 0 || !mxs_is_alpha(text.data[0]))
        return MXS_SPF_BAD_MODIFIER;
    return read_modifier(mxs_text_cut(text, 0, name), mxs_text_from(text, name + 1), term);
}

/* Remembers the terms that are asked for by name; redirect and exp stand once at most @rfc{7208,6}. */
static enum mxs_spf_reason put_term(struct mxs_spf *spf, const struct mxs_spf_term *term)
{
    const struct mxs_spf_term **position = term->kind == MXS_SPF_REDIRECT ? &spf->redirect
                                        : term->kind == MXS_SPF_EXP    ? &spf->exp
                                        : term->kind == MXS_SPF_ALL    ? &spf->all
                                                                       : NULL;
    if (position == NULL)
        return MXS_SPF_OK;
    if (*position != NULL)
        return term->kind == MXS_SPF_ALL ? MXS_SPF_OK : MXS_SPF_MODIFIER_TWICE;
    *position = term;
    return MXS_SPF_OK;
}

static uint32_t count_terms(struct mxs_text rest)
{
    uint32_t count = 0;
    for (struct mxs_text piece; mxs_text_next(&rest, ' ', &piece);)
        count += piece.size_bytes != 0;
    return count;
}

static enum mxs_spf_reason read_terms(struct mxs_text rest, struct mxs_arena *arena, struct mxs_spf *out)
{
    uint32_t count = count_terms(rest);
    if (count > MXS_SPF_TERMS_MAX)
        return MXS_SPF_TOO_MANY_TERMS;
    struct mxs_spf_term *terms = mxs_arena_take(arena, (count + 1) * sizeof *terms);
    if (terms == NULL)
        return MXS_SPF_TOO_MANY_TERMS;
    out->terms = terms;
    for (struct mxs_text piece; mxs_text_next(&rest, ' ', &piece);) {
        if (piece.size_bytes == 0)
            continue;
        struct mxs_spf_term *term = &terms[out->term_count];
        enum mxs_spf_reason reason = read_term(piece, term);
        if (reason == MXS_SPF_OK)
            reason = put_term(out, term);
        if (reason != MXS_SPF_OK) {
            out->wrong = piece;
            return reason;
        }
        out->term_count++;
    }
    return MXS_SPF_OK;
}

void mxs_spf_parse(struct mxs_text record, struct mxs_arena *arena, struct mxs_spf *out)
{
    MXS_ASSERT(mxs_spf_is(record));
    *out = (struct mxs_spf){.record = record};
    out->reason = mxs_text_printable(record) ? read_terms(mxs_text_from(record, VERSION.size_bytes), arena, out)
                                             : MXS_SPF_NOT_ASCII;
    if (out->reason != MXS_SPF_OK)
        out->all = out->redirect = out->exp = NULL;
}

void mxs_spf_read(const struct mxs_record *records, uint32_t count, struct mxs_arena *arena, struct mxs_spf *out)
{
    const struct mxs_record *chosen = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (!mxs_spf_is(mxs_record_text(&records[i])))
            continue;
        if (chosen != NULL) {
            *out = (struct mxs_spf){.reason = MXS_SPF_MANY_RECORDS};
            return;
        }
        chosen = &records[i];
    }
    if (chosen == NULL)
        *out = (struct mxs_spf){.reason = MXS_SPF_NO_RECORD};
    else
        mxs_spf_parse(mxs_record_text(chosen), arena, out);
}
