/* Every address is met once; what is unsettled is met again half-way through the time for retries and at its end.
 * Nothing is told before it is known whether this network can be believed (network.c), for each address family by
 * itself: until then the answers wait.
 *
 * "Silent" is the one settled word that no server says. It takes three attempts over ten minutes that met nobody, and a
 * server of another network of the same family that spoke since the first of them: else it may be our own way that is
 * down. */
#include "scanner/smtp/smtp.h"

#include <stdlib.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/intern.h"
#include "base/vector.h"
#include "model/address.h"
#include "scanner/outside/outside.h"
#include "scanner/smtp/internal/connection.h"
#include "scanner/smtp/internal/kept.h"
#include "scanner/smtp/internal/network.h"
#include "scanner/smtp/internal/pace.h"

#define ATTEMPTS 3u
#define BUFFER_SIZE 16384u
#define SHORTAGE_MS 200u /* until another descriptor, port or page may be there */
#define RETRY_SLACK_S 60u /* the last retries wait for their gates, too */
#define FAMILIES 2u

struct server {
    struct mxs_address address;
    uint32_t subject;
    uint8_t attempts, met_nobody;
    uint8_t best; /* enum mxs_smtp_outcome, where nothing is kept */
    bool heard;   /* it said something settled: it may be met as a control */
    bool control; /* told already, and met once more to see whether anybody answers at all */
    uint64_t first_ns, last_ns;
    struct mxs_smtp_kept *kept;
};

/* When a server of the family last spoke, and when last one of a network other than that one's. */
struct voice {
    uint32_t network;
    uint64_t at_ns, other_ns;
};

struct mxs_smtp {
    struct mxs_smtp_host host;
    struct mxs_smtp_options options;
    struct mxs_smtp_counts counts;
    struct mxs_smtp_connection_host connections;
    struct mxs_smtp_pace pace;
    struct mxs_intern gates; /* "n" and a prefix, "p" and a provider -> gate + 1 */
    struct mxs_smtp_network networks[FAMILIES];
    struct voice voices[FAMILIES];
    struct server *servers;
    uint32_t count;
    size_t capacity; /* of both */
    uint32_t *held; /* servers whose answers wait for a word about the network */
    uint32_t held_count;
    uint32_t put[FAMILIES];
    uint32_t first_left;   /* servers not yet met once */
    uint64_t deadline_ns;  /* of retries; 0: first attempts are still under way */
    uv_timer_t timer;
    bool opened, closing, destroyed, timer_closed, told_idle;
    enum mxs_err err;
    uint8_t buffer[BUFFER_SIZE];
};

static void pump(mxs_smtp *smtp);

static unsigned index_of(uint8_t family) { return family == 4 ? 0 : 1; }
const struct mxs_smtp_counts *mxs_smtp_counts_of(const mxs_smtp *smtp) { return &smtp->counts; }
enum mxs_err mxs_smtp_error(const mxs_smtp *smtp) { return smtp->err; }

/* --- answers --- */

static void forget(struct server *server) { mxs_smtp_kept_destroy(&server->kept); }

static void deliver(mxs_smtp *smtp, struct server *server)
{
    struct mxs_smtp_answer bare = {.outcome = (enum mxs_smtp_outcome)server->best,
                                   .starttls = MXS_SMTP_STARTTLS_UNKNOWN,
                                   .connect_ms = -1,
                                   .banner_ms = -1};
    struct mxs_smtp_kept *kept = server->kept;
    struct mxs_smtp_answer *answer = kept == NULL ? &bare : &kept->answer;
    answer->attempts = server->attempts;
    server->kept = NULL; /* the servers may move when another is put from within */
    if (answer->outcome != MXS_SMTP_NOT_ASKED) {
        smtp->counts.done++;
        smtp->counts.outcomes[answer->outcome]++;
        smtp->host.done(smtp->host.arg, server->subject, answer, kept == NULL ? NULL : kept->chain);
    }
    mxs_smtp_kept_destroy(&kept);
}

static void hold(mxs_smtp *smtp, uint32_t at)
{
    switch (mxs_smtp_network_find(&smtp->networks[index_of(smtp->servers[at].address.family)])) {
    case MXS_SMTP_NETWORK_OPEN:
        deliver(smtp, &smtp->servers[at]);
        return;
    case MXS_SMTP_NETWORK_UNDECIDED:
        MXS_ASSERT(smtp->held_count < smtp->capacity); /* room for every server: mxs_smtp_put */
        smtp->held[smtp->held_count++] = at;
        return;
    default:
        forget(&smtp->servers[at]);
    }
}

