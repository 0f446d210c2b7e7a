/* The life of an attempt: ask -> open -> ended -> delivered.
 *
 * Everything that ends an attempt (a datagram, our clock, ICMP) puts it into its channel's list of ends; the list is
 * then told to c-ares, and delivered. Delivery is the only place that calls upstream, and it runs from the loop
 * (socket, timer or prepare), never from ask.
 *
 * Questions are spread over up to 64 sockets, so that a forger has to guess a port as well, but not one by one: the
 * system call is the cost of a query, so one socket is used for a batch of a loop turn, then another (turns.h).
 *
 * The clock stands still while the program does (SIGSTOP, a suspended machine, a stalled disk): a jump between two
 * looks at it is not counted against any timeout. And what has arrived is read before anything is called too late. */
#include "scanner/resolve/resolver.h"

#include <sys/select.h>

#include <ares.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "scanner/parse/message.h"
#include "scanner/resolve/internal/channel.h"
#include "scanner/resolve/internal/edns.h"
#include "scanner/resolve/internal/ids.h"
#include "scanner/resolve/internal/tcp.h"
#include "scanner/resolve/internal/rotation.h"

#define CHANNELS_MAX 64u
#define TICK_MS 20u
#define RETRY_MS 1u
#define JUMP_NS (500 * MXS_NS_PER_MS) /* a longer pause between two looks is ours, not the network's */
#define JUMP_COUNTS_NS (100 * MXS_NS_PER_MS) /* so that the clock moves although every tick is late */
#define READS_PER_TICK 8 /* before anything is called too late; else one: the loop comes again for what is left */
#define ASKED_PER_CHANNEL 64u
#define ARENA_BLOCK_BYTES (64u * 1024u)
#define ARENA_LIMIT_BYTES (8u * 1024u * 1024u)

struct mxs_resolver {
    uv_loop_t *loop;
    struct mxs_server server;
    struct mxs_resolver_options options;
    struct mxs_resolver_counts counts;
    mxs_resolver_done done;
    mxs_resolver_event unreachable;
    void *arg;

    mxs_channel *channels[CHANNELS_MAX];
    uint32_t channel_count;
    struct mxs_rotation rotation;
    mxs_arrivals *arrivals;
    bool arrivals_own;
    mxs_datagram_batch *batch;
    mxs_tcp *tcp;
    struct mxs_attempts attempts;
    struct mxs_arena arena;
    uint32_t in_flight;

    uv_timer_t tick, retry;
    uv_prepare_t prepare;
    uint32_t handles; /* of ours and our parts', not yet closed */
    bool closing;
    bool unreachable_pending; /* learnt inside ask, told from the loop */

    uint64_t now_ns;          /* monotonic less skipped, when last looked at */
    uint64_t skipped_ns;

    struct mxs_edns edns;
    unsigned hints; /* what its answers have shown */
    struct mxs_query_ids ids;
};

/* ---- time ---- */

static void on_prepare(uv_prepare_t *handle);

/* The batch leaves when the loop turns. */
static void expect_turn(struct mxs_resolver *resolver)
{
    if (!uv_is_active((uv_handle_t *)&resolver->prepare))
        MXS_ASSERT(uv_prepare_start(&resolver->prepare, on_prepare) == 0);
}

/* Reads the clock: where a question leaves, and where the loop comes in. While the tick runs, that is every tick at
 * least; the program may have stood still anywhere between, so it is each look that knows a jump. */
static void look_at_clock(struct mxs_resolver *resolver)
{
    uint64_t now_ns = mxs_clock_ns() - resolver->skipped_ns;
    if (uv_is_active((uv_handle_t *)&resolver->tick) && now_ns - resolver->now_ns > JUMP_NS) {
        uint64_t skipped_ns = now_ns - resolver->now_ns - JUMP_COUNTS_NS;
        resolver->skipped_ns += skipped_ns;
        now_ns -= skipped_ns;
    }
    resolver->now_ns = now_ns;
}

