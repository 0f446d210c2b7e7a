#include "scanner/checks/slot.h"

#include <stdlib.h>

#include "scanner/checks/asking.h"
#include "scanner/checks/registry.h"

#define NOT_ASKED ((uint8_t)MXS_NOT_ASKED)

void mxs_policy_slot_init(struct mxs_policy_slot *slot, uint32_t self)
{
    slot->subject.id = 0;
    slot->self = self;
    mxs_arena_init(&slot->arena, 4096, MXS_SLOT_ARENA);
}

void mxs_policy_slot_finish(struct mxs_policy_slot *slot) { mxs_arena_finish(&slot->arena); }

/* Whether a check is part of this slot's work. */
static bool is_asked(const struct mxs_policy_context *context, const struct mxs_check *check)
{
    return check->subject == (context->hosts ? MXS_SUBJECT_HOST : MXS_SUBJECT_DOMAIN) &&
           (context->options & mxs_checks_bit(check)) != 0;
}

void mxs_policy_slot_begin(struct mxs_policy_slot *slot, struct mxs_policy_context *context,
                           const struct mxs_policy_subject *subject)
{
    mxs_arena_reset(&slot->arena);
    slot->subject = *subject;
    slot->subject.name = mxs_arena_text(&slot->arena, subject->name);
    if (subject->alias.data != NULL)
        slot->subject.alias = mxs_arena_text(&slot->arena, subject->alias);
    slot->question_count = slot->next = slot->open = slot->waiting = slot->attempts = slot->ended = 0;
    slot->extras = NULL;
    slot->outcome = MXS_ANSWERED;
    memset(slot->steps, 0, sizeof slot->steps);
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        struct mxs_asking asking = {slot, context, &slot->steps[i]};
        if (check->begin != NULL && is_asked(context, check))
            check->begin(&asking);
    }
}

bool mxs_policy_slot_next(struct mxs_policy_slot *slot, struct mxs_question *out, uint32_t *index)
{
    if (slot->next == slot->question_count)
        return false;
    const struct mxs_policy_question *question = &slot->questions[slot->next];
    *out = (struct mxs_question){.name = question->name, .type = question->type};
    *index = slot->next++;
    slot->open++;
    return true;
}

/* --- answers --- */

static bool copy_entry(struct mxs_arena *arena, struct mxs_policy_entry *entry)
{
    if (entry->target.data != NULL)
        entry->target = mxs_arena_text(arena, entry->target);
    for (uint32_t i = 0; i < entry->text_count; i++)
        entry->texts[i] = mxs_arena_text(arena, entry->texts[i]);
    return !mxs_arena_full(arena);
}

static void be_unsettled(struct mxs_policy_slot *slot, enum mxs_outcome outcome)
{
    if (!mxs_outcome_settled(outcome) && mxs_outcome_settled((enum mxs_outcome)slot->outcome))
        slot->outcome = (uint8_t)outcome;
}

/* Whoever watches such answers keeps an entry of its own. */
static void show_watchers(struct mxs_policy_slot *slot, struct mxs_policy_context *context, uint8_t ask,
                          const struct mxs_answer *answer)
{
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        if ((check->watch >> ask & 1) == 0 || !is_asked(context, check) || !mxs_outcome_settled(answer->outcome))
            continue;
        struct mxs_asking asking = {slot, context, &slot->steps[i]};
        struct mxs_policy_entry entry = {.ask = check->watch_as, .outcome = answer->outcome};
        check->keep(&asking, answer, &entry);
        if (entry.text_count > 0)
            mxs_asking_add(&asking, &entry);
    }
}

