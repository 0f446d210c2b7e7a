/* Records whose rdata ends in a host name: MX @rfc{1035,3.3.9}, SRV @rfc{2782}, CNAME @rfc{1035,3.3.1}. */
#include "scanner/parse/internal/wire.h"

enum mxs_rdata mxs_mx_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                           struct mxs_record *out)
{
    if (record->rdata_size < 3)
        return MXS_RDATA_MALFORMED;
    out->preference = mxs_wire_u16(record->rdata);
    return mxs_wire_host(wire, record->rdata + 2, record->rdata + record->rdata_size, arena, &out->host);
}

enum mxs_rdata mxs_srv_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                            struct mxs_record *out)
{
    if (record->rdata_size < 7)
        return MXS_RDATA_MALFORMED;
    out->preference = mxs_wire_u16(record->rdata);
    out->weight = mxs_wire_u16(record->rdata + 2);
    out->port = mxs_wire_u16(record->rdata + 4);
    return mxs_wire_host(wire, record->rdata + 6, record->rdata + record->rdata_size, arena, &out->host);
}

enum mxs_rdata mxs_cname_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                              struct mxs_record *out)
{
    return mxs_wire_host(wire, record->rdata, record->rdata + record->rdata_size, arena, &out->host);
}
