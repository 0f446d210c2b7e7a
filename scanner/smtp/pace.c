#include "scanner/smtp/internal/pace.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/vector.h"

/* --- a heap of what is due --- */

static enum mxs_err push(struct mxs_smtp_heap *heap, uint64_t at_ns, uint32_t id)
{
    if (!mxs_vector_reserve(&heap->entries, &heap->capacity, heap->count, sizeof *heap->entries))
        return MXS_ERR_MEMORY;
    uint32_t at = heap->count++;
    for (; at > 0 && heap->entries[(at - 1) / 2].at_ns > at_ns; at = (at - 1) / 2)
        heap->entries[at] = heap->entries[(at - 1) / 2];
    heap->entries[at] = (struct mxs_smtp_due){at_ns, id};
    return MXS_OK;
}

static uint32_t pop(struct mxs_smtp_heap *heap)
{
    uint32_t id = heap->entries[0].id;
    struct mxs_smtp_due last = heap->entries[--heap->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->entries[child + 1].at_ns < heap->entries[child].at_ns)
            child++;
        if (heap->entries[child].at_ns >= last.at_ns)
            break;
        heap->entries[at] = heap->entries[child];
        at = child;
    }
    heap->entries[at] = last;
    return id;
}

static bool is_due(const struct mxs_smtp_heap *heap, uint64_t now_ns)
{
    return heap->count > 0 && heap->entries[0].at_ns <= now_ns;
}

/* --- making --- */

void mxs_smtp_pace_init(struct mxs_smtp_pace *pace, uint32_t rate, uint32_t concurrency, uint64_t seed)
{
    MXS_ASSERT(concurrency > 0);
    *pace = (struct mxs_smtp_pace){.rate = rate, .concurrency = concurrency, .random = seed};
}

void mxs_smtp_pace_finish(struct mxs_smtp_pace *pace)
{
    free(pace->gates);
    free(pace->positions);
    free(pace->fresh);
    free(pace->gates_due.entries);
    free(pace->retries.entries);
    *pace = (struct mxs_smtp_pace){0};
}

