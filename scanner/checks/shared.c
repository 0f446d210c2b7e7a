#include "scanner/checks/shared.h"

#include <stdlib.h>

#include "base/vector.h"
#include "model/name.h"

#define HEAD 3

void mxs_shared_init(struct mxs_shared *shared)
{
    *shared = (struct mxs_shared){.next = 1};
    mxs_intern_init(&shared->names);
    mxs_arena_init(&shared->arena, 64 * 1024, 0);
}

void mxs_shared_finish(struct mxs_shared *shared)
{
    mxs_intern_finish(&shared->names);
    mxs_arena_finish(&shared->arena);
    free(shared->answers);
    free(shared->waiters);
    shared->answers = NULL;
    shared->waiters = NULL;
}

static bool has_room(struct mxs_shared *shared)
{
    return shared->names.count < MXS_SHARED_MAX &&
           mxs_vector_reach(&shared->answers, &shared->capacity, shared->names.count + 1, sizeof *shared->answers);
}

uint32_t mxs_shared_find(struct mxs_shared *shared, uint8_t ask, struct mxs_text name, uint16_t type)
{
    uint8_t key[HEAD + MXS_NAME_TEXT_MAX] = {ask, (uint8_t)(type >> 8), (uint8_t)type};
    MXS_ASSERT(name.size_bytes <= MXS_NAME_TEXT_MAX);
    if (name.size_bytes > 0)
        memcpy(key + HEAD, name.data, name.size_bytes);
    uint32_t id = mxs_intern_find(&shared->names, key, HEAD + name.size_bytes);
    if (id != 0 || !has_room(shared))
        return id;
    return mxs_intern_put(&shared->names, key, HEAD + name.size_bytes, NULL);
}

const struct mxs_shared_answer *mxs_shared_at(const struct mxs_shared *shared, uint32_t id)
{
    return &shared->answers[id];
}

struct mxs_text mxs_shared_text(const struct mxs_shared_answer *answer, uint32_t index)
{
    const char *at = answer->texts;
    uint16_t size;
    MXS_ASSERT(index < answer->text_count);
    for (;; index--) {
        memcpy(&size, at, sizeof size);
        if (index == 0)
            return (struct mxs_text){at + sizeof size, size};
        at += sizeof size + size;
    }
}

struct mxs_text mxs_shared_name(const struct mxs_shared *shared, uint32_t id, uint8_t *ask, uint16_t *type)
{
    struct mxs_bytes key = mxs_intern_key(&shared->names, id);
    *ask = key.data[0];
    *type = (uint16_t)(key.data[1] << 8 | key.data[2]);
    return (struct mxs_text){(const char *)key.data + HEAD, key.size_bytes - HEAD};
}

bool mxs_shared_wait(struct mxs_shared *shared, uint32_t id, uint32_t who)
{
    uint32_t position = shared->free_waiter;
    if (position != 0) {
        shared->free_waiter = shared->waiters[position - 1].next;
    } else {
        if (!mxs_vector_reserve(&shared->waiters, &shared->waiter_capacity, shared->waiter_count,
                                sizeof *shared->waiters))
            return false;
        position = ++shared->waiter_count;
    }
    shared->waiters[position - 1] = (struct mxs_shared_waiter){who, shared->answers[id].first_waiter};
    shared->answers[id].first_waiter = position;
    return true;
}

bool mxs_shared_take(struct mxs_shared *shared, uint32_t id, uint32_t *who)
{
    uint32_t position = shared->answers[id].first_waiter;
    if (position == 0)
        return false;
    struct mxs_shared_waiter *waiter = &shared->waiters[position - 1];
    *who = waiter->who;
    shared->answers[id].first_waiter = waiter->next;
    waiter->next = shared->free_waiter;
    shared->free_waiter = position;
    return true;
}

uint32_t mxs_shared_next(struct mxs_shared *shared)
{
    while (shared->next <= shared->names.count && shared->answers[shared->next].done)
        shared->next++;
    return shared->next <= shared->names.count ? shared->next++ : 0;
}

struct mxs_text mxs_shared_pack(const struct mxs_shared_answer *answer)
{
    if (answer->text_count == 0)
        return (struct mxs_text){NULL, 0};
    struct mxs_text last = mxs_shared_text(answer, answer->text_count - 1u);
    return (struct mxs_text){answer->texts, (uint32_t)(last.data + last.size_bytes - answer->texts)};
}

uint32_t mxs_shared_unpack(struct mxs_text packed, struct mxs_text texts[MXS_SHARED_TEXTS])
{
    uint32_t count = 0;
    for (uint32_t at = 0; count < MXS_SHARED_TEXTS && packed.size_bytes - at >= sizeof(uint16_t); count++) {
        uint16_t size;
        memcpy(&size, packed.data + at, sizeof size);
        at += sizeof size;
        if (size > packed.size_bytes - at)
            break;
        texts[count] = (struct mxs_text){packed.data + at, size};
        at += size;
    }
    return count;
}

static bool copy_texts(struct mxs_shared *shared, const struct mxs_text *texts, uint32_t count, const char **out)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += sizeof(uint16_t) + texts[i].size_bytes;
    char *copy = mxs_arena_take(&shared->arena, size == 0 ? 1 : size), *at = copy;
    if (copy == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t length = (uint16_t)texts[i].size_bytes;
        memcpy(at, &length, sizeof length);
        memcpy(at + sizeof length, texts[i].data, length);
        at += sizeof length + length;
    }
    *out = copy;
    return true;
}

void mxs_shared_put(struct mxs_shared *shared, uint32_t id, enum mxs_outcome outcome, uint32_t record_count,
                    const struct mxs_text *texts, uint32_t text_count)
{
    struct mxs_shared_answer *answer = &shared->answers[id];
    answer->done = true;
    answer->outcome = (uint8_t)outcome;
    answer->record_count = record_count;
    answer->text_count = 0;
    bool fits = text_count <= MXS_SHARED_TEXTS;
    for (uint32_t i = 0; i < text_count && fits; i++)
        fits = texts[i].size_bytes <= UINT16_MAX;
    if (!fits || !copy_texts(shared, texts, text_count, &answer->texts))
        answer->outcome = MXS_LIMIT;
    else
        answer->text_count = (uint8_t)text_count;
}
