/* Every MX host of every answer passes through mxs_name_from_wire, so it is one table look-up per byte;
 * only a byte the table has no plain form for takes the branch that escapes. The table is also the
 * definition of "plain": to_wire and is_hostname ask the same one, so the two directions cannot drift apart. */
#include "model/name.h"

const char mxs_name_plain[256] = {
    ['-'] = '-', ['_'] = '_',
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4',
    ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
    ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g',
    ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n',
    ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u',
    ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g',
    ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n',
    ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u',
    ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z',
};

static char *put_escaped(char *out, uint8_t byte)
{
    *out++ = '\\';
    if (byte == '.' || byte == '\\') {
        *out++ = (char)byte;
        return out;
    }
    *out++ = (char)('0' + byte / 100);
    *out++ = (char)('0' + byte / 10 % 10);
    *out++ = (char)('0' + byte % 10);
    return out;
}

uint32_t mxs_name_from_wire(const uint8_t *wire, char *out)
{
    const uint8_t *const limit = wire + MXS_NAME_WIRE_MAX;
    char *at = out;
    for (uint8_t left = *wire++; left != 0; left = *wire++) {
        MXS_ASSERT(left <= MXS_LABEL_MAX && limit - wire > left);
        if (at != out)
            *at++ = '.';
        for (; left != 0; left--, wire++) {
            char plain = mxs_name_plain[*wire];
            if (plain != 0)
                *at++ = plain;
            else
                at = put_escaped(at, *wire);
        }
    }
    *at = '\0';
    return (uint32_t)(at - out);
}

/* One character of canonical text at *at, escaped or not, as its byte. False: canonical text has no such thing. */
static bool take_byte(struct mxs_text name, uint32_t *at, uint8_t *byte)
{
    uint8_t c = (uint8_t)name.data[*at];
    if (c != '\\') {
        *byte = c;
        *at += 1;
        return mxs_name_plain[c] == (char)c && c != 0;
    }
    uint32_t left = name.size_bytes - *at - 1;
    const uint8_t *digits = (const uint8_t *)name.data + *at + 1;
    if (left >= 1 && (digits[0] == '.' || digits[0] == '\\')) {
        *byte = digits[0];
        *at += 2;
        return true;
    }
    if (left < 3)
        return false;
    unsigned value = 0;
    for (int i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        value = value * 10 + (digits[i] - '0');
    }
    *byte = (uint8_t)value;
    *at += 4;
    return value <= 255 && mxs_name_plain[value] == 0 && value != '.' && value != '\\';
}

enum mxs_err mxs_name_to_wire(struct mxs_text name, uint8_t *out, uint32_t *size_bytes)
{
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t length_at = 0, used = 1; /* the open label's length byte; bytes written */
    uint32_t at = 0;
    while (at < name.size_bytes) {
        if (name.data[at] == '.') {
            if (used == length_at + 1 || at + 1 == name.size_bytes || used >= MXS_NAME_WIRE_MAX)
                return MXS_ERR_INPUT;
            wire[length_at] = (uint8_t)(used - length_at - 1);
            length_at = used++;
            at++;
            continue;
        }
        uint8_t byte;
        if (used - length_at > MXS_LABEL_MAX || used >= MXS_NAME_WIRE_MAX - 1 || !take_byte(name, &at, &byte))
            return MXS_ERR_INPUT;
        wire[used++] = byte;
    }
    wire[length_at] = (uint8_t)(used - length_at - 1);
    if (name.size_bytes != 0)
        wire[used++] = 0;
    memcpy(out, wire, used);
    *size_bytes = used;
    return MXS_OK;
}

/* True when the dot at name.data[at] ends a label: an even number of backslashes stands before it, for in
 * canonical text a backslash of a label is always written twice. */
static bool separates(struct mxs_text name, uint32_t at)
{
    uint32_t run = 0;
    while (run < at && name.data[at - run - 1] == '\\')
        run++;
    return run % 2 == 0;
}

bool mxs_name_within(struct mxs_text name, struct mxs_text suffix)
{
    if (suffix.size_bytes == 0)
        return true;
    if (!mxs_text_ends(name, suffix))
        return false;
    if (name.size_bytes == suffix.size_bytes)
        return true;
    uint32_t dot = name.size_bytes - suffix.size_bytes - 1;
    return name.data[dot] == '.' && separates(name, dot);
}

struct mxs_text mxs_name_parent(struct mxs_text name)
{
    for (uint32_t at = 0; at < name.size_bytes; at++)
        if (name.data[at] == '.' && separates(name, at))
            return (struct mxs_text){name.data + at + 1, name.size_bytes - at - 1};
    return (struct mxs_text){name.data, 0};
}

struct mxs_text mxs_name_last(struct mxs_text name)
{
    for (uint32_t at = name.size_bytes; at > 1; at--)
        if (name.data[at - 2] == '.' && separates(name, at - 2))
            return (struct mxs_text){name.data + at - 1, name.size_bytes - at + 1};
    return name;
}

bool mxs_name_is_hostname(struct mxs_text name)
{
    for (uint32_t at = 0; at < name.size_bytes; at++)
        if (name.data[at] != '.' && mxs_name_plain[(uint8_t)name.data[at]] == 0)
            return false;
    return name.size_bytes != 0;
}