/* ---- delivery ---- */

/* The one place that calls upstream. The attempt is given back first: done may ask again. */
static void deliver(struct mxs_resolver *resolver, struct mxs_attempt *attempt, const struct mxs_answer *answer,
                    uint32_t rtt_us, bool tcp)
{
    uint32_t tag = attempt->tag;
    if (attempt->by_tcp) {
        mxs_attempts_put(&resolver->attempts, attempt);
        resolver->done(resolver->arg, tag, answer, rtt_us, tcp);
        return;
    }
    if (attempt->edns != 0)
        mxs_edns_end(&resolver->edns, answer->outcome != MXS_TIMEOUT && answer->outcome != MXS_UNREACHABLE,
                     resolver->now_ns);
    mxs_counts_put(&resolver->counts, answer, rtt_us);
    mxs_channel_release(attempt);
    resolver->in_flight--;
    resolver->done(resolver->arg, tag, answer, rtt_us, tcp);
}

static void deliver_bare(struct mxs_resolver *resolver, struct mxs_attempt *attempt, enum mxs_outcome outcome,
                         uint32_t rtt_us, bool tcp)
{
    struct mxs_answer answer = {.outcome = outcome, .truncated = outcome == MXS_TRUNCATED};
    deliver(resolver, attempt, &answer, rtt_us, tcp);
}

/* Reads the bytes that came and delivers what they say. */
static void deliver_message(struct mxs_resolver *resolver, struct mxs_attempt *attempt, struct mxs_bytes wire,
                            uint32_t rtt_us, bool tcp)
{
    uint8_t restored[MXS_MESSAGE_HEADER_SIZE + MXS_QUESTION_WIRE_MAX];
    struct mxs_answer answer;
    if (attempt->questionless) {
        static const uint8_t counts[8] = {0, 1};
        memcpy(restored, wire.data, 4);
        memcpy(restored + 4, counts, sizeof counts);
        memcpy(restored + MXS_MESSAGE_HEADER_SIZE, attempt->question, attempt->question_size);
        wire = (struct mxs_bytes){restored, MXS_MESSAGE_HEADER_SIZE + attempt->question_size};
    }
    mxs_arena_reset(&resolver->arena);
    resolver->hints |= mxs_message_read_hints(wire);
    mxs_message_read_question(wire, attempt->question, attempt->question_size,
                              (attempt->walked ? MXS_HINT_WALKED : 0) | resolver->hints, &resolver->arena, &answer);
    deliver(resolver, attempt, &answer, rtt_us, tcp);
}

/* ---- asking ---- */

static void on_readable(void *arg, struct mxs_channel *channel);
static void on_part_closed(void *arg);

static enum mxs_err open_channel(struct mxs_resolver *resolver)
{
    struct mxs_channel_host host = {
        .loop = resolver->loop, .server = &resolver->server, .arrivals = resolver->arrivals, .batch = resolver->batch,
        .attempts = &resolver->attempts, .counts = &resolver->counts, .timeout_ms = resolver->options.timeout_ms,
        .readable = on_readable, .closed = on_part_closed, .arg = resolver,
    };
    enum mxs_err err = mxs_channel_create(&resolver->channels[resolver->channel_count], &host);
    if (err == MXS_OK) {
        resolver->rotation.current = resolver->channel_count++;
        resolver->handles++;
    } else if (resolver->channel_count != 0) {
        resolver->options.channels_max = resolver->channel_count; /* we live with the sockets we have */
        err = MXS_OK;
    }
    return err;
}

/* As many channels as the load is worth: a socket more for each 64 questions in flight, or asked so far. */
static uint32_t channels_wanted(const struct mxs_resolver *resolver)
{
    uint64_t load = resolver->counts.asked > resolver->in_flight ? resolver->counts.asked : resolver->in_flight;
    uint64_t wanted = load / ASKED_PER_CHANNEL + 1;
    return wanted > resolver->options.channels_max ? resolver->options.channels_max : (uint32_t)wanted;
}

