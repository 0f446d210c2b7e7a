#include "base/shell.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CUT "...'"

static bool is_bare(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        char c = *at;
        if (!((c | 32) >= 'a' && (c | 32) <= 'z') && (c < '0' || c > '9') && (unsigned char)c < 0x80 &&
            strchr("_@%+=:,./-", c) == NULL)
            return false;
    }
    return *text != '\0';
}

const char *mxs_shell_word(char out[MXS_SHELL_WORD_SIZE], const char *text)
{
    bool bare = is_bare(text);
    char *at = out, *const most = out + MXS_SHELL_WORD_SIZE - sizeof "'\\''" - sizeof CUT;
    if (!bare)
        *at++ = '\'';
    for (; *text != '\0' && at < most; text++)
        at = *text == '\'' ? stpcpy(at, "'\\''") : (*at = *text, at + 1);
    if (*text != '\0')
        at = stpcpy(at, "...");
    stpcpy(at, bare ? "" : "'");
    return out;
}
