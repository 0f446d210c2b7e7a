#include "scanner/write/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/vector.h"
#include "scanner/write/batch.h"
#include "scanner/write/internal/rows.h"

#define SPARE_BATCHES 4
#define ARENA_BLOCK (64 * 1024)
#define DISK_RETRY_MS 500
#define WIRES_KEPT 10000u /* raw bytes of malformed answers, per run */

/* A batch is in one of three places: `current` and the free list (loop thread), or the queue (writer thread). The
 * queue and the list of batches that come back are the only things both threads touch, under the lock. */
struct mxs_writer {
    mxs_store *store;
    struct mxs_dictionary *dictionary;
    struct mxs_rows rows;
    uv_async_t *came_back;
    mxs_writer_room room;
    void *arg;

    struct mxs_batch *batches;
    uint32_t batch_count, reserve;
    struct mxs_batch *current; /* being filled, or NULL */
    struct mxs_batch *free;    /* loop thread's */
    uint32_t free_count;
    bool was_full;
    bool out_of_memory;

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;  /* to the writer thread */
    pthread_cond_t done;  /* to a waiting sync */
    struct mxs_batch *queue_first, *queue_last;
    struct mxs_batch *returned;
    uint32_t under_way; /* batches in the queue or being stored */
    bool stop, give_up, waiting;
    struct mxs_detail detail;
    enum mxs_err err;
    struct mxs_named_host *hosts; /* named and not taken yet */
    uint32_t host_count, host_next;
    size_t host_capacity;
    bool hosts_waited;  /* the loop thread's: it found none */
    atomic_bool failed; /* err is set: looked at for every answer, without the lock */
};

/* --- the writer thread --- */