static void on_retry(uv_timer_t *timer) { (void)timer; } /* turns the loop: the batch is tried again in prepare */

/* The batch leaves; true when nothing of it is left. The next one goes through the next socket. */
static bool send_batch(struct mxs_resolver *resolver)
{
    uint32_t count = mxs_datagram_batch_count(resolver->batch);
    enum mxs_sent sent = mxs_datagram_batch_flush(resolver->batch, &resolver->counts.datagrams);
    if (sent == MXS_SENT_UNREACHABLE) {
        resolver->unreachable_pending = true;
        return false;
    }
    if (sent == MXS_SENT_LATER) {
        MXS_ASSERT(uv_timer_start(&resolver->retry, on_retry, RETRY_MS, 0) == 0);
        return false;
    }
    mxs_rotation_sent(&resolver->rotation, count);
    return true;
}

/* A channel that can take a question into the batch now. */
static enum mxs_err choose_channel(struct mxs_resolver *resolver, mxs_channel **out)
{
    if (resolver->unreachable_pending)
        return MXS_ERR_FULL;
    if (mxs_datagram_batch_count(resolver->batch) != 0) {
        mxs_channel *current = resolver->channels[resolver->rotation.current];
        bool spread = resolver->channel_count < channels_wanted(resolver) &&
                      mxs_datagram_batch_count(resolver->batch) >= ASKED_PER_CHANNEL;
        if (!spread && !mxs_datagram_batch_full(resolver->batch) &&
            mxs_channel_open_count(current) < MXS_CHANNEL_OPEN_MAX) {
            *out = current;
            return MXS_OK;
        }
        if (!send_batch(resolver))
            return MXS_ERR_FULL;
    }
    if (resolver->channel_count < channels_wanted(resolver)) {
        uint32_t before = resolver->channel_count;
        enum mxs_err err = open_channel(resolver);
        if (err != MXS_OK)
            return err;
        if (resolver->channel_count > before) {
            *out = resolver->channels[before];
            return MXS_OK;
        }
    }
    *out = mxs_rotation_next(&resolver->rotation, resolver->channels, resolver->channel_count);
    return *out == NULL ? MXS_ERR_FULL : MXS_OK;
}

static enum mxs_err ask_udp(struct mxs_resolver *resolver, struct mxs_attempt *attempt)
{
    uint8_t query[512];
    mxs_channel *channel;
    enum mxs_err err = choose_channel(resolver, &channel);
    if (err != MXS_OK)
        return err;
    uint16_t id = mxs_channel_id(channel, mxs_ids_take(&resolver->ids));
    uint32_t size = mxs_attempt_write(attempt, id, query);
    attempt->asked_ns = resolver->now_ns;
    err = mxs_channel_ask(channel, attempt, query, size);
    expect_turn(resolver);
    if (err == MXS_OK && mxs_datagram_batch_full(resolver->batch))
        (void)send_batch(resolver);
    return err;
}

static void on_tick(uv_timer_t *timer);

enum mxs_err mxs_resolver_ask_tcp(mxs_resolver *resolver, const struct mxs_question *question, uint32_t tag)
{
    uint8_t query[512];
    MXS_ASSERT(!resolver->closing);
    struct mxs_attempt *attempt = mxs_attempts_take(&resolver->attempts);
    if (attempt == NULL)
        return MXS_ERR_FULL;
    enum mxs_err err = mxs_attempt_set(attempt, question, tag);
    if (err == MXS_OK) {
        attempt->by_tcp = attempt->dnssec = true;
        attempt->edns = resolver->edns.state == MXS_EDNS_ON ? resolver->options.edns_payload : 0;
        attempt->id = mxs_ids_take(&resolver->ids);
        attempt->state = MXS_ATTEMPT_TCP;
        uint32_t size = mxs_attempt_write(attempt, attempt->id, query);
        err = mxs_tcp_ask(resolver->tcp, query, size, attempt);
    }
    if (err != MXS_OK)
        mxs_attempts_put(&resolver->attempts, attempt);
    return err;
}

