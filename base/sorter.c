/* Radix sort in memory, runs on disk, a merge over them.
 *
 * A text has an entry of 16 bytes: eight of its bytes as a number, and where it lies. Entries are sorted by one byte
 * of the number after the other, in place, the highest first; when all eight are used up and a bucket still holds
 * several, the next eight are loaded. So texts are hardly ever looked at while they are sorted, and no order of theirs
 * makes it slow: each byte of each text is seen once. (Comparing a million names as SQLite's sorter does takes 20
 * million looks at two texts that lie anywhere.)
 *
 * When memory is full, what it holds is sorted and written as a run, each text as what it does not share with the one
 * before it. The merge keeps one text of each run, in a heap. Texts that come in order are noticed: they are not
 * sorted, and what follows the last of a run makes it longer, so that a list in order is written once and read once. */
#include "base/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/system.h"
#include "base/vector.h"

#define WORD 8u
#define FEW 16u          /* entries that insertion sorts faster */
#define AHEAD 12u        /* texts lie in the order they came: without a word beforehand each is waited for */
#define TEXT_MAX 65535u
#define RUN_BUFFER (64u * 1024)
#define WRITE_BUFFER (256u * 1024)

struct entry {
    uint64_t word; /* eight bytes of the text, big-endian, 0 behind its end */
    uint32_t at;   /* in bytes */
    uint16_t size;
    uint16_t unused;
};

/* One run of the file, and its text that the merge looks at. */
struct run {
    off_t at, end;
    uint8_t *buffer; /* RUN_BUFFER */
    size_t used, held;
    char *text;      /* TEXT_MAX */
    uint32_t size;
};

struct mxs_sorter {
    size_t memory_bytes;
    char *folder;
    char *bytes;
    size_t bytes_used, bytes_capacity;
    struct entry *entries;
    size_t count, capacity, next;
    bool merging, given; /* given: last holds one */
    bool disordered;     /* the texts in memory did not come in order */
    int fd;
    off_t file_size;
    uint8_t *out;    /* WRITE_BUFFER */
    size_t out_used;
    struct run *runs;
    size_t run_count, run_capacity;
    char *tail;      /* the last text of the last run */
    uint32_t tail_size;
    uint32_t *heap;  /* runs, the one with the least text first */
    size_t heap_count;
    char *last;      /* the text that was given last */
    uint32_t last_size;
};

static enum mxs_err file_error(const char *doing, struct mxs_detail *detail)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return mxs_err_set(detail, full ? MXS_ERR_DISK : MXS_ERR_IO,
                       "the temporary file of sorted names cannot be %s: %s%s", doing, strerror(errno),
                       full ? ": make room and run the same command again" : "");
}

/* --- in memory --- */

static inline uint64_t word_at(const char *bytes, const struct entry *entry, uint32_t depth)
{
    uint64_t word = 0;
    uint32_t left = entry->size > depth ? entry->size - depth : 0;
    if (left >= WORD)
        memcpy(&word, bytes + entry->at + depth, WORD);
    else if (left > 0)
        memcpy(&word, bytes + entry->at + depth, left);
    return __builtin_bswap64(word);
}

static int compare_texts(const char *a, uint32_t a_size, const char *b, uint32_t b_size)
{
    return mxs_text_compare((struct mxs_text){a, a_size}, (struct mxs_text){b, b_size});
}

/* Whether a comes before b; both agree up to depth, where their words begin. */
static inline bool is_before(const char *bytes, const struct entry *a, const struct entry *b, uint32_t depth)
{
    if (a->word != b->word)
        return a->word < b->word;
    depth += WORD;
    if (a->size <= depth || b->size <= depth)
        return a->size < b->size;
    return compare_texts(bytes + a->at + depth, a->size - depth, bytes + b->at + depth, b->size - depth) < 0;
}

