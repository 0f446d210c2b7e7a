#include "model/hostname.h"

#include "model/address.h"
#include "model/name.h"

/* Undoes the escapes of a canonical name; false when the result is longer than an address can be. */
static bool unescape(struct mxs_text name, char *out, uint32_t capacity, uint32_t *size_bytes)
{
    uint32_t size = 0;
    for (uint32_t i = 0; i < name.size_bytes; i++) {
        char c = name.data[i];
        if (c == '\\' && i + 3 < name.size_bytes && name.data[i + 1] >= '0' && name.data[i + 1] <= '9') {
            c = (char)((name.data[i + 1] - '0') * 100 + (name.data[i + 2] - '0') * 10 + (name.data[i + 3] - '0'));
            i += 3;
        } else if (c == '\\' && i + 1 < name.size_bytes) {
            c = name.data[++i];
        }
        if (size == capacity)
            return false;
        out[size++] = c;
    }
    *size_bytes = size;
    return true;
}

bool mxs_hostname_is_literal(struct mxs_text name)
{
    char text[64];
    struct mxs_text t = {text, 0};
    struct mxs_address address;
    if (name.size_bytes == 0)
        return false;
    /* A last label that begins with a letter and holds no escape belongs to an ordinary name. */
    char last = name.data[name.size_bytes - 1];
    bool escaped = memchr(name.data, '\\', name.size_bytes) != NULL;
    if (!escaped && !(last >= '0' && last <= '9'))
        return false;
    if (!unescape(name, text, sizeof text, &t.size_bytes))
        return false;
    if (t.size_bytes > 2 && text[0] == '[' && text[t.size_bytes - 1] == ']')
        t = (struct mxs_text){text + 1, t.size_bytes - 2};
    if (t.size_bytes > 5 && memcmp(t.data, "ipv6:", 5) == 0)
        t = (struct mxs_text){t.data + 5, t.size_bytes - 5};
    return mxs_address_parse(t, &address);
}

bool mxs_hostname_is_localhost(struct mxs_text name)
{
    return mxs_name_within(name, MXS_TEXT("localhost")) || mxs_text_equal(name, MXS_TEXT("localhost.localdomain"));
}

/* Letters, digits, and hyphens that are neither first nor last, nor third and fourth but in an A-label: the others of
 * that form are reserved @rfc{5890,2.3.1}. */
static bool is_ldh(struct mxs_text label)
{
    if (label.size_bytes == 0 || label.data[0] == '-' || label.data[label.size_bytes - 1] == '-')
        return false;
    if (label.size_bytes >= 4 && memcmp(label.data + 2, "--", 2) == 0 && memcmp(label.data, "xn", 2) != 0)
        return false;
    for (uint32_t i = 0; i < label.size_bytes; i++) {
        char c = label.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

bool mxs_hostname_is_ldh(struct mxs_text name)
{
    for (struct mxs_text rest = name, parent; rest.size_bytes != 0; rest = parent) {
        parent = mxs_name_parent(rest);
        if (!is_ldh((struct mxs_text){rest.data, rest.size_bytes - parent.size_bytes - (parent.size_bytes != 0)}))
            return false;
    }
    return true;
}

static bool has(struct mxs_text text, char c) { return memchr(text.data, c, text.size_bytes) != NULL; }

/* ":25" at the end. */
static bool ends_in_port(struct mxs_text text)
{
    uint32_t at = text.size_bytes;
    while (at > 0 && text.data[at - 1] >= '0' && text.data[at - 1] <= '9')
        at--;
    return at > 0 && at < text.size_bytes && text.data[at - 1] == ':';
}

static bool has_character(struct mxs_text text)
{
    for (uint32_t i = 0; i < text.size_bytes; i++)
        if (text.data[i] != '.' && mxs_name_plain[(uint8_t)text.data[i]] == 0)
            return true;
    return false;
}

enum mxs_hostname_slip mxs_hostname_slip_of(struct mxs_text name)
{
    char typed[MXS_NAME_TEXT_MAX];
    struct mxs_text text = {typed, 0};
    if (name.size_bytes == 0 || memchr(name.data, '\\', name.size_bytes) == NULL || mxs_hostname_is_literal(name))
        return MXS_SLIP_NONE;
    if (!unescape(name, typed, sizeof typed, &text.size_bytes))
        return MXS_SLIP_CHARACTER;
    if (memmem(text.data, text.size_bytes, "://", 3) != NULL || memmem(text.data, text.size_bytes, ":\\\\", 3) != NULL)
        return MXS_SLIP_URL;
    if (has(text, '@'))
        return MXS_SLIP_ADDRESS;
    if (ends_in_port(text))
        return MXS_SLIP_PORT;
    if (has(text, ' ') || has(text, '\t'))
        return MXS_SLIP_BLANK;
    if (has(text, ','))
        return MXS_SLIP_COMMA;
    if (has(text, '\\'))
        return MXS_SLIP_BACKSLASH;
    return has_character(text) ? MXS_SLIP_CHARACTER : MXS_SLIP_DOT;
}