static enum mxs_err ask(struct mxs_resolver *resolver, const struct mxs_question *question, uint32_t tag, bool plain)
{
    MXS_ASSERT(!resolver->closing);
    look_at_clock(resolver);
    struct mxs_attempt *attempt = mxs_attempts_take(&resolver->attempts);
    if (attempt == NULL)
        return MXS_ERR_FULL;
    enum mxs_err err = mxs_attempt_set(attempt, question, tag);
    if (err == MXS_OK) {
        bool edns = !plain && mxs_edns_ask(&resolver->edns, resolver->now_ns, resolver->options.edns_probe_ms);
        attempt->edns = edns ? resolver->options.edns_payload : 0;
        attempt->dnssec = resolver->options.dnssec_ok;
        err = ask_udp(resolver, attempt);
    }
    if (err != MXS_OK) {
        if (attempt->edns != 0)
            mxs_edns_end(&resolver->edns, false, resolver->edns.off_ns);
        mxs_attempts_put(&resolver->attempts, attempt);
        return err;
    }
    resolver->in_flight++;
    resolver->counts.asked++;
    if (!uv_is_active((uv_handle_t *)&resolver->tick))
        MXS_ASSERT(uv_timer_start(&resolver->tick, on_tick, TICK_MS, TICK_MS) == 0);
    return MXS_OK;
}

enum mxs_err mxs_resolver_ask(mxs_resolver *resolver, const struct mxs_question *question, uint32_t tag)
{
    return ask(resolver, question, tag, false);
}

enum mxs_err mxs_resolver_ask_plain(mxs_resolver *resolver, const struct mxs_question *question, uint32_t tag)
{
    return ask(resolver, question, tag, true);
}

/* ---- ends ---- */

static bool on_tcp(void *arg, void *owner, enum mxs_tcp_end end, struct mxs_bytes message, uint32_t rtt_us)
{
    struct mxs_resolver *resolver = arg;
    struct mxs_attempt *attempt = owner;
    if (end == MXS_TCP_SILENT || end == MXS_TCP_CLOSED) {
        bool silent = end == MXS_TCP_SILENT || attempt->by_tcp; /* not truncated: nothing was */
        deliver_bare(resolver, attempt, silent ? MXS_TIMEOUT : MXS_TRUNCATED, rtt_us, true);
        return true;
    }
    bool ours = message.size_bytes >= MXS_MESSAGE_HEADER_SIZE &&
                (message.data[0] << 8 | message.data[1]) == attempt->id;
    enum mxs_inspection inspection = MXS_INSPECT_FORGED;
    if (ours)
        inspection = mxs_message_inspect(message, attempt->question, attempt->question_size);
    if (inspection == MXS_INSPECT_FORGED) {
        resolver->counts.forged++;
        return false;
    }
    mxs_channel_put_inspection(attempt, inspection, &resolver->counts);
    deliver_message(resolver, attempt, message, rtt_us, true);
    return true;
}

static void ask_tcp(struct mxs_resolver *resolver, struct mxs_attempt *attempt, uint32_t rtt_us)
{
    uint8_t query[512];
    uint32_t size = mxs_attempt_write(attempt, attempt->id, query);
    attempt->state = MXS_ATTEMPT_TCP;
    if (mxs_tcp_ask(resolver->tcp, query, size, attempt) != MXS_OK)
        deliver_bare(resolver, attempt, MXS_TRUNCATED, rtt_us, false);
}

static bool ask_plain(struct mxs_resolver *resolver, struct mxs_attempt *attempt)
{
    attempt->edns = 0;
    attempt->questionless = attempt->walked = false;
    return !attempt->held && ask_udp(resolver, attempt) == MXS_OK;
}

