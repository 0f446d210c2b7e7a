/* Things to be done later, in order of their time: a binary heap. */
#ifndef MXS_TESTS_LATER_H
#define MXS_TESTS_LATER_H

#include <stdbool.h>
#include <stdint.h>

struct later_entry {
    uint64_t due_ns, order; /* equal times keep their order */
    void *what;
};

struct later {
    struct later_entry *heap;
    uint32_t count, room;
    uint64_t next_order;
};

void later_put(struct later *later, uint64_t due_ns, void *what);
/* The first thing that is due, or NULL. */
void *later_take(struct later *later, uint64_t now_ns);
/* Nanoseconds to the next one; -1: nothing waits. */
int64_t later_wait(const struct later *later, uint64_t now_ns);
void later_finish(struct later *later); /* frees what is left with free() */

#endif
