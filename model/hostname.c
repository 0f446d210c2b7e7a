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

bool mxs_hostname_is_registrable(struct mxs_text name)
{
    /* @rfc{6761,6} @rfc{6762,3} @rfc{7686,2} @rfc{8375,4} @rfc{9476,2}; the others are what home routers and
     * offices use, and ICANN has set aside corp, home, mail and internal. The reserved example and test stand for
     * ordinary names wherever they are written, so they are treated as such. */
    static const char *const never[] = {"invalid", "local", "localhost", "onion", "home.arpa", "alt", "corp", "home",
                                        "mail", "internal", "lan", "localdomain", "intranet", "private"};
    uint32_t at = name.size_bytes;
    while (at > 0 && name.data[at - 1] != '.')
        at--;
    if (at == 0 || at == name.size_bytes)
        return false; /* a single label */
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (mxs_name_within(name, mxs_text_of(never[i])))
            return false;
    return !(name.data[at] >= '0' && name.data[at] <= '9');
}
