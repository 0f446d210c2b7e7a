#include "scanner/classify/internal/a_label.h"

#include <idn2.h>

#include "model/name.h"

#define LABEL_MAX 63

/* There and back: what it decodes to must be allowed, and be written as this very label. */
static bool is_good(const char *label)
{
    char *decoded = NULL;
    uint8_t *again = NULL;
    int code = idn2_to_unicode_8z8z(label, &decoded, 0);
    if (code == IDN2_OK)
        code = idn2_lookup_u8((const uint8_t *)decoded, &again, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    bool good = code == IDN2_MALLOC || (code == IDN2_OK && strcmp((const char *)again, label) == 0);
    idn2_free(decoded);
    idn2_free(again);
    return good;
}

/* The first label of what is left of a name, with a NUL; false when it is none that begins with "xn--". */
static bool take(struct mxs_text rest, char label[LABEL_MAX + 1])
{
    struct mxs_text parent = mxs_name_parent(rest);
    uint32_t size = rest.size_bytes - parent.size_bytes - (parent.size_bytes != 0);
    if (size < 4 || size > LABEL_MAX || memcmp(rest.data, "xn--", 4) != 0)
        return false;
    memcpy(label, rest.data, size);
    label[size] = '\0';
    return true;
}

bool mxs_a_label_is_broken(struct mxs_text name)
{
    char label[LABEL_MAX + 1];
    for (struct mxs_text rest = name; rest.size_bytes != 0; rest = mxs_name_parent(rest))
        if (take(rest, label) && !is_good(label))
            return true;
    return false;
}

/* The scripts of top levels: first and last code point. */
static const struct { uint32_t first, last;
} scripts[] = {{0x370, 0x3ff}, {0x400, 0x4ff}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}};
#define SCRIPTS (sizeof scripts / sizeof scripts[0])

/* A letter's place in scripts; SCRIPTS: of none of them. */
static size_t script_of(uint32_t letter)
{
    size_t i = 0;
    while (i < SCRIPTS && !(letter >= scripts[i].first && letter <= scripts[i].last))
        i++;
    return i;
}

/* The script of all letters of a label that begins with "xn--"; SCRIPTS: of several, or unknown. */
static size_t script_of_label(struct mxs_text label_first)
{
    char label[LABEL_MAX + 1];
    uint32_t *decoded = NULL;
    size_t script = SCRIPTS;
    if (!take(label_first, label) || idn2_to_unicode_8z4z(label, &decoded, 0) != IDN2_OK)
        return SCRIPTS;
    for (const uint32_t *at = decoded; *at != 0; at++) {
        if (*at == '-' || (*at >= '0' && *at <= '9'))
            continue;
        size_t next = script_of(*at);
        if (next == SCRIPTS || (script != SCRIPTS && next != script)) {
            script = SCRIPTS;
            break;
        }
        script = next;
    }
    idn2_free(decoded);
    return script;
}

bool mxs_a_label_is_of_its_top(struct mxs_text name)
{
    size_t script = script_of_label(name);
    return script != SCRIPTS && script == script_of_label(mxs_name_last(name));
}
