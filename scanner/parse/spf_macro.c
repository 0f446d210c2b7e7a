/* Macros @rfc{7208,7}: their syntax, and what they expand to as far as that is known without a sender.
 *
 * Two macros are known to a survey: d, the name whose policy is read, and o, the domain first asked about (a sender
 * at that domain is supposed). All others need an address, a HELO or a local part: they may be those of nobody. */
#include "model/name.h"
#include "scanner/parse/spf.h"
#include "scanner/parse/words.h"

/* One step through a macro-string: a literal character, "%%" "%_" "%-", or "%{...}". */
struct macro {
    char letter;        /* of "%{", else 0 */
    char literal;       /* else */
    uint32_t keep;      /* right-hand parts; 0: all */
    bool reverse;
    struct mxs_text delimiters;
    uint32_t size_bytes; /* characters stepped over */
};

/* text begins with "%{". */
static bool read_braces(struct mxs_text text, struct macro *macro)
{
    uint32_t end = mxs_text_find(text, '}');
    if (end == text.size_bytes || end < 3)
        return false;
    macro->letter = text.data[2];
    if (memchr("slodipvhSLODIPVH", macro->letter, 16) == NULL)
        return false;
    uint32_t at = 3, digits = 3;
    while (mxs_is_digit(text.data[at]))
        at++;
    uint64_t keep = 0;
    if (at > digits && (!mxs_text_number(mxs_text_cut(text, digits, at), 255, &keep) || keep == 0)) {
        /* More parts than a name has is as good as all of them, but zero parts are none. */
        for (uint32_t i = digits; i < at && keep == 0; i++)
            keep = text.data[i] == '0' ? 0 : 255;
        if (keep == 0)
            return false;
    }
    macro->keep = (uint32_t)keep;
    macro->reverse = mxs_lower(text.data[at]) == 'r';
    at += macro->reverse;
    macro->delimiters = mxs_text_cut(text, at, end);
    for (; at < end; at++)
        if (memchr(".-+,/_=", text.data[at], 7) == NULL)
            return false;
    macro->size_bytes = end + 1;
    return true;
}

static bool read_macro(struct mxs_text text, struct macro *macro)
{
    *macro = (struct macro){.literal = text.data[0], .size_bytes = 1};
    if (text.data[0] != '%')
        return text.data[0] > 0x20 && text.data[0] < 0x7f;
    macro->size_bytes = 2;
    switch (text.size_bytes < 2 ? 0 : text.data[1]) {
    case '%':
        return true;
    case '_':
        macro->literal = ' ';
        return true;
    case '-':
        macro->literal = '%'; /* and "20", which only the expansion adds */
        return true;
    case '{':
        return read_braces(text, macro);
    default:
        return false;
    }
}

/* toplabel @rfc{7208,7.1}: letters, digits and hyphens, a hyphen at neither end, not digits alone. */
static bool is_top_label(struct mxs_text label)
{
    bool other = false;
    for (uint32_t i = 0; i < label.size_bytes; i++) {
        bool edge = i == 0 || i + 1 == label.size_bytes;
        if (!mxs_is_alnum(label.data[i]) && (label.data[i] != '-' || edge))
            return false;
        other |= !mxs_is_digit(label.data[i]);
    }
    return other;
}

/* Behind its last macro the text must end in "." toplabel, with or without a dot after it. */
static bool ends_in_top_label(struct mxs_text tail)
{
    if (tail.size_bytes > 0 && tail.data[tail.size_bytes - 1] == '.')
        tail.size_bytes--;
    uint32_t dot = tail.size_bytes;
    while (dot > 0 && tail.data[dot - 1] != '.')
        dot--;
    return dot > 0 && is_top_label(mxs_text_from(tail, dot));
}

enum mxs_spf_reason mxs_spf_macro_parse(struct mxs_text text, bool domain)
{
    uint32_t at = 0, tail = 0;
    while (at < text.size_bytes) {
        struct macro macro;
        bool expands = text.data[at] == '%';
        if (!read_macro(mxs_text_from(text, at), &macro))
            return MXS_SPF_BAD_MACRO;
        at += macro.size_bytes;
        if (expands)
            tail = at;
    }
    if (!domain || (tail == at && at != 0) || ends_in_top_label(mxs_text_from(text, tail)))
        return MXS_SPF_OK;
    return MXS_SPF_BAD_DOMAIN;
}

/* What the macros expand to; grows to its limit and then says so. */
struct expansion {
    char text[4 * MXS_NAME_TEXT_MAX];
    uint32_t size_bytes;
    bool over;
};

static void put(struct expansion *to, struct mxs_text text)
{
    if (to->over || text.size_bytes > sizeof to->text - to->size_bytes) {
        to->over = true;
        return;
    }
    if (text.size_bytes != 0)
        memcpy(to->text + to->size_bytes, text.data, text.size_bytes);
    to->size_bytes += text.size_bytes;
}