void mxs_policy_slot_put(struct mxs_policy_slot *slot, struct mxs_policy_context *context, uint32_t index,
                         const struct mxs_answer *answer, uint32_t attempts)
{
    struct mxs_policy_question *question = &slot->questions[index];
    const struct mxs_check *check = mxs_checks_find_ask(question->ask);
    struct mxs_policy_entry entry = {.ask = question->ask, .outcome = answer->outcome, .key = question->key};
    struct mxs_asking asking = {slot, context, NULL};
    MXS_ASSERT(question->outcome == NOT_ASKED && slot->open > 0 && check != NULL);
    slot->open--;
    slot->attempts += attempts;
    question->record_count = answer->record_count;
    if (entry.key.size_bytes == 0)
        entry.key = (struct mxs_text){NULL, 0};
    check->keep(&asking, answer, &entry);
    question->outcome = (uint8_t)entry.outcome;
    be_unsettled(slot, entry.outcome);
    show_watchers(slot, context, question->ask, answer);
    if (entry.text_count == 0 && entry.target.data == NULL && entry.flags == 0 && mxs_outcome_settled(entry.outcome))
        return;
    size_t unused = (MXS_PACK_TEXTS - entry.text_count) * sizeof entry.texts[0];
    struct mxs_policy_entry *copy = mxs_arena_take(&slot->arena, sizeof *copy - unused);
    if (copy == NULL || !copy_entry(&slot->arena, &entry)) {
        question->outcome = MXS_LIMIT;
        be_unsettled(slot, MXS_LIMIT);
        return;
    }
    memcpy(copy, &entry, sizeof *copy - unused);
    question->entry = copy;
}

enum mxs_outcome mxs_policy_slot_keep(const struct mxs_policy_context *context, uint8_t ask,
                                      const struct mxs_answer *answer, struct mxs_policy_entry *out)
{
    struct mxs_asking asking = {NULL, (struct mxs_policy_context *)context, NULL};
    *out = (struct mxs_policy_entry){.ask = ask, .outcome = answer->outcome};
    mxs_checks_find_ask(ask)->keep(&asking, answer, out);
    return out->outcome;
}

bool mxs_policy_slot_advance(struct mxs_policy_slot *slot, struct mxs_policy_context *context)
{
    bool done = true;
    MXS_ASSERT(mxs_policy_slot_is_idle(slot));
    mxs_arena_reset(&context->scratch);
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        struct mxs_asking asking = {slot, context, &slot->steps[i]};
        if (check->advance == NULL || (slot->ended >> i & 1) || !is_asked(context, check))
            continue;
        if (check->advance(&asking))
            slot->ended |= 1u << i;
        else
            done = false;
    }
    return done && mxs_policy_slot_is_idle(slot);
}

/* --- the end --- */

struct list {
    const struct mxs_policy_entry **at;
    uint32_t count;
};

static int entry_order(const void *a, const void *b)
{
    return mxs_pack_order(*(const struct mxs_policy_entry *const *)a, *(const struct mxs_policy_entry *const *)b);
}

/* Sorted, so that the same answers in another order are the same content. What finds no room is told as an answer of
 * outcome limit: the last bytes are kept for that. */
void mxs_policy_slot_pack(const struct mxs_policy_slot *slot, struct mxs_pack *pack)
{
    static const uint32_t reserve = 1024;
    const struct mxs_policy_entry *entries[MXS_POLICY_QUESTIONS * 2];
    struct mxs_policy_entry lost[MXS_POLICY_QUESTIONS];
    uint32_t count = 0, lost_count = 0;
    for (uint32_t i = 0; i < slot->question_count; i++) {
        const struct mxs_policy_question *question = &slot->questions[i];
        if (question->not_kept)
            continue;
        if (question->entry != NULL) {
            entries[count++] = question->entry;
        } else if (!mxs_outcome_settled((enum mxs_outcome)question->outcome)) {
            lost[lost_count] = (struct mxs_policy_entry){
                .ask = question->ask, .outcome = (enum mxs_outcome)question->outcome, .key = question->key};
            entries[count++] = &lost[lost_count++];
        }
    }
    for (const struct mxs_policy_extra *extra = slot->extras; extra != NULL && count < MXS_POLICY_QUESTIONS * 2;
         extra = extra->next)
        entries[count++] = &extra->entry;
    qsort(entries, count, sizeof *entries, entry_order);
    uint64_t full = 0; /* kinds that did not find room, each told once */
    for (uint32_t i = 0; i < count; i++) {
        uint8_t ask = entries[i]->ask;
        if (mxs_pack_put(pack, entries[i], reserve) || (full >> ask & 1))
            continue;
        full |= 1ull << ask;
        struct mxs_policy_entry limit = {.ask = ask, .outcome = MXS_LIMIT};
        bool fits = mxs_pack_put(pack, &limit, 0);
        MXS_ASSERT(fits);
    }
}
