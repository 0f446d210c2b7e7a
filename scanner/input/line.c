/* What people put into lists, in the order it is taken off: byte-order mark, blanks, comment, rank, quotes, scheme,
 * path, user, port. What is ambiguous is rejected rather than guessed: a wrong name that is accepted is surveyed
 * silently, a reject is printed with its line. */
#include "scanner/input/internal/line.h"

#include <arpa/inet.h>
#include <strings.h>

#include "scanner/input/internal/idn.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }
static bool is_comma(char c) { return is_blank(c) || c == ',' || c == ';'; }

static struct mxs_text cut_front(struct mxs_text text, uint32_t count)
{
    return (struct mxs_text){text.data + count, text.size_bytes - count};
}

static struct mxs_text cut_to(struct mxs_text text, uint32_t size_bytes)
{
    return (struct mxs_text){text.data, size_bytes};
}

/* Without blanks at both ends, nor a byte-order mark in front (files joined with cat have them in the middle). */
static struct mxs_text trim(struct mxs_text text)
{
    if (text.size_bytes >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0)
        text = cut_front(text, 3);
    while (text.size_bytes != 0 && is_blank(text.data[0]))
        text = cut_front(text, 1);
    while (text.size_bytes != 0 && is_blank(text.data[text.size_bytes - 1]))
        text.size_bytes--;
    return text;
}

struct mxs_text mxs_line_cut(struct mxs_text line)
{
    if (line.size_bytes <= MXS_LINE_TEXT_MAX)
        return line;
    uint32_t size = MXS_LINE_TEXT_MAX;
    for (uint32_t back = 0; back < 3 && ((unsigned char)line.data[size] & 0xC0) == 0x80; back++)
        size--;
    return cut_to(line, size);
}

bool mxs_line_silent(struct mxs_text line)
{
    struct mxs_text text = trim(line);
    return text.size_bytes == 0 || text.data[0] == '#' || text.data[0] == ';';
}

/* The first place of any of these bytes; text.size_bytes when there is none. */
static uint32_t find_any(struct mxs_text text, const char *bytes)
{
    uint32_t size = text.size_bytes;
    for (; *bytes != '\0' && size != 0; bytes++) {
        const char *found = memchr(text.data, *bytes, size);
        if (found != NULL)
            size = (uint32_t)(found - text.data);
    }
    return size;
}

struct mxs_text mxs_line_uncommented(struct mxs_text text)
{
    for (uint32_t i = 0; i < text.size_bytes; i++)
        if ((text.data[i] == '#' || text.data[i] == ';') && (i == 0 || is_blank(text.data[i - 1])))
            return trim(cut_to(text, i));
    return text;
}

static uint32_t digits_at(struct mxs_text text, uint32_t from)
{
    uint32_t at = from;
    while (at < text.size_bytes && mxs_is_digit(text.data[at]))
        at++;
    return at - from;
}

/* "1,example.com", as Tranco and Umbrella have it: without the rank. "2," is a rank and nothing, "1,000" no rank. */
static struct mxs_text cut_rank(struct mxs_text text)
{
    uint32_t at = digits_at(text, 0);
    if (at == 0 || at == text.size_bytes || !is_comma(text.data[at]) ||
        (at + 1 < text.size_bytes && digits_at(text, at + 1) == text.size_bytes - at - 1))
        return text;
    uint32_t next = at;
    while (next < text.size_bytes && is_comma(text.data[next]))
        next++;
    return cut_front(text, next);
}

/* The size of "scheme://" at the front of text; 0: none. */
static uint32_t scheme_bytes(struct mxs_text text)
{
    uint32_t at = 0;
    while (at < text.size_bytes && ((mxs_name_plain[(uint8_t)text.data[at]] != 0 && text.data[at] != '_') ||
                                    text.data[at] == '+' || text.data[at] == '.'))
        at++;
    return at > 0 && text.size_bytes - at >= 3 && memcmp(text.data + at, "://", 3) == 0 ? at + 3 : 0;
}