/* The same question is asked again without EDNS; true when it was. */
static bool fall_back(struct mxs_resolver *resolver, struct mxs_attempt *attempt)
{
    enum mxs_edns_refusal refusal = mxs_attempt_refusal(attempt);
    if (refusal == MXS_EDNS_TAKEN)
        return false;
    if (attempt->edns_retry && refusal == MXS_EDNS_UNKNOWN) { /* it was the question after all */
        mxs_edns_excuse(&resolver->edns);
        return false;
    }
    if (attempt->edns == 0 || attempt->held)
        return false;
    if (refusal == MXS_EDNS_UNKNOWN)
        mxs_edns_refuse(&resolver->edns, resolver->now_ns);
    attempt->edns_retry = true;
    return ask_plain(resolver, attempt);
}

static void deliver_end(struct mxs_resolver *resolver, struct mxs_attempt *attempt)
{
    if (mxs_attempt_has_opt(attempt))
        mxs_edns_hear_opt(&resolver->edns);
    uint64_t rtt = (resolver->now_ns - attempt->asked_ns) / 1000;
    uint32_t rtt_us = rtt > UINT32_MAX ? UINT32_MAX : (uint32_t)rtt;
    if (attempt->end == MXS_END_PLAIN && ask_plain(resolver, attempt))
        return;
    if (attempt->end != MXS_END_ANSWER)
        deliver_bare(resolver, attempt, attempt->end == MXS_END_UNREACHABLE ? MXS_UNREACHABLE : MXS_TIMEOUT, rtt_us,
                     false);
    else if ((attempt->raw.data[2] & 0x02) != 0)
        ask_tcp(resolver, attempt, rtt_us);
    else if (!fall_back(resolver, attempt))
        deliver_message(resolver, attempt, attempt->raw, rtt_us, false);
}

static void deliver_ends(struct mxs_resolver *resolver, mxs_channel *channel)
{
    struct mxs_attempt *attempt;
    mxs_channel_tell(channel);
    while ((attempt = mxs_channel_next(channel)) != NULL)
        deliver_end(resolver, attempt);
}

static void deliver_all_ends(struct mxs_resolver *resolver)
{
    for (uint32_t i = 0; i < resolver->channel_count; i++)
        deliver_ends(resolver, resolver->channels[i]);
}

void mxs_resolver_leave_edns(mxs_resolver *resolver, uint32_t tags)
{
    struct mxs_attempt *next;
    look_at_clock(resolver);
    mxs_edns_leave(&resolver->edns, resolver->now_ns);
    for (struct mxs_attempt *attempt = resolver->attempts.oldest; attempt != NULL; attempt = next) {
        next = attempt->next;
        if (attempt->edns != 0 && (attempt->tag & tags) != 0)
            mxs_channel_end(attempt, MXS_END_PLAIN);
    }
    deliver_all_ends(resolver);
}

/* The server is gone: one event, however many questions were open. */
static void lose_server(struct mxs_resolver *resolver)
{
    bool any = resolver->attempts.oldest != NULL;
    resolver->unreachable_pending = false;
    mxs_datagram_batch_reset(resolver->batch);
    while (resolver->attempts.oldest != NULL)
        mxs_channel_end(resolver->attempts.oldest, MXS_END_UNREACHABLE);
    deliver_all_ends(resolver);
    if (any && resolver->unreachable != NULL)
        resolver->unreachable(resolver->arg);
}

static void read_channel(struct mxs_resolver *resolver, mxs_channel *channel, uint32_t reads)
{
    for (uint32_t i = 0; i < reads; i++) {
        enum mxs_channel_read read = mxs_channel_read(channel);
        look_at_clock(resolver);
        if (read == MXS_READ_UNREACHABLE) {
            lose_server(resolver);
            return;
        }
        deliver_ends(resolver, channel);
        if (read == MXS_READ_EMPTY)
            return;
    }
}

