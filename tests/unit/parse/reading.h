/* Room       tests/unit/parse
 * Spec       None
 * In         The message in the builder
 * Out        What mxs_message_read makes of it
 * Units      None
 * Limits     None
 * Errors     Criterion's assertions
 * Ownership  One message, one arena, one answer per test program
 * Threads    One at a time
 * Bugs       None
 *
 * What the tests of the message reader share.
 */
#ifndef MXS_TESTS_UNIT_PARSE_READING_H
#define MXS_TESTS_UNIT_PARSE_READING_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/parse/internal/wire.h"
#include "tests/unit/parse/builder.h"

static struct builder b;
static struct mxs_arena arena;
static struct mxs_answer answer;

static inline void open_arena(void) { mxs_arena_init(&arena, 1 << 16, 0); }
static inline void close_arena(void) { mxs_arena_finish(&arena); }

/* Reads from a heap copy of exactly the message's size, so that one byte too far is seen. */
static inline enum mxs_outcome read_as(const char *name, uint16_t type)
{
    static uint8_t *copy;
    free(copy);
    copy = malloc(b.size == 0 ? 1 : b.size);
    memcpy(copy, b.data, b.size);
    memset(&answer, 0xa5, sizeof answer);
    mxs_message_read((struct mxs_bytes){copy, b.size}, mxs_text_of(name), type, &arena, &answer);
    cr_assert_eq(answer.wire.size_bytes, b.size);
    if (answer.record_count == 0)
        cr_assert_eq(answer.ttl_s, 0);
    return answer.outcome;
}
static inline enum mxs_outcome read_mx(void) { return read_as("example.org", MXS_TYPE_MX); }

static inline void ask_mx(unsigned flags) { begin(&b, flags, "example.org", MXS_TYPE_MX); }

static inline void assert_text(struct mxs_text text, const char *expected)
{
    cr_assert(mxs_text_equal(text, mxs_text_of(expected)), "got \"%.*s\", not \"%s\"", MXS_TEXT_ARG(text), expected);
}
static inline void assert_mx(uint32_t i, unsigned preference, const char *host)
{
    cr_assert_lt(i, answer.record_count);
    cr_assert_eq(answer.records[i].preference, preference);
    assert_text(answer.records[i].host, host);
}

#endif