/* The one field of the line. A URL may hold commas, so it ends at a blank only. */
static const char *take_field(struct mxs_text text, struct mxs_text *field)
{
    text = cut_rank(mxs_line_uncommented(text));
    bool url = scheme_bytes(text) != 0;
    while (!url && text.size_bytes != 0 && is_comma(text.data[text.size_bytes - 1]))
        text.size_bytes--;
    for (uint32_t i = 0; i < text.size_bytes; i++)
        if (url ? is_blank(text.data[i]) : is_comma(text.data[i]))
            return "several_fields";
    if (text.size_bytes >= 2 && text.data[0] == '"' && text.data[text.size_bytes - 1] == '"')
        text = (struct mxs_text){text.data + 1, text.size_bytes - 2};
    *field = text;
    return NULL;
}

static struct mxs_text after_last(struct mxs_text text, char mark)
{
    const char *found = memrchr(text.data, mark, text.size_bytes);
    return found == NULL ? text : cut_front(text, (uint32_t)(found - text.data) + 1);
}

static bool is_ipv6(struct mxs_text text)
{
    char copy[INET6_ADDRSTRLEN];
    uint32_t size = find_any(text, "%");
    if (size >= sizeof copy)
        return false;
    memcpy(copy, text.data, size);
    copy[size] = '\0';
    struct in6_addr address;
    return inet_pton(AF_INET6, copy, &address) == 1;
}

/* Four labels of digits, whatever their values: no such name is delegated, and who typed it meant an address. */
static bool is_ipv4(struct mxs_text text)
{
    uint32_t dots = 0;
    for (uint32_t i = 0; i < text.size_bytes; i++) {
        if (text.data[i] == '.')
            dots++;
        else if (!mxs_is_digit(text.data[i]))
            return false;
    }
    return dots == 3;
}

/* "[2001:db8::1]:25", "[192.0.2.1]", "[IPv6:2001:db8::1]". */
static const char *judge_bracketed(struct mxs_text host)
{
    uint32_t end = find_any(host, "]");
    if (end == host.size_bytes)
        return "bad_character";
    struct mxs_text inner = {host.data + 1, end - 1};
    if (inner.size_bytes > 5 && strncasecmp(inner.data, "IPv6:", 5) == 0)
        inner = cut_front(inner, 5);
    return is_ipv6(inner) || is_ipv4(inner) ? "ip_address" : "bad_character";
}

/* A word that begins URLs, perhaps with its colon, or with the dot that was typed for it: as a host it is a slip. */
static bool is_scheme(struct mxs_text text)
{
    static const char *const WORDS[] = {"http", "https", "ftp", "mailto"};
    if (text.size_bytes != 0 && strchr(":.", text.data[text.size_bytes - 1]) != NULL)
        text.size_bytes--;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (text.size_bytes == strlen(WORDS[i]) && strncasecmp(text.data, WORDS[i], text.size_bytes) == 0)
            return true;
    return false;
}

/* The host of what was typed: of a URL, of an address of mail, of host:port, or the whole. */
static const char *take_host(struct mxs_text field, struct mxs_text *host)
{
    uint32_t scheme = scheme_bytes(field);
    struct mxs_text text = cut_front(field, scheme);
    uint32_t end = find_any(text, scheme != 0 ? "/?#\\" : "/?#");
    /* Without a scheme, user/x@example.org and example.org/@user look alike: neither is guessed. */
    if (scheme == 0 && end < text.size_bytes && memchr(text.data + end, '@', text.size_bytes - end) != NULL)
        return "bad_character";
    bool url_within = text.size_bytes - end >= 2 && memcmp(text.data + end, "//", 2) == 0;
    /* "N/A": a path behind a word is none. */
    if (scheme == 0 && end > 0 && end < text.size_bytes && text.data[end] == '/' &&
        find_any(cut_to(text, end), ".:@") == end)
        return "bad_character";
    text = after_last(cut_to(text, end), '@');
    /* "https://www.https://x": a port without a number, and another URL behind it. */
    if (scheme != 0 && url_within && text.size_bytes != 0 && text.data[text.size_bytes - 1] == ':')
        return "bad_character";
    /* "https://https://x", "https:/x", "http//x": the scheme would pass for the host. */
    if (is_scheme(text) && (scheme == 0 ? end < field.size_bytes || text.data[text.size_bytes - 1] == ':' : url_within))
        return "bad_character";
    if (text.size_bytes != 0 && text.data[0] == '[')
        return judge_bracketed(text);
    uint32_t colon = find_any(text, ":");
    if (colon < text.size_bytes) {
        struct mxs_text port = cut_front(text, colon + 1);
        if (find_any(port, ":") < port.size_bytes)
            return is_ipv6(text) ? "ip_address" : "bad_character";
        if (digits_at(port, 0) < port.size_bytes || (colon != 0 && digits_at(text, 0) == colon))
            return "bad_character"; /* also "12:30": a time is no port of a host */
        text = cut_to(text, colon);
    }
    if (text.size_bytes == 0 || (text.size_bytes == 1 && text.data[0] == '.'))
        return "empty_name";
    if (text.data[0] == '*' && (text.size_bytes == 1 || text.data[1] == '.'))
        return "wildcard";
    *host = text;
    return NULL;
}