static void on_readable(void *arg, struct mxs_channel *channel)
{
    expect_turn(arg);
    if (mxs_channel_turn(channel))
        read_channel(arg, channel, 1);
}

/* ---- the clock ---- */

static bool oldest_expired(struct mxs_resolver *resolver)
{
    const struct mxs_attempt *oldest = resolver->attempts.oldest;
    return oldest != NULL && resolver->now_ns - oldest->asked_ns >= resolver->options.timeout_ms * MXS_NS_PER_MS;
}

/* What has arrived is read before anything is called too late. What a turn has no time for is called so at the next
 * tick. */
static void end_expired(struct mxs_resolver *resolver)
{
    const mxs_channel *read = NULL;
    uint64_t began_ns = mxs_clock_ns();
    while (oldest_expired(resolver) && mxs_clock_ns() - began_ns < MXS_TURN_MS * MXS_NS_PER_MS) {
        struct mxs_attempt *oldest = resolver->attempts.oldest;
        if (oldest->channel != read) {
            read = oldest->channel;
            read_channel(resolver, oldest->channel, READS_PER_TICK);
        } else {
            mxs_channel_end(oldest, MXS_END_TIMEOUT);
            deliver_ends(resolver, oldest->channel);
        }
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct mxs_resolver *resolver = timer->data;
    look_at_clock(resolver);
    end_expired(resolver);
    for (uint32_t i = 0; i < resolver->channel_count; i++)
        if (mxs_channel_open_count(resolver->channels[i]) != 0)
            mxs_channel_tick(resolver->channels[i]);
    deliver_all_ends(resolver);
    if (resolver->attempts.taken == 0)
        uv_timer_stop(&resolver->tick);
}

static void on_prepare(uv_prepare_t *handle)
{
    struct mxs_resolver *resolver = handle->data;
    mxs_arrivals_end_turn(resolver->arrivals);
    if (mxs_datagram_batch_count(resolver->batch) != 0)
        (void)send_batch(resolver);
    if (resolver->unreachable_pending)
        lose_server(resolver);
    if (mxs_datagram_batch_count(resolver->batch) == 0 && !resolver->unreachable_pending)
        uv_prepare_stop(handle);
    else /* asked while we told: that may have met a dead server once more */
        MXS_ASSERT(uv_timer_start(&resolver->retry, on_retry, RETRY_MS, 0) == 0);
}

/* ---- life ---- */

static void free_resolver(struct mxs_resolver *resolver)
{
    mxs_attempts_finish(&resolver->attempts);
    mxs_arena_finish(&resolver->arena);
    mxs_datagram_batch_destroy(&resolver->batch);
    if (resolver->arrivals_own)
        mxs_arrivals_destroy(&resolver->arrivals);
    free(resolver);
    ares_library_cleanup();
}

static void on_part_closed(void *arg)
{
    struct mxs_resolver *resolver = arg;
    MXS_ASSERT(resolver->handles > 0);
    if (--resolver->handles == 0)
        free_resolver(resolver);
}

static void on_handle_closed(uv_handle_t *handle) { on_part_closed(handle->data); }

static enum mxs_err make_parts(struct mxs_resolver *resolver)
{
    const struct mxs_tcp_host tcp = {
        .loop = resolver->loop, .server = &resolver->server, .max = resolver->options.tcp_max,
        .timeout_ms = resolver->options.timeout_ms, .connections = &resolver->counts.tcp_connections,
        .done = on_tcp, .closed = on_part_closed, .arg = resolver,
    };
    resolver->arrivals = resolver->options.arrivals;
    resolver->arrivals_own = resolver->arrivals == NULL;
    if ((resolver->arrivals_own && mxs_arrivals_create(&resolver->arrivals) != MXS_OK) ||
        mxs_datagram_batch_create(&resolver->batch) != MXS_OK || mxs_tcp_create(&resolver->tcp, &tcp) != MXS_OK)
        return MXS_ERR_MEMORY;
    MXS_ASSERT(uv_timer_init(resolver->loop, &resolver->tick) == 0);
    MXS_ASSERT(uv_timer_init(resolver->loop, &resolver->retry) == 0);
    MXS_ASSERT(uv_prepare_init(resolver->loop, &resolver->prepare) == 0);
    resolver->tick.data = resolver->retry.data = resolver->prepare.data = resolver;
    resolver->handles = 4; /* these three and tcp */
    return MXS_OK;
}

static bool init_cares(void)
{
    return ares_library_init_mem(ARES_LIB_INIT_ALL, malloc, free, realloc) == ARES_SUCCESS;
}

enum mxs_err mxs_resolver_create(mxs_resolver **out, uv_loop_t *loop, const char *address,
                                 const struct mxs_resolver_options *options, mxs_resolver_done done,
                                 mxs_resolver_event unreachable, void *arg, struct mxs_detail *detail)
{
    struct mxs_server server;
    enum mxs_err err = mxs_server_parse(address, &server, detail);
    if (err != MXS_OK)
        return err;
    MXS_ASSERT(options->timeout_ms > 0 && options->channels_max >= 1 && options->channels_max <= CHANNELS_MAX &&
               options->tcp_max >= 1 && options->edns_payload <= MXS_DATAGRAM_MAX);
    mxs_resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL || !init_cares()) {
        free(resolver);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for resolver %s", address);
    }
    resolver->loop = loop;
    resolver->server = server;
    resolver->options = *options;
    resolver->edns.state = options->edns_payload != 0 ? MXS_EDNS_ON : MXS_EDNS_NEVER;
    resolver->done = done;
    resolver->unreachable = unreachable;
    resolver->arg = arg;
    mxs_attempts_init(&resolver->attempts);
    mxs_arena_init(&resolver->arena, ARENA_BLOCK_BYTES, ARENA_LIMIT_BYTES);
    if (make_parts(resolver) != MXS_OK) {
        free_resolver(resolver);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for resolver %s", address);
    }
    *out = resolver;
    return MXS_OK;
}

