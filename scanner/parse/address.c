/* Records whose rdata is bytes: A @rfc{1035,3.4.1}, AAAA @rfc{3596,2.2}, TLSA @rfc{6698,2.1}. */
#include "scanner/parse/internal/wire.h"

enum mxs_rdata mxs_opaque_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                               struct mxs_record *out)
{
    (void)wire;
    /* Usage, selector and matching type are one octet each; what follows may be anything. */
    if (record->type == MXS_TYPE_TLSA && record->rdata_size < 3)
        return MXS_RDATA_MALFORMED;
    uint8_t *copy = mxs_arena_take(arena, record->rdata_size == 0 ? 1 : record->rdata_size);
    if (copy == NULL)
        return MXS_RDATA_FULL;
    memcpy(copy, record->rdata, record->rdata_size);
    out->data = (struct mxs_bytes){copy, record->rdata_size};
    return MXS_RDATA_READ;
}

enum mxs_rdata mxs_address_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                                struct mxs_record *out)
{
    if (record->rdata_size != (record->type == MXS_TYPE_A ? 4 : 16))
        return MXS_RDATA_MALFORMED;
    return mxs_opaque_read(wire, record, arena, out);
}
