/* DKIM key records.
 *
 * Rooms scanner/parse */
#include "scanner/parse/dkim.h"
#include "tests/fuzz/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mxs_record records[RECORDS_MAX];
    struct mxs_arena scratch;
    struct mxs_dkim key;
    mxs_arena_init(&scratch, 4096, 1u << 20);
    mxs_dkim_read(records, records_of(data, size, records), &scratch, &key);
    MXS_ASSERT(key.reason < MXS_DKIM_REASON_COUNT && key.bits <= 16384);
    MXS_ASSERT((key.reason == MXS_DKIM_OK) == (key.bits != 0));
    MXS_ASSERT((key.reason == MXS_DKIM_NO_RECORD) == (key.record_count == 0));
    check_view(key.record, data, size);
    mxs_arena_finish(&scratch);
    return 0;
}
