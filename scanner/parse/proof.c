#include "scanner/parse/internal/proof.h"

#include <arpa/nameser.h>

enum { OPTION_EDE = 15 };
enum { EDE_STALE = 3, EDE_FORGED = 4, EDE_BLOCKED = 15, EDE_CENSORED = 16, EDE_FILTERED = 17, EDE_PROHIBITED = 18,
       EDE_STALE_NXDOMAIN = 19, EDE_NOT_AUTHORITATIVE = 20, EDE_NO_AUTHORITY = 22, EDE_NETWORK = 23 };

static int weight_of(uint16_t code)
{
    switch (code) {
    case EDE_FORGED: case EDE_BLOCKED: case EDE_CENSORED: case EDE_FILTERED: return 4;
    case EDE_PROHIBITED: return 3;
    case EDE_STALE: case EDE_STALE_NXDOMAIN: return 2;
    default: return 1;
    }
}

static void put_ede(uint16_t code, struct mxs_proof *out)
{
    int weight = weight_of(code);
    out->filtered |= weight == 4;
    out->prohibited |= weight == 3;
    out->ignorant |= code == EDE_NOT_AUTHORITATIVE || code == EDE_NO_AUTHORITY || code == EDE_NETWORK;
    if (out->ede == MXS_EDE_NONE || weight > weight_of((uint16_t)(out->ede - 1)))
        out->ede = code == UINT16_MAX ? code : (uint16_t)(code + 1);
}

static void read_options(const struct mxs_wire_record *record, struct mxs_proof *out)
{
    const uint8_t *at = record->rdata, *end = at + record->rdata_size;
    while (end - at >= 4) {
        uint16_t option = mxs_wire_u16(at), size = mxs_wire_u16(at + 2);
        at += 4;
        if (end - at < size)
            return; /* the rest says nothing */
        if (option == OPTION_EDE && size >= 2)
            put_ede(mxs_wire_u16(at), out);
        at += size;
    }
}

void mxs_proof_read(struct mxs_wire *wire, uint32_t answers, uint32_t authorities, uint32_t additionals,
                    struct mxs_proof *out)
{
    struct mxs_wire_record record;
    bool opt = false;
    *out = (struct mxs_proof){0};
    if (authorities + additionals == 0)
        return;
    for (uint32_t i = 0; i < answers + authorities + additionals && mxs_wire_next(wire, &record); i++) {
        if (i < answers)
            continue;
        if (i < answers + authorities) {
            out->ns |= record.type == ns_t_ns && record.class == ns_c_in;
            if (record.type == ns_t_soa && record.class == ns_c_in && out->soa == NULL)
                out->soa = record.owner;
        } else if (record.type == ns_t_soa) {
            out->rewritten = true;
        } else if (record.type == ns_t_opt && *record.owner == 0 && !opt) {
            opt = true;
            out->rcode_high = record.ttl_raw >> 24;
            read_options(&record, out);
        }
    }
}

bool mxs_proof_covers(const struct mxs_proof *proof, struct mxs_wire *wire, const struct mxs_wire_name *name,
                      bool exists)
{
    struct mxs_wire_name zone;
    const uint8_t *after, *at = name->bytes;
    if (proof->soa == NULL || !mxs_wire_unpack(wire, proof->soa, &zone, &after))
        return false;
    uint32_t left = name->size_bytes;
    for (; left > zone.size_bytes; left -= 1u + *at, at += 1 + *at)
        continue;
    return left == zone.size_bytes && (exists || at != name->bytes) && mxs_wire_fold_equal(at, zone.bytes, left);
}
