#include "scanner/checks/asking.h"

#include <stdio.h>

#include "base/hash.h"
#include "scanner/parse/words.h"

#define NAME_SIZE (MXS_NAME_TEXT_MAX + 64)

static bool may_be_asked(const struct mxs_policy_context *context, struct mxs_text name)
{
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t size;
    if (name.size_bytes == 0 || name.size_bytes > MXS_NAME_TEXT_MAX || mxs_name_to_wire(name, wire, &size) != MXS_OK)
        return false;
    return context->exclude == NULL || !mxs_exclude_holds(context->exclude, name);
}

struct mxs_policy_question *mxs_asking_put_name(struct mxs_asking *asking, uint8_t ask, uint16_t type,
                                                struct mxs_text key, struct mxs_text name)
{
    struct mxs_policy_slot *slot = asking->slot;
    if (!may_be_asked(asking->context, name))
        return NULL;
    struct mxs_text copy = mxs_arena_text(&slot->arena, name),
                    kept = key.size_bytes == 0 ? key : mxs_arena_text(&slot->arena, key);
    if (slot->question_count == MXS_POLICY_QUESTIONS || copy.data == NULL ||
        (key.size_bytes > 0 && kept.data == NULL)) {
        struct mxs_policy_entry lost = {.ask = ask, .outcome = MXS_LIMIT};
        mxs_asking_add(asking, &lost);
        return NULL;
    }
    struct mxs_policy_question *question = &slot->questions[slot->question_count++];
    *question = (struct mxs_policy_question){
        .name = copy, .key = kept, .type = type, .ask = ask, .outcome = (uint8_t)MXS_NOT_ASKED};
    return question;
}

struct mxs_policy_question *mxs_asking_put(struct mxs_asking *asking, uint8_t ask, uint16_t type, struct mxs_text key,
                                           const char *prefix)
{
    char name[NAME_SIZE * 2];
    int size =
        snprintf(name, sizeof name, "%.*s%s%.*s", MXS_TEXT_ARG(key), prefix, MXS_TEXT_ARG(asking->slot->subject.name));
    return mxs_asking_put_name(asking, ask, type, key, (struct mxs_text){name, (uint32_t)size});
}

struct mxs_policy_question *mxs_asking_put_nobodys(struct mxs_asking *asking, uint8_t ask, uint16_t type,
                                                   struct mxs_text key, const char *between)
{
    static const uint64_t seed[2] = {0x6e6f2d73656c6563, 0x746f722e6d787376};
    struct mxs_text domain = asking->slot->subject.name;
    char name[NAME_SIZE];
    int size = snprintf(name, sizeof name, "x%016llx%s%.*s",
                        (unsigned long long)mxs_hash(seed, domain.data, domain.size_bytes), between,
                        MXS_TEXT_ARG(domain));
    return mxs_asking_put_name(asking, ask, type, key, (struct mxs_text){name, (uint32_t)size});
}

const struct mxs_policy_question *mxs_asking_find(const struct mxs_asking *asking, uint8_t ask)
{
    const struct mxs_policy_slot *slot = asking->slot;
    for (uint32_t i = 0; i < slot->question_count; i++)
        if (slot->questions[i].ask == ask)
            return &slot->questions[i];
    return NULL;
}

const struct mxs_shared_answer *mxs_asking_want(struct mxs_asking *asking, uint8_t ask, struct mxs_text name,
                                                uint16_t type)
{
    static const struct mxs_shared_answer nothing = {.outcome = MXS_LIMIT, .done = true};
    struct mxs_shared *shared = asking->context->shared;
    if (!may_be_asked(asking->context, name))
        return &nothing;
    uint32_t id = mxs_shared_find(shared, ask, name, type);
    if (id == 0)
        return &nothing;
    const struct mxs_shared_answer *answer = mxs_shared_at(shared, id);
    if (answer->done)
        return answer;
    if (!mxs_shared_wait(shared, id, asking->slot->self))
        return &nothing;
    asking->slot->waiting++;
    return NULL;
}

bool mxs_asking_is_answered(const struct mxs_policy_question *question)
{
    return question != NULL && question->outcome != (uint8_t)MXS_NOT_ASKED;
}

static bool copy_entry(struct mxs_arena *arena, struct mxs_policy_entry *entry)
{
    struct mxs_text *const texts[] = {&entry->key, &entry->target};
    for (size_t i = 0; i < 2; i++)
        if (texts[i]->data != NULL)
            *texts[i] = mxs_arena_text(arena, *texts[i]);
    for (uint32_t i = 0; i < entry->text_count; i++)
        entry->texts[i] = mxs_arena_text(arena, entry->texts[i]);
    return !mxs_arena_full(arena);
}