/* splitmix64 */
static uint64_t draw(struct mxs_smtp_pace *pace)
{
    uint64_t z = pace->random += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* With room for every gate in the heap, so that waking one never needs memory. */
enum mxs_err mxs_smtp_pace_put_gate(struct mxs_smtp_pace *pace, uint32_t *out)
{
    if (!mxs_vector_reserve(&pace->gates, &pace->gate_capacity, pace->gate_count, sizeof *pace->gates) ||
        !mxs_vector_reserve(&pace->gates_due.entries, &pace->gates_due.capacity, pace->gate_count,
                            sizeof *pace->gates_due.entries))
        return MXS_ERR_MEMORY;
    pace->gates[pace->gate_count] = (struct mxs_smtp_gate){.interval_ms = MXS_SMTP_GATE_MS};
    *out = pace->gate_count++;
    return MXS_OK;
}

enum mxs_err mxs_smtp_pace_put(struct mxs_smtp_pace *pace, uint32_t target, uint32_t network, uint32_t provider)
{
    MXS_ASSERT(network < pace->gate_count && provider < pace->gate_count && network != provider);
    if (!mxs_vector_reserve(&pace->positions, &pace->position_capacity, target, sizeof *pace->positions) ||
        !mxs_vector_reserve(&pace->fresh, &pace->fresh_capacity, pace->fresh_count, sizeof *pace->fresh))
        return MXS_ERR_MEMORY;
    pace->positions[target] = (struct mxs_smtp_position){network, provider, 0};
    uint32_t at = (uint32_t)(draw(pace) % (pace->fresh_count + 1));
    pace->fresh[pace->fresh_count++] = pace->fresh[at];
    pace->fresh[at] = target;
    return MXS_OK;
}

enum mxs_err mxs_smtp_pace_put_again(struct mxs_smtp_pace *pace, uint32_t target, uint64_t at_ns)
{
    return push(&pace->retries, at_ns, target);
}

/* --- gates --- */

static bool is_shut(const struct mxs_smtp_gate *gate, uint64_t now_ns)
{
    return gate->open >= MXS_SMTP_GATE_OPEN || now_ns < gate->next_ns;
}

/* A gate with somebody waiting is looked at when it may open; one that is full when somebody leaves. */
static void watch(struct mxs_smtp_pace *pace, uint32_t id)
{
    struct mxs_smtp_gate *gate = &pace->gates[id];
    if (gate->first == 0 || gate->queued || gate->open >= MXS_SMTP_GATE_OPEN)
        return;
    gate->queued = true;
    MXS_ASSERT(push(&pace->gates_due, gate->next_ns, id) == MXS_OK); /* there is room: mxs_smtp_pace_put_gate */
}

static void wait_at(struct mxs_smtp_pace *pace, uint32_t id, uint32_t target)
{
    struct mxs_smtp_gate *gate = &pace->gates[id];
    pace->positions[target].next = 0;
    if (gate->first == 0)
        gate->first = target + 1;
    else
        pace->positions[gate->last - 1].next = target + 1;
    gate->last = target + 1;
    pace->waiting++;
    watch(pace, id);
}

static uint32_t leave(struct mxs_smtp_pace *pace, uint32_t id)
{
    struct mxs_smtp_gate *gate = &pace->gates[id];
    uint32_t target = gate->first - 1;
    gate->first = pace->positions[target].next;
    pace->waiting--;
    return target;
}

static void pass(struct mxs_smtp_pace *pace, uint32_t target, uint64_t now_ns)
{
    uint32_t ids[] = {pace->positions[target].network, pace->positions[target].provider};
    pace->before.at_ns = now_ns;
    pace->before.all = pace->next_ns;
    pace->before.network = pace->gates[ids[0]].next_ns;
    pace->before.provider = pace->gates[ids[1]].next_ns;
    for (int i = 0; i < 2; i++) {
        struct mxs_smtp_gate *gate = &pace->gates[ids[i]];
        gate->open++;
        gate->next_ns = now_ns + gate->interval_ms * MXS_NS_PER_MS;
        watch(pace, ids[i]);
    }
    pace->open++;
    if (pace->rate != 0)
        pace->next_ns = now_ns + MXS_NS_PER_S / pace->rate;
}

/* Passes, or waits where it is shut. Who has waited already goes before those who wait at its other gate. */
static bool try_to_pass(struct mxs_smtp_pace *pace, uint32_t target, bool waited, uint64_t now_ns)
{
    uint32_t ids[] = {pace->positions[target].network, pace->positions[target].provider};
    for (int i = 0; i < 2; i++) {
        const struct mxs_smtp_gate *gate = &pace->gates[ids[i]];
        if (is_shut(gate, now_ns) || (!waited && gate->first != 0)) {
            wait_at(pace, ids[i], target);
            return false;
        }
    }
    pass(pace, target, now_ns);
    return true;
}

/* The first of a gate that opens now. */
static bool take_waiting(struct mxs_smtp_pace *pace, uint64_t now_ns, uint32_t *target)
{
    while (is_due(&pace->gates_due, now_ns)) {
        uint32_t id = pop(&pace->gates_due);
        pace->gates[id].queued = false;
        if (pace->gates[id].first == 0 || is_shut(&pace->gates[id], now_ns)) {
            watch(pace, id);
            continue;
        }
        uint32_t candidate = leave(pace, id);
        bool passed = try_to_pass(pace, candidate, true, now_ns);
        watch(pace, id);
        if (passed) {
            *target = candidate;
            return true;
        }
    }
    return false;
}

bool mxs_smtp_pace_take(struct mxs_smtp_pace *pace, uint64_t now_ns, uint32_t *target, uint64_t *wait_ns)
{
    *wait_ns = MXS_SMTP_NEVER;
    if (pace->open >= pace->concurrency)
        return false;
    if (pace->rate != 0 && now_ns < pace->next_ns) {
        *wait_ns = pace->next_ns - now_ns;
        return false;
    }
    if (take_waiting(pace, now_ns, target))
        return true;
    while (is_due(&pace->retries, now_ns)) {
        uint32_t candidate = pop(&pace->retries);
        if (try_to_pass(pace, candidate, false, now_ns)) {
            *target = candidate;
            return true;
        }
    }
    while (pace->fresh_count > 0) {
        uint32_t candidate = pace->fresh[--pace->fresh_count];
        if (try_to_pass(pace, candidate, false, now_ns)) {
            *target = candidate;
            return true;
        }
    }
    uint64_t at_ns = pace->gates_due.count > 0 ? pace->gates_due.entries[0].at_ns : MXS_SMTP_NEVER;
    if (pace->retries.count > 0 && pace->retries.entries[0].at_ns < at_ns)
        at_ns = pace->retries.entries[0].at_ns;
    *wait_ns = at_ns == MXS_SMTP_NEVER ? MXS_SMTP_NEVER : at_ns - now_ns;
    return false;
}

void mxs_smtp_pace_end(struct mxs_smtp_pace *pace, uint32_t target, bool slower)
{
    uint32_t ids[] = {pace->positions[target].network, pace->positions[target].provider};
    for (int i = 0; i < 2; i++) {
        struct mxs_smtp_gate *gate = &pace->gates[ids[i]];
        MXS_ASSERT(gate->open > 0);
        gate->open--;
    }
    struct mxs_smtp_gate *provider = &pace->gates[ids[1]];
    uint32_t next_ms = slower ? provider->interval_ms * 2 : provider->interval_ms - provider->interval_ms / 4;
    if (slower)
        provider->next_ns += next_ms * MXS_NS_PER_MS;
    provider->interval_ms = next_ms < MXS_SMTP_GATE_MS       ? MXS_SMTP_GATE_MS
                            : next_ms > MXS_SMTP_GATE_MS_MAX ? MXS_SMTP_GATE_MS_MAX
                                                             : next_ms;
    MXS_ASSERT(pace->open > 0);
    pace->open--;
    for (int i = 0; i < 2; i++)
        watch(pace, ids[i]);
}

void mxs_smtp_pace_met(struct mxs_smtp_pace *pace, uint32_t target, uint64_t now_ns)
{
    uint64_t late_ns = now_ns - pace->before.at_ns;
    pace->gates[pace->positions[target].network].next_ns += late_ns;
    pace->gates[pace->positions[target].provider].next_ns += late_ns;
    pace->next_ns += pace->rate != 0 ? late_ns : 0;
}

void mxs_smtp_pace_forgo(struct mxs_smtp_pace *pace, uint32_t target)
{
    uint32_t ids[] = {pace->positions[target].network, pace->positions[target].provider};
    pace->gates[ids[0]].next_ns = pace->before.network;
    pace->gates[ids[1]].next_ns = pace->before.provider;
    pace->next_ns = pace->before.all;
    for (int i = 0; i < 2; i++)
        pace->gates[ids[i]].open--;
    pace->open--;
    for (int i = 0; i < 2; i++)
        watch(pace, ids[i]);
}

bool mxs_smtp_pace_take_any(struct mxs_smtp_pace *pace, uint32_t *target)
{
    if (pace->fresh_count > 0) {
        *target = pace->fresh[--pace->fresh_count];
        return true;
    }
    if (pace->retries.count > 0) {
        *target = pop(&pace->retries);
        return true;
    }
    if (pace->waiting == 0)
        return false;
    while (pace->gates[pace->given_up % pace->gate_count].first == 0)
        pace->given_up++;
    *target = leave(pace, pace->given_up % pace->gate_count);
    return true;
}
