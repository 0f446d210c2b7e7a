/* The only writer. The loop thread fills a batch and hands it over whole; a batch comes back when it is committed.
 * When few are left, has_room says no and the scheduler stops asking: that is the back-pressure. There are always
 * enough batches for what is already in flight.
 *
 * In         Rows, copied into batches
 * Out        One transaction per batch
 * Limits     A fixed pool of batches of MXS_BATCH_ROWS rows
 * Errors     The first failure that cannot be waited out is kept and returned by sync; a full disk is waited out
 * Ownership  create/destroy on the loop thread; between sync and the next put the store is the loop thread's
 * Threads    put, flush, sync: the loop thread. The transactions run on a thread of the writer's own
 */
#ifndef MXS_SCANNER_WRITE_WRITER_H
#define MXS_SCANNER_WRITE_WRITER_H

#include <uv.h>

#include "db/store.h"
#include "model/answer.h"
#include "scanner/write/batch.h"
#include "scanner/write/dictionary.h"

typedef struct mxs_writer mxs_writer;

/* A batch came back: the sink has room again, or there are hosts that were waited for. Runs on the loop thread. */
typedef void (*mxs_writer_room)(void *arg);

struct mxs_writer_options {
    int64_t run_id;
    int64_t started_at;         /* unix seconds; answers are stored relative to it */
    uint32_t in_flight;         /* answers that may still come when asking has stopped */
    const int64_t *resolver_ids; /* database id of each resolver of the pool; lives as long as the writer */
};

MXS_CHECK enum mxs_err mxs_writer_create(mxs_writer **out, uv_loop_t *loop, mxs_store *store,
                                         struct mxs_dictionary *dictionary, const struct mxs_writer_options *options,
                                         mxs_writer_room room, void *arg, struct mxs_detail *detail);
/* Stops the thread without storing what was not synced; the loop must run once more to close the handle. */
void mxs_writer_destroy(mxs_writer **writer);

/* All puts copy. They never fail: what cannot be kept (memory) becomes the writer's error. */
void mxs_writer_put_name(mxs_writer *writer, uint32_t id, struct mxs_text name);
void mxs_writer_put_reject(mxs_writer *writer, uint32_t input, uint64_t line, const char *reason, struct mxs_text text);
/* pass: 0 first, 1 settle. subject of the question is the domain's id. */
void mxs_writer_put_domain(mxs_writer *writer, const struct mxs_question *question, const struct mxs_answer *answer,
                           const struct mxs_measurement *measurement, uint8_t pass);
/* subject is the host's id; type 0 stands for the registrable domain's question. */
void mxs_writer_put_host(mxs_writer *writer, const struct mxs_question *question, uint16_t type,
                         const struct mxs_answer *answer, const struct mxs_measurement *measurement, uint8_t pass);

/* Policies of a domain, an answer many domains share (subject unused, name its question's), TLSA of an MX host; kind
 * says which (MXS_ROW_POLICY, MXS_ROW_SHARED, MXS_ROW_TLSA). The answer's outcome, record count and AD are kept, its
 * records are not. */
void mxs_writer_put_policy(mxs_writer *writer, enum mxs_row_kind kind, const struct mxs_question *question,
                           const struct mxs_answer *answer, const struct mxs_measurement *measurement,
                           const struct mxs_policy_row *policy, uint8_t pass);

/* Hands over the batch begun, if it holds anything. Call at least twice a second. */
void mxs_writer_flush(mxs_writer *writer);
/* False: stop asking until `room` is called. */
bool mxs_writer_has_room(const mxs_writer *writer);
/* True when nothing is queued or being stored: what a caller that must stay awake asks before it calls sync. */
bool mxs_writer_is_idle(mxs_writer *writer);
/* Flushes and waits until everything is committed. Then the store and dictionary are the caller's until the next put.
 */
MXS_CHECK enum mxs_err mxs_writer_sync(mxs_writer *writer, struct mxs_detail *detail);
/* True while a full disk is waited out; *detail says which. */
bool mxs_writer_is_waiting(mxs_writer *writer, struct mxs_detail *detail);
/* A failure so far (MXS_OK: none). */
enum mxs_err mxs_writer_error(mxs_writer *writer, struct mxs_detail *detail);
/* Do not wait for space any longer: the batches that are not stored stay pending in the next run of the program. */
void mxs_writer_give_up(mxs_writer *writer);

/* Hosts that this run's answers name (bit per host id); valid after sync. */
bool mxs_writer_host_is_wanted(const mxs_writer *writer, uint32_t host);
/* Of a run that is taken up, before the first put. implicit: it is a domain without MX. */
void mxs_writer_want_host(mxs_writer *writer, uint32_t host, bool implicit);
/* The next host that an answer of this run has named, when that answer is committed: each once, and once more where it
 * was named as an MX host before and is a domain without MX, too. False: none now; room is called when the next batch
 * comes back. The name lives as long as the dictionary. */
struct mxs_named_host {
    uint32_t host;
    bool implicit;
    struct mxs_text name;
};
bool mxs_writer_next_host(mxs_writer *writer, struct mxs_named_host *out);

#endif
