/* Room       tests/fuzz
 * Spec       None
 * In         A fuzz input
 * Out        TXT records: the input cut at each NUL
 * Units      None
 * Limits     RECORDS_MAX records
 * Errors     None
 * Ownership  Views of the input
 * Threads    Any
 * Bugs       A record cannot hold a NUL, except the last
 *
 * So that an input can be a name with several records.
 */
#ifndef MXS_TESTS_FUZZ_RECORDS_H
#define MXS_TESTS_FUZZ_RECORDS_H

#include "base/err.h"
#include "model/answer.h"

#define RECORDS_MAX 8

static inline uint32_t records_of(const uint8_t *data, size_t size, struct mxs_record *records)
{
    uint32_t count = 0;
    while (size > 0 && count < RECORDS_MAX) {
        const uint8_t *end = count + 1 == RECORDS_MAX ? NULL : memchr(data, 0, size);
        uint32_t length = (uint32_t)(end == NULL ? size : (size_t)(end - data));
        records[count++] = (struct mxs_record){.data = {data, length}};
        size_t used = length + (end != NULL);
        data += used;
        size -= used;
    }
    return count;
}

/* A text given back must lie in the input. */
static inline void check_view(struct mxs_text text, const uint8_t *data, size_t size)
{
    const uint8_t *at = (const uint8_t *)text.data;
    MXS_ASSERT(at == NULL || (at >= data && at + text.size_bytes <= data + size));
}

#endif
