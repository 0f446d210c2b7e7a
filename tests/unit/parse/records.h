/* Room       tests/unit/parse
 * Spec       None
 * In         Texts
 * Out        TXT records of them, each in memory of exactly its size
 * Units      None
 * Limits     RECORDS_MAX records
 * Errors     None
 * Ownership  records_free
 * Threads    One at a time
 * Bugs       None
 *
 * No NUL stands behind a record, so that a sanitizer sees one byte too far.
 */
#ifndef MXS_TESTS_UNIT_PARSE_RECORDS_H
#define MXS_TESTS_UNIT_PARSE_RECORDS_H

#include <stdlib.h>
#include <string.h>

#include "model/answer.h"

#define RECORDS_MAX 8

struct records { struct mxs_record at[RECORDS_MAX]; uint32_t count; };

static inline void records_free(struct records *records)
{
    for (uint32_t i = 0; i < records->count; i++)
        free((void *)(uintptr_t)records->at[i].data.data);
    records->count = 0;
}
static inline void records_add(struct records *records, const void *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, data, size);
    records->at[records->count++] = (struct mxs_record){.data = {copy, (uint32_t)size}};
}
/* texts ends with NULL. */
static inline void records_set(struct records *records, const char *const *texts)
{
    records_free(records);
    for (; *texts != NULL; texts++)
        records_add(records, *texts, strlen(*texts));
}
#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