void mxs_asking_add(struct mxs_asking *asking, const struct mxs_policy_entry *entry)
{
    struct mxs_policy_slot *slot = asking->slot;
    struct mxs_policy_extra *extra = mxs_arena_take(&slot->arena, sizeof *extra);
    enum mxs_outcome outcome = extra == NULL ? MXS_LIMIT : entry->outcome;
    if (extra != NULL) {
        extra->entry = *entry;
        extra->next = slot->extras;
        if (copy_entry(&slot->arena, &extra->entry))
            slot->extras = extra;
        else
            outcome = MXS_LIMIT;
    }
    if (!mxs_outcome_settled(outcome) && mxs_outcome_settled((enum mxs_outcome)slot->outcome))
        slot->outcome = (uint8_t)outcome;
}

/* Sorted before anything is cut: which texts are kept is not for the order of an answer to say. */
bool mxs_keep_texts(const struct mxs_answer *answer, bool (*is)(struct mxs_text text), struct mxs_policy_entry *entry)
{
    struct mxs_text texts[MXS_RECORDS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < answer->record_count && count < MXS_RECORDS_MAX; i++) {
        struct mxs_text text = {(const char *)answer->records[i].data.data, answer->records[i].data.size_bytes};
        if (text.data != NULL && is(text))
            texts[count++] = text;
    }
    mxs_pack_sort(texts, count);
    entry->text_count = count < MXS_PACK_TEXTS ? count : MXS_PACK_TEXTS;
    memcpy(entry->texts, texts, entry->text_count * sizeof *texts);
    return count <= MXS_PACK_TEXTS;
}

/* Whether what stands behind the word of a version goes on as a record does: with the version's digit, or no more of a
 * word. "dmarc-verification=..." and "dmarcian" are the words of others. given: a "v" stands before it; number: the
 * word ends in one. */
static bool goes_on(struct mxs_text rest, bool given, bool number)
{
    uint32_t at = 0;
    while (!number && at < rest.size_bytes && (mxs_is_space(rest.data[at]) || (given && rest.data[at] == '-')))
        at++;
    at += !number && at < rest.size_bytes && mxs_lower(rest.data[at]) == 'v';
    uint32_t end = at;
    while (!number && end < rest.size_bytes && mxs_is_digit(rest.data[end]))
        end++;
    if (given && (number || end > at))
        return true;
    number |= end == at + 1;
    rest = mxs_text_from(rest, end > at ? end : 0);
    if (rest.size_bytes == 0)
        return true;
    char next = rest.data[0];
    bool word = mxs_is_alnum(next) || next == '-' || next == '_' || next == '=' || next == '.';
    return !word && (given || number || !mxs_is_space(next));
}

/* Of the letters and digits alone: "V=DMARC1", "DMARC1;", "v=TLS-RPT1" and one behind a blank were meant all the same.
 * A version that begins with v asks for it. */
static bool begins_nearly(struct mxs_text text, const char *version)
{
    const char *at = version;
    uint32_t i = 0;
    bool given = *version == 'v';
    for (; i < text.size_bytes && *at != '\0'; i++) {
        char c = mxs_lower(text.data[i]);
        if (at == version && c == 'v' && *version != 'v')
            given = true;
        else if (mxs_is_alnum(c) && c != *at++)
            return false;
    }
    return *at == '\0' && goes_on(mxs_text_from(text, i), given, mxs_is_digit(at[-1]));
}

bool mxs_asking_holds(struct mxs_text text, struct mxs_text word)
{
    for (uint32_t i = 0; i + word.size_bytes <= text.size_bytes; i++)
        if (mxs_text_same(mxs_text_cut(text, i, i + word.size_bytes), word))
            return true;
    return false;
}

/* Also where it stands behind other tags, "p=reject; v=DMARC1", or in a line of a zone, `IN TXT "v=DMARC1; p=none"`. */
static bool is_nearly(struct mxs_text text, const char *version)
{
    for (uint32_t i = 0; i + 1 < text.size_bytes; i++)
        if (mxs_lower(text.data[i]) == 'v' && text.data[i + 1] == '=' && (i == 0 || !mxs_is_alnum(text.data[i - 1])) &&
            begins_nearly(mxs_text_from(text, i), version))
            return true;
    for (struct mxs_text piece; mxs_text_next(&text, ';', &piece);)
        if (begins_nearly(piece, version))
            return true;
    return false;
}

void mxs_keep_nearly(const struct mxs_answer *answer, const char *version, struct mxs_policy_entry *entry)
{
    if (entry->text_count > 0 || answer->outcome != MXS_ANSWERED)
        return;
    struct mxs_text texts[MXS_RECORDS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < answer->record_count && count < MXS_RECORDS_MAX; i++) {
        struct mxs_text text = {(const char *)answer->records[i].data.data, answer->records[i].data.size_bytes};
        if (text.data != NULL && is_nearly(text, version))
            texts[count++] = text;
    }
    mxs_pack_sort(texts, count);
    entry->text_count = count < MXS_PACK_TEXTS ? count : MXS_PACK_TEXTS;
    memcpy(entry->texts, texts, entry->text_count * sizeof *texts);
    entry->flags |= entry->text_count > 0 ? MXS_ENTRY_NEARLY : 0;
}
