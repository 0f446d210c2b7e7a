/* The two views the house passes around. struct mxs_text is text that is not
 * NUL-terminated; a DNS name in it is in presentation form. struct mxs_bytes is
 * anything else. There is no owning string type: owners are arenas.
 *
 * In         Bytes somebody else owns
 * Out        A view of them: pointer and length
 * Units      Bytes
 * Limits     length below 4 GiB
 * Ownership  A view owns nothing and lives no longer than what it looks at
 */
#ifndef MXS_BASE_BYTES_H
#define MXS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mxs_text {
    const char *data;
    uint32_t size_bytes;
};

struct mxs_bytes {
    const uint8_t *data;
    uint32_t size_bytes;
};

#define MXS_TEXT(literal) ((struct mxs_text){(literal), sizeof(literal) - 1})
/* For printf: "%.*s", MXS_TEXT_ARG(t) */
#define MXS_TEXT_ARG(t) (int)(t).size_bytes, (t).data

static inline struct mxs_text mxs_text_of(const char *string)
{
    return (struct mxs_text){string, (uint32_t)strlen(string)};
}

static inline bool mxs_text_equal(struct mxs_text a, struct mxs_text b)
{
    return a.size_bytes == b.size_bytes &&
           (a.size_bytes == 0 || memcmp(a.data, b.data, a.size_bytes) == 0);
}

/* Below 0, 0 or above: by bytes, a beginning before what goes on. */
static inline int mxs_text_compare(struct mxs_text a, struct mxs_text b)
{
    uint32_t shorter = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    return order != 0 ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

static inline bool mxs_is_digit(char c) { return c >= '0' && c <= '9'; }

/* Digits, and nothing else. */
static inline bool mxs_text_is_digits(struct mxs_text text)
{
    uint32_t at = 0;
    while (at < text.size_bytes && mxs_is_digit(text.data[at]))
        at++;
    return at != 0 && at == text.size_bytes;
}

/* True when text ends in suffix (also when they are equal). Byte comparison. */
static inline bool mxs_text_ends(struct mxs_text text, struct mxs_text suffix)
{
    return text.size_bytes >= suffix.size_bytes &&
           (suffix.size_bytes == 0 ||
            memcmp(text.data + text.size_bytes - suffix.size_bytes, suffix.data,
                   suffix.size_bytes) == 0);
}

#endif
