#include "scanner/resolve/internal/attempt.h"

#include <stdlib.h>

#include "scanner/parse/message.h"

#define SLAB_ATTEMPTS 256u
#define RCODE_FORMERR 1
#define RCODE_NOTIMP 4
#define BADVERS_HIGH 1 /* 16: its upper eight bits stand in OPT */
#define TYPE_OPT 41
#define OPT_SIZE 11u

struct mxs_attempt_slab {
    struct mxs_attempt_slab *next;
    struct mxs_attempt attempts[SLAB_ATTEMPTS];
};

void mxs_attempts_init(struct mxs_attempts *table) { *table = (struct mxs_attempts){0}; }

void mxs_attempts_finish(struct mxs_attempts *table)
{
    struct mxs_attempt_slab *slab = table->slabs;
    while (slab != NULL) {
        struct mxs_attempt_slab *next = slab->next;
        free(slab);
        slab = next;
    }
    mxs_attempts_init(table);
}

static bool grow(struct mxs_attempts *table)
{
    if (table->made + SLAB_ATTEMPTS > MXS_RESOLVER_OPEN_MAX)
        return false;
    struct mxs_attempt_slab *slab = malloc(sizeof *slab);
    if (slab == NULL)
        return false;
    slab->next = table->slabs;
    table->slabs = slab;
    table->made += SLAB_ATTEMPTS;
    for (uint32_t i = SLAB_ATTEMPTS; i-- > 0;) {
        slab->attempts[i].next = table->free;
        table->free = &slab->attempts[i];
    }
    return true;
}

struct mxs_attempt *mxs_attempts_take(struct mxs_attempts *table)
{
    if (table->free == NULL && !grow(table))
        return NULL;
    struct mxs_attempt *attempt = table->free;
    table->free = attempt->next;
    memset(attempt, 0, offsetof(struct mxs_attempt, question));
    table->taken++;
    return attempt;
}

enum mxs_err mxs_attempt_set(struct mxs_attempt *attempt, const struct mxs_question *question, uint32_t tag)
{
    uint32_t name_size;
    enum mxs_err err = mxs_name_to_wire(question->name, attempt->question, &name_size);
    if (err != MXS_OK)
        return err;
    const uint8_t fixed[4] = {(uint8_t)(question->type >> 8), (uint8_t)question->type, 0, 1};
    memcpy(attempt->question + name_size, fixed, sizeof fixed);
    attempt->question_size = (uint16_t)(name_size + sizeof fixed);
    attempt->tag = tag;
    return MXS_OK;
}

uint32_t mxs_attempt_write(const struct mxs_attempt *attempt, uint16_t id, uint8_t *query)
{
    uint32_t name_size = (uint32_t)attempt->question_size - 4, question_size;
    const uint8_t *type = attempt->question + name_size;
    return mxs_message_write(id, attempt->question, name_size, (uint16_t)(type[0] << 8 | type[1]), attempt->edns,
                             attempt->dnssec, query, &question_size);
}

void mxs_attempts_put(struct mxs_attempts *table, struct mxs_attempt *attempt)
{
    MXS_ASSERT(table->taken > 0 && !attempt->held);
    attempt->next = table->free;
    table->free = attempt;
    table->taken--;
}

void mxs_attempts_age(struct mxs_attempts *table, struct mxs_attempt *attempt)
{
    attempt->next = NULL;
    attempt->previous = table->youngest;
    if (table->youngest != NULL)
        table->youngest->next = attempt;
    else
        table->oldest = attempt;
    table->youngest = attempt;
}

void mxs_attempts_unage(struct mxs_attempts *table, struct mxs_attempt *attempt)
{
    if (attempt->previous != NULL)
        attempt->previous->next = attempt->next;
    else
        table->oldest = attempt->next;
    if (attempt->next != NULL)
        attempt->next->previous = attempt->previous;
    else
        table->youngest = attempt->previous;
    attempt->next = attempt->previous = NULL;
}

/* Of a message without records: OPT alone behind the question, its upper bits of the rcode those of BADVERS. */
static bool says_badvers(const struct mxs_attempt *attempt)
{
    uint32_t at = MXS_MESSAGE_HEADER_SIZE + attempt->question_size;
    const uint8_t *bytes = attempt->raw.data;
    bool empty = (bytes[3] & 0x0f) == 0 && (bytes[6] | bytes[7] | bytes[8] | bytes[9]) == 0;
    return empty && !attempt->questionless && attempt->raw.size_bytes >= at + OPT_SIZE && bytes[at] == 0 &&
           bytes[at + 2] == TYPE_OPT && bytes[at + 5] == BADVERS_HIGH;
}

bool mxs_attempt_has_opt(const struct mxs_attempt *attempt)
{
    return attempt->edns != 0 && attempt->end == MXS_END_ANSWER &&
           (attempt->raw.data[10] | attempt->raw.data[11]) != 0;
}

enum mxs_edns_refusal mxs_attempt_refusal(const struct mxs_attempt *attempt)
{
    const uint8_t *header = attempt->raw.data;
    unsigned rcode = header[3] & 0x0f;
    if (rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP)
        return (header[10] | header[11]) == 0 ? MXS_EDNS_UNKNOWN : MXS_EDNS_BROKEN;
    return says_badvers(attempt) ? MXS_EDNS_BROKEN : MXS_EDNS_TAKEN;
}