static void sort_few(const char *bytes, struct entry *entries, size_t count, uint32_t depth)
{
    for (size_t i = 1; i < count; i++) {
        struct entry moving = entries[i];
        size_t at = i;
        for (; at > 0 && is_before(bytes, &moving, &entries[at - 1], depth); at--)
            entries[at] = entries[at - 1];
        entries[at] = moving;
    }
}

/* MX hosts entries until each lies in the bucket of its byte; starts[] become the ends. */
static void distribute(struct entry *entries, const uint32_t *counts, uint32_t *starts, uint32_t *ends, unsigned shift)
{
    uint32_t sum = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        starts[byte] = sum;
        ends[byte] = sum += counts[byte];
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        while (starts[byte] < ends[byte]) {
            struct entry entry = entries[starts[byte]];
            unsigned home;
            while ((home = (unsigned)(entry.word >> shift & 255)) != byte) {
                struct entry other = entries[starts[home]];
                entries[starts[home]++] = entry;
                entry = other;
            }
            entries[starts[byte]++] = entry;
        }
    }
}

/* Sorts by the byte at depth + at of the texts and on; the words begin at depth. */
static void sort_from(const char *bytes, struct entry *entries, size_t count, uint32_t depth, uint32_t at)
{
    uint32_t counts[256];
    for (;; at++) {
        if (count <= FEW) {
            sort_few(bytes, entries, count, depth);
            return;
        }
        if (at == WORD) {
            for (size_t i = 0; i < count; i++)
                entries[i].word = word_at(bytes, &entries[i], depth + WORD);
            depth += WORD;
            at = 0;
        }
        unsigned shift = 56 - 8 * at;
        memset(counts, 0, sizeof counts);
        for (size_t i = 0; i < count; i++)
            counts[entries[i].word >> shift & 255]++;
        if (counts[0] == count)
            return; /* all have ended: they are equal */
        if (counts[entries[0].word >> shift & 255] != count)
            break;
    }
    uint32_t starts[256], ends[256];
    distribute(entries, counts, starts, ends, 56 - 8 * at);
    for (unsigned byte = 1; byte < 256; byte++) /* those that have ended are equal */
        if (counts[byte] > 1)
            sort_from(bytes, entries + ends[byte] - counts[byte], counts[byte], depth, at + 1);
}

/* --- runs --- */

static enum mxs_err open_file(mxs_sorter *sorter, struct mxs_detail *detail)
{
    sorter->fd = mxs_system_scratch_open(sorter->folder);
    sorter->out = malloc(WRITE_BUFFER);
    if (sorter->out == NULL)
        return mxs_err_memory(detail, "sorting names");
    return sorter->fd >= 0 ? MXS_OK : file_error("made", detail);
}

