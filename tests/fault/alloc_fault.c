/* fault_alloc: the program in a world where one allocation is refused (F6).
 *
 *     fault_alloc N REPORT ARGUMENT...     the Nth allocation of the whole process fails, once; 0: none
 *     fault_alloc list|own REPORT ARGUMENT...  none fails; REPORT gets a line `KIND CALLERS` for each, so that equal
 *                                          ones are known: by all callers, or by our own (callers.h)
 *
 * Counted together, in order: our own (the linker's --wrap turns every malloc, calloc, realloc, strdup and strndup of
 * our rooms here), SQLite's (SQLITE_CONFIG_MALLOC), c-ares' (what our rooms give to ares_library_init_mem is wrapped,
 * so that a block is refused whether or not it would come from their lists) and libuv's (uv_replace_allocator). What
 * libarchive, libpsl, the C library and other foreign code take for themselves is not counted. Deallocation is
 * untouched, so that a leak checker still sees everything.
 *
 * REPORT gets `calls C fired F of KIND`, as soon as the allocation was refused and again at the end. With
 * MXS_ALLOC_TRACE the place of the refusal goes to stderr, for people.
 */
#define main mxsurvey_main /* the front door is a file, not a room: it comes along whole */
int main(int argc, char **argv);
#include "mxsurvey.c"
#undef main

#include "callers.h"

#include <ares.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <uv.h>

void *__real_malloc(size_t size_bytes);
void *__real_calloc(size_t count, size_t size_bytes);
void *__real_realloc(void *block, size_t size_bytes);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size_bytes);
int __real_ares_library_init_mem(int flags, void *(*take)(size_t), void (*put)(void *),
                                 void *(*resize)(void *, size_t));
int __wrap_ares_library_init_mem(int flags, void *(*take)(size_t), void (*put)(void *),
                                 void *(*resize)(void *, size_t));
void *__wrap_malloc(size_t size_bytes);
void *__wrap_calloc(size_t count, size_t size_bytes);
void *__wrap_realloc(void *block, size_t size_bytes);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size_bytes);

static atomic_long calls, fired;
static long fail_at;
static int report_fd = -1;
static const char *fired_kind = "none";
static bool trace, listing, only_own;

/* By one write: the process may be about to die. */
static void report(void)
{
    char line[96];
    int size = snprintf(line, sizeof line, "calls %ld fired %ld of %s\n", atomic_load(&calls), atomic_load(&fired),
                        fired_kind);
    if (pwrite(report_fd, line, (size_t)size, 0) != size)
        abort();
}

static void list_one(const char *kind)
{
    char line[64];
    int size = snprintf(line, sizeof line, "%s %016llx\n", kind, (unsigned long long)callers_of(only_own));
    if (write(report_fd, line, (size_t)size) != size)
        abort();
}

static bool fails(const char *kind)
{
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (listing)
        list_one(kind);
    if (call != fail_at)
        return false;
    fired_kind = kind;
    atomic_store(&fired, 1);
    report();
    if (trace) {
        void *snapshots[48];
        backtrace_symbols_fd(snapshots, backtrace(snapshots, 48), STDERR_FILENO);
    }
    return true;
}

/* --- ours --- */

static void *refused(void)
{
    errno = ENOMEM;
    return NULL;
}

void *__wrap_malloc(size_t size_bytes) { return fails("ours") ? refused() : __real_malloc(size_bytes); }
void *__wrap_calloc(size_t count, size_t size_bytes)
{
    return fails("ours") ? refused() : __real_calloc(count, size_bytes);
}
void *__wrap_realloc(void *block, size_t size_bytes)
{
    return fails("ours") ? refused() : __real_realloc(block, size_bytes);
}
char *__wrap_strdup(const char *text) { return fails("ours") ? refused() : __real_strdup(text); }
char *__wrap_strndup(const char *text, size_t size_bytes)
{
    return fails("ours") ? refused() : __real_strndup(text, size_bytes);
}

/* --- c-ares and libuv --- */

static void *(*ours_malloc)(size_t), *(*ours_realloc)(void *, size_t);
static void *cares_malloc(size_t size_bytes) { return fails("c-ares") ? refused() : ours_malloc(size_bytes); }
static void *cares_realloc(void *block, size_t size_bytes)
{
    return fails("c-ares") ? refused() : ours_realloc(block, size_bytes);
}

int __wrap_ares_library_init_mem(int flags, void *(*take)(size_t), void (*put)(void *), void *(*resize)(void *, size_t))
{
    ours_malloc = take;
    ours_realloc = resize;
    return __real_ares_library_init_mem(flags, cares_malloc, put, cares_realloc);
}

static void *uv_take(size_t size_bytes) { return fails("libuv") ? refused() : __real_malloc(size_bytes); }
static void *uv_retake(void *block, size_t size_bytes)
{
    return fails("libuv") ? refused() : __real_realloc(block, size_bytes);
}
static void *uv_take_zeroed(size_t count, size_t size_bytes)
{
    return fails("libuv") ? refused() : __real_calloc(count, size_bytes);
}

/* --- SQLite --- */

static sqlite3_mem_methods sqlite_real;

static void *sqlite_take(int size_bytes) { return fails("sqlite") ? NULL : sqlite_real.xMalloc(size_bytes); }
static void *sqlite_retake(void *block, int size_bytes)
{
    return fails("sqlite") ? NULL : sqlite_real.xRealloc(block, size_bytes);
}

static bool install(void)
{
    sqlite3_mem_methods counting;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_real) != SQLITE_OK)
        return false;
    counting = sqlite_real;
    counting.xMalloc = sqlite_take;
    counting.xRealloc = sqlite_retake;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &counting) == SQLITE_OK &&
           uv_replace_allocator(uv_take, uv_retake, uv_take_zeroed, free) == 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "fault_alloc N|list|own REPORT ARGUMENT...\n");
        return 2;
    }
    report_fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    trace = getenv("MXS_ALLOC_TRACE") != NULL;
    only_own = strcmp(argv[1], "own") == 0;
    bool lists = only_own || strcmp(argv[1], "list") == 0;
    if (trace || lists)
        callers_prepare();
    if (report_fd < 0 || !install()) {
        fprintf(stderr, "fault_alloc: cannot stand between\n");
        return 2;
    }
    fail_at = strtol(argv[1], NULL, 10);
    listing = lists;
    atomic_store(&calls, 0);
    argv[2] = argv[0];
    int code = mxsurvey_main(argc - 2, argv + 2);
    if (!listing)
        report();
    return code;
}