static const char *put_ascii(struct mxs_text host, char *name, uint32_t *size_bytes)
{
    if (host.size_bytes != 0 && host.data[host.size_bytes - 1] == '.')
        host.size_bytes--;
    if (host.size_bytes == 0)
        return "empty_name";
    uint32_t label = 0;
    for (uint32_t i = 0; i < host.size_bytes; i++) {
        char c = host.data[i];
        if (c == '.') {
            if (label == 0)
                return "empty_label";
            label = 0;
        } else {
            c = mxs_name_plain[(uint8_t)c];
            if (c == 0)
                return "bad_character";
            if (++label > MXS_LABEL_MAX)
                return "label_too_long";
        }
        if (i >= MXS_HOSTNAME_MAX)
            return "name_too_long";
        name[i] = c;
    }
    if (label == 0)
        return "empty_label";
    *size_bytes = host.size_bytes;
    return NULL;
}

/* "-" stands in lists where a name is missing. */
static bool is_hyphens(struct mxs_text name)
{
    uint32_t at = 0;
    while (at < name.size_bytes && name.data[at] == '-')
        at++;
    return at == name.size_bytes;
}

static const char *put_name(struct mxs_text host, char *name, uint32_t *size_bytes)
{
    char ascii[MXS_IDN_OUT_MAX + 1];
    for (uint32_t i = 0; i < host.size_bytes; i++) {
        if ((unsigned char)host.data[i] < 0x80)
            continue;
        uint32_t size;
        const char *reason = mxs_idn_parse(host, ascii, &size);
        if (reason != NULL)
            return reason;
        host = (struct mxs_text){ascii, size};
        break;
    }
    const char *reason = put_ascii(host, name, size_bytes);
    if (reason != NULL)
        return reason;
    if (is_ipv4((struct mxs_text){name, *size_bytes}))
        return "ip_address";
    if (mxs_text_is_digits(mxs_name_last((struct mxs_text){name, *size_bytes})))
        return "numeric_tld";
    return is_hyphens((struct mxs_text){name, *size_bytes}) ? "empty_name" : NULL;
}

const char *mxs_line_host(struct mxs_text field, char *name, uint32_t *size_bytes)
{
    struct mxs_text host;
    const char *reason = take_host(field, &host);
    return reason == NULL ? put_name(host, name, size_bytes) : reason;
}

struct mxs_text mxs_line_trim(struct mxs_text text) { return trim(text); }
bool mxs_line_has_scheme(struct mxs_text text) { return scheme_bytes(text) != 0; }

bool mxs_line_parse(struct mxs_text line, char *name, struct mxs_entry *out)
{
    if (mxs_line_silent(line))
        return false;
    struct mxs_text field;
    uint32_t size_bytes = 0;
    const char *reason = memchr(line.data, '\0', line.size_bytes) != NULL ? "nul_byte" : NULL;
    if (reason == NULL)
        reason = take_field(trim(line), &field);
    if (reason == NULL)
        reason = mxs_line_host(field, name, &size_bytes);
    if (reason != NULL)
        size_bytes = 0;
    name[size_bytes] = '\0';
    out->name = (struct mxs_text){name, size_bytes};
    out->reason = reason;
    out->text = mxs_line_cut(line);
    return true;
}
