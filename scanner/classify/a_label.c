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

bool mxs_a_label_is_broken(struct mxs_text name)
{
    for (struct mxs_text rest = name, parent; rest.size_bytes != 0; rest = parent) {
        char label[LABEL_MAX + 1];
        parent = mxs_name_parent(rest);
        uint32_t size = rest.size_bytes - parent.size_bytes - (parent.size_bytes != 0);
        if (size < 4 || size > LABEL_MAX || memcmp(rest.data, "xn--", 4) != 0)
            continue;
        memcpy(label, rest.data, size);
        label[size] = '\0';
        if (!is_good(label))
            return true;
    }
    return false;
}
