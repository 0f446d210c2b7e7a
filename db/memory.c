#include "db/internal/memory.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>

static sqlite3_mem_methods below;
static _Thread_local unsigned refusals;

static void *take(int size_bytes)
{
    void *block = below.xMalloc(size_bytes);
    refusals += block == NULL;
    return block;
}

static void *resize(void *block, int size_bytes)
{
    void *larger = below.xRealloc(block, size_bytes);
    refusals += larger == NULL;
    return larger;
}

static void watch(void)
{
    sqlite3_mem_methods methods;
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* a lock of the whole process for each block; nobody asks */
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &below) != SQLITE_OK)
        return;
    methods = below;
    methods.xMalloc = take;
    methods.xRealloc = resize;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK) {
        /* in use already: see Bugs */
    }
}

void mxs_memory_watch(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch);
}

unsigned mxs_memory_refusals(void) { return refusals; }
