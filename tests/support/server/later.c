#include "later.h"

#include <stdlib.h>

static bool before(const struct later_entry *a, const struct later_entry *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

void later_put(struct later *later, uint64_t due_ns, void *what)
{
    if (later->count == later->room) {
        later->room = later->room ? later->room * 2 : 1024;
        later->heap = realloc(later->heap, later->room * sizeof *later->heap);
        if (!later->heap)
            abort();
    }
    struct later_entry entry = {due_ns, later->next_order++, what};
    uint32_t at = later->count++;
    for (; at > 0 && before(&entry, &later->heap[(at - 1) / 2]); at = (at - 1) / 2)
        later->heap[at] = later->heap[(at - 1) / 2];
    later->heap[at] = entry;
}

void *later_take(struct later *later, uint64_t now_ns)
{
    if (later->count == 0 || later->heap[0].due_ns > now_ns)
        return NULL;
    void *what = later->heap[0].what;
    struct later_entry last = later->heap[--later->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child + 1 < later->count && before(&later->heap[child + 1], &later->heap[child]))
            child++;
        if (child >= later->count || !before(&later->heap[child], &last))
            break;
        later->heap[at] = later->heap[child];
        at = child;
    }
    later->heap[at] = last;
    return what;
}

int64_t later_wait(const struct later *later, uint64_t now_ns)
{
    if (later->count == 0)
        return -1;
    return later->heap[0].due_ns <= now_ns ? 0 : (int64_t)(later->heap[0].due_ns - now_ns);
}

void later_finish(struct later *later)
{
    while (later->count)
        free(later->heap[--later->count].what);
    free(later->heap);
}