/* The word about a network is there: what waited for it is told, or dropped. */
static void release(mxs_smtp *smtp)
{
    uint32_t count = smtp->held_count;
    smtp->held_count = 0;
    for (uint32_t i = 0; i < count; i++)
        hold(smtp, smtp->held[i]); /* never ahead of i */
}

static bool is_silent(const mxs_smtp *smtp, const struct server *server, uint32_t network)
{
    const struct voice *voice = &smtp->voices[index_of(server->address.family)];
    uint64_t spoke_ns = voice->network == network ? voice->other_ns : voice->at_ns;
    return server->attempts >= ATTEMPTS && server->met_nobody == server->attempts &&
           server->last_ns - server->first_ns >= MXS_SMTP_SILENCE_S * MXS_NS_PER_S && spoke_ns >= server->first_ns;
}

static void conclude(mxs_smtp *smtp, uint32_t at)
{
    struct server *server = &smtp->servers[at];
    if (is_silent(smtp, server, smtp->pace.positions[at].network))
        server->best = MXS_SMTP_SILENT;
    hold(smtp, at);
}

/* --- an attempt ends --- */

static void note_voice(struct voice *voice, uint32_t network)
{
    if (voice->network != network) {
        voice->other_ns = voice->at_ns;
        voice->network = network;
    }
    voice->at_ns = mxs_clock_ns();
}

static bool is_unsettled(const struct mxs_smtp_answer *answer)
{
    return !mxs_smtp_outcome_settled(answer->outcome) ||
           (answer->starttls == MXS_SMTP_STARTTLS_OFFERED && !answer->tls_settled);
}

/* The attempt that says more stays; among equals the later, and TLS that stands is never given up for a failure. */
static bool replaces(const struct mxs_smtp_answer *kept, const struct mxs_smtp_answer *answer)
{
    if (kept->outcome != answer->outcome)
        return mxs_smtp_outcome_better(kept->outcome, answer->outcome);
    return is_unsettled(kept) || !is_unsettled(answer);
}

static enum mxs_err keep(struct server *server, const struct mxs_smtp_answer *answer, bool heard,
                         mxs_smtp_chain **chain)
{
    if (!heard) {
        if (server->kept == NULL)
            server->best = (uint8_t)answer->outcome;
        return MXS_OK;
    }
    if (server->kept != NULL && !replaces(&server->kept->answer, answer))
        return MXS_OK;
    struct mxs_smtp_kept *kept = mxs_smtp_kept_create(answer, chain);
    if (kept == NULL)
        return MXS_ERR_MEMORY;
    forget(server);
    server->kept = kept;
    return MXS_OK;
}

static void look_at_network(mxs_smtp *smtp, const struct server *server, uint32_t at,
                            const struct mxs_smtp_answer *answer, bool heard)
{
    struct mxs_smtp_network *network = &smtp->networks[index_of(server->address.family)];
    if (mxs_smtp_network_find(network) != MXS_SMTP_NETWORK_UNDECIDED)
        return;
    const struct mxs_smtp_position *position = &smtp->pace.positions[at];
    mxs_smtp_network_put(network, position->network, position->provider, heard, answer->banner, answer->masked);
}

static void tell_networks(mxs_smtp *smtp, bool before[FAMILIES])
{
    for (unsigned i = 0; i < FAMILIES; i++) {
        enum mxs_smtp_network_word word = mxs_smtp_network_find(&smtp->networks[i]);
        if (!before[i] || word == MXS_SMTP_NETWORK_UNDECIDED)
            continue;
        release(smtp);
        if (word != MXS_SMTP_NETWORK_OPEN)
            smtp->host.network(smtp->host.arg, i == 0 ? 4 : 6, word,
                               word == MXS_SMTP_NETWORK_BLOCKED ? smtp->networks[i].tried : smtp->networks[i].spoke);
    }
}

static void read_undecided(const mxs_smtp *smtp, bool out[FAMILIES])
{
    for (unsigned i = 0; i < FAMILIES; i++)
        out[i] = mxs_smtp_network_find(&smtp->networks[i]) == MXS_SMTP_NETWORK_UNDECIDED;
}

/* Where somebody met nobody, one server that answered is met once more shortly before the last retries: else a way of
 * ours that went down meanwhile would make servers silent. */
