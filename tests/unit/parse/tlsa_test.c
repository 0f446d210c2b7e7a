#include <criterion/criterion.h>

#include "scanner/parse/tlsa.h"
#include "tests/unit/parse/records.h"

static struct records records;
static void finish(void) { records_free(&records); }
TestSuite(parse_tlsa, .fini = finish);

static enum mxs_tlsa_use use_of(uint8_t usage, uint8_t selector, uint8_t matching, uint32_t size)
{
    uint8_t rdata[103] = {usage, selector, matching};
    records_free(&records);
    records_add(&records, rdata, 3 + size);
    struct mxs_tlsa tlsa;
    mxs_tlsa_parse(records.at[0].data, &tlsa);
    cr_assert_eq(tlsa.data.size_bytes, size);
    return tlsa.use;
}

Test(parse_tlsa, every_usage_selector_and_matching_type)
{
    for (unsigned usage = 0; usage < 256; usage++)
        for (unsigned selector = 0; selector < 256; selector += 1 + 250 * (selector == 3))
            for (unsigned matching = 0; matching < 256; matching += 1 + 250 * (matching == 4)) {
                enum mxs_tlsa_use expected = usage != 2 && usage != 3 ? MXS_TLSA_BAD_USAGE
                                             : selector > 1           ? MXS_TLSA_BAD_SELECTOR
                                             : matching > 2           ? MXS_TLSA_BAD_MATCHING
                                                                      : MXS_TLSA_USABLE;
                cr_assert_eq(use_of((uint8_t)usage, (uint8_t)selector, (uint8_t)matching, matching == 2 ? 64 : 32),
                             expected);
            }
}

Test(parse_tlsa, digests_have_their_length)
{
    for (uint32_t size = 0; size <= 100; size++) {
        cr_assert_eq(use_of(3, 1, 1, size), size == 32 ? MXS_TLSA_USABLE : MXS_TLSA_BAD_LENGTH);
        cr_assert_eq(use_of(3, 1, 2, size), size == 64 ? MXS_TLSA_USABLE : MXS_TLSA_BAD_LENGTH);
        cr_assert_eq(use_of(2, 0, 0, size), size > 0 ? MXS_TLSA_USABLE : MXS_TLSA_BAD_LENGTH);
    }
}

Test(parse_tlsa, a_set_is_summed)
{
    uint8_t rdata[35] = {3, 1, 1};
    records_free(&records);
    records_add(&records, rdata, 35);
    rdata[0] = 2;
    records_add(&records, rdata, 35);
    rdata[0] = 1;
    records_add(&records, rdata, 35);
    rdata[0] = 3;
    records_add(&records, rdata, 34);
    struct mxs_tlsa_set set;
    mxs_tlsa_read(records.at, records.count, &set);
    cr_assert_eq(set.count, 4);
    cr_assert_eq(set.usable, 2);
    cr_assert_eq(set.dane_ta, 1);
    cr_assert_eq(set.dane_ee, 1);
    cr_assert_eq(set.unusable[MXS_TLSA_BAD_USAGE], 1);
    cr_assert_eq(set.unusable[MXS_TLSA_BAD_LENGTH], 1);
    mxs_tlsa_read(NULL, 0, &set);
    cr_assert_eq(set.count, 0);
}
