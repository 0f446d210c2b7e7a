#include "scanner/schedule/internal/slots.h"

#include <stdlib.h>

enum mxs_err mxs_slots_init(struct mxs_slots *table, uint32_t count, uint32_t resolvers)
{
    *table = (struct mxs_slots){0};
    table->slots = calloc(count, sizeof *table->slots);
    table->elsewhere = calloc(resolvers, sizeof *table->elsewhere);
    if (table->slots == NULL || table->elsewhere == NULL) {
        mxs_slots_finish(table);
        return MXS_ERR_MEMORY;
    }
    table->count = count;
    return MXS_OK;
}

static void forget(struct mxs_slot *slot)
{
    if (slot->name != slot->inside)
        free(slot->name);
    slot->name = NULL;
    free(slot->kept);
    slot->kept = NULL;
}

void mxs_slots_finish(struct mxs_slots *table)
{
    for (uint32_t i = 0; i < table->touched; i++)
        forget(&table->slots[i]);
    free(table->slots);
    free(table->elsewhere);
    *table = (struct mxs_slots){0};
}

static struct mxs_slot_link *link_of(struct mxs_slot *slot, bool age) { return age ? &slot->age : &slot->wait; }

static void append(struct mxs_slot_list *list, struct mxs_slot *slot, bool age)
{
    *link_of(slot, age) = (struct mxs_slot_link){NULL, list->last};
    if (list->last != NULL)
        link_of(list->last, age)->next = slot;
    else
        list->first = slot;
    list->last = slot;
    list->count++;
}

static void detach(struct mxs_slot_list *list, struct mxs_slot *slot, bool age)
{
    struct mxs_slot_link *link = link_of(slot, age);
    if (link->previous != NULL)
        link_of(link->previous, age)->next = link->next;
    else
        list->first = link->next;
    if (link->next != NULL)
        link_of(link->next, age)->previous = link->previous;
    else
        list->last = link->previous;
    list->count--;
}

struct mxs_slot *mxs_slots_take(struct mxs_slots *table, const struct mxs_question *question, uint64_t now_ns)
{
    if (!mxs_slots_free(table))
        return NULL;
    struct mxs_slot *slot = table->free != NULL ? table->free : &table->slots[table->touched];
    char *name = slot->inside;
    if (question->name.size_bytes > sizeof slot->inside && (name = malloc(question->name.size_bytes)) == NULL)
        return NULL;
    if (slot == table->free)
        table->free = slot->wait.next;
    else
        table->touched++;
    memset(slot, 0, offsetof(struct mxs_slot, inside));
    if (question->name.size_bytes != 0)
        memcpy(name, question->name.data, question->name.size_bytes);
    slot->name = name;
    slot->name_size = question->name.size_bytes;
    slot->type = question->type;
    slot->kind = question->kind;
    slot->subject = question->subject;
    memcpy(slot->avoid, question->avoid, sizeof slot->avoid);
    slot->prefer = question->prefer;
    slot->best = (uint8_t)MXS_NOT_ASKED;
    slot->begun_ns = now_ns;
    table->used++;
    append(&table->age, slot, true);
    return slot;
}

void mxs_slots_end(struct mxs_slots *table, struct mxs_slot *slot)
{
    MXS_ASSERT(!slot->over);
    slot->over = true;
    detach(&table->age, slot, true);
    mxs_slots_wake(table, slot);
}

static void make_young(struct mxs_slots *table, struct mxs_slot *slot, uint64_t now_ns)
{
    detach(&table->age, slot, true);
    slot->begun_ns = now_ns;
    append(&table->age, slot, true);
}

void mxs_slots_begin(struct mxs_slots *table, struct mxs_slot *slot, uint64_t now_ns)
{
    if (slot->attempts == 0 && slot->begun_ns != now_ns)
        make_young(table, slot, now_ns);
}

void mxs_slots_put(struct mxs_slots *table, struct mxs_slot *slot)
{
    MXS_ASSERT(slot->over && slot->open == 0 && table->used > 0);
    forget(slot);
    slot->wait.next = table->free;
    table->free = slot;
    table->used--;
}

