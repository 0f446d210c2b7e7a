/* Whole DNS messages, as the reader and the guard see them.
 *
 * Rooms scanner/parse
 *
 * The first octet chooses the type asked. The name asked is the one in the question section when there is one, so
 * that the input need not guess it. */
#include <arpa/nameser.h>

#include "model/name.h"
#include "scanner/parse/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BYTES_MAX (8u << 20)

static void check_answer(const struct mxs_answer *answer, uint16_t type)
{
    MXS_ASSERT(answer->outcome < MXS_OUTCOME_COUNT);
    MXS_ASSERT(answer->record_count <= MXS_RECORDS_MAX);
    MXS_ASSERT((answer->outcome == MXS_ANSWERED) <= (answer->record_count > 0));
    MXS_ASSERT(answer->record_count == 0 || answer->outcome == MXS_ANSWERED || answer->outcome == MXS_LIMIT);
    MXS_ASSERT(answer->truncated == (answer->outcome == MXS_TRUNCATED) || answer->outcome == MXS_MALFORMED);
    MXS_ASSERT(answer->ttl_s <= INT32_MAX);
    for (uint32_t i = 0; i < answer->record_count; i++) {
        const struct mxs_record *record = &answer->records[i];
        uint8_t wire[MXS_NAME_WIRE_MAX];
        uint32_t wire_size;
        if (type == MXS_TYPE_MX || type == MXS_TYPE_SRV || type == MXS_TYPE_CNAME)
            MXS_ASSERT(record->host.data != NULL && mxs_name_to_wire(record->host, wire, &wire_size) == MXS_OK);
        if (type == MXS_TYPE_A || type == MXS_TYPE_AAAA)
            MXS_ASSERT(record->data.size_bytes == (type == MXS_TYPE_A ? 4 : 16));
    }
}

/* As the resolver reads it: by the question's bytes, which need not be walked again after a glance that found them
 * whole. */
static void check_same(struct mxs_bytes wire, const uint8_t *question, uint32_t question_size, bool walked,
                       struct mxs_arena *arena, const struct mxs_answer *first)
{
    struct mxs_answer answer;
    mxs_message_read_question(wire, question, question_size, walked ? MXS_HINT_WALKED : 0, arena, &answer);
    MXS_ASSERT(answer.outcome == first->outcome && answer.record_count == first->record_count &&
               answer.ttl_s == first->ttl_s);
    MXS_ASSERT(answer.truncated == first->truncated && answer.authenticated == first->authenticated);
    for (uint32_t i = 0; i < answer.record_count; i++) {
        const struct mxs_record *a = &answer.records[i], *b = &first->records[i];
        MXS_ASSERT(a->preference == b->preference && mxs_text_equal(a->host, b->host) &&
                   a->data.size_bytes == b->data.size_bytes);
        MXS_ASSERT(a->data.size_bytes == 0 || memcmp(a->data.data, b->data.data, a->data.size_bytes) == 0);
    }
}

/* The question of the message itself, or one it does not ask. */
static void question_of(struct mxs_bytes wire, uint8_t *name, uint32_t *name_size)
{
    const uint8_t *end = wire.data + wire.size_bytes;
    if (wire.size_bytes <= 12 || ns_name_unpack(wire.data, end, wire.data + 12, name, MXS_NAME_WIRE_MAX) < 0)
        memcpy(name, "\7example\3org", 13);
    *name_size = 1;
    for (uint8_t *at = name; *at != 0; at += 1 + *at)
        *name_size += 1u + *at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = {MXS_TYPE_MX,  MXS_TYPE_A,    MXS_TYPE_AAAA, MXS_TYPE_TXT,
                                     MXS_TYPE_SRV, MXS_TYPE_TLSA, MXS_TYPE_CNAME, 2};
    if (size < 1 || size > 1 << 17)
        return 0;
    uint16_t type = types[data[0] % (sizeof types / sizeof *types)];
    struct mxs_bytes wire = {data + 1, (uint32_t)size - 1};
    uint8_t name[MXS_NAME_WIRE_MAX], query[512];
    char text[MXS_NAME_TEXT_MAX + 1];
    uint32_t name_size, question_size;
    question_of(wire, name, &name_size);
    mxs_message_write(1, name, name_size, type, 1232, true, query, &question_size);
    enum mxs_inspection inspection = mxs_message_inspect(wire, query + 12, question_size);

    struct mxs_arena arena;
    struct mxs_answer answer;
    mxs_arena_init(&arena, 4096, BYTES_MAX);
    mxs_message_read(wire, (struct mxs_text){text, mxs_name_from_wire(name, text)}, type, &arena, &answer);
    check_answer(&answer, type);
    MXS_ASSERT(!mxs_arena_full(&arena));
    MXS_ASSERT((inspection == MXS_INSPECT_TRUNCATED) <= (answer.outcome == MXS_TRUNCATED));
    MXS_ASSERT((inspection == MXS_INSPECT_MALFORMED) <= (answer.outcome == MXS_MALFORMED));
    MXS_ASSERT((inspection == MXS_INSPECT_WHOLE || inspection == MXS_INSPECT_TRAILED) <=
               (answer.outcome != MXS_TRUNCATED));
    check_same(wire, query + 12, question_size, inspection == MXS_INSPECT_WHOLE || inspection == MXS_INSPECT_TRAILED,
               &arena, &answer);
    mxs_arena_finish(&arena);
    return 0;
}
