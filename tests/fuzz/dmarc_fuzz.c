/* DMARC, TLS-RPT and BIMI records: three readers of the same kind of list.
 *
 * Rooms scanner/parse */
#include "scanner/parse/dmarc.h"
#include "scanner/parse/tls_rpt.h"
#include "tests/fuzz/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_uris(const struct mxs_dmarc_uris *uris, const uint8_t *data, size_t size)
{
    for (uint32_t i = 0; i < uris->count && i < MXS_DMARC_URIS_MAX; i++) {
        MXS_ASSERT(uris->at[i].uri.size_bytes > 0);
        check_view(uris->at[i].uri, data, size);
        check_view(uris->at[i].domain, data, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mxs_record records[RECORDS_MAX];
    struct mxs_dmarc dmarc;
    struct mxs_tls_rpt tls_rpt;
    struct mxs_bimi bimi;
    uint32_t count = records_of(data, size, records);
    mxs_dmarc_read(records, count, &dmarc);
    MXS_ASSERT(dmarc.reason < MXS_DMARC_REASON_COUNT && dmarc.percent <= 100);
    MXS_ASSERT(dmarc.reason != MXS_DMARC_OK || dmarc.policy != MXS_DMARC_ABSENT);
    check_view(dmarc.record, data, size);
    check_uris(&dmarc.rua, data, size);
    check_uris(&dmarc.ruf, data, size);
    mxs_tls_rpt_read(records, count, &tls_rpt);
    MXS_ASSERT((tls_rpt.reason == MXS_TLS_RPT_OK) <= (tls_rpt.mailto_count + tls_rpt.https_count > 0));
    check_view(tls_rpt.rua, data, size);
    mxs_bimi_read(records, count, &bimi);
    MXS_ASSERT((bimi.reason == MXS_BIMI_OK) <= (bimi.location.size_bytes > 0));
    check_view(bimi.location, data, size);
    check_view(bimi.certificate, data, size);
    return 0;
}
