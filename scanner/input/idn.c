#include "scanner/input/internal/idn.h"

#include <idn2.h>

const char mxs_idn_memory[] = "no_memory";

/* libidn2's own names, in lower case; a test holds the list against idn2_strerror_name. */
static const struct {
    int code;
    const char *reason;
} REASONS[] = {
    {IDN2_ENCODING_ERROR, "not_utf8"},
    {IDN2_ICONV_FAIL, "not_utf8"},
    {IDN2_TOO_BIG_LABEL, "label_too_long"},
    {IDN2_TOO_BIG_DOMAIN, "name_too_long"},
    {IDN2_NO_CODESET, "idn_no_codeset"},
    {IDN2_NFC, "idn_nfc"},
    {IDN2_PUNYCODE_BAD_INPUT, "idn_punycode_bad_input"},
    {IDN2_PUNYCODE_BIG_OUTPUT, "label_too_long"},
    {IDN2_PUNYCODE_OVERFLOW, "idn_punycode_overflow"},
    {IDN2_INVALID_ALABEL, "idn_invalid_alabel"},
    {IDN2_UALABEL_MISMATCH, "idn_ualabel_mismatch"},
    {IDN2_INVALID_FLAGS, "idn_invalid_flags"},
    {IDN2_NOT_NFC, "idn_not_nfc"},
    {IDN2_2HYPHEN, "idn_2hyphen"},
    {IDN2_HYPHEN_STARTEND, "idn_hyphen_startend"},
    {IDN2_LEADING_COMBINING, "idn_leading_combining"},
    {IDN2_DISALLOWED, "idn_disallowed"},
    {IDN2_CONTEXTJ, "idn_contextj"},
    {IDN2_CONTEXTJ_NO_RULE, "idn_contextj_no_rule"},
    {IDN2_CONTEXTO, "idn_contexto"},
    {IDN2_CONTEXTO_NO_RULE, "idn_contexto_no_rule"},
    {IDN2_UNASSIGNED, "idn_unassigned"},
    {IDN2_BIDI, "idn_bidi"},
    {IDN2_DOT_IN_LABEL, "idn_dot_in_label"},
    {IDN2_INVALID_TRANSITIONAL, "idn_invalid_transitional"},
    {IDN2_INVALID_NONTRANSITIONAL, "idn_invalid_nontransitional"},
    {IDN2_ALABEL_ROUNDTRIP_FAILED, "idn_alabel_roundtrip_failed"},
};

const char *mxs_idn_reason(int code)
{
    if (code == IDN2_MALLOC)
        return mxs_idn_memory;
    for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++)
        if (REASONS[i].code == code)
            return REASONS[i].reason;
    return "idn_other";
}

/* The bytes of a label separator at text: '.', or U+3002, U+FF0E, U+FF61. 0: none. */
static uint32_t dot_bytes(const char *text, uint32_t left)
{
    if (text[0] == '.')
        return 1;
    if (left >= 3 && (memcmp(text, "\xE3\x80\x82", 3) == 0 || memcmp(text, "\xEF\xBC\x8E", 3) == 0 ||
                      memcmp(text, "\xEF\xBD\xA1", 3) == 0))
        return 3;
    return 0;
}

static const char *append(struct mxs_text piece, char *out, uint32_t *size_bytes)
{
    if (piece.size_bytes > MXS_IDN_OUT_MAX - *size_bytes)
        return "name_too_long";
    memcpy(out + *size_bytes, piece.data, piece.size_bytes);
    *size_bytes += piece.size_bytes;
    return NULL;
}

static const char *append_label(struct mxs_text label, char *out, uint32_t *size_bytes)
{
    bool ascii = true;
    for (uint32_t i = 0; i < label.size_bytes; i++)
        ascii = ascii && (unsigned char)label.data[i] < 0x80;
    if (ascii)
        return append(label, out, size_bytes);
    if (label.size_bytes > MXS_IDN_LABEL_MAX)
        return "label_too_long";
    uint8_t text[MXS_IDN_LABEL_MAX + 1];
    memcpy(text, label.data, label.size_bytes);
    text[label.size_bytes] = 0;
    uint8_t *found = NULL;
    int code = idn2_lookup_u8(text, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (code != IDN2_OK)
        return mxs_idn_reason(code);
    const char *reason = append(mxs_text_of((const char *)found), out, size_bytes);
    idn2_free(found);
    return reason;
}

const char *mxs_idn_parse(struct mxs_text host, char *out, uint32_t *size_bytes)
{
    uint32_t used = 0, start = 0;
    for (uint32_t at = 0; at <= host.size_bytes;) {
        uint32_t dot = at < host.size_bytes ? dot_bytes(host.data + at, host.size_bytes - at) : 0;
        if (dot == 0 && at < host.size_bytes) {
            at++;
            continue;
        }
        const char *reason = append_label((struct mxs_text){host.data + start, at - start}, out, &used);
        if (reason == NULL && dot != 0)
            reason = append(MXS_TEXT("."), out, &used);
        if (reason != NULL)
            return reason;
        at += dot == 0 ? 1 : dot;
        start = at;
    }
    out[used] = '\0';
    *size_bytes = used;
    return NULL;
}
