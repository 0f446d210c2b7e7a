/* Names, in both directions: wire to text and back, text to wire and back.
 *
 * Rooms model
 *
 * The input is read once as the body of a wire name (its labels are made to fit) and once as text. */
#include "model/domain.h"
#include "model/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A well formed wire name made of the input: each length byte is cut to what is there. */
static void wire_of(const uint8_t *data, size_t size, uint8_t *wire)
{
    size_t used = 0;
    while (size > 1 && data[0] % 64 != 0) {
        size_t label = data[0] % 64;
        if (label > size - 1)
            label = size - 1;
        if (used + 1 + label > MXS_NAME_WIRE_MAX - 1)
            break;
        wire[used++] = (uint8_t)label;
        memcpy(wire + used, data + 1, label);
        used += label;
        data += 1 + label;
        size -= 1 + label;
    }
    wire[used] = 0;
}

static void check_name(const mxs_suffixes *list, struct mxs_text name)
{
    struct mxs_text registrable = mxs_domain_registrable(list, name);
    MXS_ASSERT(mxs_name_within(name, registrable));
    MXS_ASSERT(mxs_name_within(registrable, mxs_domain_tld(name)));
    MXS_ASSERT(mxs_name_within(name, mxs_name_parent(name)));
    uint8_t wire[MXS_NAME_WIRE_MAX];
    char text[MXS_NAME_TEXT_MAX + 1];
    uint32_t size;
    MXS_ASSERT(mxs_name_to_wire(name, wire, &size) == MXS_OK);
    MXS_ASSERT(mxs_name_from_wire(wire, text) == name.size_bytes);
    MXS_ASSERT(memcmp(text, name.data, name.size_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mxs_suffixes *list;
    if (list == NULL)
        MXS_ASSERT(mxs_suffixes_create(&list, NULL, NULL) == MXS_OK);
    uint8_t wire[MXS_NAME_WIRE_MAX];
    char text[MXS_NAME_TEXT_MAX + 1];
    wire_of(data, size, wire);
    uint32_t text_size = mxs_name_from_wire(wire, text);
    MXS_ASSERT(text_size <= MXS_NAME_TEXT_MAX && text[text_size] == '\0');
    check_name(list, (struct mxs_text){text, text_size});

    struct mxs_text typed = {(const char *)data, (uint32_t)(size < 65536 ? size : 65536)};
    uint32_t wire_size;
    if (mxs_name_to_wire(typed, wire, &wire_size) == MXS_OK)
        check_name(list, typed);
    return 0;
}