void mxs_resolver_destroy(mxs_resolver **owner)
{
    mxs_resolver *resolver = *owner;
    if (resolver == NULL)
        return;
    *owner = NULL;
    resolver->closing = true;
    for (uint32_t i = 0; i < resolver->channel_count; i++)
        mxs_channel_destroy(&resolver->channels[i]);
    mxs_tcp_destroy(&resolver->tcp);
    uv_close((uv_handle_t *)&resolver->tick, on_handle_closed);
    uv_close((uv_handle_t *)&resolver->retry, on_handle_closed);
    uv_close((uv_handle_t *)&resolver->prepare, on_handle_closed);
}

void mxs_resolver_limit(mxs_resolver *resolver, uint32_t channels_max)
{
    MXS_ASSERT(channels_max >= 1 && channels_max <= CHANNELS_MAX);
    resolver->options.channels_max = channels_max;
}

bool mxs_resolver_asks_edns(const mxs_resolver *resolver) { return resolver->edns.state == MXS_EDNS_ON; }
void mxs_resolver_contradict(mxs_resolver *resolver) { resolver->counts.filtered++; }
uint32_t mxs_resolver_in_flight(const mxs_resolver *resolver) { return resolver->in_flight; }
const char *mxs_resolver_address(const mxs_resolver *resolver) { return resolver->server.text; }
bool mxs_resolver_loopback(const mxs_resolver *resolver) { return resolver->server.loopback; }
const struct mxs_resolver_counts *mxs_resolver_counts(const mxs_resolver *resolver) { return &resolver->counts; }
const char *mxs_resolver_cares_version(void) { return ares_version(NULL); }