static enum mxs_err flush_out(mxs_sorter *sorter, struct mxs_detail *detail)
{
    for (size_t at = 0; at < sorter->out_used;) {
        ssize_t size = pwrite(sorter->fd, sorter->out + at, sorter->out_used - at, sorter->file_size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return file_error("written", detail);
        at += (size_t)size;
        sorter->file_size += size;
    }
    sorter->out_used = 0;
    return MXS_OK;
}

static uint32_t shared_size(const char *a, uint32_t a_size, const char *b, uint32_t b_size)
{
    uint32_t shorter = a_size < b_size ? a_size : b_size, shared = 0;
    while (shared < shorter && a[shared] == b[shared])
        shared++;
    return shared;
}

/* A text in a run: how much it shares with the one before, how much follows, that. */
static enum mxs_err write_text(mxs_sorter *sorter, const struct entry *before, const struct entry *entry,
                               struct mxs_detail *detail)
{
    const char *text = sorter->bytes + entry->at;
    uint32_t shared = before == NULL ? 0 : shared_size(sorter->bytes + before->at, before->size, text, entry->size);
    if (shared == entry->size && before != NULL && before->size == entry->size)
        return MXS_OK;
    uint16_t sizes[2] = {(uint16_t)shared, (uint16_t)(entry->size - shared)};
    if (sorter->out_used + sizeof sizes + sizes[1] > WRITE_BUFFER) {
        enum mxs_err err = flush_out(sorter, detail);
        if (err != MXS_OK)
            return err;
    }
    memcpy(sorter->out + sorter->out_used, sizes, sizeof sizes);
    memcpy(sorter->out + sorter->out_used + sizeof sizes, text + shared, sizes[1]);
    sorter->out_used += sizeof sizes + sizes[1];
    return MXS_OK;
}

/* Where what is in memory, in order, is written: behind the last run when it follows, else as a run of its own. */
static enum mxs_err begin_run(mxs_sorter *sorter, struct mxs_detail *detail)
{
    const struct entry *first = &sorter->entries[0], *last = &sorter->entries[sorter->count - 1];
    bool follows = sorter->run_count > 0 && compare_texts(sorter->tail, sorter->tail_size, sorter->bytes + first->at,
                                                          first->size) <= 0;
    if (sorter->tail == NULL && (sorter->tail = malloc(TEXT_MAX)) == NULL)
        return mxs_err_memory(detail, "sorting names");
    memcpy(sorter->tail, sorter->bytes + last->at, last->size);
    sorter->tail_size = last->size;
    if (follows)
        return MXS_OK;
    if (!mxs_vector_reserve(&sorter->runs, &sorter->run_capacity, sorter->run_count, sizeof *sorter->runs))
        return mxs_err_memory(detail, "sorting names");
    sorter->runs[sorter->run_count++] = (struct run){.at = sorter->file_size};
    return MXS_OK;
}

static void sort_memory(mxs_sorter *sorter)
{
    if (sorter->disordered)
        sort_from(sorter->bytes, sorter->entries, sorter->count, 0, 0);
    sorter->disordered = false;
}

static enum mxs_err spill(mxs_sorter *sorter, struct mxs_detail *detail)
{
    if (sorter->count == 0)
        return MXS_OK;
    enum mxs_err err = sorter->fd < 0 ? open_file(sorter, detail) : MXS_OK;
    if (err != MXS_OK)
        return err;
    sort_memory(sorter);
    err = begin_run(sorter, detail);
    for (size_t i = 0; err == MXS_OK && i < sorter->count; i++) {
        if (i + AHEAD < sorter->count)
            __builtin_prefetch(sorter->bytes + sorter->entries[i + AHEAD].at);
        err = write_text(sorter, i == 0 ? NULL : &sorter->entries[i - 1], &sorter->entries[i], detail);
    }
    if (err == MXS_OK)
        err = flush_out(sorter, detail);
    if (err != MXS_OK)
        return err;
    sorter->runs[sorter->run_count - 1].end = sorter->file_size;
    sorter->count = sorter->bytes_used = 0;
    return MXS_OK;
}

/* --- taking in --- */

enum mxs_err mxs_sorter_put(mxs_sorter *sorter, struct mxs_text text, struct mxs_detail *detail)
{
    MXS_ASSERT(!sorter->merging && text.size_bytes <= TEXT_MAX);
    size_t held = sorter->bytes_used + sorter->count * sizeof *sorter->entries;
    bool full = held + text.size_bytes + sizeof *sorter->entries > sorter->memory_bytes && sorter->folder != NULL;
    if (full || sorter->bytes_used + text.size_bytes > UINT32_MAX - WORD || sorter->count == UINT32_MAX) {
        if (sorter->folder == NULL)
            return mxs_err_memory(detail, "sorting names");
        enum mxs_err err = spill(sorter, detail);
        if (err != MXS_OK)
            return err;
    }
    if (!mxs_vector_reserve(&sorter->bytes, &sorter->bytes_capacity, sorter->bytes_used + text.size_bytes, 1) ||
        !mxs_vector_reserve(&sorter->entries, &sorter->capacity, sorter->count, sizeof *sorter->entries))
        return mxs_err_memory(detail, "sorting names");
    struct entry *entry = &sorter->entries[sorter->count++];
    *entry = (struct entry){.at = (uint32_t)sorter->bytes_used, .size = (uint16_t)text.size_bytes};
    if (text.size_bytes > 0)
        memcpy(sorter->bytes + sorter->bytes_used, text.data, text.size_bytes);
    entry->word = word_at(sorter->bytes, entry, 0);
    if (!sorter->disordered && sorter->count > 1)
        sorter->disordered = is_before(sorter->bytes, entry, entry - 1, 0);
    sorter->bytes_used += text.size_bytes;
    return MXS_OK;
}

/* --- giving out --- */

/* Makes at least need bytes of the run available behind used, unless the run ends before. */
static enum mxs_err fill(mxs_sorter *sorter, struct run *run, size_t need, struct mxs_detail *detail)
{
    if (run->held - run->used >= need)
        return MXS_OK;
    memmove(run->buffer, run->buffer + run->used, run->held - run->used);
    run->held -= run->used;
    run->used = 0;
    while (run->held < need && run->at < run->end) {
        size_t room = RUN_BUFFER - run->held;
        if ((off_t)room > run->end - run->at)
            room = (size_t)(run->end - run->at);
        ssize_t size = pread(sorter->fd, run->buffer + run->held, room, run->at);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return file_error("read", detail);
        run->held += (size_t)size;
        run->at += size;
    }
    return MXS_OK;
}

/* The next text of the run into run->text; MXS_ERR_END after the last. */
static enum mxs_err next_of_run(mxs_sorter *sorter, struct run *run, struct mxs_detail *detail)
{
    uint16_t sizes[2];
    enum mxs_err err = fill(sorter, run, sizeof sizes, detail);
    if (err != MXS_OK)
        return err;
    if (run->used == run->held)
        return MXS_ERR_END;
    memcpy(sizes, run->buffer + run->used, sizeof sizes);
    run->used += sizeof sizes;
    uint32_t size = (uint32_t)sizes[0] + sizes[1];
    for (uint32_t copied = 0; copied < sizes[1];) { /* a text may be as long as the buffer */
        uint32_t part = sizes[1] - copied < RUN_BUFFER / 2 ? sizes[1] - copied : RUN_BUFFER / 2;
        if ((err = fill(sorter, run, part, detail)) != MXS_OK)
            return err;
        memcpy(run->text + sizes[0] + copied, run->buffer + run->used, part);
        run->used += part;
        copied += part;
    }
    run->size = size;
    return MXS_OK;
}

static bool run_is_before(const mxs_sorter *sorter, uint32_t a, uint32_t b)
{
    const struct run *x = &sorter->runs[a], *y = &sorter->runs[b];
    return compare_texts(x->text, x->size, y->text, y->size) < 0;
}

static void sink(mxs_sorter *sorter, size_t at)
{
    uint32_t moving = sorter->heap[at];
    for (size_t child; (child = 2 * at + 1) < sorter->heap_count; at = child) {
        if (child + 1 < sorter->heap_count && run_is_before(sorter, sorter->heap[child + 1], sorter->heap[child]))
            child++;
        if (!run_is_before(sorter, sorter->heap[child], moving))
            break;
        sorter->heap[at] = sorter->heap[child];
    }
    sorter->heap[at] = moving;
}

static void forget_memory(mxs_sorter *sorter)
{
    free(sorter->bytes);
    free(sorter->entries);
    sorter->bytes = NULL;
    sorter->entries = NULL;
    sorter->bytes_capacity = sorter->capacity = 0;
}

/* All in memory: sorted there. Else the last run is written, too, and the memory is the runs'. */
static enum mxs_err begin_merge(mxs_sorter *sorter, struct mxs_detail *detail)
{
    sorter->merging = true;
    if (sorter->run_count == 0) {
        sort_memory(sorter);
        return MXS_OK;
    }
    enum mxs_err err = sorter->count > 0 ? spill(sorter, detail) : MXS_OK;
    forget_memory(sorter);
    sorter->heap = malloc(sorter->run_count * sizeof *sorter->heap);
    sorter->last = malloc(TEXT_MAX);
    if (err == MXS_OK && (sorter->heap == NULL || sorter->last == NULL))
        err = mxs_err_memory(detail, "sorting names");
    for (uint32_t i = 0; err == MXS_OK && i < sorter->run_count; i++) {
        struct run *run = &sorter->runs[i];
        run->buffer = malloc(RUN_BUFFER);
        run->text = malloc(TEXT_MAX);
        if (run->buffer == NULL || run->text == NULL)
            return mxs_err_memory(detail, "sorting names");
        err = next_of_run(sorter, run, detail);
        if (err == MXS_OK)
            sorter->heap[sorter->heap_count++] = i;
        else if (err == MXS_ERR_END)
            err = MXS_OK;
    }
    for (size_t at = sorter->heap_count / 2; err == MXS_OK && at > 0; at--)
        sink(sorter, at - 1);
    return err;
}

static enum mxs_err next_in_memory(mxs_sorter *sorter, struct mxs_text *out)
{
    const struct entry *entry = NULL, *before;
    do {
        if (sorter->next == sorter->count)
            return MXS_ERR_END;
        before = sorter->next == 0 ? NULL : &sorter->entries[sorter->next - 1];
        entry = &sorter->entries[sorter->next++];
        if (sorter->next + AHEAD < sorter->count)
            __builtin_prefetch(sorter->bytes + sorter->entries[sorter->next + AHEAD].at);
    } while (before != NULL &&
             compare_texts(sorter->bytes + before->at, before->size, sorter->bytes + entry->at, entry->size) == 0);
    *out = (struct mxs_text){sorter->bytes + entry->at, entry->size};
    return MXS_OK;
}

enum mxs_err mxs_sorter_next(mxs_sorter *sorter, struct mxs_text *out, struct mxs_detail *detail)
{
    enum mxs_err err = sorter->merging ? MXS_OK : begin_merge(sorter, detail);
    if (err != MXS_OK || sorter->run_count == 0)
        return err != MXS_OK ? err : next_in_memory(sorter, out);
    bool fresh = false;
    while (!fresh) {
        if (sorter->heap_count == 0)
            return MXS_ERR_END;
        struct run *run = &sorter->runs[sorter->heap[0]];
        fresh = !sorter->given || compare_texts(run->text, run->size, sorter->last, sorter->last_size) != 0;
        if (fresh) {
            memcpy(sorter->last, run->text, run->size);
            sorter->last_size = run->size;
            sorter->given = true;
        }
        err = next_of_run(sorter, run, detail);
        if (err == MXS_ERR_END)
            sorter->heap[0] = sorter->heap[--sorter->heap_count];
        else if (err != MXS_OK)
            return err;
        if (sorter->heap_count > 0)
            sink(sorter, 0);
    }
    *out = (struct mxs_text){sorter->last, sorter->last_size};
    return MXS_OK;
}

/* --- life --- */

enum mxs_err mxs_sorter_create(mxs_sorter **out, const char *folder, size_t memory_bytes, struct mxs_detail *detail)
{
    mxs_sorter *sorter = calloc(1, sizeof *sorter);
    if (sorter == NULL)
        return mxs_err_memory(detail, "sorting names");
    sorter->fd = -1;
    sorter->memory_bytes = memory_bytes;
    if (folder != NULL && (sorter->folder = strdup(folder)) == NULL) {
        free(sorter);
        return mxs_err_memory(detail, "sorting names");
    }
    *out = sorter;
    return MXS_OK;
}

void mxs_sorter_destroy(mxs_sorter **sorter)
{
    mxs_sorter *ending = *sorter;
    *sorter = NULL;
    if (ending == NULL)
        return;
    for (size_t i = 0; i < ending->run_count; i++) {
        free(ending->runs[i].buffer);
        free(ending->runs[i].text);
    }
    if (ending->fd >= 0)
        close(ending->fd);
    forget_memory(ending);
    free(ending->runs);
    free(ending->heap);
    free(ending->last);
    free(ending->tail);
    free(ending->out);
    free(ending->folder);
    free(ending);
}
