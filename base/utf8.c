#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

uint32_t mxs_utf8_read(const unsigned char *at, size_t left, size_t *size_bytes)
{
    *size_bytes = 1;
    if (at[0] < 0x80)
        return at[0];
    unsigned extra = at[0] >= 0xF0 ? 3 : at[0] >= 0xE0 ? 2 : 1;
    if (at[0] < 0xC2 || at[0] > 0xF4 || extra >= left)
        return MXS_UTF8_REPLACEMENT;
    uint32_t point = at[0] & (0x3Fu >> extra);
    for (unsigned i = 1; i <= extra; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return MXS_UTF8_REPLACEMENT;
        point = point << 6 | (at[i] & 0x3F);
    }
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    if (point < smallest[extra] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return MXS_UTF8_REPLACEMENT;
    *size_bytes = extra + 1;
    return point;
}

bool mxs_utf8_steers(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0xAD || (point >= 0x200B && point <= 0x200F) ||
           (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0x61C ||
           point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) || (point >= 0xE0000 && point <= 0xE0FFF);
}

bool mxs_utf8_steers_at(const char *at)
{
    size_t step;
    return *at != '\0' && mxs_utf8_steers(mxs_utf8_read((const unsigned char *)at, strnlen(at, 4), &step));
}

size_t mxs_utf8_show(char *out, size_t size_bytes, const char *text)
{
    size_t used = 0, left = strlen(text);
    for (size_t step; left != 0; text += step, left -= step) {
        bool steers = mxs_utf8_steers(mxs_utf8_read((const unsigned char *)text, left, &step));
        if (used + (steers ? 4 * step : step) >= size_bytes)
            break;
        for (size_t i = 0; i < step; i++)
            used += (size_t)snprintf(out + used, size_bytes - used, steers ? "\\x%02x" : "%c", (unsigned char)text[i]);
    }
    out[used] = '\0';
    return used;
}
