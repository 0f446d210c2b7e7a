/* TXT: one or more strings of up to 255 octets @rfc{1035,3.3.14}, joined without a separator, as SPF, DKIM and
 * DMARC want them @rfc{7208,3.3}. */
#include "scanner/parse/internal/wire.h"

enum mxs_rdata mxs_txt_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                            struct mxs_record *out)
{
    (void)wire;
    if (record->rdata_size == 0)
        return MXS_RDATA_MALFORMED;
    uint8_t *joined = mxs_arena_take(arena, record->rdata_size);
    if (joined == NULL)
        return MXS_RDATA_FULL;
    uint32_t size_bytes = 0;
    const uint8_t *end = record->rdata + record->rdata_size;
    for (const uint8_t *at = record->rdata; at < end;) {
        uint8_t length = *at++;
        if (end - at < length)
            return MXS_RDATA_MALFORMED;
        memcpy(joined + size_bytes, at, length);
        size_bytes += length;
        at += length;
    }
    out->data = (struct mxs_bytes){joined, size_bytes};
    out->cut = (struct mxs_bytes){record->rdata, record->rdata_size};
    return MXS_RDATA_READ;
}