static bool is_delimiter(const struct macro *macro, char c)
{
    return macro->delimiters.size_bytes == 0 ? c == '.'
                                             : memchr(macro->delimiters.data, c, macro->delimiters.size_bytes) != NULL;
}

#define PARTS_MAX 128

/* Splits value, turns it round, keeps its right-hand parts, and joins them with dots. */
static void put_parts(struct expansion *to, const struct macro *macro, struct mxs_text value)
{
    struct mxs_text parts[PARTS_MAX];
    uint32_t count = 0, from = 0;
    for (uint32_t i = 0; i <= value.size_bytes && count < PARTS_MAX; i++)
        if (i == value.size_bytes || is_delimiter(macro, value.data[i])) {
            parts[count++] = mxs_text_cut(value, from, i);
            from = i + 1;
        }
    uint32_t keep = macro->keep == 0 || macro->keep > count ? count : macro->keep;
    for (uint32_t i = count - keep; i < count; i++) {
        if (i != count - keep)
            put(to, MXS_TEXT("."));
        put(to, parts[macro->reverse ? count - 1 - i : i]);
    }
}

/* Of a sender whom nobody knows: an address of documentation, a mailbox that nobody has. In its HELO anybody may give
 * the domain's own name. */
static struct mxs_text of_nobody(char letter, struct mxs_text sender)
{
    switch (letter) {
    case 'l':
    case 's': return MXS_TEXT("x3a9c51e07d");
    case 'v': return MXS_TEXT("in-addr");
    case 'p': return MXS_TEXT("unknown");
    case 'h': return sender;
    default: return MXS_TEXT("192.0.2.81");
    }
}

static bool expand(struct mxs_text spec, struct mxs_text domain, struct mxs_text sender, bool nobody,
                   struct expansion *to)
{
    for (uint32_t at = 0; at < spec.size_bytes;) {
        struct macro macro;
        if (!read_macro(mxs_text_from(spec, at), &macro))
            return false;
        switch (mxs_lower(macro.letter)) {
        case 0:
            put(to, (struct mxs_text){&macro.literal, 1});
            if (spec.data[at] == '%' && spec.data[at + 1] == '-')
                put(to, MXS_TEXT("20"));
            break;
        case 'd':
            put_parts(to, &macro, domain);
            break;
        case 'o':
            put_parts(to, &macro, sender);
            break;
        default:
            if (!nobody)
                return false;
            put_parts(to, &macro, of_nobody(mxs_lower(macro.letter), sender));
            break;
        }
        at += macro.size_bytes;
    }
    return true;
}

/* Plain text of labels -> canonical name. 0: no name has such labels. A name too long for the DNS loses labels on
 * its left @rfc{7208,7.3}. */
static uint32_t canonical(struct mxs_text text, char *out)
{
    while (text.size_bytes > 253) {
        uint32_t dot = mxs_text_find(text, '.');
        text = dot == text.size_bytes ? MXS_TEXT("") : mxs_text_from(text, dot + 1);
    }
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t size_bytes = 0;
    struct mxs_text rest = text, label;
    while (mxs_text_next(&rest, '.', &label)) {
        if (label.size_bytes == 0 || label.size_bytes > MXS_LABEL_MAX ||
            size_bytes + label.size_bytes + 2 > sizeof wire)
            return 0;
        wire[size_bytes++] = (uint8_t)label.size_bytes;
        memcpy(wire + size_bytes, label.data, label.size_bytes);
        size_bytes += label.size_bytes;
    }
    wire[size_bytes] = 0;
    return mxs_name_from_wire(wire, out);
}

static bool expand_name(struct mxs_text spec, struct mxs_text domain, struct mxs_text sender, bool nobody, char *out,
                        uint32_t *size_bytes)
{
    struct expansion expansion;
    expansion.size_bytes = 0;
    expansion.over = false;
    if (!expand(spec, domain, sender, nobody, &expansion))
        return false;
    struct mxs_text text = {expansion.text, expansion.over ? 0 : expansion.size_bytes};
    if (text.size_bytes > 0 && text.data[text.size_bytes - 1] == '.')
        text.size_bytes--;
    *size_bytes = canonical(text, out);
    return true;
}

bool mxs_spf_expand(struct mxs_text spec, struct mxs_text domain, struct mxs_text sender, char *out,
                    uint32_t *size_bytes)
{
    return expand_name(spec, domain, sender, false, out, size_bytes);
}

bool mxs_spf_expand_nobody(struct mxs_text spec, struct mxs_text domain, struct mxs_text sender, char *out,
                           uint32_t *size_bytes)
{
    return expand_name(spec, domain, sender, true, out, size_bytes);
}