void mxs_slots_wait(struct mxs_slots *table, struct mxs_slot *slot, enum mxs_wait wait, uint64_t due_ns)
{
    MXS_ASSERT(slot->waiting == MXS_WAIT_NONE && !slot->over);
    slot->waiting = (uint8_t)wait;
    slot->due_ns = due_ns;
    append(&table->wait[wait], slot, false);
}

void mxs_slots_wait_elsewhere(struct mxs_slots *table, struct mxs_slot *slot, uint16_t unwanted)
{
    uint64_t due_ns = slot->due_ns;
    mxs_slots_wake(table, slot);
    slot->waiting = MXS_WAIT_ELSEWHERE;
    slot->unwanted = unwanted;
    slot->due_ns = due_ns;
    append(&table->elsewhere[unwanted], slot, false);
    table->wait[MXS_WAIT_ELSEWHERE].count++;
}

void mxs_slots_wait_politely(struct mxs_slots *table, struct mxs_slot *slot)
{
    struct mxs_slot_list *list = &table->wait[MXS_WAIT_POLITE];
    struct mxs_slot *first = list->first;
    if (slot->attempts == 0 || first == NULL) {
        mxs_slots_wait(table, slot, MXS_WAIT_POLITE, UINT64_MAX);
        return;
    }
    MXS_ASSERT(slot->waiting == MXS_WAIT_NONE && !slot->over);
    slot->waiting = MXS_WAIT_POLITE;
    slot->due_ns = UINT64_MAX;
    slot->wait = (struct mxs_slot_link){first, NULL};
    first->wait.previous = slot;
    list->first = slot;
    list->count++;
}

struct mxs_slot *mxs_slots_overdue(struct mxs_slots *table, uint64_t deadline_ns, uint64_t now_ns)
{
    struct mxs_slot *slot;
    while ((slot = table->age.first) != NULL && now_ns - slot->begun_ns >= deadline_ns) {
        if (slot->attempts != 0)
            return slot;
        make_young(table, slot, now_ns); /* held back for our own sake, which is no failure of its name */
    }
    return NULL;
}

void mxs_slots_wake(struct mxs_slots *table, struct mxs_slot *slot)
{
    if (slot->waiting == MXS_WAIT_NONE)
        return;
    bool elsewhere = slot->waiting == MXS_WAIT_ELSEWHERE;
    table->wait[MXS_WAIT_ELSEWHERE].count -= elsewhere;
    detach(elsewhere ? &table->elsewhere[slot->unwanted] : &table->wait[slot->waiting], slot, false);
    slot->waiting = MXS_WAIT_NONE;
}

uint32_t mxs_slots_waiting(const struct mxs_slots *table)
{
    uint32_t count = 0;
    for (int i = MXS_WAIT_READY; i < MXS_WAIT_COUNT; i++)
        count += table->wait[i].count;
    return count;
}

static void keep(struct mxs_slot *slot, struct mxs_bytes bytes, struct mxs_text alias)
{
    uint8_t *copy = malloc(bytes.size_bytes + alias.size_bytes + 1);
    if (copy == NULL)
        return;
    if (bytes.size_bytes != 0)
        memcpy(copy, bytes.data, bytes.size_bytes);
    if (alias.size_bytes != 0)
        memcpy(copy + bytes.size_bytes, alias.data, alias.size_bytes);
    free(slot->kept);
    slot->kept = copy;
    slot->kept_size = bytes.size_bytes;
    slot->alias_size = alias.size_bytes;
}

void mxs_slots_remember(struct mxs_slot *slot, const struct mxs_answer *answer, uint32_t rtt_us, bool tcp)
{
    if (mxs_outcome_better((enum mxs_outcome)slot->best, answer->outcome) == (enum mxs_outcome)slot->best)
        return;
    slot->best = (uint8_t)answer->outcome;
    slot->best_rcode = answer->rcode;
    slot->best_ede = answer->ede;
    slot->best_tcp = tcp;
    slot->rtt_us = rtt_us;
    if (answer->outcome == MXS_MALFORMED)
        keep(slot, answer->wire, answer->alias_beside ? answer->alias : (struct mxs_text){NULL, 0});
}