static void put_control(mxs_smtp *smtp, unsigned family)
{
    uint32_t answering = UINT32_MAX;
    bool wanted = false;
    for (uint32_t i = 0; i < smtp->count; i++) {
        const struct server *server = &smtp->servers[i];
        if (index_of(server->address.family) != family)
            continue;
        wanted = wanted || server->met_nobody > 0;
        if (server->heard)
            answering = i;
    }
    if (!wanted || answering == UINT32_MAX || smtp->options.retry_s == 0 || smtp->servers[answering].control)
        return;
    uint64_t at_ns = mxs_clock_ns() + smtp->options.retry_s * (MXS_NS_PER_S * 9 / 10);
    smtp->servers[answering].control = mxs_smtp_pace_put_again(&smtp->pace, answering, at_ns) == MXS_OK;
}

/* A network whose last server has been met once is judged by what there is. */
static void first_attempt_ended(mxs_smtp *smtp)
{
    if (--smtp->first_left != 0)
        return;
    smtp->deadline_ns = mxs_clock_ns() + (smtp->options.retry_s + RETRY_SLACK_S) * MXS_NS_PER_S;
    for (unsigned i = 0; i < FAMILIES; i++) {
        if (smtp->networks[i].tried > 0)
            mxs_smtp_network_finish(&smtp->networks[i]);
        put_control(smtp, i);
    }
}

static bool wants_more(const mxs_smtp *smtp, const struct server *server, const struct mxs_smtp_answer *answer)
{
    if (smtp->closing || smtp->options.retry_s == 0 || server->attempts >= ATTEMPTS)
        return false;
    if (mxs_smtp_network_find(&smtp->networks[index_of(server->address.family)]) > MXS_SMTP_NETWORK_UNDECIDED)
        return false;
    return is_unsettled(server->kept == NULL ? answer : &server->kept->answer);
}

static void on_done(void *arg, uint32_t at, const struct mxs_smtp_answer *answer, bool heard, mxs_smtp_chain **chain)
{
    mxs_smtp *smtp = arg;
    struct server *server = &smtp->servers[at];
    bool slower = answer->outcome == MXS_SMTP_BUSY || answer->outcome == MXS_SMTP_REFUSED_CONNECTION,
         undecided[FAMILIES];
    smtp->counts.open--;
    mxs_smtp_pace_end(&smtp->pace, at, slower);
    if (heard)
        note_voice(&smtp->voices[index_of(server->address.family)], smtp->pace.positions[at].network);
    if (server->control)
        return;
    server->heard = server->heard || (heard && mxs_smtp_outcome_settled(answer->outcome));
    server->attempts++;
    server->met_nobody +=
        !heard && answer->outcome >= MXS_SMTP_REFUSED_CONNECTION && answer->outcome <= MXS_SMTP_UNREACHABLE;
    if (keep(server, answer, heard, chain) != MXS_OK)
        smtp->err = MXS_ERR_MEMORY;
    read_undecided(smtp, undecided);
    if (server->attempts == 1) {
        look_at_network(smtp, server, at, answer, heard);
        first_attempt_ended(smtp);
    }
    uint64_t again_ns = server->first_ns + smtp->options.retry_s * MXS_NS_PER_S * server->attempts / (ATTEMPTS - 1);
    if (!wants_more(smtp, server, answer) || mxs_smtp_pace_put_again(&smtp->pace, at, again_ns) != MXS_OK)
        conclude(smtp, at);
    tell_networks(smtp, undecided);
}

/* --- the pump --- */

static bool is_hopeless(const mxs_smtp *smtp, const struct server *server)
{
    if (smtp->closing ||
        mxs_smtp_network_find(&smtp->networks[index_of(server->address.family)]) > MXS_SMTP_NETWORK_UNDECIDED)
        return true;
    return server->attempts > 0 && smtp->deadline_ns != 0 && mxs_clock_ns() > smtp->deadline_ns;
}

/* A server that was never met is not told of: its state is "not asked". */
static void give_up(mxs_smtp *smtp, uint32_t at)
{
    bool undecided[FAMILIES];
    if (smtp->servers[at].control)
        return;
    read_undecided(smtp, undecided);
    if (smtp->servers[at].attempts > 0)
        conclude(smtp, at);
    else
        first_attempt_ended(smtp);
    tell_networks(smtp, undecided);
}

