/* MTA-STS: the same input as TXT records and as a policy file.
 *
 * Rooms scanner/parse */
#include "model/name.h"
#include "scanner/parse/mta_sts.h"
#include "tests/fuzz/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mxs_record records[RECORDS_MAX];
    struct mxs_mta_sts record;
    mxs_mta_sts_read(records, records_of(data, size, records), &record);
    MXS_ASSERT((record.reason == MXS_MTA_STS_OK) <= (record.id.size_bytes >= 1 && record.id.size_bytes <= 32));
    check_view(record.id, data, size);

    struct mxs_arena arena;
    struct mxs_mta_sts_policy policy;
    mxs_arena_init(&arena, 4096, 1u << 20);
    mxs_mta_sts_policy_parse((struct mxs_text){(const char *)data, (uint32_t)size}, &arena, &policy);
    MXS_ASSERT(policy.mx_count <= MXS_MTA_STS_MX_MAX && policy.max_age_s <= MXS_MTA_STS_AGE_MAX);
    MXS_ASSERT(policy.reason == MXS_MTA_STS_OK || policy.mx_count == 0);
    for (uint32_t i = 0; i < policy.mx_count; i++) {
        struct mxs_text mx = policy.mx[i];
        bool wild = mx.data[0] == '*';
        MXS_ASSERT(mxs_mta_sts_policy_find(&policy, mx) && (wild || mxs_name_is_hostname(mx)));
    }
    mxs_arena_finish(&arena);
    return 0;
}