static enum mxs_err store_batch(mxs_writer *writer, const struct mxs_batch *batch, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(writer->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_rows_put(&writer->rows, batch, detail);
    if (err == MXS_OK)
        err = mxs_dictionary_flush(writer->dictionary, writer->store, detail);
    err = mxs_store_end(writer->store, err, detail);
    if (err == MXS_OK)
        mxs_dictionary_settle(writer->dictionary);
    else
        mxs_dictionary_forget(writer->dictionary);
    return err;
}

/* Waits for space, or for the order to stop waiting. */
static bool wait_for_disk(mxs_writer *writer, const struct mxs_detail *detail)
{
    pthread_mutex_lock(&writer->lock);
    writer->waiting = true;
    writer->detail = *detail;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += DISK_RETRY_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (!writer->give_up && !writer->stop)
        pthread_cond_timedwait(&writer->work, &writer->lock, &until);
    bool again = !writer->give_up && !writer->stop;
    pthread_mutex_unlock(&writer->lock);
    return again;
}

/* Hands over the hosts that what is committed now has named. The names are read here, where the dictionary grows. */
static bool publish_hosts(mxs_writer *writer)
{
    struct mxs_rows *rows = &writer->rows;
    if (writer->host_next > 0 && writer->host_next >= writer->host_count / 2) { /* those that were taken make room */
        writer->host_count -= writer->host_next;
        memmove(writer->hosts, writer->hosts + writer->host_next, writer->host_count * sizeof *writer->hosts);
        writer->host_next = 0;
    }
    if (!mxs_vector_reserve(&writer->hosts, &writer->host_capacity, writer->host_count + rows->fresh_count,
                            sizeof *writer->hosts))
        return false;
    for (uint32_t i = 0; i < rows->fresh_count; i++) {
        const struct mxs_wanted *wanted = &rows->fresh[i];
        writer->hosts[writer->host_count++] = (struct mxs_named_host){
            wanted->host, wanted->implicit, mxs_dictionary_host_name(writer->dictionary, wanted->host)};
    }
    rows->fresh_count = 0;
    return true;
}

static void store_until_done(mxs_writer *writer, const struct mxs_batch *batch)
{
    struct mxs_detail detail = {0};
    enum mxs_err err;
    do {
        err = store_batch(writer, batch, &detail);
    } while (err == MXS_ERR_DISK && wait_for_disk(writer, &detail));
    pthread_mutex_lock(&writer->lock);
    writer->waiting = false;
    if (err == MXS_OK && !publish_hosts(writer))
        err = mxs_err_set(&detail, MXS_ERR_MEMORY, "out of memory for the names of MX hosts");
    if (err != MXS_OK && writer->err == MXS_OK) {
        writer->err = err;
        writer->detail = detail;
        writer->failed = true;
    }
    pthread_mutex_unlock(&writer->lock);
}

static void *writer_main(void *arg)
{
    mxs_writer *writer = arg;
    pthread_setname_np(pthread_self(), "mxs-writer");
    pthread_mutex_lock(&writer->lock);
    for (;;) {
        while (writer->queue_first == NULL && !writer->stop)
            pthread_cond_wait(&writer->work, &writer->lock);
        if (writer->stop)
            break;
        struct mxs_batch *batch = writer->queue_first;
        writer->queue_first = batch->next;
        bool failed = writer->err != MXS_OK;
        pthread_mutex_unlock(&writer->lock);
        if (!failed) /* after a failure nothing more is stored: what is stored stays a prefix of what was asked */
            store_until_done(writer, batch);
        mxs_batch_reset_rows(batch);
        pthread_mutex_lock(&writer->lock);
        batch->next = writer->returned;
        writer->returned = batch;
        writer->under_way--;
        pthread_cond_signal(&writer->done);
        uv_async_send(writer->came_back);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* --- the loop thread --- */

static void take_returned(mxs_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    struct mxs_batch *batch = writer->returned;
    writer->returned = NULL;
    pthread_mutex_unlock(&writer->lock);
    while (batch != NULL) {
        struct mxs_batch *next = batch->next;
        batch->next = writer->free;
        writer->free = batch;
        writer->free_count++;
        batch = next;
    }
}

bool mxs_writer_has_room(const mxs_writer *writer) { return writer->free_count > writer->reserve; }

static void on_came_back(uv_async_t *handle)
{
    mxs_writer *writer = handle->data;
    if (writer == NULL)
        return;
    take_returned(writer);
    if ((writer->was_full && mxs_writer_has_room(writer)) || writer->hosts_waited) {
        writer->was_full = writer->was_full && !mxs_writer_has_room(writer);
        writer->hosts_waited = false;
        writer->room(writer->arg);
    }
}

void mxs_writer_flush(mxs_writer *writer)
{
    struct mxs_batch *batch = writer->current;
    if (batch == NULL || batch->count == 0)
        return;
    writer->current = NULL;
    batch->next = NULL;
    pthread_mutex_lock(&writer->lock);
    if (writer->queue_first == NULL)
        writer->queue_first = batch;
    else
        writer->queue_last->next = batch;
    writer->queue_last = batch;
    writer->under_way++;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
}

/* A batch with a free row. Only a caller that went on asking although there was no room has to wait here. */
static struct mxs_batch *batch_with_room(mxs_writer *writer)
{
    if (writer->current != NULL && writer->current->count == MXS_BATCH_ROWS)
        mxs_writer_flush(writer);
    if (writer->current != NULL)
        return writer->current;
    take_returned(writer);
    if (writer->free == NULL) {
        pthread_mutex_lock(&writer->lock);
        while (writer->returned == NULL)
            pthread_cond_wait(&writer->done, &writer->lock);
        pthread_mutex_unlock(&writer->lock);
        take_returned(writer);
    }
    writer->current = writer->free;
    writer->free = writer->free->next;
    writer->free_count--;
    writer->was_full = writer->was_full || !mxs_writer_has_room(writer);
    return writer->current;
}

static struct mxs_row *take_row(mxs_writer *writer, enum mxs_row_kind kind, uint32_t subject, struct mxs_batch **batch)
{
    *batch = batch_with_room(writer);
    struct mxs_row *row = mxs_batch_take(*batch, kind);
    row->subject = subject;
    return row;
}

void mxs_writer_put_name(mxs_writer *writer, uint32_t id, struct mxs_text name)
{
    struct mxs_batch *batch;
    struct mxs_row *row = take_row(writer, MXS_ROW_NAME, id, &batch);
    row->text = mxs_arena_text(&batch->arena, name);
    writer->out_of_memory |= mxs_arena_full(&batch->arena);
}

void mxs_writer_put_reject(mxs_writer *writer, uint32_t input, uint64_t line, const char *reason, struct mxs_text text)
{
    struct mxs_batch *batch;
    struct mxs_row *row = take_row(writer, MXS_ROW_REJECT, input, &batch);
    row->line = line;
    row->reason = reason;
    row->text = mxs_arena_text(&batch->arena, text);
    writer->out_of_memory |= mxs_arena_full(&batch->arena);
}

static void put_answer(mxs_writer *writer, enum mxs_row_kind kind, const struct mxs_question *question, uint16_t type,
                       const struct mxs_answer *answer, const struct mxs_measurement *measurement, uint8_t pass)
{
    struct mxs_batch *batch;
    struct mxs_row *row = take_row(writer, kind, question->subject, &batch);
    row->type = type;
    row->pass = pass;
    row->measurement = *measurement;
    if (answer->outcome == MXS_NODATA || answer->outcome == MXS_MALFORMED)
        row->text = mxs_arena_text(&batch->arena, question->name);
    if (!mxs_batch_put_answer(batch, row, answer))
        writer->out_of_memory = true;
}

void mxs_writer_put_domain(mxs_writer *writer, const struct mxs_question *question, const struct mxs_answer *answer,
                           const struct mxs_measurement *measurement, uint8_t pass)
{
    put_answer(writer, MXS_ROW_DOMAIN, question, question->type, answer, measurement, pass);
}

void mxs_writer_put_host(mxs_writer *writer, const struct mxs_question *question, uint16_t type,
                         const struct mxs_answer *answer, const struct mxs_measurement *measurement, uint8_t pass)
{
    put_answer(writer, MXS_ROW_HOST, question, type, answer, measurement, pass);
}

void mxs_writer_put_policy(mxs_writer *writer, enum mxs_row_kind kind, const struct mxs_question *question,
                           const struct mxs_answer *answer, const struct mxs_measurement *measurement,
                           const struct mxs_policy_row *policy, uint8_t pass)
{
    struct mxs_batch *batch;
    struct mxs_row *row = take_row(writer, kind, question->subject, &batch);
    row->type = question->type;
    row->pass = pass;
    row->measurement = *measurement;
    row->outcome = (uint8_t)answer->outcome;
    row->record_count = answer->record_count;
    row->authenticated = answer->authenticated;
    if (kind == MXS_ROW_SHARED)
        row->text = mxs_arena_text(&batch->arena, question->name);
    if (!mxs_batch_put_policy(batch, row, policy) || mxs_arena_full(&batch->arena))
        writer->out_of_memory = true;
}

enum mxs_err mxs_writer_error(mxs_writer *writer, struct mxs_detail *detail)
{
    if (!atomic_load_explicit(&writer->failed, memory_order_acquire) && !writer->out_of_memory)
        return MXS_OK;
    pthread_mutex_lock(&writer->lock);
    enum mxs_err err = writer->err;
    if (err != MXS_OK && detail != NULL)
        *detail = writer->detail;
    pthread_mutex_unlock(&writer->lock);
    if (err == MXS_OK && writer->out_of_memory)
        return mxs_err_memory(detail, "keeping answers");
    return err;
}

bool mxs_writer_is_idle(mxs_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    bool idle = writer->under_way == 0;
    pthread_mutex_unlock(&writer->lock);
    return idle;
}

enum mxs_err mxs_writer_sync(mxs_writer *writer, struct mxs_detail *detail)
{
    mxs_writer_flush(writer);
    pthread_mutex_lock(&writer->lock);
    while (writer->under_way > 0)
        pthread_cond_wait(&writer->done, &writer->lock);
    pthread_mutex_unlock(&writer->lock);
    take_returned(writer);
    return mxs_writer_error(writer, detail);
}

bool mxs_writer_is_waiting(mxs_writer *writer, struct mxs_detail *detail)
{
    pthread_mutex_lock(&writer->lock);
    bool waiting = writer->waiting;
    if (waiting && detail != NULL)
        *detail = writer->detail;
    pthread_mutex_unlock(&writer->lock);
    return waiting;
}

void mxs_writer_give_up(mxs_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->give_up = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
}

bool mxs_writer_host_is_wanted(const mxs_writer *writer, uint32_t host)
{
    return mxs_rows_host_is_wanted(&writer->rows, host);
}

void mxs_writer_want_host(mxs_writer *writer, uint32_t host, bool implicit)
{
    pthread_mutex_lock(&writer->lock);
    MXS_ASSERT(writer->under_way == 0);
    writer->out_of_memory |= !mxs_rows_want_host(&writer->rows, host, implicit) || !publish_hosts(writer);
    pthread_mutex_unlock(&writer->lock);
}

bool mxs_writer_next_host(mxs_writer *writer, struct mxs_named_host *out)
{
    pthread_mutex_lock(&writer->lock);
    bool any = writer->host_next < writer->host_count;
    if (any)
        *out = writer->hosts[writer->host_next++];
    pthread_mutex_unlock(&writer->lock);
    writer->hosts_waited |= !any;
    return any;
}

/* --- life --- */

static void on_closed(uv_handle_t *handle) { free(handle); }

static enum mxs_err make_batches(mxs_writer *writer, uint32_t in_flight)
{
    writer->reserve = (in_flight + MXS_BATCH_ROWS - 1) / MXS_BATCH_ROWS + 1;
    writer->batch_count = writer->reserve + SPARE_BATCHES;
    writer->batches = calloc(writer->batch_count, sizeof *writer->batches);
    if (writer->batches == NULL)
        return MXS_ERR_MEMORY;
    for (uint32_t i = 0; i < writer->batch_count; i++) {
        struct mxs_batch *batch = &writer->batches[i];
        mxs_arena_init(&batch->arena, ARENA_BLOCK, 0);
        batch->rows = malloc(MXS_BATCH_ROWS * sizeof *batch->rows);
        if (batch->rows == NULL)
            return MXS_ERR_MEMORY;
        batch->next = writer->free;
        writer->free = batch;
        writer->free_count++;
    }
    return MXS_OK;
}

static void release(mxs_writer *writer)
{
    for (uint32_t i = 0; writer->batches != NULL && i < writer->batch_count; i++) {
        mxs_arena_finish(&writer->batches[i].arena);
        free(writer->batches[i].rows);
    }
    free(writer->batches);
    mxs_rows_finish(&writer->rows);
    free(writer->hosts);
    pthread_mutex_destroy(&writer->lock);
    pthread_cond_destroy(&writer->work);
    pthread_cond_destroy(&writer->done);
    if (writer->came_back != NULL) {
        writer->came_back->data = NULL;
        uv_close((uv_handle_t *)writer->came_back, on_closed);
    }
    free(writer);
}

enum mxs_err mxs_writer_create(mxs_writer **out, uv_loop_t *loop, mxs_store *store, struct mxs_dictionary *dictionary,
                               const struct mxs_writer_options *options, mxs_writer_room room, void *arg,
                               struct mxs_detail *detail)
{
    mxs_writer *writer = calloc(1, sizeof *writer);
    uv_async_t *async = calloc(1, sizeof *async);
    if (writer == NULL || async == NULL || uv_async_init(loop, async, on_came_back) != 0) {
        free(writer);
        free(async);
        return mxs_err_memory(detail, NULL);
    }
    async->data = writer;
    uv_unref((uv_handle_t *)async);
    writer->came_back = async;
    writer->store = store;
    writer->dictionary = dictionary;
    writer->room = room;
    writer->arg = arg;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_condattr_t steady; /* a clock that is set must not hold up a retry */
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&writer->work, &steady);
    pthread_condattr_destroy(&steady);
    pthread_cond_init(&writer->done, NULL);
    enum mxs_err err = make_batches(writer, options->in_flight);
    if (err != MXS_OK)
        mxs_err_set(detail, err, "out of memory");
    if (err == MXS_OK)
        err = mxs_rows_init(&writer->rows, store, dictionary, options->run_id, options->started_at,
                            options->resolver_ids, WIRES_KEPT, detail);
    if (err == MXS_OK && pthread_create(&writer->thread, NULL, writer_main, writer) != 0)
        err = mxs_err_set(detail, MXS_ERR_MEMORY, "the writer's thread cannot be started");
    if (err != MXS_OK) {
        release(writer);
        return err;
    }
    *out = writer;
    return MXS_OK;
}

void mxs_writer_destroy(mxs_writer **writer)
{
    mxs_writer *ending = *writer;
    *writer = NULL;
    if (ending == NULL)
        return;
    pthread_mutex_lock(&ending->lock);
    ending->stop = true;
    pthread_cond_signal(&ending->work);
    pthread_mutex_unlock(&ending->lock);
    pthread_join(ending->thread, NULL);
    release(ending);
}