static enum mxs_err begin(mxs_smtp *smtp, uint32_t at)
{
    struct server *server = &smtp->servers[at];
    struct mxs_smtp_target target = {0};
    if (is_hopeless(smtp, server) || !smtp->host.begin(smtp->host.arg, server->subject, &target)) {
        mxs_smtp_pace_forgo(&smtp->pace, at);
        give_up(smtp, at);
        return MXS_OK;
    }
    enum mxs_err err = mxs_smtp_connection_open(&smtp->connections, at, &server->address, &target);
    if (err != MXS_OK) { /* not the server's doing: it keeps its turn */
        mxs_smtp_pace_forgo(&smtp->pace, at);
        if (mxs_smtp_pace_put_again(&smtp->pace, at, mxs_clock_ns() + SHORTAGE_MS * MXS_NS_PER_MS) != MXS_OK)
            give_up(smtp, at);
        return err;
    }
    server->last_ns = mxs_clock_ns();
    mxs_smtp_pace_met(&smtp->pace, at, server->last_ns);
    if (server->attempts == 0) {
        server->first_ns = server->last_ns;
        mxs_smtp_network_begin(&smtp->networks[index_of(server->address.family)], smtp->pace.positions[at].network);
    }
    smtp->counts.connections++;
    smtp->counts.retries += server->attempts > 0;
    if (++smtp->counts.open > smtp->counts.open_peak)
        smtp->counts.open_peak = smtp->counts.open;
    return MXS_OK;
}

static void on_timer(uv_timer_t *timer) { pump(timer->data); }

/* The loop's time is as old as its turn: the timer is set from now. */
static void wake_after(mxs_smtp *smtp, uint64_t wait_ns)
{
    uv_update_time(smtp->host.loop);
    MXS_ASSERT(uv_timer_start(&smtp->timer, on_timer, wait_ns / MXS_NS_PER_MS + 1, 0) == 0);
}

static void drain(mxs_smtp *smtp)
{
    for (uint32_t at; mxs_smtp_pace_take_any(&smtp->pace, &at);)
        give_up(smtp, at);
}

static bool all_hopeless(const mxs_smtp *smtp)
{
    if (smtp->closing || (smtp->deadline_ns != 0 && mxs_clock_ns() > smtp->deadline_ns))
        return true;
    for (unsigned i = 0; i < FAMILIES; i++)
        if (smtp->put[i] > 0 && mxs_smtp_network_find(&smtp->networks[i]) <= MXS_SMTP_NETWORK_UNDECIDED)
            return false;
    return true;
}

static void pump(mxs_smtp *smtp)
{
    if (!smtp->opened || smtp->destroyed)
        return;
    uint64_t wait_ns = MXS_SMTP_NEVER;
    uint32_t at;
    if (all_hopeless(smtp))
        drain(smtp);
    while (mxs_smtp_pace_take(&smtp->pace, mxs_clock_ns(), &at, &wait_ns))
        if (begin(smtp, at) != MXS_OK) {
            wait_ns = SHORTAGE_MS * MXS_NS_PER_MS;
            break;
        }
    if (wait_ns != MXS_SMTP_NEVER)
        wake_after(smtp, wait_ns);
    if (mxs_smtp_pace_idle(&smtp->pace) && !smtp->told_idle) {
        smtp->told_idle = true;
        smtp->host.idle(smtp->host.arg);
    }
}

/* --- from the first to the last --- */

static void finish_destroy(mxs_smtp *smtp)
{
    if (!smtp->destroyed || !smtp->timer_closed || smtp->connections.connections != NULL)
        return;
    void (*closed)(void *) = smtp->host.closed;
    void *arg = smtp->host.arg;
    mxs_smtp_tls_destroy(&smtp->connections.tls);
    free(smtp);
    closed(arg);
}

static void on_connection_closed(void *arg, bool freed)
{
    mxs_smtp *smtp = arg;
    if (smtp->destroyed)
        finish_destroy(smtp);
    else if (freed)
        pump(smtp);
}

static void on_timer_closed(uv_handle_t *handle)
{
    mxs_smtp *smtp = handle->data;
    smtp->timer_closed = true;
    finish_destroy(smtp);
}

