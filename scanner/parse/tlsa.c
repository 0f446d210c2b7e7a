#include "scanner/parse/tlsa.h"

#include "base/err.h"

enum { DANE_TA = 2, DANE_EE = 3 };
enum { HEAD = 3 }; /* usage, selector, matching type */
enum { FULL = 0, SHA_256 = 1, SHA_512 = 2 };

const char *mxs_tlsa_use_text(enum mxs_tlsa_use use)
{
    static const char *const texts[MXS_TLSA_USE_COUNT] = {"usable", "bad_usage", "bad_selector", "bad_matching",
                                                          "bad_length"};
    MXS_ASSERT(use < MXS_TLSA_USE_COUNT);
    return texts[use];
}

static enum mxs_tlsa_use judge(const struct mxs_tlsa *tlsa)
{
    if (tlsa->usage != DANE_TA && tlsa->usage != DANE_EE)
        return MXS_TLSA_BAD_USAGE;
    if (tlsa->selector > 1)
        return MXS_TLSA_BAD_SELECTOR;
    switch (tlsa->matching) {
    case FULL:
        return tlsa->data.size_bytes != 0 ? MXS_TLSA_USABLE : MXS_TLSA_BAD_LENGTH;
    case SHA_256:
        return tlsa->data.size_bytes == 32 ? MXS_TLSA_USABLE : MXS_TLSA_BAD_LENGTH;
    case SHA_512:
        return tlsa->data.size_bytes == 64 ? MXS_TLSA_USABLE : MXS_TLSA_BAD_LENGTH;
    default:
        return MXS_TLSA_BAD_MATCHING;
    }
}

void mxs_tlsa_parse(struct mxs_bytes rdata, struct mxs_tlsa *out)
{
    MXS_ASSERT(rdata.size_bytes >= HEAD);
    *out = (struct mxs_tlsa){.usage = rdata.data[0], .selector = rdata.data[1], .matching = rdata.data[2],
                             .data = {rdata.data + HEAD, rdata.size_bytes - HEAD}};
    out->use = judge(out);
}

void mxs_tlsa_read(const struct mxs_record *records, uint32_t count, struct mxs_tlsa_set *out)
{
    *out = (struct mxs_tlsa_set){.count = count};
    for (uint32_t i = 0; i < count; i++) {
        struct mxs_tlsa tlsa;
        if (records[i].data.size_bytes < HEAD) { /* no answer has such a record; what a file holds may */
            out->unusable[MXS_TLSA_BAD_LENGTH]++;
            continue;
        }
        mxs_tlsa_parse(records[i].data, &tlsa);
        if (tlsa.use != MXS_TLSA_USABLE) {
            out->unusable[tlsa.use]++;
            continue;
        }
        out->usable++;
        out->dane_ta += tlsa.usage == DANE_TA;
        out->dane_ee += tlsa.usage == DANE_EE;
    }
}
