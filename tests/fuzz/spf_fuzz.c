/* SPF records, and the walk through a zone made of them: any name asked about has one of the input's records.
 *
 * Rooms scanner/parse */
#include "model/name.h"
#include "scanner/parse/spf_walk.h"
#include "tests/fuzz/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct zone {
    struct mxs_record records[RECORDS_MAX];
    struct mxs_spf policies[RECORDS_MAX];
    struct mxs_spf_known known;
    uint32_t count, asked;
};

/* The name chooses the record and, for the other types, the outcome. */
static const struct mxs_spf_known *find(void *arg, struct mxs_text name, uint16_t type)
{
    struct zone *zone = arg;
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t wire_size, hash = type;
    MXS_ASSERT(mxs_name_to_wire(name, wire, &wire_size) == MXS_OK && wire_size > 1);
    for (uint32_t i = 0; i < wire_size; i++)
        hash = hash * 31 + wire[i];
    zone->asked++;
    if (hash % 13 == 0)
        return NULL;
    zone->known = (struct mxs_spf_known){.outcome = (enum mxs_outcome)(hash % 17 == 0 ? MXS_TIMEOUT : hash / 5 % 3),
                                         .record_count = hash / 3 % 14,
                                         .spf = &zone->policies[hash % zone->count]};
    if (type == MXS_TYPE_TXT && hash % 11 != 0)
        zone->known.outcome = MXS_ANSWERED;
    return &zone->known;
}

static void check_policy(const struct mxs_spf *spf, const uint8_t *data, size_t size)
{
    MXS_ASSERT(spf->reason <= MXS_SPF_TOO_MANY_TERMS && spf->term_count <= MXS_SPF_TERMS_MAX);
    check_view(spf->record, data, size);
    check_view(spf->wrong, data, size);
    for (uint32_t i = 0; i < spf->term_count; i++) {
        check_view(spf->terms[i].domain, data, size);
        check_view(spf->terms[i].text, data, size);
        MXS_ASSERT(spf->terms[i].prefix4 <= 32 && spf->terms[i].prefix6 <= 128);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mxs_arena arena;
    struct mxs_spf all;
    struct zone zone = {.asked = 0};
    zone.count = records_of(data, size, zone.records);
    if (zone.count == 0 || size > 1 << 16)
        return 0;
    mxs_arena_init(&arena, 4096, 8u << 20);
    mxs_spf_read(zone.records, zone.count, &arena, &all);
    check_policy(&all, data, size);
    for (uint32_t i = 0; i < zone.count; i++) {
        mxs_spf_read(&zone.records[i], 1, &arena, &zone.policies[i]);
        check_policy(&zone.policies[i], data, size);
    }
    struct mxs_spf_verdict verdict;
    mxs_spf_walk(MXS_TEXT("mail.example.org"), &arena, find, &zone, &verdict);
    /* of `a//16`, say: a glance at AAAA, then A, and AAAA again where A is nodata */
    MXS_ASSERT(verdict.lookups <= MXS_SPF_COUNT_MAX && zone.asked <= 3 * MXS_SPF_COUNT_MAX + 1);
    MXS_ASSERT((verdict.result == MXS_SPF_RESULT_WANTED) == (verdict.wanted != 0));
    MXS_ASSERT(verdict.result != MXS_SPF_RESULT_PERMERROR || verdict.reason > MXS_SPF_NO_RECORD);
    MXS_ASSERT(verdict.result != MXS_SPF_RESULT_OK ||
               (verdict.lookups <= MXS_SPF_LOOKUPS_MAX && verdict.voids <= MXS_SPF_VOIDS_MAX));
    MXS_ASSERT(!mxs_arena_full(&arena));
    mxs_arena_finish(&arena);
    return 0;
}