enum mxs_err mxs_smtp_create(mxs_smtp **out, const struct mxs_smtp_host *host, const struct mxs_smtp_options *options,
                             struct mxs_detail *detail)
{
    mxs_smtp *smtp = calloc(1, sizeof *smtp);
    if (smtp == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the check smtp");
    smtp->host = *host;
    smtp->options = *options;
    smtp->connections = (struct mxs_smtp_connection_host){
        .loop = host->loop, .helo = options->helo, .timeout_ms = options->timeout_ms, .buffer = smtp->buffer,
        .buffer_size = sizeof smtp->buffer, .done = on_done, .closed = on_connection_closed, .arg = smtp};
    enum mxs_err err = mxs_smtp_tls_create(&smtp->connections.tls, options->ca_file, detail);
    if (err != MXS_OK) {
        free(smtp);
        return err;
    }
    mxs_smtp_pace_init(&smtp->pace, options->rate, options->concurrency, options->seed);
    mxs_intern_init(&smtp->gates);
    for (unsigned i = 0; i < FAMILIES; i++) {
        mxs_smtp_network_init(&smtp->networks[i]);
        smtp->voices[i].network = UINT32_MAX;
    }
    MXS_ASSERT(uv_timer_init(host->loop, &smtp->timer) == 0);
    smtp->timer.data = smtp;
    *out = smtp;
    return MXS_OK;
}

void mxs_smtp_destroy(mxs_smtp **owner)
{
    mxs_smtp *smtp = *owner;
    *owner = NULL;
    smtp->destroyed = true;
    mxs_smtp_connection_close_all(&smtp->connections);
    for (uint32_t i = 0; i < smtp->count; i++)
        forget(&smtp->servers[i]);
    free(smtp->servers);
    free(smtp->held);
    mxs_smtp_pace_finish(&smtp->pace);
    mxs_intern_finish(&smtp->gates);
    uv_close((uv_handle_t *)&smtp->timer, on_timer_closed);
}

static enum mxs_err find_gate(mxs_smtp *smtp, const void *key, size_t size_bytes, uint32_t *out)
{
    bool added = false;
    uint32_t id = mxs_intern_put(&smtp->gates, key, size_bytes, &added);
    if (id == 0)
        return MXS_ERR_MEMORY;
    *out = id - 1;
    return added ? mxs_smtp_pace_put_gate(&smtp->pace, out) : MXS_OK;
}

static enum mxs_err grow(mxs_smtp *smtp)
{
    const struct mxs_vector_part parts[] = {{&smtp->servers, sizeof *smtp->servers}, {&smtp->held, sizeof *smtp->held}};
    return mxs_vector_reserve_each(parts, 2, &smtp->capacity, smtp->count) ? MXS_OK : MXS_ERR_MEMORY;
}

enum mxs_err mxs_smtp_put(mxs_smtp *smtp, uint32_t subject, const struct mxs_address *address, uint32_t provider)
{
    struct mxs_address prefix = mxs_address_prefix(address);
    uint8_t network_key[18] = {'n', prefix.family}, provider_key[5] = {'p'};
    memcpy(network_key + 2, prefix.bytes, prefix.family == 4 ? 4 : 16);
    memcpy(provider_key + 1, &provider, sizeof provider);
    uint32_t network_gate, provider_gate;
    enum mxs_err err = find_gate(smtp, network_key, prefix.family == 4 ? 6 : 18, &network_gate);
    if (err == MXS_OK)
        err = find_gate(smtp, provider_key, sizeof provider_key, &provider_gate);
    if (err == MXS_OK)
        err = grow(smtp);
    if (err == MXS_OK)
        err = mxs_smtp_pace_put(&smtp->pace, smtp->count, network_gate, provider_gate);
    if (err != MXS_OK)
        return err;
    smtp->servers[smtp->count++] =
        (struct server){.address = *address, .subject = subject, .best = (uint8_t)MXS_SMTP_NOT_ASKED};
    smtp->put[index_of(address->family)]++;
    smtp->first_left++;
    smtp->deadline_ns = 0;
    smtp->told_idle = false;
    smtp->counts.put++;
    return MXS_OK;
}

void mxs_smtp_open(mxs_smtp *smtp)
{
    smtp->opened = true;
    wake_after(smtp, 0);
}

void mxs_smtp_close(mxs_smtp *smtp)
{
    smtp->closing = true;
    wake_after(smtp, 0);
}

bool mxs_smtp_has_family(uint8_t family)
{
    struct sockaddr_in six_not = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x08080808)};
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr.s6_addr = {0x20, 0x01, 0x48, 0x60}};
    union mxs_outside_address local;
    return mxs_outside_local(family == 4 ? (const struct sockaddr *)&six_not : (const struct sockaddr *)&six,
                             &local) == 0;
}
